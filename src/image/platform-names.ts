import type { Platform } from '../oci/platform.ts';

/** How npm's packages and Node name the platforms of images. */
export const nodeArchitecture: Readonly<Record<Platform, 'x64' | 'arm64'>> = {
  'linux/amd64': 'x64',
  'linux/arm64': 'arm64',
};

/** Where everything of ours lies in the image, below the root. */
export const imageRoot = 'opt/aml-deit';

/** The Node that goes into images: one version, so that the same inputs give the same image on every machine. */
export const imageNodeVersion = '24.21.0';
