import { layOutSafetensors, writeSafetensors } from '../io/index.ts';
import type { TensorSource } from '../io/index.ts';
import { float32Values } from './checkpoint/float32-values.ts';
import type { Checkpoint } from './read-checkpoint.ts';
import type { ExternalTensor } from './onnx-graph.ts';

/** What `save_pretrained` writes; transformers refuses a file without it. */
const metadata = { format: 'pt' } as const;

/** Where each tensor will be in the package's file of weights, and that file's size. */
export function packageLayout(
  checkpoint: Checkpoint,
  file: string,
): { readonly tensors: ReadonlyMap<string, ExternalTensor>; readonly bytes: number } {
  const { tensors, bytes } = layOutSafetensors(checkpoint.tensors.values(), metadata);
  return { tensors: new Map([...tensors].map(([name, place]) => [name, { file, ...place }])), bytes };
}

/**
 * Writes a checkpoint's tensors as float32 safetensors, piece by piece, looking at every value on the way: the same
 * tensors give the same bytes, whatever the format that they came in.
 *
 * @throws CHECKPOINT_INVALID names the tensor that has a NaN or an infinity, or is damaged.
 */
export async function writePackageWeights(
  checkpoint: Checkpoint,
  destination: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sources = [...checkpoint.tensors.values()].map((tensor): TensorSource => ({
    name: tensor.name,
    shape: tensor.shape,
    data: () => float32Values(tensor, options.signal),
  }));
  return writeSafetensors(destination, sources, { ...options, metadata });
}
