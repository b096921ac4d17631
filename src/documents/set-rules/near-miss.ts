import { editDistance } from '../../io/nearest-names.ts';

/**
 * The one name that `name` was surely meant to be: a letter or two apart in a name of some length, and in more than
 * its digits, because `blue-2` is not `blue-1` misspelled.
 */
export function nearMiss(name: string, candidates: readonly string[]): string | undefined {
  const near = [...new Set(candidates)].filter((candidate) => isNear(name, candidate));
  return near.length === 1 ? near[0] : undefined;
}

const longest = 128;

function isNear(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < 4 || Math.max(a.length, b.length) > longest) return false;
  const furthest = Math.min(a.length, b.length) < 8 ? 1 : 2;
  return editDistance(a, b) <= furthest && withoutDigits(a) !== withoutDigits(b);
}

function withoutDigits(text: string): string {
  return text.replaceAll(/[-_.]?\d+/g, '');
}
