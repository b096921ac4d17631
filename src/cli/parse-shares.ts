import type { SplitShares } from '../training/data/index.ts';
import { AmlDeitError } from '../errors/index.ts';

/** `80,10,10`: train, validation and test. */
export function parseShares(text: string): SplitShares {
  const parts = text.split(',').map((part) => part.trim());
  const [train, validation, test] = parts.map(Number);
  if (
    parts.length === 3 &&
    train !== undefined &&
    validation !== undefined &&
    test !== undefined &&
    parts.every((part) => /^\d+(?:\.\d+)?$/.test(part))
  )
    return { train, validation, test };
  throw new AmlDeitError('USAGE', `--split is "${text}", expected three numbers such as 80,10,10`);
}
