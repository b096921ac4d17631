import type { ProbeData } from './probe-objective.ts';
import { createRandom, permutation } from './random.ts';

/** Holds back the same share of every class; a multi-label row counts for its first label, or for none. */
export function splitRows(
  data: ProbeData,
  share: number,
  seed: number,
): { training: ProbeData; validation: ProbeData } {
  const strata = new Map<number, number[]>();
  for (const row of permutation(data.rows, createRandom(seed, 'validation split'))) {
    const key = stratumOf(data, row);
    const stratum = strata.get(key);
    if (stratum === undefined) strata.set(key, [row]);
    else stratum.push(row);
  }
  const held = new Set<number>();
  for (const stratum of strata.values())
    for (const row of stratum.slice(0, Math.floor(stratum.length * share))) held.add(row);
  const everyRow = Array.from({ length: data.rows }, (_, row) => row);
  return {
    training: takeRows(
      data,
      everyRow.filter((row) => !held.has(row)),
    ),
    validation: takeRows(
      data,
      everyRow.filter((row) => held.has(row)),
    ),
  };
}

function stratumOf(data: ProbeData, row: number): number {
  const { targets, classCount } = data;
  if (targets.kind === 'multiclass') return targets.labels[row]!;
  return targets.labels.subarray(row * classCount, (row + 1) * classCount).indexOf(1);
}

function takeRows(data: ProbeData, rows: readonly number[]): ProbeData {
  const { dimensions, classCount, targets } = data;
  const features = new Float64Array(rows.length * dimensions);
  for (const [to, from] of rows.entries())
    features.set(data.features.subarray(from * dimensions, (from + 1) * dimensions), to * dimensions);
  return {
    features,
    rows: rows.length,
    dimensions,
    classCount,
    targets:
      targets.kind === 'multiclass'
        ? { kind: 'multiclass', labels: Int32Array.from(rows, (row) => targets.labels[row]!) }
        : { kind: 'multilabel', labels: takeTargets(targets.labels, rows, classCount) },
  };
}

function takeTargets(all: Uint8Array, rows: readonly number[], classCount: number): Uint8Array {
  const taken = new Uint8Array(rows.length * classCount);
  for (const [to, from] of rows.entries())
    taken.set(all.subarray(from * classCount, (from + 1) * classCount), to * classCount);
  return taken;
}

/**
 * The rows of so many classes, which a seed picks; of rows with any number of labels all, with the picked ones only. The
 * classes are the same in each part.
 */
export function sampleClasses<Parts extends readonly ProbeData[]>(
  parts: Parts,
  count: number,
  seed: number,
): { [Index in keyof Parts]: ProbeData } {
  const classCount = parts[0]?.classCount ?? 0;
  const picked = permutation(classCount, createRandom(seed, 'sampled classes'))
    .slice(0, count)
    .toSorted((a, b) => a - b);
  const places = new Int32Array(classCount).fill(-1);
  for (const [place, label] of picked.entries()) places[label] = place;
  const sampled = parts.map((data) => {
    const { rows, targets } = data;
    if (targets.kind === 'multiclass') {
      const kept: number[] = [];
      for (let row = 0; row < rows; row += 1) if (places[targets.labels[row]!]! >= 0) kept.push(row);
      const taken = takeRows(data, kept);
      const labels = Int32Array.from(kept, (row) => places[targets.labels[row]!]!);
      return { ...taken, classCount: picked.length, targets: { kind: 'multiclass', labels } } as const;
    }
    const labels = new Uint8Array(rows * picked.length);
    for (let row = 0; row < rows; row += 1)
      for (const [place, label] of picked.entries())
        labels[row * picked.length + place] = targets.labels[row * classCount + label]!;
    return { ...data, classCount: picked.length, targets: { kind: 'multilabel', labels } } as const;
  });
  return sampled as { [Index in keyof Parts]: ProbeData };
}
