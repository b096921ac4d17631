import { join } from 'node:path';
import { packageRoot } from '../io/index.ts';
import type { Platform } from '../oci/index.ts';
import { fetchPackage } from './fetch-package.ts';
import type { FetchPackageOptions } from './fetch-package.ts';
import { findPackage, readPackage, requirePackage } from './find-package.ts';
import type { InstalledPackage } from './find-package.ts';
import { placePackages } from './place-packages.ts';
import type { PlacedPackage } from './place-packages.ts';
import { imageNodeVersion, nodeArchitecture } from './platform-names.ts';

/** One that is installed here in this version, else fetched. */
async function forPlatform(
  name: string,
  version: string,
  places: readonly string[],
  options: FetchPackageOptions,
): Promise<InstalledPackage> {
  const installed = places
    .map((place) => findPackage(name, place))
    .find((found) => found?.json.version === version);
  return installed ?? fetchPackage(name, version, options);
}

/** The Node runtime for a platform, as npm's package of it. @throws IMAGE_PACKAGE_MISSING, INTERRUPTED */
export function nodePackage(platform: Platform, options: FetchPackageOptions): Promise<InstalledPackage> {
  const root = packageRoot();
  const places = [root, join(root, 'node_modules', 'node')];
  return forPlatform(`node-linux-${nodeArchitecture[platform]}`, imageNodeVersion, places, options);
}

/**
 * What the server needs at run time: aml-deit's dependencies, the inference runtime, and the picture decoder with its
 * libraries for the platform; what these need for being installed stays out.
 * @throws PEER_MISSING, IMAGE_PACKAGE_MISSING, INTERRUPTED
 */
export async function runtimePackages(
  platform: Platform,
  options: FetchPackageOptions,
): Promise<readonly PlacedPackage[]> {
  const root = packageRoot();
  const onnxruntime = requirePackage('onnxruntime-node', root);
  const sharp = requirePackage('sharp', root);
  const decoder = `@img/sharp-linux-${nodeArchitecture[platform]}`;
  const libvips = `@img/sharp-libvips-linux-${nodeArchitecture[platform]}`;
  const native = await Promise.all(
    [decoder, libvips].map((name) => {
      const version = sharp.json.optionalDependencies?.[name];
      if (version === undefined) throw new Error(`sharp ${sharp.json.version} has no package ${name}`);
      return forPlatform(name, version, [sharp.directory], options);
    }),
  );
  const own = Object.keys(readPackage(root).json.dependencies ?? {}).sort();
  return placePackages([
    ...own.map((name) => ({ found: requirePackage(name, root) })),
    { found: onnxruntime, leaveOut: ['adm-zip', 'global-agent'] },
    { found: sharp },
    ...native.map((found) => ({ found })),
  ]);
}

const nothingToRun =
  /\.(?:map|d\.ts|d\.mts|d\.cts|ts|md|markdown)$|(?:^|\/)(?:test|tests|docs|benchmark|examples|\.github)\//;
const licence = /(?:^|\/)(?:licen[cs]e|notice)[^/]*$/i;

/** Whether a file of a package goes into the image: what runs and its licence, for one platform. */
export function takesFile(
  { json: { name } }: InstalledPackage,
  platform: Platform,
): (path: string) => boolean {
  const architecture = nodeArchitecture[platform];
  return (path) => {
    if (licence.test(path) || path === 'package.json') return true;
    if (name === 'onnxruntime-node')
      return path.startsWith('dist/')
        ? !nothingToRun.test(path)
        : path.startsWith(`bin/`) && path.includes(`/linux/${architecture}/`);
    if (name === 'sharp') return path.startsWith('dist/') && !nothingToRun.test(path);
    if (name.startsWith('@img/sharp-libvips')) return path.startsWith('lib/') && !path.includes('/glib-2.0/');
    return !nothingToRun.test(path);
  };
}
