/** The parameter of the cubic convolution that PyTorch uses for images. */
const a = -0.75;

/** Weights of the four neighbours of a place `t` of the way from the second to the third. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

interface Tap {
  /** Of the source's rows or columns; those beyond the edge are the edge. */
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

function taps(from: number, to: number): readonly Tap[] {
  return Array.from({ length: to }, (_, index) => {
    // Corners are not aligned: pixels are areas, and their centres are what is mapped.
    const place = ((index + 0.5) * from) / to - 0.5;
    const first = Math.floor(place);
    return {
      indices: [-1, 0, 1, 2].map((step) => Math.min(from - 1, Math.max(0, first + step))),
      weights: cubicWeights(place - first),
    };
  });
}

/**
 * Position embeddings for a picture of another size: those of the patches, a square grid, are resized by bicubic
 * interpolation as transformers does it; those of the first `prefix` tokens stay. Row-major float32 [prefix + from²,
 * width] in, [prefix + to², width] out.
 */
export function interpolatePositions(
  positions: Float32Array,
  { prefix, from, to, width }: { prefix: number; from: number; to: number; width: number },
): Float32Array {
  if (positions.length !== (prefix + from * from) * width) {
    throw new RangeError(`${positions.length} values are not [${prefix} + ${from}², ${width}]`);
  }
  const result = new Float32Array((prefix + to * to) * width);
  result.set(positions.subarray(0, prefix * width));
  const axis = taps(from, to);
  for (const [y, vertical] of axis.entries()) {
    for (const [x, horizontal] of axis.entries()) {
      const target = (prefix + y * to + x) * width;
      for (let channel = 0; channel < width; channel += 1) {
        let sum = 0;
        for (const [i, row] of vertical.indices.entries()) {
          let line = 0;
          for (const [j, column] of horizontal.indices.entries()) {
            const value = positions[(prefix + row * from + column) * width + channel] as number;
            line += (horizontal.weights[j] as number) * value;
          }
          sum += (vertical.weights[i] as number) * line;
        }
        result[target + channel] = sum;
      }
    }
  }
  return result;
}
