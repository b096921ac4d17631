import { AmlDeitError } from '../../errors/index.ts';
import { decodeImage, startPreprocessor } from '../../vision/index.ts';
import type { DecodeLimits, Inference, InferenceOutput, ModelManifest } from '../../vision/index.ts';
import { limitConcurrency } from '../limit-concurrency.ts';
import type { BatchItem } from './batch-item.ts';
import { mapOrdered } from './map-ordered.ts';

export type ScoredItem =
  | {
      readonly item: BatchItem;
      readonly ok: true;
      readonly logits: Float32Array;
      readonly features: Float32Array;
    }
  | { readonly item: BatchItem; readonly ok: false; readonly error: AmlDeitError };

export interface ScoreItemsOptions {
  readonly inference: Inference;
  readonly preprocessing: ModelManifest['preprocessing'];
  readonly decodeLimits: Partial<DecodeLimits>;
  /** Pictures of one run of the model. */
  readonly batchSize: number;
  /** Items that may be scored together at most, failed ones included. */
  readonly maxItems: number;
  /** Waits until so many items may be scored. */
  readonly admit: (items: number) => Promise<void>;
  /** Whether the model has crashed too often and is not started again. */
  readonly hasGivenUp: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Files that are read and decoded at a time: a camera's picture takes tens of megabytes decoded. */
const maxDecoding = 4;
/** What items may hold while they wait: rows of tables carry their pictures as text. */
const maxHeldBytes = 64 * 2 ** 20;

type Prepared =
  | { readonly item: BatchItem; readonly tensor: Float32Array }
  | { readonly item: BatchItem; readonly error: AmlDeitError };

/**
 * Scores pictures in the order of the items, each once. Reading and decoding go on beside the model; what is wrong with
 * one picture is its own outcome. Every run of the model has the same shape, so that a picture's numbers do not depend
 * on its neighbours.
 */
export async function* scoreItems(
  items: AsyncIterable<BatchItem>,
  options: ScoreItemsOptions,
): AsyncGenerator<ScoredItem, void, undefined> {
  const { signal, batchSize } = options;
  const preprocessor = startPreprocessor(options.preprocessing);
  const decodeSlot = limitConcurrency(maxDecoding);

  const prepareOnce = async (item: BatchItem): Promise<Float32Array> =>
    preprocessor.prepare(await decodeImage(await item.read(signal), options.decodeLimits));
  const prepare = (item: BatchItem): Promise<Prepared> =>
    decodeSlot(async () => {
      signal?.throwIfAborted();
      try {
        // The thread that prepares pictures may end under one that is not to blame: it gets another try.
        const tensor = await prepareOnce(item).catch((error: unknown) => {
          if (error instanceof AmlDeitError && error.code === 'INTERNAL') return prepareOnce(item);
          throw error;
        });
        return { item, tensor };
      } catch (error) {
        if (isOfPicture(error)) return { item, error };
        throw error;
      }
    });

  try {
    const prepared = mapOrdered(items, prepare, {
      limit: 3 * batchSize,
      weigh: (item) => item.heldBytes,
      maxWeight: maxHeldBytes,
    });
    const runs = mapOrdered(batches(prepared, options), (batch) => runBatch(batch, options), { limit: 2 });
    for await (const scored of runs) yield* scored;
  } finally {
    await preprocessor.close();
  }
}

function isOfPicture(error: unknown): error is AmlDeitError {
  return (
    error instanceof AmlDeitError &&
    !['interrupted', 'auth'].includes(error.kind) &&
    error.code !== 'PEER_MISSING'
  );
}

async function* batches(
  prepared: AsyncIterable<Prepared>,
  { batchSize, maxItems }: Pick<ScoreItemsOptions, 'batchSize' | 'maxItems'>,
): AsyncGenerator<readonly Prepared[], void, undefined> {
  let batch: Prepared[] = [];
  let tensors = 0;
  for await (const one of prepared) {
    batch.push(one);
    if ('tensor' in one) tensors += 1;
    if (tensors < batchSize && batch.length < maxItems) continue;
    yield batch;
    batch = [];
    tensors = 0;
  }
  if (batch.length > 0) yield batch;
}

async function runBatch(batch: readonly Prepared[], options: ScoreItemsOptions): Promise<ScoredItem[]> {
  await options.admit(batch.length);
  options.signal?.throwIfAborted();
  const tensors = batch.flatMap((one) => ('tensor' in one ? [one.tensor] : []));
  const rows = tensors.length === 0 ? [] : await runTensors(tensors, options);
  let next = 0;
  return batch.map((one): ScoredItem => {
    if ('error' in one) return { item: one.item, ok: false, error: one.error };
    const row = rows[next];
    next += 1;
    if (row === undefined || row instanceof AmlDeitError)
      return {
        item: one.item,
        ok: false,
        error: row ?? new AmlDeitError('INTERNAL', 'the model gave no row'),
      };
    return { item: one.item, ok: true, ...row };
  });
}

type ModelRow = InferenceOutput | AmlDeitError;

async function runTensors(tensors: readonly Float32Array[], options: ScoreItemsOptions): Promise<ModelRow[]> {
  try {
    return await runTogether(tensors, options);
  } catch (error) {
    if (!isCrash(error, options)) throw error;
  }
  // One picture, or all of them together, ended the model's process: alone it is clear which.
  const rows: ModelRow[] = [];
  for (const tensor of tensors)
    rows.push(
      ...(await runTogether([tensor], options).catch((error: unknown) => {
        if (isCrash(error, options)) return [error];
        throw error;
      })),
    );
  return rows;
}

function isCrash(error: unknown, { hasGivenUp }: ScoreItemsOptions): error is AmlDeitError {
  return error instanceof AmlDeitError && error.code === 'INFERENCE_CRASHED' && !hasGivenUp();
}

async function runTogether(
  tensors: readonly Float32Array[],
  { inference, batchSize }: ScoreItemsOptions,
): Promise<InferenceOutput[]> {
  const { imageSize, hiddenSize } = inference.manifest.architecture;
  const labels = inference.manifest.labels.length;
  const values = 3 * imageSize * imageSize;
  const pixels = new Float32Array(batchSize * values);
  tensors.forEach((tensor, index) => pixels.set(tensor, index * values));
  const { logits, features } = await inference.run(pixels, batchSize);
  return tensors.map((_, row) => ({
    logits: logits.subarray(row * labels, (row + 1) * labels),
    features: features.subarray(row * hiddenSize, (row + 1) * hiddenSize),
  }));
}
