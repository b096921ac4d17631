import { open } from 'node:fs/promises';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

const maxBytes = 32 * 1024 * 1024;

/** A small JSON file with its bytes; undefined when there is none. @throws CHECKPOINT_INVALID, FILE_UNREADABLE. */
export async function readJsonFile(file: string): Promise<{ json: unknown; bytes: Uint8Array } | undefined> {
  let bytes: Uint8Array;
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > maxBytes) {
      throw new AmlDeitError('CHECKPOINT_INVALID', `${file} has ${size} bytes, expected at most ${maxBytes}`);
    }
    bytes = await handle.readFile();
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read (${systemErrorCode(error)})`, {
      cause: error,
    });
  }
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown, bytes };
  } catch (error) {
    throw new AmlDeitError('CHECKPOINT_INVALID', `${file} is not JSON: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
