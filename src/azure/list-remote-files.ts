import { AmlDeitError } from '../errors/index.ts';
import { printableLine } from '../io/index.ts';
import type { BlobContainer } from './blob-container.ts';

/** A file as the store knows it. */
export interface RemoteFile {
  /** Of the blob, whole. */
  readonly blob: string;
  /** Below the folder that was asked for, with forward slashes; safe to be joined to a folder of this machine. */
  readonly path: string;
  readonly bytes: number;
  readonly etag: string;
  /** What the file's bytes must hash to, as far as whoever sent it said so. */
  readonly sha256?: string;
  /** Base64. */
  readonly md5?: string;
}

/** A folder of more files than this is no model, data set or output of ours. */
const maxFiles = 1_000_000;

/** Metadata in which uploads of this project leave a file's SHA-256. */
export const sha256Metadata = 'aml_deit_sha256';

/**
 * The files at a place: all those below it when it is a folder; the one when it is a file. Sorted by path.
 * Throws DOWNLOAD_FAILED for names that cannot be files below a folder.
 */
export async function listRemoteFiles(
  container: BlobContainer,
  place: string,
  signal?: AbortSignal,
): Promise<readonly RemoteFile[]> {
  const root = place.replace(/\/+$/, '');
  const folder = root === '' ? '' : `${root}/`;
  const files = await container.use(
    `the list of ${root} in ${container.description}`,
    async (client) => {
      const found: RemoteFile[] = [];
      const options = { prefix: place.endsWith('/') ? folder : root, includeMetadata: true };
      for await (const item of client.listBlobsFlat({
        ...options,
        ...(signal === undefined ? {} : { abortSignal: signal }),
      })) {
        const { name, properties, metadata = {} } = item;
        // Accounts with a hierarchical namespace list folders too, as blobs without content.
        if (metadata['hdi_isfolder'] === 'true' || name.endsWith('/')) continue;
        const isWhole = name === root;
        if (!isWhole && !name.startsWith(folder)) continue;
        const sha256 = metadata[sha256Metadata];
        found.push({
          blob: name,
          path: isWhole ? (name.split('/').at(-1) ?? '') : name.slice(folder.length),
          bytes: properties.contentLength ?? 0,
          etag: properties.etag,
          ...(sha256 === undefined ? {} : { sha256 }),
          ...(properties.contentMD5 === undefined
            ? {}
            : { md5: Buffer.from(properties.contentMD5).toString('base64') }),
        });
        if (found.length > maxFiles) throw refused(`${root} holds more than ${maxFiles} files`);
      }
      return found;
    },
    signal,
  );
  const whole = files.filter(({ blob }) => blob === root);
  const chosen = whole.length > 0 ? whole : files;
  for (const { path } of chosen) checkPath(path);
  return chosen.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whatever a blob is called, it becomes a file below the folder, on this system and on others. */
function checkPath(path: string): void {
  const parts = path.split('/');
  const isSafe =
    !/[\0\\]/.test(path) &&
    !/^[a-z]:/i.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isSafe)
    throw refused(`the blob name "${printableLine(path)}" leads out of its folder, or is no file name`);
}

function refused(reason: string): AmlDeitError {
  return new AmlDeitError('DOWNLOAD_FAILED', `${reason}: nothing was downloaded`);
}
