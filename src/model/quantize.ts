import { tensorNames } from './architecture.ts';
import type { Architecture } from './architecture.ts';

/**
 * Largest absolute value of a quantised weight: 7 bits, not 8. On processors without VNNI the runtime adds pairs of
 * products of an 8-bit activation and a weight in 16 bits, and 255 × 2 × 64 is the most that fits: wider weights would
 * give other, wrong answers there.
 */
const largest = 64;

export interface QuantizedMatrix {
  /** int8 [in, out]: the transpose of PyTorch's layout, as the operator wants it. */
  readonly values: Int8Array;
  /** float32 [out]: weight ≈ value × scale of its output. */
  readonly scales: Float32Array;
}

/** Names of the two tensors that take a weight's place in an int8 package. */
export function quantizedNames(weight: string): { readonly values: string; readonly scales: string } {
  return { values: `${weight}.int8`, scales: `${weight}.scale` };
}

/**
 * The matrices that become int8: the six of every layer, which are nearly all of the work and of the file. Patches,
 * positions, normalisations and the classifier stay float32: they cost little and lose most.
 */
export function quantizedWeights(architecture: Architecture): readonly string[] {
  const names = tensorNames(architecture);
  return Array.from({ length: architecture.layers }, (_, index) => names.layer(index)).flatMap((layer) =>
    [layer.query, layer.key, layer.value, layer.attentionOutput, layer.expand, layer.contract].map(
      ({ weight }) => weight,
    ),
  );
}

/** Symmetric, one scale for each output; the same numbers on every machine. `weight` is float32 [out, in]. */
export function quantizeMatrix(
  weight: Float32Array,
  [outputs, inputs]: readonly [number, number],
): QuantizedMatrix {
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    const row = weight.subarray(output * inputs, (output + 1) * inputs);
    let peak = 0;
    for (const value of row) peak = Math.max(peak, Math.abs(value));
    // A row of zeros has any scale; one that a division can stand.
    const scale = peak === 0 ? 1 : Math.fround(peak / largest);
    scales[output] = scale;
    for (let input = 0; input < inputs; input += 1) {
      const rounded = Math.round((row[input] as number) / scale);
      values[input * outputs + output] = Math.max(-largest, Math.min(largest, rounded));
    }
  }
  return { values, scales };
}
