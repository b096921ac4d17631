import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensorsHeader } from '../src/io/index.ts';
import { pickled, torchFile } from '../test/helpers/torch-file.ts';

/** The same checkpoint as torch.save writes it: `pytorch_model.bin` instead of `model.safetensors`. */
export async function writeTorchCheckpoint(from: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(from, 'config.json'), join(directory, 'config.json'));
  const { file, tensors } = await readSafetensorsHeader(join(from, 'model.safetensors'));
  const bytes = readFileSync(file);
  const members: Record<string, Uint8Array> = {};
  const storages: Record<string, Uint8Array> = {};
  for (const [index, tensor] of [...tensors.values()].entries()) {
    const key = `${index}`;
    const { name, shape, offset } = tensor;
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    members[name] = pickled.tensor(pickled.storage(key, tensor.bytes / 4), 0, shape, strides);
    storages[key] = bytes.subarray(offset, offset + tensor.bytes);
  }
  writeFileSync(
    join(directory, 'pytorch_model.bin'),
    torchFile(pickled.document(pickled.dict(members)), storages),
  );
}
