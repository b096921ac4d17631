import { createBatchMemory } from '../vision/index.ts';
import type { InferenceOutput } from '../vision/index.ts';
import { ScoringError } from './scoring-error.ts';
import type { PreparationTime } from './preparation-time.ts';
import type { ServiceTime } from './service-time.ts';

export interface ImageQueueOptions {
  /** Runs one batch: float32 [count, …] in, one row of logits an image out. Batches are run in the order of the calls. */
  readonly run: (pixels: Float32Array, count: number) => Promise<InferenceOutput>;
  /** Images that may be admitted and not yet answered. */
  readonly maxImages: number;
  readonly maxBatch: number;
  /** From admission to answer; what would take longer is not admitted, and what has waited longer is not run. */
  readonly deadlineMs: number;
  readonly serviceTime: ServiceTime;
  readonly preparationTime: Pick<PreparationTime, 'perImage'>;
  /** Told of a tensor that has been read and is needed no more. */
  readonly recycle?: (tensor: Float32Array<ArrayBuffer>) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** A request's place in the queue. */
export interface Admission {
  /**
   * Queues one tensor an image and resolves with one row of logits an image, in order. When the signal fires, what
   * has not begun to run is dropped.
   *
   * @throws ScoringError 503 for what has waited until its deadline.
   */
  score(tensors: readonly Float32Array<ArrayBuffer>[], signal: AbortSignal): Promise<Float32Array[]>;
  /** Gives the places back; has to be called once the request is answered. */
  release(): void;
}

export interface ImageQueue {
  /** Images admitted and not yet released. */
  readonly admitted: number;
  /**
   * @throws ScoringError 429 when the images do not fit any more, or would be answered too late; with the seconds after
   * which it is worth another try.
   */
  admit(images: number): Admission;
}

interface QueuedImage {
  readonly tensor: Float32Array<ArrayBuffer>;
  readonly expiresAt: number;
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * First in, first out, work-conserving: whenever the model is free it takes what is waiting, images of different
 * requests together, as many as make its work cheaper.
 */
export function createImageQueue(options: ImageQueueOptions): ImageQueue {
  const { run, maxImages, maxBatch, deadlineMs, serviceTime, preparationTime } = options;
  const { recycle = () => undefined, now = () => performance.now() } = options;
  const memory = createBatchMemory();
  const waiting: QueuedImage[] = [];
  let admitted = 0;
  let running = 0;

  /** While one batch runs the next is on its way to the model's process; with large batches that would split them. */
  const mayRun = (): boolean => running < (serviceTime.bestBatch(maxBatch) <= 2 ? 2 : 1);

  const takeBatch = (): QueuedImage[] => {
    const time = now();
    while (waiting[0] !== undefined && waiting[0].expiresAt <= time) {
      waiting.shift()?.reject(tooLate(deadlineMs));
    }
    let size = batchSize(waiting.length, serviceTime.bestBatch(maxBatch));
    const left = (waiting[0]?.expiresAt ?? Infinity) - time;
    while (size > 1 && serviceTime.of(size) > left) size /= 2;
    return waiting.splice(0, size);
  };

  const runBatch = async (batch: readonly QueuedImage[]): Promise<void> => {
    running += 1;
    try {
      const pixels = memory.gather(batch.map(({ tensor }) => tensor));
      for (const { tensor } of batch) recycle(tensor);
      const { logits, ms } = await run(pixels, batch.length);
      memory.release(pixels);
      serviceTime.record({ images: batch.length, ms });
      const columns = logits.length / batch.length;
      for (const [row, image] of batch.entries()) {
        image.resolve(logits.subarray(row * columns, (row + 1) * columns));
      }
    } catch (error) {
      for (const image of batch) image.reject(error);
    } finally {
      running -= 1;
      pump();
    }
  };

  const pump = (): void => {
    while (waiting.length > 0 && mayRun()) {
      const batch = takeBatch();
      if (batch.length > 0) void runBatch(batch);
    }
  };

  const score = (
    tensor: Float32Array<ArrayBuffer>,
    expiresAt: number,
    signal: AbortSignal,
  ): Promise<Float32Array> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const image: QueuedImage = { tensor, expiresAt, resolve, reject };
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

  /**
   * Until the last of so many images is answered, when they are run in the cheapest batches, or as fast as they come from the
   * decoder where that is the slower of the two.
   */
  const finishMs = (images: number): number => {
    const batch = serviceTime.bestBatch(maxBatch);
    return images * Math.max(serviceTime.of(batch) / batch, preparationTime.perImage());
  };

  return {
    get admitted() {
      return admitted;
    },
    admit(images) {
      const late = finishMs(admitted + images) - deadlineMs;
      // What nobody is ahead of would not come sooner at another time.
      const isTooLate = late > 0 && admitted > 0;
      if (isTooLate || admitted + images > maxImages) {
        const excess = Math.max(admitted + images - maxImages, 0);
        const waitMs = Math.max(late, finishMs(excess));
        throw new ScoringError(
          429,
          `${admitted} pictures are being scored or waiting, ${images} more ` +
            (isTooLate ? `would take longer than ${deadlineMs} ms` : `do not fit (at most ${maxImages})`),
          { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
        );
      }
      admitted += images;
      const expiresAt = now() + deadlineMs;
      let isReleased = false;
      return {
        score(tensors, signal) {
          const rows = Promise.all(tensors.map((tensor) => score(tensor, expiresAt, signal)));
          pump();
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
  return waiting < 1 ? 0 : 2 ** Math.floor(Math.log2(Math.min(waiting, maxBatch)));
}

export function tooLate(deadlineMs: number): ScoringError {
  return new ScoringError(503, `the request was not scored within ${deadlineMs} ms`, {
    retryAfterSeconds: 1,
  });
}
