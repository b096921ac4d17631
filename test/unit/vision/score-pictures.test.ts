import { describe, expect, it } from 'vitest';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { scorePictures } from '../../../src/vision/index.ts';
import type { ScoredPicture, ScorePicturesOptions } from '../../../src/vision/index.ts';

/** Pictures are numbers here: the tensor is the number, the logits its double, the features its negative. */
function scorer(overrides: Partial<ScorePicturesOptions<number>> = {}) {
  const batches: number[][] = [];
  const options: ScorePicturesOptions<number> = {
    maxBatch: 4,
    read: (item) => Uint8Array.of(item),
    preprocessor: {
      async prepare(picture) {
        const bytes = (typeof picture === 'function' ? await picture() : picture) as Uint8Array;
        // Later ones are ready first.
        for (let turn = bytes[0]!; turn < 20; turn += 1) await Promise.resolve();
        return Float32Array.of(bytes[0]!);
      },
      // Another picture may be written there at once.
      recycle: (tensor) => void tensor.fill(NaN),
    },
    inference: {
      async run(pixels) {
        batches.push([...pixels]);
        return { logits: pixels.map((value) => 2 * value), features: pixels.map((value) => -value) };
      },
    },
    ...overrides,
  };
  return { batches, score: (items: Iterable<number>) => scorePictures(items, options) };
}

async function collect(rows: AsyncIterable<ScoredPicture<number>>): Promise<string[]> {
  const texts: string[] = [];
  for await (const row of rows) {
    texts.push(`${row.item}: ${'error' in row ? row.error.code : `${row.logits[0]} ${row.features[0]}`}`);
  }
  return texts;
}

const invalid = new AmlDeitError('IMAGE_INVALID', 'no picture');
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('scorePictures', () => {
  it('yields every picture in its order, in batches of neighbours', async () => {
    const { batches, score } = scorer();
    expect(await collect(score(numbers(9)))).toEqual(numbers(9).map((n) => `${n}: ${2 * n} ${-n}`));
    expect(batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
    expect(await collect(score([]))).toEqual([]);
  });

  it('hands on what is wrong with a picture and fills the batch with the next ones', async () => {
    const read = (item: number): Uint8Array => {
      if (item % 3 === 0) throw invalid;
      return Uint8Array.of(item);
    };
    const { batches, score } = scorer({ read });
    const rows = await collect(score(numbers(7)));
    expect(rows.filter((row) => row.endsWith('IMAGE_INVALID'))).toEqual([
      '3: IMAGE_INVALID',
      '6: IMAGE_INVALID',
    ]);
    expect(rows).toHaveLength(7);
    expect(rows[4]).toBe('5: 10 -5');
    expect(batches).toEqual([[1, 2, 4, 5], [7]]);
  });

  it('goes through any number of unreadable pictures without running the model', async () => {
    const { batches, score } = scorer({ read: () => Promise.reject(invalid) });
    expect(await collect(score(numbers(100)))).toHaveLength(100);
    expect(batches).toEqual([]);
  });

  it('reads no further ahead than its bound, and ends the source when the consumer stops', async () => {
    let read = 0;
    let isEnded = false;
    function* source(): Generator<number> {
      try {
        for (;;) yield (read += 1);
      } finally {
        isEnded = true;
      }
    }
    const { score } = scorer();
    for await (const { item } of score(source())) if (item === 5) break;
    expect(isEnded).toBe(true);
    expect(read).toBeLessThanOrEqual(5 + 4 * 4);
  });

  it('runs a batch again whose process ended, once', async () => {
    const crash = new AmlDeitError('INFERENCE_CRASHED', 'gone');
    let runs = 0;
    const crashing = (times: number): ScorePicturesOptions<number>['inference'] => ({
      async run(pixels) {
        runs += 1;
        if (runs <= times) throw crash;
        return { logits: pixels, features: pixels };
      },
    });
    expect(await collect(scorer({ inference: crashing(1) }).score([7]))).toEqual(['7: 7 7']);
    runs = 0;
    await expect(collect(scorer({ inference: crashing(2) }).score([7]))).rejects.toBe(crash);
  });

  it('stops with INTERRUPTED, and with any error that is not a picture’s', async () => {
    const stop = new AbortController();
    const { score } = scorer({ signal: stop.signal });
    const rows = score(numbers(100));
    expect(await rows.next()).toMatchObject({ value: { item: 1 } });
    stop.abort();
    await expect(collect(rows)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const defect = new TypeError('a defect');
    const failing = scorer({ read: () => Promise.reject(defect) });
    await expect(collect(failing.score([1]))).rejects.toBe(defect);
  });
});
