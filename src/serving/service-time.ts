/** What one batch took. */
export interface MeasuredBatch {
  readonly images: number;
  readonly ms: number;
}

/** How long the model takes for a batch, learnt from the batches that it has run. */
export interface ServiceTime {
  record(batch: MeasuredBatch): void;
  /** Milliseconds of one batch of so many images. */
  of(images: number): number;
  /**
   * The smallest batch, a power of two of at most `most`, whose images cost no more than those of the largest, a few
   * percent aside. On a CPU that is often one image: a larger batch then only makes the first one wait for the last.
   */
  bestBatch(most: number): number;
}

const keptBatches = 50;
const allowedLoss = 1.04;

/**
 * A line `ms = perImage × images + perBatch`, fitted by least squares to the last 50 batches and to those of the warm-up,
 * which keep sizes in it that are not run for a while.
 */
export function createServiceTime(warmUp: readonly MeasuredBatch[]): ServiceTime {
  const recent: MeasuredBatch[] = [];
  let line = fit(warmUp);
  const of = (images: number): number => line.perImage * images + line.perBatch;
  return {
    record(batch) {
      recent.push(batch);
      if (recent.length > keptBatches) recent.shift();
      line = fit([...warmUp, ...recent]);
    },
    of,
    bestBatch(most) {
      let best = 1;
      while (best * 2 <= most && of(best) / best > (of(most) / most) * allowedLoss) best *= 2;
      return best;
    },
  };
}

function fit(batches: readonly MeasuredBatch[]): { readonly perImage: number; readonly perBatch: number } {
  const count = batches.length;
  if (count === 0) return { perImage: 0, perBatch: 0 };
  const meanImages = batches.reduce((sum, { images }) => sum + images, 0) / count;
  const meanMs = batches.reduce((sum, { ms }) => sum + ms, 0) / count;
  const spread = batches.reduce((sum, { images }) => sum + (images - meanImages) ** 2, 0);
  const joint = batches.reduce((sum, { images, ms }) => sum + (images - meanImages) * (ms - meanMs), 0);
  const perImage = spread === 0 ? 0 : joint / spread;
  const perBatch = meanMs - perImage * meanImages;
  // Noise can tilt the line beyond sense: a batch has no negative cost, and more images do not take less time.
  if (perImage <= 0 || perBatch < 0) return { perImage: meanMs / meanImages, perBatch: 0 };
  return { perImage, perBatch };
}
