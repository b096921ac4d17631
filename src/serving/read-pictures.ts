import { brief, isObject, kindOf } from './describe-json.ts';
import { ScoringError } from './scoring-error.ts';

/** Members of a body that hold pictures, and how each is read. */
const readers = {
  input_data: readInputData,
  inputs: readInputs,
  dataframe_split: (value: unknown) => readSplit(value, 'dataframe_split'),
  dataframe_records: readRecords,
} as const satisfies Record<string, (value: unknown) => string[]>;

/** The one column's name: the card's, or the position that a column without a name has. */
const columnNames: ReadonlySet<unknown> = new Set(['image', '0', 0]);

/**
 * The pictures of a request as texts, in the order of the answer. Accepted are `input_data` (the card's split form
 * with rows flat or nested and `index` optional; the later versions' list; one text), and MLflow's `inputs`,
 * `dataframe_split` and `dataframe_records`.
 *
 * @throws ScoringError 400, saying what was expected.
 */
export function readPictures(body: Readonly<Record<string, unknown>>): string[] {
  const given = Object.keys(readers).filter((name) => body[name] !== undefined && body[name] !== null);
  const [name, other] = given as (keyof typeof readers)[];
  if (name === undefined) throw bad('the body has no "input_data"');
  if (other !== undefined) throw bad(`the body has "${name}" and "${other}", expected one of them`);
  const pictures = readers[name](body[name]);
  if (pictures.length === 0) throw bad(`"${name}" holds no picture`);
  return pictures;
}

function readInputData(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return readRows(value, 'input_data');
  if (isObject(value)) return readSplit(value, 'input_data');
  throw bad(
    `"input_data" is ${kindOf(value)}, expected an object with "columns" and "data", a list or a text`,
  );
}

/** MLflow's tensor form: a list, or columns by name. */
function readInputs(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return readRows(value, 'inputs');
  if (!isObject(value)) throw bad(`"inputs" is ${kindOf(value)}, expected a list, a text or {"image": […]}`);
  const [column, other] = Object.keys(value);
  if (column === undefined || other !== undefined || !columnNames.has(column)) {
    throw bad(`the columns of "inputs" are ${brief(Object.keys(value))}, expected ["image"]`);
  }
  const cells = value[column];
  return typeof cells === 'string'
    ? [cells]
    : readRows(listOf(cells, `inputs.${column}`), `inputs.${column}`);
}

function readSplit(value: unknown, path: string): string[] {
  if (!isObject(value)) throw bad(`"${path}" is ${kindOf(value)}, expected "columns" and "data"`);
  const { columns, index, data } = value;
  if (!Array.isArray(columns) || columns.length !== 1 || !columnNames.has(columns[0])) {
    throw bad(`"${path}.columns" is ${brief(columns)}, expected ["image"]`);
  }
  const rows = listOf(data, `${path}.data`);
  if (index !== undefined && index !== null) {
    const labels = listOf(index, `${path}.index`);
    if (labels.length !== rows.length) {
      throw bad(`"${path}.index" has ${labels.length} entries for ${rows.length} rows of data`);
    }
  }
  return readRows(rows, `${path}.data`);
}

function readRecords(value: unknown): string[] {
  const path = 'dataframe_records';
  const cells = listOf(value, path).map((record, position) => {
    const [column, other] = isObject(record) ? Object.keys(record) : [];
    if (!isObject(record) || column === undefined || other !== undefined || !columnNames.has(column)) {
      throw bad(`"${path}[${position}]" is ${brief(record)}, expected {"image": "…"}`);
    }
    return record[column];
  });
  return readRows(cells, path);
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`"${path}" is ${kindOf(value)}, expected a list`);
  return value;
}

/** A row is a text, or a list with the one column's text. */
function readRows(rows: readonly unknown[], path: string): string[] {
  return rows.map((row, position) => {
    const cell: unknown = Array.isArray(row) && row.length === 1 ? row[0] : row;
    if (typeof cell !== 'string') {
      throw bad(
        `"${path}[${position}]" is ${kindOf(row)}, expected a picture as base64 text or a web address`,
      );
    }
    return cell;
  });
}

function bad(message: string): ScoringError {
  return new ScoringError(400, message);
}
