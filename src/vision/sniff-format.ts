export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'bmp';

/** Formats that are accepted, for messages. */
export const acceptedFormats = 'JPEG, PNG, WebP, GIF, TIFF or BMP';

const signatures: readonly { readonly format: ImageFormat; readonly at: number; readonly bytes: string }[] = [
  { format: 'jpeg', at: 0, bytes: '\u00ff\u00d8\u00ff' },
  { format: 'png', at: 0, bytes: '\u0089PNG\r\n\u001a\n' },
  { format: 'webp', at: 8, bytes: 'WEBP' },
  { format: 'gif', at: 0, bytes: 'GIF87a' },
  { format: 'gif', at: 0, bytes: 'GIF89a' },
  { format: 'tiff', at: 0, bytes: 'II*\0' },
  { format: 'tiff', at: 0, bytes: 'MM\0*' },
  { format: 'bmp', at: 0, bytes: 'BM' },
];

/** What people send by mistake, by how it begins: named in the refusal. */
const otherTexts: readonly (readonly [RegExp, string])[] = [
  // A comment ends at its first end: with a choice of ends, many comments would take for ever.
  [/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg/i, 'SVG'],
  [/^\s*<(?:!doctype html|html)/i, 'HTML'],
  [/^\s*<\?xml/i, 'XML'],
  [/^%PDF/, 'PDF'],
  [/^P[1-7]\s/, 'a Netpbm picture'],
  [/^[^]{4}ftyp(?:heic|heix|mif1|msf1)/, 'HEIC'],
  [/^[^]{4}ftypavi[fs]/, 'AVIF'],
  [/^[^]{4}ftyp/, 'a video'],
  [/^[^]{4}JXL /, 'JPEG XL'],
  [/^\s*[[{]/, 'JSON'],
];
const otherBytes: readonly (readonly [string, string])[] = [
  ['ff0a', 'JPEG XL'],
  ['00000100', 'ICO'],
  ['49492b00', 'BigTIFF'],
  ['4d4d002b', 'BigTIFF'],
  ['504b0304', 'a ZIP archive'],
  ['1f8b', 'gzip data'],
];

/** The format by the content's first bytes, never by a name; undefined for what is not accepted. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  const head = latin1(bytes, 16);
  const found = signatures.find(({ at, bytes }) => head.startsWith(bytes, at));
  // RIFF is also what WAV and AVI begin with; WEBP at 8 alone could be anything.
  if (found?.format === 'webp' && !head.startsWith('RIFF')) return undefined;
  // A text may begin with two letters: a bitmap's header also states its own length, less than 256.
  if (found?.format === 'bmp' && !/^[^]{15}\0{3}/.test(latin1(bytes, 18))) return undefined;
  return found?.format;
}

/** For the refusal: "SVG", "PDF", or the first bytes in hexadecimal. */
export function nameContent(bytes: Uint8Array): string {
  const withoutMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  const head = latin1(withoutMark, 1024);
  const hex = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  const known =
    otherTexts.find(([pattern]) => pattern.test(head)) ?? otherBytes.find(([start]) => hex.startsWith(start));
  return known?.[1] ?? `unknown content (it begins with 0x${hex})`;
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.byteLength)).toString('latin1');
}
