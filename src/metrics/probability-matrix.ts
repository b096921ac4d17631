import { AmlDeitError } from '../errors/index.ts';

/** `[rows, columns]`, row after row. */
export interface ProbabilityMatrix {
  readonly values: Float64Array;
  readonly columns: number;
}

/** @throws AmlDeitError EVALUATION_DATA_INVALID, naming the first row that holds no finite number. */
export function checkFinite({ values, columns }: ProbabilityMatrix): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  throw new AmlDeitError(
    'EVALUATION_DATA_INVALID',
    `row ${Math.floor(at / columns)} has the probability ${values[at]}, expected finite numbers`,
  );
}

/** The column with the largest value, the first of several. As to numpy, nothing is larger than NaN. */
export function argmax(values: Float64Array, from: number, columns: number): number {
  let best = 0;
  for (let column = 1; column < columns && !Number.isNaN(values[from + best]); column += 1) {
    const value = values[from + column]!;
    if (value > values[from + best]! || Number.isNaN(value)) best = column;
  }
  return best;
}
