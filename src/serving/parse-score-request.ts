import { ScoringError } from './scoring-error.ts';

/** What a request asks for: pictures as texts (base64 or data URIs), in the order of the answer. */
export interface ScoreRequest {
  readonly images: readonly string[];
}

/**
 * Reads the body of `POST /score`. Three shapes are accepted: the card's
 * `{"input_data":{"columns":["image"],"index":[…],"data":[…]}}` (rows flat or nested, index optional), the later
 * versions' `{"input_data":["…"]}`, and `{"input_data":"…"}`.
 *
 * @throws ScoringError 400, saying what was expected.
 */
export function parseScoreRequest(body: Uint8Array, maxImages: number): ScoreRequest {
  const json = parseJson(body);
  if (!isObject(json)) throw bad(`the body is ${kindOf(json)}, expected a JSON object with "input_data"`);
  refuseParameters(json['params']);
  const input = json['input_data'];
  if (input === undefined || input === null) throw bad('the body has no "input_data"');
  const images = readImages(input);
  if (images.length === 0) throw bad('"input_data" holds no picture');
  if (images.length > maxImages) {
    throw bad(
      `"input_data" holds ${images.length} pictures, at most ${maxImages} are accepted in one request`,
    );
  }
  return { images };
}

function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) throw bad('the body is empty, expected a JSON object with "input_data"');
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

/** An option that changes nothing although it was asked for would be a wrong answer. */
function refuseParameters(params: unknown): void {
  if (params === undefined || params === null) return;
  if (!isObject(params)) throw bad(`"params" is ${kindOf(params)}, expected an object`);
  const [name] = Object.keys(params);
  if (name !== undefined)
    throw bad(`"params.${name.slice(0, 50)}" is not supported; every class is answered`);
}

function readImages(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input)) return readRows(input, 'input_data');
  if (!isObject(input)) {
    throw bad(
      `"input_data" is ${kindOf(input)}, expected an object with "columns" and "data", a list or a text`,
    );
  }
  const { columns, index, data } = input;
  if (!Array.isArray(columns) || columns.length !== 1 || columns[0] !== 'image') {
    throw bad(`"input_data.columns" is ${brief(columns)}, expected ["image"]`);
  }
  if (!Array.isArray(data)) throw bad(`"input_data.data" is ${kindOf(data)}, expected a list of pictures`);
  if (index !== undefined && index !== null) {
    if (!Array.isArray(index)) throw bad(`"input_data.index" is ${kindOf(index)}, expected a list`);
    if (index.length !== data.length) {
      throw bad(`"input_data.index" has ${index.length} entries for ${data.length} rows of data`);
    }
  }
  return readRows(data, 'input_data.data');
}

/** A row is a text, or a list with the one column's text. */
function readRows(rows: readonly unknown[], path: string): string[] {
  return rows.map((row, position) => {
    const cell: unknown = Array.isArray(row) && row.length === 1 ? row[0] : row;
    if (typeof cell !== 'string') {
      throw bad(`"${path}[${position}]" is ${kindOf(row)}, expected a picture as base64 text`);
    }
    return cell;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function bad(message: string): ScoringError {
  return new ScoringError(400, message);
}
