import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';

/** What is read of a package.json. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface InstalledPackage {
  readonly directory: string;
  readonly json: PackageJson;
}

export function readPackage(directory: string): InstalledPackage {
  const json = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageJson;
  return { directory, json };
}

/** A package as Node would find it from a folder: in its `node_modules` or in that of a folder above. */
export function findPackage(name: string, from: string): InstalledPackage | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const directory = join(folder, 'node_modules', ...name.split('/'));
    if (existsSync(join(directory, 'package.json'))) return readPackage(directory);
    if (dirname(folder) === folder) return undefined;
  }
}

/** @throws PEER_MISSING */
export function requirePackage(name: string, from: string): InstalledPackage {
  const found = findPackage(name, from);
  if (found !== undefined) return found;
  throw new AmlDeitError('PEER_MISSING', `an image needs the package "${name}", which is not installed`, {
    hint: `npm install ${name}${name === 'onnxruntime-node' ? ' --onnxruntime-node-install=skip' : ''}`,
    details: { peer: name },
  });
}
