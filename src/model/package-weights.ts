import { layOutSafetensors, writeSafetensors } from '../io/index.ts';
import type { TensorSource } from '../io/index.ts';
import { float32Values } from './checkpoint/float32-values.ts';
import { elementCount } from './checkpoint/stored-tensor.ts';
import type { StoredTensor } from './checkpoint/stored-tensor.ts';
import type { ExternalTensor } from './onnx-graph.ts';
import { quantizedNames, quantizedWeights, quantizeMatrix } from './quantize.ts';
import type { QuantizedMatrix } from './quantize.ts';
import type { Checkpoint } from './read-checkpoint.ts';

/** What `save_pretrained` writes; transformers refuses a file without it. */
const metadata = { format: 'pt' } as const;

export type Precision = 'fp32' | 'int8';

/** Where each tensor will be in the package's file of weights, and that file's size. */
export function packageLayout(
  checkpoint: Checkpoint,
  file: string,
  precision: Precision = 'fp32',
): { readonly tensors: ReadonlyMap<string, ExternalTensor>; readonly bytes: number } {
  const { tensors, bytes } = layOutSafetensors(packageTensors(checkpoint, precision), metadata);
  return { tensors: new Map([...tensors].map(([name, place]) => [name, { file, ...place }])), bytes };
}

/**
 * Writes a checkpoint's tensors as safetensors, float32 or quantised, piece by piece, looking at every value on the
 * way: the same tensors give the same bytes, whatever the format that they came in. A matrix that is quantised is in
 * memory whole, one at a time.
 *
 * @throws CHECKPOINT_INVALID names the tensor that has a NaN or an infinity, or is damaged.
 */
export async function writePackageWeights(
  checkpoint: Checkpoint,
  destination: string,
  options: {
    readonly precision?: Precision;
    readonly signal?: AbortSignal;
    readonly onBytes?: (bytes: number) => void;
  } = {},
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sources = packageTensors(checkpoint, options.precision ?? 'fp32', options.signal);
  return writeSafetensors(destination, sources, { ...options, metadata });
}

function packageTensors(checkpoint: Checkpoint, precision: Precision, signal?: AbortSignal): TensorSource[] {
  const quantized = new Set(precision === 'int8' ? quantizedWeights(checkpoint.architecture) : []);
  return [...checkpoint.tensors.values()].flatMap((tensor): TensorSource[] => {
    const { name, shape } = tensor;
    if (!quantized.has(name)) {
      return [{ name, shape, data: checkpoint.computed?.get(name) ?? (() => float32Values(tensor, signal)) }];
    }
    const [outputs = 0, inputs = 0] = shape;
    const names = quantizedNames(name);
    return [
      {
        name: names.scales,
        shape: [outputs],
        data: () => one(quantize(tensor, signal), ({ scales }) => scales),
      },
      {
        name: names.values,
        shape: [inputs, outputs],
        dtype: 'I8',
        data: () => one(quantize(tensor, signal), ({ values }) => values),
      },
    ];
  });
}

async function quantize(tensor: StoredTensor, signal: AbortSignal | undefined): Promise<QuantizedMatrix> {
  const [outputs = 0, inputs = 0] = tensor.shape;
  const weight = new Float32Array(elementCount(tensor.shape));
  let done = 0;
  for await (const piece of float32Values(tensor, signal)) {
    weight.set(piece, done);
    done += piece.length;
  }
  return quantizeMatrix(weight, [outputs, inputs]);
}

async function* one<Array>(
  matrix: Promise<QuantizedMatrix>,
  pick: (matrix: QuantizedMatrix) => Array,
): AsyncGenerator<Array> {
  yield pick(await matrix);
}
