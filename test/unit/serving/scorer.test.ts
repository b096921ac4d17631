import { afterEach, describe, expect, it, vi } from 'vitest';
import { createScorer } from '../../../src/serving/scorer.ts';
import type { Scorer } from '../../../src/serving/scorer.ts';
import { defaultDecodeLimits, encodeImage, profilePreprocessing } from '../../../src/vision/index.ts';
import type { Inference } from '../../../src/vision/index.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A scorer of pictures that never come, and of a model that never ends: what they wait for is tried here. */
function waitingScorer(deadlineMs: number, run: () => void = () => undefined): Scorer {
  const inference = {
    manifest: {
      labels: ['a', 'b'],
      preprocessing: profilePreprocessing('card', 16),
      architecture: { imageSize: { width: 16, height: 16 }, channels: 3 },
    },
    warmUp: [],
    run: () => {
      run();
      return new Promise(() => undefined);
    },
  } as unknown as Inference;
  return createScorer({
    inference,
    decodeLimits: defaultDecodeLimits,
    maxQueuedImages: 64,
    deadlineMs,
    fetcher: {
      fetch: (_text, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    },
    answer: 'probs',
  });
}

const request = { images: ['http://pictures.example/cat.jpg'], parameters: {} };

describe('a request that waits', () => {
  it('gives its place back at once when its client goes, whoever is before it', async () => {
    const scorer = waitingScorer(1e6);
    const end = new AbortController();
    // As many as are fetched at a time, and one in line.
    const fetched = Array.from({ length: 16 }, () => scorer.score(request, end.signal).catch(String));
    const gone = new AbortController();
    const waiting = scorer.score(request, gone.signal);
    expect(scorer.admitted).toBe(17);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(scorer.admitted).toBe(16);
    end.abort(new Error('ended'));
    expect(new Set(await Promise.all(fetched))).toEqual(new Set(['Error: ended']));
    expect(scorer.admitted).toBe(0);
  });

  it('is answered 503 when its pictures are not there by the deadline', async () => {
    const scorer = waitingScorer(20);
    await expect(scorer.score(request, new AbortController().signal)).rejects.toThrow(
      expect.objectContaining({
        status: 503,
        message: 'the request was not scored within 20 ms',
        retryAfterSeconds: 1,
      }) as Error,
    );
    expect(scorer.admitted).toBe(0);
  });

  it('is answered 503 when the model hangs over it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let runs = 0;
    const scorer = waitingScorer(20_000, () => (runs += 1));
    const picture = { width: 4, height: 4, data: new Uint8Array(48) };
    const image = Buffer.from(await encodeImage(picture, { format: 'png' })).toString('base64');
    const answer = scorer
      .score({ images: [image], parameters: {} }, new AbortController().signal)
      .catch((error: unknown) => error);
    while (runs === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(20_500);
    expect(await answer).toMatchObject({ status: 503 });
    expect(scorer.admitted).toBe(0);
    await scorer.close();
  });
});
