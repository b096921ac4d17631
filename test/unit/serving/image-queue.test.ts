import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSize, createImageQueue } from '../../../src/serving/image-queue.ts';
import { createPreparationTime } from '../../../src/serving/preparation-time.ts';
import { createServiceTime } from '../../../src/serving/service-time.ts';
import type { MeasuredBatch } from '../../../src/serving/service-time.ts';

interface Run {
  readonly values: readonly number[];
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A GPU's way: eight images cost little more than one. And a CPU's: each costs the same. */
const together = [
  { images: 1, ms: 100 },
  { images: 8, ms: 135 },
];
const oneByOne = [
  { images: 1, ms: 100 },
  { images: 8, ms: 800 },
];

interface ManualQueueOptions {
  readonly maxImages?: number;
  readonly warmUp?: readonly MeasuredBatch[];
  readonly deadlineMs?: number;
  readonly preparationMs?: number;
}

/** A model whose logits are each image's own value, doubled; batches end, and time passes, when the test says so. */
function manualQueue({
  maxImages = 100,
  warmUp = together,
  deadlineMs = 1e6,
  preparationMs,
}: ManualQueueOptions = {}) {
  const runs: Run[] = [];
  const clock = { ms: 0 };
  const serviceTime = createServiceTime(warmUp);
  const preparationTime = createPreparationTime(2);
  if (preparationMs !== undefined) preparationTime.record(preparationMs);
  const queue = createImageQueue({
    maxImages,
    maxBatch: 8,
    deadlineMs,
    serviceTime,
    preparationTime,
    now: () => clock.ms,
    // Another picture may be written there at once.
    recycle: (tensor) => void tensor.fill(NaN),
    run: (pixels, count) =>
      new Promise((resolve, reject) => {
        expect(pixels).toHaveLength(count);
        const logits = pixels.map((value) => value * 2);
        runs.push({
          values: [...pixels],
          finish: () => resolve({ logits, features: new Float32Array(count), ms: serviceTime.of(count) }),
          fail: reject,
        });
      }),
  });
  return { queue, runs, clock };
}

const never = new AbortController().signal;

function images(...values: number[]): Float32Array<ArrayBuffer>[] {
  return values.map((value) => Float32Array.of(value));
}

describe('image queue', () => {
  it('runs at once what comes first, then everything that waited, in powers of two', async () => {
    const { queue, runs } = manualQueue();
    const first = queue.admit(1).score(images(1), never);
    const second = queue.admit(2).score(images(2, 3), never);
    const third = queue.admit(11).score(images(...Array.from({ length: 11 }, (_, i) => 10 + i)), never);
    expect(runs.map(({ values }) => values)).toEqual([[1]]);
    while (runs.length < 4) {
      runs.at(-1)?.finish();
      await new Promise(setImmediate);
    }
    runs.at(-1)?.finish();
    expect(await first).toEqual(images(2));
    expect(await second).toEqual(images(4, 6));
    expect((await third).map(([value]) => value)).toEqual(Array.from({ length: 11 }, (_, i) => 20 + 2 * i));
    expect(runs.map(({ values }) => values.length)).toEqual([1, 8, 4, 1]);
  });

  it('admits no more than fit, until places are given back', async () => {
    const { queue } = manualQueue({ maxImages: 4 });
    const three = queue.admit(3);
    expect(() => queue.admit(2)).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 1 }));
    const one = queue.admit(1);
    one.release();
    one.release();
    expect(queue.admitted).toBe(3);
    three.release();
    expect(queue.admitted).toBe(0);
    expect(() => queue.admit(5)).toThrow('5 more do not fit');
  });

  it('drops what has not begun when the client goes', async () => {
    const { queue, runs } = manualQueue();
    const gone = new AbortController();
    const first = queue.admit(1).score(images(1), gone.signal);
    const dropped = queue.admit(2).score(images(2, 3), gone.signal);
    const kept = queue.admit(1).score(images(4), never);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await expect(dropped).rejects.toThrow('gone');
    runs[0]?.finish();
    await new Promise(setImmediate);
    expect(runs[1]?.values).toEqual([4]);
    runs[1]?.finish();
    expect(await kept).toEqual(images(8));
    await expect(queue.admit(1).score(images(9), gone.signal)).rejects.toThrow('gone');
  });

  it('rejects the batch that failed and goes on with the next', async () => {
    const { queue, runs } = manualQueue();
    const failing = queue.admit(1).score(images(1), never);
    const next = queue.admit(1).score(images(2), never);
    runs[0]?.fail(new Error('crashed'));
    await expect(failing).rejects.toThrow('crashed');
    await new Promise(setImmediate);
    runs[1]?.finish();
    expect(await next).toEqual(images(4));
  });

  it('runs image by image where a batch is no cheaper, the next one on its way', async () => {
    const { queue, runs } = manualQueue({ warmUp: oneByOne });
    const rows = queue.admit(4).score(images(1, 2, 3, 4), never);
    expect(runs.map(({ values }) => values)).toEqual([[1], [2]]);
    for (let run = 0; run < 4; run += 1) {
      runs[run]?.finish();
      await new Promise(setImmediate);
    }
    expect(await rows).toEqual(images(2, 4, 6, 8));
  });

  it('admits what will be answered in time, and says when another try is worth it', () => {
    const { queue } = manualQueue({ warmUp: oneByOne, deadlineMs: 1000 });
    const ten = queue.admit(10);
    expect(() => queue.admit(1)).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 1 }));
    expect(() => queue.admit(21)).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 3 }));
    ten.release();
    // Nobody is ahead of it: later would be no better.
    expect(() => queue.admit(21)).not.toThrow();
  });

  it('admits by the decoder where that is slower than the model', () => {
    const { queue } = manualQueue({ warmUp: oneByOne, deadlineMs: 1000, preparationMs: 500 });
    queue.admit(4);
    expect(() => queue.admit(1)).toThrow(expect.objectContaining({ status: 429, retryAfterSeconds: 1 }));
  });

  it('does not run what has waited until its deadline, and runs what is still in time in smaller batches', async () => {
    const { queue, runs, clock } = manualQueue({ deadlineMs: 1000 });
    const first = queue.admit(1).score(images(1), never);
    const late = queue.admit(1).score(images(2), never);
    clock.ms = 110;
    const later = queue.admit(4).score(images(3, 4, 5, 6), never);
    clock.ms = 1000;
    runs[0]?.finish();
    await expect(late).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 });
    await first;
    // Four take 115 ms, two 105, and 110 are left.
    expect(runs[1]?.values).toEqual([3, 4]);
    runs[1]?.finish();
    await new Promise(setImmediate);
    runs[2]?.finish();
    expect(await later).toEqual(images(6, 8, 10, 12));
  });

  it('takes as many as fit, never more than wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(1, 2, 4, 8, 16), (waiting, maxBatch) => {
        const size = batchSize(waiting, maxBatch);
        expect(size).toBeLessThanOrEqual(Math.min(waiting, maxBatch));
        expect(size * 2).toBeGreaterThan(Math.min(waiting, maxBatch));
        expect(Math.log2(size) % 1).toBe(0);
      }),
    );
  });
});
