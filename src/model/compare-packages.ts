import { readFile } from 'node:fs/promises';
import { createBatchMemory, probabilities, startInference, startPreprocessor } from '../vision/index.ts';
import type { Inference, ModelManifest } from '../vision/index.ts';

export interface Agreement {
  /** Pictures that both were shown. */
  readonly images: number;
  /** Share of them of which both say the same: the same first class, or the same set of classes at 0.5. */
  readonly top1: number;
  /** Largest difference of a probability, and the mean over pictures and classes. */
  readonly maxDelta: number;
  readonly meanDelta: number;
}

export interface ComparedPackages extends Agreement {
  /** Pictures that could not be read, and why. */
  readonly unreadable: readonly { readonly image: string; readonly reason: string }[];
  /** Pictures a second through the model alone, of the package and of the one that it is compared with. */
  readonly imagesPerSecond: number;
  readonly againstImagesPerSecond: number;
}

export interface CompareOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const batchSize = 8;

/**
 * Shows two packages of the same classes the same pictures, each prepared as its own package says, and compares what
 * they answer; one alone is compared with itself. Throws what starting a package throws.
 */
export async function comparePackages(
  directory: string,
  against: string | undefined,
  images: readonly string[],
  options: CompareOptions = {},
): Promise<ComparedPackages> {
  const { signal } = options;
  const start = async (packageDirectory: string): Promise<Side> => {
    const inference = await startInference({
      packageDirectory,
      warmUpBatches: [1, batchSize],
      ...(signal === undefined ? {} : { signal }),
    });
    const preprocessor = startPreprocessor(inference.manifest.preprocessing, {
      imageSize: inference.manifest.architecture.imageSize,
    });
    return { inference, preprocessor, memory: createBatchMemory(), ms: 0 };
  };
  await using left = disposable(await start(directory));
  await using other = against === undefined ? undefined : disposable(await start(against));
  const right = other ?? left;
  const unreadable: { image: string; reason: string }[] = [];
  const sum = { images: 0, same: 0, maxDelta: 0, delta: 0, values: 0 };
  for (let at = 0; at < images.length; at += batchSize) {
    const pairs: (readonly [Float32Array, Float32Array])[] = [];
    for (const image of images.slice(at, at + batchSize)) {
      try {
        const bytes = await readFile(image);
        const first = await left.side.preprocessor.prepare(bytes);
        pairs.push([first, right === left ? first : await right.side.preprocessor.prepare(bytes)]);
      } catch (error) {
        if (signal?.aborted === true || !(error instanceof Error)) throw error;
        unreadable.push({ image, reason: error.message });
      }
    }
    options.onProgress?.(Math.min(at + batchSize, images.length), images.length);
    if (pairs.length === 0) continue;
    const a = await run(
      left.side,
      pairs.map(([tensor]) => tensor),
    );
    const b =
      right === left
        ? a
        : await run(
            right.side,
            pairs.map(([, tensor]) => tensor),
          );
    for (const [index, first] of a.entries()) {
      const second = b[index] ?? [];
      sum.images += 1;
      if (sameAnswer(first, second, left.side.inference.manifest.task)) sum.same += 1;
      for (const [label, probability] of first.entries()) {
        const delta = Math.abs(probability - (second[label] ?? 0));
        sum.maxDelta = Math.max(sum.maxDelta, delta);
        sum.delta += delta;
        sum.values += 1;
      }
    }
  }
  const perSecond = (side: Side): number => (side.ms === 0 ? 0 : (sum.images / side.ms) * 1000);
  return {
    images: sum.images,
    top1: sum.images === 0 ? 0 : sum.same / sum.images,
    maxDelta: sum.maxDelta,
    meanDelta: sum.values === 0 ? 0 : sum.delta / sum.values,
    unreadable,
    imagesPerSecond: perSecond(left.side),
    againstImagesPerSecond: perSecond(right.side),
  };
}

interface Side {
  readonly inference: Inference;
  readonly preprocessor: ReturnType<typeof startPreprocessor>;
  readonly memory: ReturnType<typeof createBatchMemory>;
  ms: number;
}

function disposable(side: Side): AsyncDisposable & { readonly side: Side } {
  return {
    side,
    async [Symbol.asyncDispose]() {
      await side.preprocessor.close();
      await side.inference.close();
    },
  };
}

async function run(side: Side, tensors: readonly Float32Array[]): Promise<number[][]> {
  const begin = performance.now();
  const pixels = side.memory.gather(tensors);
  const { logits } = await side.inference.run(pixels, tensors.length);
  side.memory.release(pixels);
  side.ms += performance.now() - begin;
  const { task, labels } = side.inference.manifest;
  return tensors.map((_, row) =>
    probabilities(logits.subarray(row * labels.length, (row + 1) * labels.length), task),
  );
}

function sameAnswer(a: readonly number[], b: readonly number[], task: ModelManifest['task']): boolean {
  if (task === 'multilabel') return a.every((value, label) => value > 0.5 === (b[label] ?? 0) > 0.5);
  const first = (values: readonly number[]): number => values.indexOf(Math.max(...values));
  return first(a) === first(b);
}
