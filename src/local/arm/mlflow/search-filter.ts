import { invalidParameter } from './mlflow-error.ts';

/** What MLflow's searches can ask for: of its grammar, comparisons that are joined by AND. */
export type Entity = 'attribute' | 'metric' | 'param' | 'tag';

export interface Column {
  readonly entity: Entity;
  readonly key: string;
}

export interface Columns {
  readonly attributes: Readonly<Record<string, 'text' | 'number'>>;
  readonly entities: readonly Entity[];
  /** Other names of attributes. */
  readonly aliases?: Readonly<Record<string, string>>;
}

export type Lookup = (column: Column) => string | number | undefined;

/** Attributes whose values are text. */
export function textColumns<Name extends string>(...names: readonly Name[]): Record<Name, 'text'> {
  return Object.fromEntries(names.map((name) => [name, 'text'])) as Record<Name, 'text'>;
}

const entityNames: Readonly<Record<string, Entity>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
};

/** Longer texts are refused: a pattern is tried on every run. */
const maxFilterLength = 10_000;

const token =
  /\s*(?:(?<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(?<operator><>|!=|>=|<=|=|>|<)|(?<mark>[(),])|(?<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.]))|(?<word>(?:`[^`]*`|"[^"]*"|[\w./:-])+))/iy;

interface Token {
  readonly kind: 'text' | 'operator' | 'mark' | 'number' | 'word';
  readonly text: string;
}

function tokenize(filter: string): Token[] {
  if (filter.length > maxFilterLength)
    throw invalidParameter(
      `The filter has ${filter.length} characters, more than the maximum of ${maxFilterLength}.`,
    );
  const tokens: Token[] = [];
  const source = filter.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const groups = token.exec(source)?.groups;
    const [kind, text] = Object.entries(groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind === undefined || text === undefined)
      throw invalidParameter(`Invalid clause(s) in filter string: '${source.slice(at, at + 40)}'`);
    tokens.push({ kind: kind as Token['kind'], text });
  }
  return tokens;
}

function unquote(text: string): string {
  return text.slice(1, -1);
}

function columnOf(word: string, columns: Columns): Column {
  const bare = (text: string): string => (/^(?:`.*`|".*")$/s.test(text) ? unquote(text) : text);
  const [, prefix = '', rest = ''] = /^(\w+)\.(.+)$/s.exec(word) ?? [];
  const entity = prefix === '' ? 'attribute' : entityNames[prefix.toLowerCase()];
  if (entity === undefined || !columns.entities.includes(entity))
    throw invalidParameter(
      `Invalid entity type '${prefix}' in '${word}'. Valid values are ${columns.entities.join(', ')}`,
    );
  const key = bare(prefix === '' ? word : rest);
  if (entity !== 'attribute') return { entity, key };
  const name = columns.aliases?.[key.toLowerCase()] ?? key;
  if (!Object.hasOwn(columns.attributes, name))
    throw invalidParameter(
      `Invalid attribute key '${key}' specified. Valid keys are ${Object.keys(columns.attributes).join(', ')}`,
    );
  return { entity, key: name };
}

function isNumeric({ entity, key }: Column, columns: Columns): boolean {
  return entity === 'metric' || (entity === 'attribute' && columns.attributes[key] === 'number');
}

/** Whether `%` and `_` of a pattern fit a text, in time that grows with the product of their lengths only. */
function isLike(text: string, pattern: string): boolean {
  let at = 0;
  let patternAt = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const sign = pattern[patternAt];
    if (sign === '%') {
      star = patternAt;
      resume = at;
      patternAt += 1;
    } else if (sign !== undefined && (sign === '_' || sign === text[at])) {
      at += 1;
      patternAt += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      patternAt = star + 1;
    } else return false;
  }
  return /^%*$/.test(pattern.slice(patternAt));
}

type Test = (value: string | number | undefined) => boolean;

const numberTests: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<>': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

const textTests: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<>': (a, b) => a !== b,
  LIKE: isLike,
  ILIKE: (a, b) => isLike(a.toLowerCase(), b.toLowerCase()),
};

class FilterReader {
  readonly #tokens: readonly Token[];
  readonly #columns: Columns;
  #at = 0;

  constructor(tokens: readonly Token[], columns: Columns) {
    this.#tokens = tokens;
    this.#columns = columns;
  }

  #next(): Token | undefined {
    const found = this.#tokens[this.#at];
    this.#at += 1;
    return found;
  }

  /** Takes a word if it is the next. */
  #takes(word: string): boolean {
    const found = this.#tokens[this.#at];
    if (found?.text.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #refuse(): never {
    const text = this.#tokens.map((part) => part.text).join(' ');
    throw invalidParameter(
      `Invalid clause(s) in filter string: '${text.slice(0, 200)}'. Expected comparisons such as metrics.loss < 0.5, joined by AND.`,
    );
  }

  #texts(): ReadonlySet<string> {
    if (!this.#takes('(')) this.#refuse();
    const texts = new Set<string>();
    do {
      const found = this.#next();
      if (found?.kind !== 'text') this.#refuse();
      texts.add(unquote(found.text));
    } while (this.#takes(','));
    if (!this.#takes(')')) this.#refuse();
    return texts;
  }

  #test(column: Column): Test {
    const numeric = isNumeric(column, this.#columns);
    if (this.#takes('IS')) {
      const wanted = this.#takes('NOT');
      if (!this.#takes('NULL') || (column.entity !== 'param' && column.entity !== 'tag')) this.#refuse();
      return (value) => (value !== undefined) === wanted;
    }
    const isNot = this.#takes('NOT');
    if (this.#takes('IN')) {
      if (numeric || column.entity !== 'attribute') this.#refuse();
      const texts = this.#texts();
      return (value) => typeof value === 'string' && texts.has(value) !== isNot;
    }
    const operator = this.#next()?.text.toUpperCase() ?? '';
    const given = this.#next();
    if (isNot || given === undefined) return this.#refuse();
    const test = numeric ? numberTests[operator] : textTests[operator];
    if (test === undefined)
      throw invalidParameter(
        `Invalid comparator '${operator}' for ${column.entity} '${column.key}': expected one of ${Object.keys(numeric ? numberTests : textTests).join(', ')}`,
      );
    if (numeric) {
      if (given.kind !== 'number')
        throw invalidParameter(
          `Expected a numeric value for ${column.entity} '${column.key}', found ${given.text.slice(0, 80)}`,
        );
      const wanted = Number(given.text);
      return (value) => typeof value === 'number' && numberTests[operator]?.(value, wanted) === true;
    }
    if (given.kind !== 'text')
      throw invalidParameter(
        `Expected a quoted string value for ${column.entity} '${column.key}', found ${given.text.slice(0, 80)}`,
      );
    const wanted = unquote(given.text);
    return (value) => typeof value === 'string' && textTests[operator]?.(value, wanted) === true;
  }

  read(): (lookup: Lookup) => boolean {
    const clauses: { readonly column: Column; readonly test: Test }[] = [];
    while (this.#at < this.#tokens.length) {
      if (clauses.length > 0 && !this.#takes('AND')) this.#refuse();
      const word = this.#next();
      if (word?.kind !== 'word') this.#refuse();
      const column = columnOf(word.text, this.#columns);
      clauses.push({ column, test: this.#test(column) });
    }
    return (lookup) => clauses.every(({ column, test }) => test(lookup(column)));
  }
}

/** `metrics.loss < 0.5 and tags."a b" LIKE '%x%'`, as a test; every run passes an empty one. */
export function parseFilter(filter: string, columns: Columns): (lookup: Lookup) => boolean {
  return new FilterReader(tokenize(filter), columns).read();
}

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

/** `metrics.loss DESC`. */
export function parseOrder(text: string, columns: Columns): Order {
  const match = /^\s*(?<word>(?:`[^`]*`|"[^"]*"|[\w./:-])+)(?:\s+(?<way>asc|desc))?\s*$/i.exec(text);
  const { word, way } = match?.groups ?? {};
  if (word === undefined)
    throw invalidParameter(
      `Invalid order_by clause '${text.slice(0, 200)}': expected a column, and ASC or DESC.`,
    );
  return { column: columnOf(word, columns), descending: way?.toLowerCase() === 'desc' };
}

/** What has no value, and NaN, come last whichever way. */
function compare(
  a: string | number | undefined,
  b: string | number | undefined,
  descending: boolean,
): number {
  const rank = (value: typeof a): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === undefined || b === undefined || a === b || rank(a) === 1) return 0;
  return a < b === descending ? 1 : -1;
}

/** Stable: what is equal stays in its order. */
export function sortBy<T>(items: readonly T[], orders: readonly Order[], lookup: (item: T) => Lookup): T[] {
  if (orders.length === 0) return [...items];
  const keyed = items.map((item) => {
    const read = lookup(item);
    return { item, keys: orders.map(({ column }) => read(column)) };
  });
  keyed.sort((a, b) => {
    for (const [index, { descending }] of orders.entries()) {
      const difference = compare(a.keys[index], b.keys[index], descending);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}
