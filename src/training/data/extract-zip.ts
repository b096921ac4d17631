import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import type { Entry } from 'yauzl';
import { errorMessage } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';
import { dataError } from './data-error.ts';
import type { SkippedFile } from './labelled-pictures.ts';

/** A data set of ImageNet's size fits; a bomb does not. */
const maxEntries = 2_000_000;
const maxBytes = 256 * 2 ** 30;
/** Of one entry: pictures and lists hardly compress. */
const maxRatio = 200;

/**
 * Unpacks an archive, streaming, file by file. Nothing is written outside `out`: names that are absolute or climb are
 * refused; links and devices are left out, and given back by their names.
 *
 * @throws AmlDeitError DATA_INVALID for what is no archive, is damaged, or would unpack to more than the limits.
 */
export async function extractZip(
  archive: string,
  out: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<SkippedFile[]> {
  const skipped: SkippedFile[] = [];
  try {
    const zip = await openPromise(archive, {
      strictFileNames: true,
      validateEntrySizes: true,
      autoClose: true,
    });
    if (zip.entryCount > maxEntries)
      throw dataError(`${archive} has ${zip.entryCount} entries, at most ${maxEntries} are accepted`);
    let unpacked = 0;
    for await (const entry of zip.eachEntry()) {
      throwIfAborted(options.signal);
      if (entry.fileName.endsWith('/')) continue;
      if (!isRegular(entry)) {
        skipped.push({
          name: entry.fileName,
          reason: 'link',
          text: 'a link or a device, which is not unpacked',
        });
        continue;
      }
      unpacked += entry.uncompressedSize;
      if (unpacked > maxBytes || entry.uncompressedSize > maxRatio * entry.compressedSize + 2 ** 20)
        throw dataError(
          `${archive}: ${entry.fileName} would unpack to ${entry.uncompressedSize} bytes from ${entry.compressedSize}: more than a data set does`,
        );
      const file = join(out, ...entry.fileName.split('/'));
      await mkdir(dirname(file), { recursive: true });
      const stream = await zip.openReadStreamPromise(entry);
      await pipeline(stream, createWriteStream(file, { flags: 'wx' }), { signal: options.signal });
      options.onBytes?.(unpacked);
    }
    return skipped;
  } catch (error) {
    throwIfAborted(options.signal);
    if (error instanceof Error && error.name === 'AmlDeitError') throw error;
    throw dataError(`${archive} cannot be unpacked: ${errorMessage(error)}`, { cause: error });
  }
}

/** Archives made on Unix keep the kind of file in the upper half of the external attributes. */
function isRegular(entry: Entry): boolean {
  const madeOnUnix = entry.versionMadeBy >>> 8 === 3;
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  return !madeOnUnix || kind === 0 || kind === 0o100000;
}
