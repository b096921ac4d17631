import { AmlDeitError } from '../errors/index.ts';
import { probabilities, startPreprocessor } from '../vision/index.ts';
import type { DecodeLimits, Inference } from '../vision/index.ts';
import { limitConcurrency } from '../vision/limit-concurrency.ts';
import { isWebAddress } from '../web/index.ts';
import type { PictureFetcher } from '../web/index.ts';
import { createImageQueue } from './image-queue.ts';
import { readImageText } from './read-image-text.ts';
import { scoreResponseWriter } from './score-response.ts';
import { ScoringError } from './scoring-error.ts';

export interface ScorerOptions {
  readonly inference: Inference;
  readonly decodeLimits: DecodeLimits;
  readonly maxQueuedImages: number;
  readonly fetcher: PictureFetcher;
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

/** Pictures that are fetched from web addresses, or were and wait to be decoded, at a time. */
const maxFetching = 16;

export function createScorer({ inference, decodeLimits, maxQueuedImages, fetcher }: ScorerOptions): Scorer {
  const { manifest } = inference;
  const preprocessor = startPreprocessor(manifest.preprocessing, { decodeLimits });
  const fetchSlot = limitConcurrency(maxFetching);
  const write = scoreResponseWriter(manifest.labels);
  const queue = createImageQueue({
    run: (pixels, count) => inference.run(pixels, count),
    maxImages: maxQueuedImages,
    maxBatch,
  });

  const prepare = async (text: string, position: number, signal: AbortSignal): Promise<Float32Array> => {
    try {
      if (!isWebAddress(text)) return await preprocessor.prepare(async () => readImageText(text), { signal });
      return await fetchSlot(async () => {
        signal.throwIfAborted();
        return preprocessor.prepare(await fetcher.fetch(text, signal), { signal });
      });
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

/** What is wrong with a picture, not with the server. */
const pictureErrors: ReadonlySet<string> = new Set(['IMAGE_INVALID', 'URL_REFUSED', 'URL_UNREACHABLE']);

function ofPicture(position: number, error: unknown): unknown {
  const isPicture = error instanceof AmlDeitError && pictureErrors.has(error.code);
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
