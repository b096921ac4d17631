import { join } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { availableThreads } from './available-threads.ts';
import { startInferenceProcess } from './inference-child.ts';
import type { InferenceChild } from './inference-child.ts';
import { packageFileNames, readModelPackage } from './read-model-package.ts';
import type { ModelManifest } from './model-package.ts';
import type { Provider } from './provider.ts';

/** What one call of {@link Inference.run} gives: row-major, one row an image. */
export interface InferenceOutput {
  /** float32 [count, labels]. */
  readonly logits: Float32Array;
  /** float32 [count, hiddenSize]: the CLS features that the classifier sees. */
  readonly features: Float32Array;
  /** How long the model ran, without the way there and back. */
  readonly ms: number;
}

export interface Inference {
  readonly manifest: ModelManifest;
  readonly threads: number;
  /** What computes, after `auto` and a GPU that cannot be used have been settled. */
  readonly provider: Exclude<Provider, 'auto'>;
  /** Why it is not the provider that was asked for. */
  readonly providerWarning: string | undefined;
  /** How long each batch size of the warm-up took. */
  readonly warmUp: readonly { readonly images: number; readonly ms: number }[];
  /** Of the process that holds the model now; undefined while it is restarted and after the end. */
  readonly pid: number | undefined;
  /**
   * Runs one batch: `pixels` is float32 [count, channels, height, width]. Calls are run in order, one at a time,
   * in another process, so that this one's event loop stays free.
   *
   * @throws AmlDeitError INFERENCE_CRASHED when the inference process ended during this batch. It is started again;
   * later calls wait for it. After repeated crashes every call is rejected.
   */
  run(pixels: Float32Array, count: number): Promise<InferenceOutput>;
  /** Ends the inference process; batches that have not been answered are rejected. */
  close(): Promise<void>;
}

/** What happens to the inference process on its own. `failed` is the end: no call will succeed any more. */
export type InferenceEvent =
  | { readonly type: 'crashed'; readonly error: AmlDeitError }
  | { readonly type: 'restarted'; readonly pid: number | undefined }
  | { readonly type: 'failed'; readonly error: AmlDeitError };

export interface StartInferenceOptions {
  /** A model package, as `readModelPackage` reads it. */
  readonly packageDirectory: string;
  /** Threads of one batch; by default what the container or machine allows. */
  readonly threads?: number;
  /** `auto` by default. */
  readonly provider?: Provider;
  /**
   * Batch sizes that are run once before this resolves, so that the first request finds memory in place. On a CPU those
   * above 4 are left out: they are no cheaper.
   */
  readonly warmUpBatches?: readonly number[];
  /** A batch that takes longer has hung: its process is killed and started again. A minute by default. */
  readonly batchTimeoutMs?: number;
  readonly onEvent?: (event: InferenceEvent) => void;
  /** Ends a start that is under way; afterwards `close` does. */
  readonly signal?: AbortSignal;
}

/** Many times what the largest batch takes on one slow core. */
const defaultBatchTimeoutMs = 60_000;

/** More crashes than this within the window, and the model is given up. */
const maxCrashes = 3;
const crashWindowMs = 60_000;

/**
 * Loads a package's model in a process of its own, warms it up and keeps it running.
 *
 * @throws AmlDeitError PACKAGE_NOT_FOUND or PACKAGE_INVALID, MODEL_LOAD_FAILED with ONNX Runtime's reason,
 * PEER_MISSING, INTERRUPTED.
 */
export async function startInference(options: StartInferenceOptions): Promise<Inference> {
  const { manifest } = await readModelPackage(options.packageDirectory);
  throwIfAborted(options.signal);
  const threads = options.threads ?? availableThreads();
  const startChild = (signal: AbortSignal | undefined): Promise<InferenceChild> =>
    startInferenceProcess(
      {
        type: 'load',
        graphFile: join(options.packageDirectory, packageFileNames.graph),
        threads,
        input: inputShape(manifest),
        provider: options.provider ?? 'auto',
        labels: manifest.labels.length,
        hiddenSize: manifest.architecture.hiddenSize,
        warmUpBatches: options.warmUpBatches ?? [1],
      },
      { batchTimeoutMs: options.batchTimeoutMs ?? defaultBatchTimeoutMs, signal },
    );
  const first = await startChild(options.signal);
  return supervise(first, startChild, { manifest, threads, onEvent: options.onEvent ?? (() => undefined) });
}

function supervise(
  first: InferenceChild,
  startChild: (signal: AbortSignal) => Promise<InferenceChild>,
  facts: {
    readonly manifest: ModelManifest;
    readonly threads: number;
    readonly onEvent: (event: InferenceEvent) => void;
  },
): Inference {
  const closing = new AbortController();
  const crashTimes: number[] = [];
  let running: InferenceChild | undefined;
  let current: Promise<InferenceChild>;

  const adopt = async (child: InferenceChild): Promise<void> => {
    running = child;
    current = Promise.resolve(child);
    const crash = await child.ended;
    running = undefined;
    if (!closing.signal.aborted) await restart(crash);
  };
  const restart = async (crash: AmlDeitError): Promise<void> => {
    const now = performance.now();
    crashTimes.push(now);
    const recent = crashTimes.filter((time) => now - time < crashWindowMs).length;
    const next =
      recent > maxCrashes ? Promise.reject(tooManyCrashes(crash, recent)) : startChild(closing.signal);
    current = next;
    facts.onEvent({ type: 'crashed', error: crash });
    let child: InferenceChild;
    try {
      child = await next;
    } catch (error) {
      if (!closing.signal.aborted) facts.onEvent({ type: 'failed', error: error as AmlDeitError });
      return;
    }
    void adopt(child);
    facts.onEvent({ type: 'restarted', pid: child.pid });
  };
  void adopt(first);

  return {
    manifest: facts.manifest,
    threads: facts.threads,
    provider: first.ready.provider,
    providerWarning: first.ready.providerWarning,
    warmUp: first.ready.warmUp,
    get pid() {
      return running?.pid;
    },
    async run(pixels, count) {
      const [channels, height, width] = inputShape(facts.manifest);
      if (pixels.length !== count * channels * height * width || count < 1) {
        throw new AmlDeitError(
          'INTERNAL',
          `${pixels.length} values are no batch of ${count} pictures of ${channels}x${height}x${width}`,
        );
      }
      if (closing.signal.aborted) throw closed();
      const child = await current;
      return child.run(pixels, count);
    },
    async close() {
      closing.abort(closed());
      // A start that is under way is ended by the signal.
      await current.then(
        (child) => child.close(),
        () => undefined,
      );
    },
  };
}

/** Channels, height and width of a picture's tensor. */
function inputShape({ architecture: { channels, imageSize } }: ModelManifest): [number, number, number] {
  return [channels, imageSize.height, imageSize.width];
}

function tooManyCrashes(crash: AmlDeitError, count: number): AmlDeitError {
  return new AmlDeitError(
    'INFERENCE_CRASHED',
    `the inference process ended ${count} times within a minute and is not started again; last: ${crash.message}`,
    { hint: 'it may need more memory than the machine or container allows', cause: crash },
  );
}

function closed(): AmlDeitError {
  return new AmlDeitError('INTERRUPTED', 'inference has been closed');
}
