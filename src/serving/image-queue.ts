import { concatenate } from '../vision/index.ts';
import type { InferenceOutput } from '../vision/index.ts';
import { ScoringError } from './scoring-error.ts';

export interface ImageQueueOptions {
  /** Runs one batch: float32 [count, …] in, one row of logits an image out. */
  readonly run: (pixels: Float32Array, count: number) => Promise<InferenceOutput>;
  /** Images that may be admitted and not yet answered. */
  readonly maxImages: number;
  readonly maxBatch: number;
}

/** A request's place in the queue. */
export interface Admission {
  /**
   * Queues one tensor an image and resolves with one row of logits an image, in order. When the signal fires, what
   * has not begun to run is dropped.
   */
  score(tensors: readonly Float32Array[], signal: AbortSignal): Promise<Float32Array[]>;
  /** Gives the places back; has to be called once the request is answered. */
  release(): void;
}

export interface ImageQueue {
  /** Images admitted and not yet released. */
  readonly admitted: number;
  /** @throws ScoringError 429 when the images do not fit any more. */
  admit(images: number): Admission;
}

interface QueuedImage {
  readonly tensor: Float32Array;
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * First in, first out, work-conserving: whenever the model is free it takes what is waiting, images of different
 * requests together. On a CPU the time of a batch grows with its size, so waiting for a fuller one gains nothing.
 */
export function createImageQueue(options: ImageQueueOptions): ImageQueue {
  const waiting: QueuedImage[] = [];
  let admitted = 0;
  let isRunning = false;

  const pump = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize(waiting.length, options.maxBatch));
      try {
        const { logits } = await options.run(concatenate(batch.map(({ tensor }) => tensor)), batch.length);
        const columns = logits.length / batch.length;
        for (const [row, image] of batch.entries()) {
          image.resolve(logits.subarray(row * columns, (row + 1) * columns));
        }
      } catch (error) {
        for (const image of batch) image.reject(error);
      }
    }
    isRunning = false;
  };

  const score = (tensor: Float32Array, signal: AbortSignal): Promise<Float32Array> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const image: QueuedImage = { tensor, resolve, reject };
      waiting.push(image);
      signal.addEventListener(
        'abort',
        () => {
          const position = waiting.indexOf(image);
          if (position !== -1) waiting.splice(position, 1);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });

  return {
    get admitted() {
      return admitted;
    },
    admit(images) {
      if (admitted + images > options.maxImages) {
        throw new ScoringError(
          429,
          `${admitted} pictures are being scored or waiting, ${images} more do not fit (at most ${options.maxImages})`,
          { retryAfterSeconds: 1 },
        );
      }
      admitted += images;
      let isReleased = false;
      return {
        score(tensors, signal) {
          const rows = Promise.all(tensors.map((tensor) => score(tensor, signal)));
          void pump();
          return rows;
        },
        release() {
          if (!isReleased) admitted -= images;
          isReleased = true;
        },
      };
    },
  };
}

/** The largest power of two that fits: few sizes, so that the runtime's memory for each is planned once. */
export function batchSize(waiting: number, maxBatch: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(waiting, maxBatch)));
}
