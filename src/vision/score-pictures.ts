import { AmlDeitError } from '../errors/index.ts';
import { interrupted } from '../io/index.ts';
import type { InferenceOutput } from './inference.ts';
import { createBatchMemory } from './batch-memory.ts';
import { mapInOrder } from './map-in-order.ts';
import type { Picture, Preprocessor } from './preprocessor.ts';

/** What became of one picture. */
export type ScoredPicture<T> =
  | {
      readonly item: T;
      /** float32 [labels]. */
      readonly logits: Float32Array;
      /** float32 [hiddenSize]: the CLS features that the classifier sees. */
      readonly features: Float32Array;
    }
  | {
      readonly item: T;
      /** IMAGE_INVALID, or what `read` threw: this picture's, and nothing else's. */
      readonly error: AmlDeitError;
    };

type Outputs = Pick<InferenceOutput, 'logits' | 'features'>;

/** As `Inference` runs a batch. */
interface BatchRunner {
  run(pixels: Float32Array, count: number): Promise<Outputs>;
}

export interface ScorePicturesOptions<T> {
  readonly inference: BatchRunner;
  readonly preprocessor: Pick<Preprocessor, 'prepare' | 'recycle'>;
  /** Called when the picture's turn to be decoded has come. An AmlDeitError is the picture's, any other error ends it all. */
  readonly read: (item: T) => Picture | Promise<Picture>;
  /** Pictures of one batch; 8 by default. */
  readonly maxBatch?: number;
  readonly signal?: AbortSignal;
}

/** Batches that the model has been given: it finds the next one when it has finished one. */
const maxBatchesAhead = 2;

/** What is wrong with the process, not with the picture. */
const notOfPicture: ReadonlySet<string> = new Set(['INTERNAL', 'PREPARING_CRASHED']);

type Prepared<T> = { readonly item: T } & (
  { readonly tensor: Float32Array<ArrayBuffer> } | { readonly error: AmlDeitError }
);

/**
 * Scores any number of pictures and yields them in their order. While the model runs, the next pictures are read,
 * decoded and resized, so that it never waits for them where decoding is faster; what is under way is bounded
 * (`3 × maxBatch` tensors, and the decoded pictures that the preprocessor allows). Batches are of consecutive readable
 * pictures, so that the same pictures give the same numbers.
 *
 * @throws AmlDeitError INFERENCE_CRASHED when the model's process ends twice over one batch; INTERRUPTED.
 */
export async function* scorePictures<T>(
  items: AsyncIterable<T> | Iterable<T>,
  options: ScorePicturesOptions<T>,
): AsyncGenerator<ScoredPicture<T>, void, undefined> {
  const { inference, preprocessor, read, maxBatch = 8, signal } = options;
  const prepare = async (item: T): Promise<Prepared<T>> => {
    try {
      const tensor = await preprocessor.prepare(
        async () => read(item),
        signal === undefined ? {} : { signal },
      );
      return { item, tensor };
    } catch (error) {
      if (signal?.aborted === true) throw interrupted(signal);
      if (!(error instanceof AmlDeitError) || notOfPicture.has(error.code)) throw error;
      return { item, error };
    }
  };
  const memory = createBatchMemory();
  const runTensors = async (tensors: readonly Float32Array<ArrayBuffer>[]): Promise<Outputs> => {
    const pixels = memory.gather(tensors);
    for (const tensor of tensors) preprocessor.recycle(tensor);
    const output = await runTwice(inference, pixels, tensors.length);
    memory.release(pixels);
    return output;
  };
  const run = async (batch: readonly Prepared<T>[]): Promise<ScoredPicture<T>[]> => {
    if (signal?.aborted === true) throw interrupted(signal);
    const tensors = batch.flatMap((prepared) => ('tensor' in prepared ? [prepared.tensor] : []));
    const output = tensors.length === 0 ? undefined : await runTensors(tensors);
    let row = 0;
    return batch.map((prepared) => {
      if (output === undefined || 'error' in prepared) return prepared as ScoredPicture<T>;
      const rowOf = (values: Float32Array): Float32Array => {
        const columns = values.length / tensors.length;
        return values.slice(row * columns, (row + 1) * columns);
      };
      const scored = { item: prepared.item, logits: rowOf(output.logits), features: rowOf(output.features) };
      row += 1;
      return scored;
    });
  };
  const prepared = mapInOrder(items, maxBatch, prepare);
  for await (const rows of mapInOrder(inBatches(prepared, maxBatch), maxBatchesAhead, run)) yield* rows;
}

/** A process that crashed is started again, and may have crashed for want of memory that is there by now. */
async function runTwice(inference: BatchRunner, pixels: Float32Array, count: number): Promise<Outputs> {
  try {
    return await inference.run(pixels, count);
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.code !== 'INFERENCE_CRASHED') throw error;
    return inference.run(pixels, count);
  }
}

async function* inBatches<T>(
  source: AsyncIterable<Prepared<T>>,
  size: number,
): AsyncGenerator<readonly Prepared<T>[], void, undefined> {
  let batch: Prepared<T>[] = [];
  let tensors = 0;
  for await (const prepared of source) {
    batch.push(prepared);
    if ('tensor' in prepared) tensors += 1;
    // Unreadable pictures take no place in the model's batch, but they must not pile up either.
    if (tensors === size || batch.length >= 4 * size) {
      yield batch;
      batch = [];
      tensors = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
