import type { AmlDeitError } from '../../errors/index.ts';
import { scorePictures, startPreprocessor } from '../../vision/index.ts';
import type { DecodeLimits, Inference, ModelManifest } from '../../vision/index.ts';
import type { BatchItem } from './batch-item.ts';

export type ScoredItem =
  | {
      readonly item: BatchItem;
      readonly ok: true;
      readonly logits: Float32Array;
      readonly features: Float32Array;
    }
  | { readonly item: BatchItem; readonly ok: false; readonly error: AmlDeitError };

export interface ScoreItemsOptions {
  readonly inference: Pick<Inference, 'run' | 'manifest'>;
  readonly preprocessing: ModelManifest['preprocessing'];
  readonly decodeLimits: Partial<DecodeLimits>;
  /** Pictures of one run of the model. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/** Pictures that are being read and decoded at a time: tens of megabytes each, and addresses take their time. */
const maxDecoded = 4;
/** What items may hold while they wait: rows of tables carry their pictures as text. */
const maxHeldBytes = 64 * 2 ** 20;

/** The batches that the pipeline may have scored before anybody has read a row of them. */
export const batchesAhead = 3;

/** Scores pictures in the order of the items, each once; what is wrong with one picture is its own outcome. */
export async function* scoreItems(
  items: AsyncIterable<BatchItem>,
  options: ScoreItemsOptions,
): AsyncGenerator<ScoredItem, void, undefined> {
  const { signal, batchSize, inference, decodeLimits } = options;
  const preprocessor = startPreprocessor(options.preprocessing, {
    decodeLimits,
    maxDecoded,
    imageSize: inference.manifest.architecture.imageSize,
  });
  const held = createHolder(maxHeldBytes);
  try {
    const scored = scorePictures(held.holding(items), {
      inference: { run: (pixels, count) => runPadded(inference, pixels, count, batchSize) },
      preprocessor,
      read: async (item) => {
        try {
          return await item.read(signal);
        } finally {
          held.release(item);
        }
      },
      maxBatch: batchSize,
      signal,
    });
    for await (const one of scored) yield 'error' in one ? { ...one, ok: false } : { ...one, ok: true };
  } finally {
    await preprocessor.close();
  }
}

/**
 * Every run of the model has the same shape, so that a picture's numbers do not depend on how many others happen to be
 * in its batch: a shard of three processes gives the bits that one process gives.
 */
async function runPadded(
  inference: ScoreItemsOptions['inference'],
  pixels: Float32Array,
  count: number,
  batchSize: number,
) {
  const { architecture, labels } = inference.manifest;
  if (count === batchSize) return inference.run(pixels, count);
  const full = new Float32Array(batchSize * (pixels.length / count));
  full.set(pixels);
  const { logits, features } = await inference.run(full, batchSize);
  return {
    logits: logits.subarray(0, count * labels.length),
    features: features.subarray(0, count * architecture.hiddenSize),
  };
}

/** Lets no more items through than may wait together; a single one always. */
function createHolder(limit: number) {
  let bytes = 0;
  let wake: (() => void) | undefined;
  return {
    async *holding(items: AsyncIterable<BatchItem>): AsyncGenerator<BatchItem, void, undefined> {
      for await (const item of items) {
        while (bytes > 0 && bytes + item.heldBytes > limit)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        bytes += item.heldBytes;
        yield item;
      }
    },
    release({ heldBytes }: BatchItem): void {
      bytes -= heldBytes;
      wake?.();
    },
  };
}
