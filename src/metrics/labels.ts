import { AmlDeitError } from '../errors/index.ts';

/** What a row is called: text, or a number where the data has numbers. */
export type Label = string | number;

/** Rows of labels as positions in their sorted classes. */
export interface EncodedLabels {
  /** Sorted: numbers by value, text by code point (as numpy sorts, whatever the locale). */
  readonly classes: readonly Label[];
  readonly indexOf: ReadonlyMap<Label, number>;
}

/**
 * The classes of the labels that occur, sorted. Labels of both kinds are compared as text, as azureml-metrics does.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID when there is no label at all.
 */
export function encodeLabels(...groups: readonly Iterable<Label>[]): EncodedLabels {
  const found = new Set<Label>();
  for (const group of groups) for (const label of group) found.add(label);
  if (found.size === 0)
    throw new AmlDeitError('EVALUATION_DATA_INVALID', 'there is not one label in the rows');
  const numeric = [...found].every((label) => typeof label === 'number');
  const classes: Label[] = numeric
    ? [...found].sort((a, b) => Number(a) - Number(b))
    : [...new Set([...found].map(String))].sort(byCodePoint);
  const indexOf = new Map<Label, number>(classes.map((label, index) => [label, index]));
  if (!numeric) for (const label of found) indexOf.set(label, indexOf.get(String(label)) ?? 0);
  return { classes, indexOf };
}

/** JavaScript compares UTF-16 units, which puts emoji before U+E000 to U+FFFF; numpy compares code points. */
export function byCodePoint(a: string, b: string): number {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  for (;;) {
    const [x, y] = [left.next(), right.next()];
    if (x.done === true || y.done === true) return Number(y.done !== true) * -1 + Number(x.done !== true);
    const difference = (x.value.codePointAt(0) ?? 0) - (y.value.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
}
