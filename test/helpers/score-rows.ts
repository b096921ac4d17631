import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface ScoreRow {
  readonly id: string;
  readonly idBytes?: string;
  readonly row?: number;
  readonly classes?: readonly { readonly label: string; readonly score: number }[];
  readonly probs?: readonly number[];
  readonly features?: readonly number[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** All rows of a folder that `score` wrote, in the order of its files. */
export function scoreRows(directory: string): ScoreRow[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ScoreRow);
}

export const byId = (rows: readonly ScoreRow[]): ScoreRow[] =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
