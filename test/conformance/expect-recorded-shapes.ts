import { expect } from 'vitest';
import { traceFolder } from '../helpers/client-flows.ts';
import { compareWithRecorded } from '../helpers/recorded-shapes.ts';
import type { Mismatch } from '../helpers/recorded-shapes.ts';
import { compareTrace, findRecordedShapes } from '../helpers/trace-recorder.ts';
import type { TracedExchange } from '../helpers/trace-recorder.ts';
import { knownDifferences } from './known-differences.ts';
import type { KnownDifference } from './known-differences.ts';

/**
 * Requires that at least 95 of 100 answers are as the service was recorded, and that each other one is listed with its
 * reason. Where the whole recorded shapes are at hand, their own comparison has to agree: it knows orders of polls and
 * values as well.
 */
export function expectRecordedShapes(
  client: KnownDifference['clients'][number],
  traces: readonly { readonly flow: string; readonly trace: readonly TracedExchange[] }[],
): void {
  const { compared, mismatches } = compareWithRecorded(traces.flatMap(({ trace }) => trace));
  const line = ({ operation, status, what }: Mismatch): string => `${operation} ${status}: ${what}`;
  const known = knownDifferences.filter(({ clients }) => clients.includes(client));
  expect([...new Set(mismatches.map(line))].sort()).toEqual(known.map(line).sort());
  expect((compared - mismatches.length) / compared).toBeGreaterThanOrEqual(0.95);
  process.stdout.write(
    `${client}: ${compared - mismatches.length} of ${compared} answers as recorded, the others listed\n`,
  );
  const shapes = findRecordedShapes();
  if (shapes === undefined) return;
  const whole = compareTrace(shapes, traceFolder(client), traces);
  if (!whole.passed) throw new Error(whole.output);
  process.stdout.write(`${client}: ${whole.output.trimEnd().split('\n').at(-1)}\n`);
}
