import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { dataError } from './data-error.ts';

/**
 * A list's text. Another encoding would give other labels without a word.
 *
 * @throws AmlDeitError DATA_INVALID, with the line, for what is not UTF-8.
 */
export async function readUtf8(file: string): Promise<string> {
  const bytes = await readFile(file);
  const text = decode(bytes);
  if (text !== undefined && !text.includes('\0')) return text;
  // No byte of a longer sequence is a line feed: each line decodes by itself.
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const feed = bytes.indexOf(10, from);
    const end = feed === -1 ? bytes.length : feed;
    decodeLine(bytes.subarray(from, end), `${file}:${line}`);
    from = end + 1;
  }
  return text ?? '';
}

/**
 * The lines of a file of any size, without a byte order mark.
 *
 * @throws AmlDeitError DATA_INVALID, with the line, for what is not UTF-8.
 */
export async function* readUtf8Lines(
  file: string,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let line = 0;
  // Latin-1 keeps every byte as it is, and has none of the separators that are no ends of lines in JSON.
  const input = createReadStream(file, 'latin1');
  for await (const bytes of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    yield { line, text: decodeLine(Buffer.from(bytes, 'latin1'), `${file}:${line}`) };
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeLine(bytes: Uint8Array, at: string): string {
  const text = decode(bytes);
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (text !== undefined && !text.includes('\0')) return text;
  const what = isUtf16 || bytes.includes(0) ? 'UTF-16 or no text' : 'another encoding';
  throw dataError(`${at}: ${what}, expected UTF-8`, {
    hint: 'save it as UTF-8; Excel calls that "CSV UTF-8"',
  });
}
