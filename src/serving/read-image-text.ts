import { ScoringError } from './scoring-error.ts';

/** Letters and a colon: base64 has none. */
const otherScheme = /^\s*([a-z][a-z\d+.-]{1,30}):/i;
const dataUri = /^\s*data:([^,;]{0,100})((?:;[^,;]{0,100}){0,10}),/i;

/**
 * A picture as a request carries it to its bytes: base64 (white space is tolerated, as encoders that break lines
 * write it) or a `data:` URI with base64.
 *
 * @throws ScoringError 400 for anything else.
 */
export function readImageText(text: string): Uint8Array {
  const uri = dataUri.exec(text.slice(0, 1200));
  if (uri !== null && !/;base64$/i.test((uri[2] ?? '').trim())) {
    throw new ScoringError(400, 'the data URI is not in base64');
  }
  const scheme = uri === null ? otherScheme.exec(text.slice(0, 100))?.[1] : undefined;
  if (scheme !== undefined && scheme.toLowerCase() !== 'data') {
    throw new ScoringError(400, `only http and https addresses are fetched, not "${scheme}:"`);
  }
  const payload = uri === null ? text : withoutEscapes(text.slice(uri[0].length));
  const compact = withoutWhiteSpace(payload);
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0;
  const characters = compact.length - padding;
  if (characters === 0) throw new ScoringError(400, 'the picture is empty');
  const bytes = Buffer.from(compact, 'base64');
  // Node leaves out what is not base64: then there are fewer bytes than characters stand for.
  const isComplete = bytes.length === Math.floor((characters * 3) / 4) && characters % 4 !== 1;
  if (!isComplete || (padding > 0 && compact.length % 4 !== 0)) {
    throw new ScoringError(400, 'the picture is not base64');
  }
  return bytes;
}

/** A data URI may have escapes, as any URI: of base64's `+`, `/` and `=`, or of line breaks. */
function withoutEscapes(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ScoringError(400, 'the picture is not base64');
  }
}

/** In one loop over bytes: a text of megabytes, every other one a blank, would hold up a regular expression for seconds. */
function withoutWhiteSpace(text: string): string {
  if (!/\s/.test(text)) return text;
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    bytes[length] = byte;
    length += 1;
  }
  return bytes.toString('latin1', 0, length);
}
