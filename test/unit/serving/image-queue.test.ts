import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSize, createImageQueue } from '../../../src/serving/image-queue.ts';
import type { ImageQueue } from '../../../src/serving/image-queue.ts';

interface Run {
  readonly values: readonly number[];
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** A model whose logits are each image's own value, doubled; batches end when the test says so. */
function manualQueue(maxImages = 100): { queue: ImageQueue; runs: Run[] } {
  const runs: Run[] = [];
  const queue = createImageQueue({
    maxImages,
    maxBatch: 8,
    run: (pixels, count) =>
      new Promise((resolve, reject) => {
        expect(pixels).toHaveLength(count);
        runs.push({
          values: [...pixels],
          finish: () =>
            resolve({ logits: pixels.map((value) => value * 2), features: new Float32Array(count) }),
          fail: reject,
        });
      }),
  });
  return { queue, runs };
}

const never = new AbortController().signal;

function images(...values: number[]): Float32Array[] {
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
    const { queue } = manualQueue(4);
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
