import { requirePackage } from './find-package.ts';
import type { InstalledPackage } from './find-package.ts';

/** A package and where it goes in the image. */
export interface PlacedPackage extends InstalledPackage {
  /** `node_modules/NAME`, or below the `node_modules` of a package that needs another version than the rest. */
  readonly path: string;
}

export interface PackageRequest {
  readonly found: InstalledPackage;
  /** Dependencies that are for installing only, or for other platforms. */
  readonly leaveOut?: readonly string[];
}

/**
 * Packages with all that they depend on, each as Node will find it: at the top where its name is free or taken by the same
 * version, else below the package that needs it.
 */
export function placePackages(requests: readonly PackageRequest[]): readonly PlacedPackage[] {
  const placed = new Map<string, PlacedPackage>();

  const visible = (name: string, from: string): PlacedPackage | undefined =>
    foldersUpwards(from)
      .map((folder) => placed.get(`${folder}node_modules/${name}`))
      .find((found) => found !== undefined);
  const place = (found: InstalledPackage, dependent: string): PlacedPackage | undefined => {
    const { name, version } = found.json;
    const known = visible(name, dependent);
    if (known?.json.version === version) return undefined;
    const path = known === undefined ? `node_modules/${name}` : `${dependent}/node_modules/${name}`;
    const result = { ...found, path };
    placed.set(path, result);
    return result;
  };

  // Breadth first: what many need comes to lie at the top.
  const queue = requests.flatMap((request) => {
    const at = place(request.found, '');
    return at === undefined ? [] : [{ at, leaveOut: request.leaveOut ?? [] }];
  });
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const name of Object.keys(next.at.json.dependencies ?? {}).sort()) {
      if (next.leaveOut.includes(name)) continue;
      const at = place(requirePackage(name, next.at.directory), next.at.path);
      if (at !== undefined) queue.push({ at, leaveOut: [] });
    }
  }
  return [...placed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Where Node looks from a package in the image, nearest first, each with a slash behind it but the root. */
function foldersUpwards(path: string): string[] {
  const folders: string[] = [];
  for (let folder = path; folder !== '';) {
    folders.push(`${folder}/`);
    const cut = folder.lastIndexOf('/node_modules/');
    folder = cut === -1 ? '' : folder.slice(0, cut);
  }
  return [...folders, ''];
}
