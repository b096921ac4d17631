import { Worker } from 'node:worker_threads';
import { AmlDeitError } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { processEntry } from '../io/index.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { RgbImage } from './rgb-image.ts';

/** `preprocess` on a thread of its own, one picture after the other. */
export interface Preprocessor {
  /**
   * The picture's bytes are handed over, not copied: they are gone here afterwards.
   *
   * @returns float32 [3, height, width]
   * @throws AmlDeitError IMAGE_INVALID as `preprocess`
   */
  prepare(image: RgbImage): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface PreprocessRequest {
  readonly id: number;
  readonly image: RgbImage;
}

export type PreprocessReply =
  | { readonly id: number; readonly tensor: Float32Array }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string };

interface Pending {
  readonly resolve: (tensor: Float32Array) => void;
  readonly reject: (error: AmlDeitError) => void;
}

export function startPreprocessor(preprocessing: Preprocessing): Preprocessor {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const start = (): Worker => {
    const started = new Worker(processEntry('vision/preprocess-worker'), {
      workerData: preprocessing,
      execArgv: [],
    });
    started.on('message', (reply: PreprocessReply) => {
      const waiting = pending.get(reply.id);
      pending.delete(reply.id);
      if ('tensor' in reply) waiting?.resolve(reply.tensor);
      else waiting?.reject(new AmlDeitError(reply.code, reply.message));
      if (pending.size === 0) started.unref();
    });
    let reason: unknown;
    started.on('error', (error) => {
      reason = error;
    });
    // The next picture starts another thread: only those that this one held are lost.
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      const error = new AmlDeitError('INTERNAL', 'the thread that prepares pictures ended', {
        cause: reason,
      });
      for (const waiting of pending.values()) waiting.reject(error);
      pending.clear();
    });
    return started;
  };

  return {
    prepare(image) {
      return new Promise((resolve, reject) => {
        worker ??= start();
        lastId += 1;
        pending.set(lastId, { resolve, reject });
        worker.ref();
        worker.postMessage({ id: lastId, image } satisfies PreprocessRequest, transferable(image.data));
      });
    },
    async close() {
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
