import { AmlDeitError } from '../../errors/index.ts';

/** How many pictures may fail before the run does. */
export type ErrorThreshold =
  | { readonly kind: 'none' }
  | { readonly kind: 'count'; readonly count: number }
  /** Of all rows, 0 to 1; looked at when the shard is done. */
  | { readonly kind: 'fraction'; readonly fraction: number };

/** Reads `12`, `-1` (no limit, as Azure ML writes it), `5%` or `0.05`. Throws USAGE. */
export function parseErrorThreshold(text: string): ErrorThreshold {
  const trimmed = text.trim();
  if (trimmed === '-1') return { kind: 'none' };
  if (/^\d+$/.test(trimmed)) return { kind: 'count', count: Number(trimmed) };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(trimmed);
  // Read as one decimal number: a division by 100 would round 28.7 % a second time.
  const fraction = Number(percent?.[1] === undefined ? trimmed : `${percent[1]}e-2`);
  const isNumber = percent !== null || /^\d*\.\d+$/.test(trimmed);
  if (!isNumber || !(fraction >= 0 && fraction <= 1))
    throw new AmlDeitError(
      'USAGE',
      `the error threshold is "${text}": expected a count such as 12, a share such as 5% or 0.05, or -1 for no limit`,
    );
  return { kind: 'fraction', fraction };
}

/** Throws ERROR_THRESHOLD_EXCEEDED when too many have failed. A fraction is judged at the end only. */
export function checkErrorThreshold(
  threshold: ErrorThreshold,
  state: {
    readonly rows: number;
    readonly errors: number;
    readonly errorsByCode: Readonly<Record<string, number>>;
  },
  isEnd: boolean,
): void {
  const { rows, errors, errorsByCode } = state;
  if (errors === 0 || threshold.kind === 'none') return;
  const limit = threshold.kind === 'count' ? threshold.count : threshold.fraction;
  // Quotients of whole numbers are rounded as the text was: 29 of 100 are 29 %. Products need not be.
  const isWithin = threshold.kind === 'count' ? errors <= limit : !isEnd || errors / rows <= limit;
  if (isWithin) return;
  throw new AmlDeitError(
    'ERROR_THRESHOLD_EXCEEDED',
    `${errors} of ${rows} pictures failed, more than the threshold ${limit} allows`,
    {
      hint: 'each failed row says why; the same command with a higher --error-threshold continues',
      details: { rows, errors, errorsByCode },
    },
  );
}
