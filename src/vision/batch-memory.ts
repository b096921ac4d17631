/** Batches that may be on their way to the model and back, and one that is being put together. */
const maxFree = 3;

export interface BatchMemory {
  /** One batch of tensors of the same size: float32 [count, …], in memory that may have held another. */
  gather(tensors: readonly Float32Array[]): Float32Array;
  /** The model has read it: another batch may have its memory. */
  release(pixels: Float32Array): void;
}

/** Megabytes a batch, which would otherwise be left to the collector each time. */
export function createBatchMemory(): BatchMemory {
  const free: Float32Array[] = [];
  return {
    gather(tensors) {
      const length = tensors[0]?.length ?? 0;
      const size = tensors.length * length;
      const found = free.findIndex((one) => one.length === size);
      const pixels = found === -1 ? new Float32Array(size) : free.splice(found, 1)[0]!;
      for (const [index, tensor] of tensors.entries()) pixels.set(tensor, index * length);
      return pixels;
    },
    release(pixels) {
      if (free.length === maxFree) free.shift();
      free.push(pixels);
    },
  };
}
