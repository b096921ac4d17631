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
  const compact = /\s/.test(payload) ? payload.replaceAll(/\s+/g, '') : payload;
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
  return text.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
