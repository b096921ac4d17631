import { defaultOperations } from './fault-rule.ts';
import type { FaultEvent, FaultRule } from './fault-rule.ts';

/** A pattern with `*` as a regular expression; `separator` is what a single `*` does not cross. */
function toPattern(pattern: string, separator: '/' | '.'): string {
  return pattern
    .split(/(\*+)/)
    .map((part) => {
      if (part.startsWith('**')) return '.*';
      if (part === '*') return separator === '/' ? '[^/]*' : '.*';
      return part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
}

export function operationMatches(pattern: string, operation: string): boolean {
  return new RegExp(`^${toPattern(pattern, '.')}$`, 'i').test(operation);
}

export function pathMatches(pattern: string, path: string): boolean {
  const start = pattern.startsWith('/') ? '^' : '(?:^|/)';
  return new RegExp(`${start}${toPattern(pattern, '/')}/?$`, 'i').test(path);
}

/** Is the rule about this event? Counts and chance come afterwards, in {@link fires}. */
export function matchesFault(rule: FaultRule, event: FaultEvent): boolean {
  const operations = rule.operation === undefined ? defaultOperations[rule.kind] : [rule.operation];
  if (operations !== undefined && !operations.some((wanted) => operationMatches(wanted, event.operation)))
    return false;
  if (rule.method !== undefined && rule.method.toUpperCase() !== event.method.toUpperCase()) return false;
  return rule.path === undefined || pathMatches(rule.path, event.path);
}

/** A number from 0 up to, not including, 1 that depends on the seed and the position only. */
export function drawAt(seed: number, position: number): number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(position + 1, 0x6d2b79f5)) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}

/** Whether a rule hits the event that it matches: `matched` events came before this one, `hits` of them were hit. */
export function fires(rule: FaultRule, matched: number, hits: number): boolean {
  if (matched < (rule.after ?? 0) || hits >= (rule.times ?? Infinity)) return false;
  return rule.probability === undefined || drawAt(rule.seed ?? 1, matched) < rule.probability;
}
