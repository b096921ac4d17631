import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { readSafetensorsHeader, readTensorChunks, writeSafetensors } from '../io/index.ts';

/** A Hugging Face folder with the source's backbone, streamed, and another classifier. `weight` is [labels, hidden]. */
export async function writeClassifierHead(options: {
  readonly source: string;
  readonly out: string;
  readonly labels: readonly string[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}): Promise<void> {
  const { source, out, labels, weight, bias } = options;
  await mkdir(out, { recursive: true });
  const file = await readSafetensorsHeader(join(source, 'model.safetensors'));
  const config = await readConfig(join(source, 'config.json'));
  const head = {
    ...config,
    id2label: Object.fromEntries(labels.map((label, index) => [index, label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
    num_labels: labels.length,
    problem_type: 'single_label_classification',
  };
  await writeFile(join(out, 'config.json'), `${JSON.stringify(head, null, 2)}\n`);
  await copyFile(join(source, 'preprocessor_config.json'), join(out, 'preprocessor_config.json')).catch(
    (error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    },
  );
  await writeSafetensors(join(out, 'model.safetensors'), [
    ...[...file.tensors.values()]
      .filter(({ name }) => !name.startsWith('classifier.'))
      .map(({ name, shape }) => ({ name, shape, data: () => readTensorChunks(file, name) })),
    { name: 'classifier.weight', shape: [labels.length, weight.length / labels.length], data: weight },
    { name: 'classifier.bias', shape: [labels.length], data: bias },
  ]);
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new AmlDeitError('CHECKPOINT_INVALID', `${file} is not a readable config: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
