/** Bytes that are no UTF-8 text. */
export interface EncodingFault {
  readonly message: string;
  /** The readable part before the fault: for its line and column. */
  readonly before: string;
  /** All of it, with U+FFFD for what is none: to show the line. */
  readonly text: string;
}

/**
 * The text of a file. Azure's loader opens files as UTF-8, with or without byte order mark, and nothing else: UTF-16,
 * which YAML would allow, ends there with a UnicodeDecodeError.
 */
export function decodeText(bytes: Uint8Array): string | EncodingFault {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const other = otherEncoding(bytes);
    if (other !== undefined) {
      return {
        message: `the file is ${other}: expected UTF-8, which is all that Azure ML reads`,
        before: '',
        text: '',
      };
    }
    const end = validLength(bytes);
    const byte = (bytes[end] ?? 0).toString(16).padStart(2, '0');
    return {
      message: `the byte 0x${byte} is no UTF-8: expected UTF-8, which is all that Azure ML reads`,
      before: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, end)),
      text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
    };
  }
}

function otherEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? 'UTF-32' : undefined;
}

/** How many bytes from the start are whole, valid characters. */
function validLength(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // What is valid up to a place, but for a character that is cut off there, is valid up to every place before it.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isValidPrefix(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  // A character that is cut off at the end is not whole.
  while (low > 0 && !isValid(bytes.subarray(0, low))) low -= 1;
  return low;
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function isValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
