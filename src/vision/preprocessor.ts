import { Worker } from 'node:worker_threads';
import { AmlDeitError } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { processEntry } from '../io/index.ts';
import type { DecodeLimits } from './decode-image.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import { loadSharp } from './load-sharp.ts';
import type { ImageSize, Preprocessing } from './preprocessing.ts';
import type { RgbImage } from './rgb-image.ts';
import { startWatchdog } from './watchdog.ts';

/** float32 [3, height, width] */
type Tensor = Float32Array<ArrayBuffer>;

/** An encoded picture (JPEG, PNG, …), or one that is decoded already. */
export type Picture = Uint8Array | RgbImage;

export interface PrepareOptions {
  /** Instead of the preprocessor's own. */
  readonly preprocessing?: Preprocessing;
  /** A picture whose turn has not come when it fires is not read. */
  readonly signal?: AbortSignal;
}

/** Pictures to tensors beside the event loop: decoded, resized and normalised on another thread. */
export interface Preprocessor {
  /**
   * Only so many pictures are between their bytes and their tensor at a time, because a camera's picture takes tens of
   * megabytes when it is decoded; given as a function, a picture is read when its turn comes. A decoded picture's memory
   * is handed over, not copied: it is empty here afterwards.
   *
   * @returns float32 [3, height, width]
   * @throws AmlDeitError IMAGE_INVALID as `decodeImage` and `preprocess`; PREPARING_CRASHED when the thread ended
   * over it: the next picture starts another.
   */
  prepare(picture: Picture | (() => Promise<Picture>), options?: PrepareOptions): Promise<Tensor>;
  /**
   * Takes back a tensor that nobody reads any more; it is empty as soon as another picture has its memory. Without this
   * hundreds of kilobytes a picture wait for the collector, and scatter what they leave over the process's memory.
   */
  recycle(tensor: Tensor): void;
  close(): Promise<void>;
}

export interface PreprocessorOptions {
  readonly decodeLimits?: Partial<DecodeLimits>;
  /** Pictures that are decoded or being decoded at a time; 2 by default. */
  readonly maxDecoded?: number;
  /** What the model takes; a picture that is not resized and is of another size is refused. */
  readonly imageSize?: ImageSize;
  /** A picture that takes longer has hung the thread: it is ended, and the next picture starts another. */
  readonly timeoutMs?: number;
  /** Told how many milliseconds a picture took from its turn on, whether it became a tensor or not. */
  readonly onPrepared?: (ms: number) => void;
}

export interface PreprocessRequest {
  readonly id: number;
  readonly picture: Picture;
  readonly preprocessing: Preprocessing;
  readonly decodeLimits: Partial<DecodeLimits>;
  readonly imageSize: ImageSize | undefined;
  /** Memory for the tensor, where it has its size. */
  readonly into: Tensor | undefined;
}

export type PreprocessReply =
  | { readonly id: number; readonly tensor: Tensor }
  | {
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

interface Pending {
  readonly resolve: (tensor: Tensor) => void;
  readonly reject: (error: AmlDeitError) => void;
}

/** As many as two of the model's batches. */
const maxRecycled = 16;

/** Longer than libvips is given, and many times what the largest picture takes. */
const defaultTimeoutMs = 90_000;

/**
 * Of the thread's JavaScript heap, in which pictures do not lie: each leaves objects of sharp behind, and without a limit
 * the collector lets hundreds of megabytes of them gather where the machine has memory.
 */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

export function startPreprocessor(own: Preprocessing, options: PreprocessorOptions = {}): Preprocessor {
  const { decodeLimits = {}, maxDecoded = 2, timeoutMs = defaultTimeoutMs, imageSize } = options;
  const { onPrepared = () => undefined } = options;
  const decodeSlot = limitConcurrency(maxDecoded);
  const pending = new Map<number, Pending>();
  const recycled: Tensor[] = [];
  let worker: Worker | undefined;
  let lastId = 0;
  const watchdog = startWatchdog(timeoutMs, () => void worker?.terminate());

  const start = (): Worker => {
    const started = new Worker(processEntry('vision/preprocess-worker'), { execArgv: [], resourceLimits });
    started.on('message', (reply: PreprocessReply) => {
      const waiting = pending.get(reply.id);
      pending.delete(reply.id);
      watchdog.progress(pending.size > 0);
      if ('tensor' in reply) waiting?.resolve(reply.tensor);
      else
        waiting?.reject(
          new AmlDeitError(reply.code, reply.message, reply.hint === undefined ? {} : { hint: reply.hint }),
        );
      if (pending.size === 0) started.unref();
    });
    let reason: unknown;
    started.on('error', (error) => {
      reason = error;
    });
    // The next picture starts another thread: only those that this one held are lost.
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      watchdog.stop();
      const how = watchdog.hasBitten ? `: it did not finish a picture within ${timeoutMs} ms` : '';
      const error = new AmlDeitError('PREPARING_CRASHED', `the thread that prepares pictures ended${how}`, {
        cause: reason,
      });
      for (const waiting of pending.values()) waiting.reject(error);
      pending.clear();
    });
    return started;
  };

  const toTensor = (picture: Picture, preprocessing: Preprocessing): Promise<Tensor> =>
    new Promise((resolve, reject) => {
      worker ??= start();
      lastId += 1;
      pending.set(lastId, { resolve, reject });
      if (pending.size === 1) watchdog.progress(true);
      worker.ref();
      const into = recycled.pop();
      const request: PreprocessRequest = {
        id: lastId,
        picture,
        preprocessing,
        decodeLimits,
        imageSize,
        into,
      };
      // An encoded picture is small, and stays its owner's.
      const decoded = picture instanceof Uint8Array ? [] : transferable(picture.data);
      worker.postMessage(request, into === undefined ? decoded : [...decoded, into.buffer]);
    });

  return {
    prepare: (picture, { preprocessing = own, signal } = {}) =>
      decodeSlot(async () => {
        signal?.throwIfAborted();
        const given = typeof picture === 'function' ? await picture() : picture;
        // Native code has to be loaded here before it is loaded in a thread that may end before the process does.
        if (given instanceof Uint8Array) await loadSharp();
        signal?.throwIfAborted();
        const begin = performance.now();
        try {
          return await toTensor(given, preprocessing);
        } finally {
          onPrepared(performance.now() - begin);
        }
      }, signal),
    recycle(tensor) {
      if (recycled.length < maxRecycled) recycled.push(tensor);
    },
    async close() {
      watchdog.stop();
      await worker?.terminate();
    },
  };
}

/** Only memory that holds nothing but this picture may be handed over, and a Buffer's may belong to native code. */
function transferable(data: Uint8Array): ArrayBuffer[] {
  const { buffer } = data;
  return !Buffer.isBuffer(data) && buffer instanceof ArrayBuffer && data.byteLength === buffer.byteLength
    ? [buffer]
    : [];
}
