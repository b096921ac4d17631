import { AmlDeitError } from '../errors/index.ts';
import { probabilities, startPreprocessor } from '../vision/index.ts';
import type { DecodeLimits, Inference } from '../vision/index.ts';
import { createImageQueue } from './image-queue.ts';
import { readImageText } from './read-image-text.ts';
import { scoreResponseWriter } from './score-response.ts';
import { ScoringError } from './scoring-error.ts';

export interface ScorerOptions {
  readonly inference: Inference;
  readonly decodeLimits: DecodeLimits;
  readonly maxQueuedImages: number;
}

/** From the pictures of one request to the JSON of its answer. */
export interface Scorer {
  /**
   * @throws ScoringError 400 for a picture that cannot be read (its position and why), 429 when the queue is full,
   * 503 when the model's process ended meanwhile.
   */
  score(images: readonly string[], signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export const maxBatch = 8;

export function createScorer({ inference, decodeLimits, maxQueuedImages }: ScorerOptions): Scorer {
  const { manifest } = inference;
  const preprocessor = startPreprocessor(manifest.preprocessing, { decodeLimits });
  const write = scoreResponseWriter(manifest.labels);
  const queue = createImageQueue({
    run: (pixels, count) => inference.run(pixels, count),
    maxImages: maxQueuedImages,
    maxBatch,
  });

  const prepare = async (text: string, position: number, signal: AbortSignal): Promise<Float32Array> => {
    try {
      return await preprocessor.prepare(async () => readImageText(text), { signal });
    } catch (error) {
      throw ofPicture(position, error);
    }
  };

  return {
    async score(images, signal) {
      const admission = queue.admit(images.length);
      // One bad picture answers for the request: the others' work is dropped.
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      try {
        const tensors = await Promise.all(images.map((text, position) => prepare(text, position, either)));
        const rows = await admission.score(tensors, either);
        return write(rows.map((logits) => probabilities(logits, manifest.task)));
      } catch (error) {
        failed.abort(error);
        throw ofModel(error);
      } finally {
        admission.release();
      }
    },
    close: () => preprocessor.close(),
  };
}

function ofPicture(position: number, error: unknown): unknown {
  const isPicture = error instanceof AmlDeitError && error.code === 'IMAGE_INVALID';
  if (!isPicture && !(error instanceof ScoringError)) return error;
  return new ScoringError(400, `picture ${position}: ${error.message}`, { cause: error });
}

/** Nothing is wrong with the request: it may be sent again. */
function ofModel(error: unknown): unknown {
  const hasNoModel =
    error instanceof AmlDeitError &&
    (error.code === 'INFERENCE_CRASHED' || error.code === 'MODEL_LOAD_FAILED');
  if (!hasNoModel) return error;
  return new ScoringError(503, 'the model stopped before this request was scored', {
    retryAfterSeconds: 1,
    cause: error,
  });
}
