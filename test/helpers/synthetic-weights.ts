import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/io/index.ts';
import type { TensorSource } from '../../src/io/index.ts';
import { tensorShapes } from '../../src/model/architecture.ts';
import { parseCheckpointConfig } from '../../src/model/checkpoint-config.ts';

/** Values in [-1, 1), multiples of 2^-23: the same as `hashed` of test/golden/parity/record.py gives. */
export function hashed(name: string, count: number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float32Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b9) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
    return ((x >>> 8) - 2 ** 23) / 2 ** 23;
  });
}

/** A tensor's values by its name and shape alone: the same as `values` of record.py gives. */
export function syntheticValues(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = hashed(name, count);
  if (name.includes('layernorm')) {
    const centre = name.endsWith('weight') ? 1 : 0;
    return values.map((value) => value / 4 + centre);
  }
  if (name.endsWith('bias')) return values.map((value) => value / 8);
  if (shape.length === 3) return values;
  const fanIn = count / (shape[0] ?? 1);
  const gain = /\.(?:query|key)\./.test(name) ? 2 : 1;
  const scale = gain / 2 ** ((32 - Math.clz32(fanIn)) >> 1);
  return values.map((value) => value * scale);
}

export interface SyntheticCheckpoint {
  readonly config: Readonly<Record<string, unknown>>;
  /** Rows of the classifier; by default the number of labels that the config names. */
  readonly labels?: number;
  /** Changes the tensors before they are written. */
  readonly edit?: (tensors: Map<string, TensorSource>) => void;
  /** A preprocessor_config.json; none by default. */
  readonly preprocessor?: object;
}

/** A complete config of a small ViT, with what is given put over it. */
export function smallConfig(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    image_size: 16,
    patch_size: 8,
    num_channels: 3,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 16,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    qkv_bias: true,
    id2label: { 0: 'can', 1: 'carton', 2: 'bottle' },
    ...more,
  };
}

/** Writes a Hugging Face folder whose weights depend on names and shapes only. */
export async function writeCheckpoint(directory: string, checkpoint: SyntheticCheckpoint): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(checkpoint.config));
  if (checkpoint.preprocessor !== undefined) {
    await writeFile(join(directory, 'preprocessor_config.json'), JSON.stringify(checkpoint.preprocessor));
  }
  const parsed = parseCheckpointConfig(checkpoint.config, 'config.json');
  const labels = checkpoint.labels ?? parsed.labelCount ?? 2;
  const tensors = new Map<string, TensorSource>();
  for (const [name, shape] of tensorShapes({
    ...parsed.architecture,
    labels,
    classifiers: parsed.classifiers ?? 1,
  })) {
    tensors.set(name, { name, shape, data: syntheticValues(name, shape) });
  }
  checkpoint.edit?.(tensors);
  await writeSafetensors(join(directory, 'model.safetensors'), tensors.values(), {
    metadata: { format: 'pt' },
  });
}
