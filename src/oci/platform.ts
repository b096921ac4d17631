import type { Descriptor } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';

/** What images are built for. */
export const platforms = ['linux/amd64', 'linux/arm64'] as const;
export type Platform = (typeof platforms)[number];

/** The platform of the containers that this machine runs. */
export function machinePlatform(architecture: string = process.arch): Platform {
  return architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64';
}

export function architectureOf(platform: Platform): string {
  return platform.slice('linux/'.length);
}

/** The manifest for a platform: the one that says so, or the only one where none says anything. @throws OCI_IMAGE_INVALID */
export function choosePlatform(
  candidates: readonly Descriptor[],
  platform: Platform,
  what: string,
): Descriptor {
  const named = candidates.find(
    (candidate) =>
      candidate.platform?.os === 'linux' && candidate.platform.architecture === architectureOf(platform),
  );
  if (named !== undefined) return named;
  const silent = candidates.filter((candidate) => candidate.platform === undefined);
  const [only] = silent;
  if (silent.length === 1 && only !== undefined) return only;
  const there = candidates.map((candidate) =>
    candidate.platform === undefined
      ? 'one without a platform'
      : `${candidate.platform.os}/${candidate.platform.architecture}`,
  );
  throw invalidImage(
    silent.length > 1
      ? `${what} holds ${silent.length} images and none says for which platform it is`
      : `${what} has no image for ${platform}: ${there.length === 0 ? 'it is empty' : `it has ${there.join(', ')}`}`,
  );
}
