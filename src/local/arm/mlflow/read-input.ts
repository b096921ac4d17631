import type { ArmRequest } from '../handler.ts';
import { invalidParameter } from './mlflow-error.ts';

/** What a request says: members of its body, or of its query. Those that an operation does not know are passed over, as MLflow does. */
export type Input = Readonly<Record<string, unknown>>;

export function inputOf(request: ArmRequest): Input {
  if (request.body !== undefined) return request.body as Input;
  return Object.fromEntries(
    [...new Set(request.query.keys())].map((key) => {
      const values = request.query.getAll(key);
      return [key, values.length === 1 ? values[0] : values];
    }),
  );
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 80);
}

function missing(name: string): Error {
  return invalidParameter(`Missing value for required parameter '${name}'.`);
}

/** A member that may be left out; null, and an empty text of an optional member, count as left out. */
export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string')
    throw invalidParameter(`Invalid value ${shown(value)} for parameter '${name}' supplied: expected text.`);
  return value === '' ? undefined : value;
}

export function requiredText(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined) throw missing(name);
  return value;
}

/** A value that may be an empty text, but not be left out. */
export function requiredValue(input: Input, name: string): string {
  if (input[name] === '') return '';
  return requiredText(input, name);
}

/** A 64-bit integer, which JSON of protocol buffers may write as text. Those that a double cannot hold are refused. */
export function optionalInteger(input: Input, name: string): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || value === '') return undefined;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw invalidParameter(
      `Invalid value ${shown(value)} for parameter '${name}' supplied: expected an integer.`,
    );
  return number;
}

const specialNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** A double; `"NaN"`, `"Infinity"`, `"-Infinity"` and numbers as text are what JSON of protocol buffers has for it. */
export function requiredNumber(input: Input, name: string): number {
  const value = input[name] ?? undefined;
  if (value === undefined) throw missing(name);
  if (typeof value === 'number') return value;
  const special = typeof value === 'string' ? specialNumbers[value] : undefined;
  if (special !== undefined) return special;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  throw invalidParameter(
    `Invalid value ${shown(value)} for parameter '${name}' supplied: expected a 64-bit floating point number.`,
  );
}

/** Members that are lists of objects; left out: an empty list. */
export function objectList(input: Input, name: string): readonly Input[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'object' || item === null))
    throw invalidParameter(
      `Invalid value ${shown(value)} for parameter '${name}' supplied: expected a list of objects.`,
    );
  return value as Input[];
}

/** Members that are lists of text; one text alone is a list of one, as in a query. */
export function textList(input: Input, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw invalidParameter(
      `Invalid value ${shown(value)} for parameter '${name}' supplied: expected a list of texts.`,
    );
  return value as string[];
}

export interface Page {
  readonly offset: number;
  readonly size: number;
}

/** Where a page begins and how much is on it. Tokens are this twin's own: offsets. */
export function pageOf(input: Input, usual: number, max: number): Page {
  const size = optionalInteger(input, 'max_results') ?? usual;
  if (size < 1 || size > max)
    throw invalidParameter(
      `Invalid value ${size} for parameter 'max_results' supplied: it must be at least 1 and at most ${max}.`,
    );
  const token = optionalText(input, 'page_token');
  if (token === undefined) return { offset: 0, size };
  const offset = /^[\w-]+$/.test(token)
    ? Number(Buffer.from(token, 'base64url').toString('utf8'))
    : Number.NaN;
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw invalidParameter(`Invalid value ${shown(token)} for parameter 'page_token' supplied.`);
  return { offset, size };
}

export function pageToken(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

/** The page's items, and the token of the next page where there is one. */
export function takePage<T>(
  items: readonly T[],
  { offset, size }: Page,
): { readonly items: readonly T[]; readonly next: { readonly next_page_token?: string } } {
  const end = offset + size;
  return {
    items: items.slice(offset, end),
    next: end < items.length ? { next_page_token: pageToken(end) } : {},
  };
}
