import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../src/io/index.ts';
import { tensorShapes } from '../src/model/architecture.ts';
import { parseCheckpointConfig } from '../src/model/checkpoint-config.ts';

/** A checkpoint of DeiT base's shape and size (12 layers of 768, 1000 labels, 346 MB) with random weights. */
export async function writeBaseCheckpoint(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const config = {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    layer_norm_eps: 1e-12,
    id2label: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [index, `class ${index}`])),
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const { architecture } = parseCheckpointConfig(config, 'config.json');
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  const sources = [...tensorShapes({ ...architecture, labels: 1000, classifiers: 1 })].map(
    ([name, shape]) => ({
      name,
      shape,
      *data() {
        const count = shape.reduce((product, size) => product * size, 1);
        const centre = /layernorm.*weight$/.test(name) ? 1 : 0;
        for (let start = 0; start < count; start += 1 << 18) {
          const length = Math.min(1 << 18, count - start);
          yield Float32Array.from({ length }, () => centre + next() * 0.035);
        }
      },
    }),
  );
  await writeSafetensors(join(directory, 'model.safetensors'), sources);
}
