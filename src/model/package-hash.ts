import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { manifestFileName, readModelPackage } from '../vision/index.ts';
import type { ModelManifest } from '../vision/index.ts';

export interface PackageFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface VerifiedPackage {
  readonly directory: string;
  readonly manifest: ModelManifest;
  readonly contentHash: string;
  /** Every file to send, the manifest included, sorted by name. */
  readonly files: readonly PackageFile[];
}

const chunkBytes = 1 << 20;

/**
 * What a package is, in one SHA-256: its files' names and hashes, and what its manifest says of serving. What it
 * is called, where the checkpoint lay, which version exported it and what was measured do not count: they change no answer.
 */
export function packageContentHash(manifest: ModelManifest): string {
  const {
    name: _name,
    source: _source,
    exporter: _exporter,
    quantization: _measured,
    files,
    ...serving
  } = manifest;
  const hash = createHash('sha256');
  for (const name of Object.keys(files).sort()) hash.update(`${name} ${files[name]?.sha256}\n`);
  return hash.update(canonicalJson(serving)).digest('hex');
}

/**
 * Reads a package and every byte of its files, by stream.
 * @throws PACKAGE_INVALID names the file whose content is not what the manifest says; PACKAGE_NOT_FOUND.
 */
export async function verifyPackageFiles(
  directory: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<VerifiedPackage> {
  const { manifest } = await readModelPackage(directory);
  const files: PackageFile[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const actual = await hashFile(join(directory, name), options.signal);
    if (actual.sha256 !== expected.sha256) {
      throw new AmlDeitError(
        'PACKAGE_INVALID',
        `${join(directory, name)} is not the file of the manifest: SHA-256 ${actual.sha256}, expected ${expected.sha256}`,
        {
          hint: 'export the checkpoint again: aml-deit model export DIR --out DIR --force',
          details: { file: name, expected: expected.sha256, actual: actual.sha256 },
        },
      );
    }
    files.push({ name, ...expected });
  }
  const own = await hashFile(join(directory, manifestFileName), options.signal);
  files.push({ name: manifestFileName, ...own });
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { directory, manifest, contentHash: packageContentHash(manifest), files };
}

/** One buffer for the whole file, so that memory does not grow with it. */
async function hashFile(file: string, signal?: AbortSignal): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(chunkBytes);
  let bytes = 0;
  try {
    await using handle = await open(file, 'r');
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, null);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    throw new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** JSON with sorted keys, so that the order in which a manifest was written does not count. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
