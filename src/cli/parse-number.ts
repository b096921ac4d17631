import { AmlDeitError } from '../errors/index.ts';

/** A decimal number such as `5e-5`; anything else is a usage error that names the flag. */
export function parseNumber(flag: string, text: string): number {
  const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new AmlDeitError('USAGE', `${flag} is "${text}", expected a number such as 5e-5`);
}
