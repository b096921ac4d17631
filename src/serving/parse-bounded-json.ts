import { ScoringError } from './scoring-error.ts';

/** Far above any request's, far below what would fill the memory: an empty list takes 2 bytes here and 50 parsed. */
const maxDepth = 32;
const maxValues = 50_000;
const maxBytesBetweenTexts = 2 ** 20;

/**
 * A body to the JSON value that it is. What would take long or much memory to parse is refused before it is parsed.
 *
 * @throws ScoringError 400
 */
export function parseBoundedJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) throw bad('the body is empty, expected a JSON object with "input_data"');
  checkBounds(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw bad('the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the mistake: a few characters of a picture at most.
    throw bad(`the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** Counts what is outside of texts; a text, which may be a picture of megabytes, is jumped over. */
function checkBounds(body: Buffer): void {
  let depth = 0;
  let values = 0;
  let between = 0;
  for (let at = 0; at < body.length; at += 1) {
    between += 1;
    switch (body[at]) {
      case 0x22: // "
        at = endOfText(body, at);
        values += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        values += 1;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
      default:
    }
    if (depth > maxDepth) throw bad(`the body is nested more than ${maxDepth} levels deep`);
    if (values > maxValues) throw bad(`the body holds more than ${maxValues} values`);
    if (between > maxBytesBetweenTexts) {
      throw bad(`the body has more than ${maxBytesBetweenTexts} bytes beside its texts`);
    }
  }
}

/** The position of the quote that ends a text; the body's length when none does. */
function endOfText(body: Buffer, start: number): number {
  let escapedQuotes = 0;
  for (let end = body.indexOf(0x22, start + 1); end !== -1; end = body.indexOf(0x22, end + 1)) {
    let backslashes = 0;
    while (body[end - 1 - backslashes] === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    escapedQuotes += 1;
    if (escapedQuotes > maxValues) throw bad('a text of the body has too many quotes');
  }
  return body.length;
}

function bad(message: string): ScoringError {
  return new ScoringError(400, message);
}
