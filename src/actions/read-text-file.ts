import { open } from 'node:fs/promises';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';

/**
 * Reads a text file of at most `maxBytes`: UTF-8, or UTF-16 with its mark, which Windows PowerShell writes when a
 * command's output is redirected. Throws FILE_NOT_FOUND or FILE_UNREADABLE.
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  let bytes: Buffer;
  try {
    await using handle = await open(file, 'r');
    // One byte more tells a file that is too long; its stated size may be wrong.
    const buffer = Buffer.allocUnsafe(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    bytes = buffer.subarray(0, length);
  } catch (error) {
    const missing = systemErrorCode(error) === 'ENOENT';
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `there is no ${file}` : `${file} cannot be read: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  if (bytes.length > maxBytes) {
    throw new AmlDeitError('FILE_UNREADABLE', `${file} is larger than ${maxBytes} bytes`);
  }
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
