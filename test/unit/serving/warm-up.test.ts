import { describe, expect, it } from 'vitest';
import { warmUp } from '../../../src/serving/warm-up.ts';
import type { Scorer } from '../../../src/serving/scorer.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';

function scorerOf(score: Scorer['score']): Scorer {
  return { admitted: 0, score, close: () => Promise.resolve() };
}

describe('the warm-up', () => {
  it('is interrupted, whatever the reason of its signal is', async () => {
    const asked = new AbortController();
    const scorer = scorerOf(() => {
      asked.abort(new Error('told to shut down'));
      return Promise.reject(asked.signal.reason as Error);
    });
    await expect(warmUp(scorer, asked.signal)).rejects.toThrow(
      expect.objectContaining({ code: 'INTERRUPTED' }) as Error,
    );
  });

  it('goes on without a score, but not where pictures cannot be decoded', async () => {
    const never = new AbortController().signal;
    await warmUp(
      scorerOf(() => Promise.reject(new Error('the model ended'))),
      never,
    );
    const missing = new AmlDeitError('PEER_MISSING', 'sharp is not installed');
    await expect(
      warmUp(
        scorerOf(() => Promise.reject(missing)),
        never,
      ),
    ).rejects.toBe(missing);
  });
});
