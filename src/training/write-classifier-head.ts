import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { readSafetensorsHeader, readTensorChunks, writeSafetensors } from '../io/index.ts';
import type { TensorSource } from '../io/index.ts';

/** A classifier over the labels. `weight` is [labels, hidden]. */
export interface ClassifierHead {
  readonly labels: readonly string[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** `multiclass` by default. */
  readonly task?: 'multiclass' | 'multilabel';
}

/** A distilled DeiT's heads on its two tokens; what is trained is one classifier on the features, those of the CLS token. */
const distilledArchitecture = 'DeiTForImageClassificationWithTeacher';
const classifierNames = /^(?:classifier|cls_classifier|distillation_classifier)\./;

/** A Hugging Face folder with the source's backbone, streamed, and another classifier. */
export async function writeClassifierHead(
  options: ClassifierHead & { readonly source: string; readonly out: string },
): Promise<void> {
  const { source, out } = options;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'config.json'), await classifierConfig(source, options));
  await copyFile(join(source, 'preprocessor_config.json'), join(out, 'preprocessor_config.json')).catch(
    (error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    },
  );
  await writeSafetensors(join(out, 'model.safetensors'), await classifierTensors(source, options));
}

/** The text of a `config.json`: the source's with another classifier's labels. */
export async function classifierConfig(source: string, head: ClassifierHead): Promise<string> {
  const config = await readConfig(join(source, 'config.json'));
  const { labels, task = 'multiclass' } = head;
  const { architectures } = config;
  const isDistilled = Array.isArray(architectures) && architectures.includes(distilledArchitecture);
  const changed = {
    ...config,
    ...(isDistilled ? { architectures: ['DeiTForImageClassification'] } : {}),
    id2label: Object.fromEntries(labels.map((label, index) => [index, label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
    num_labels: labels.length,
    problem_type: task === 'multiclass' ? 'single_label_classification' : 'multi_label_classification',
  };
  return `${JSON.stringify(changed, null, 2)}\n`;
}

/** The source's tensors, read when they are written, with another classifier. */
export async function classifierTensors(source: string, head: ClassifierHead): Promise<TensorSource[]> {
  const file = await readSafetensorsHeader(join(source, 'model.safetensors'));
  const { labels, weight, bias } = head;
  return [
    ...[...file.tensors.values()]
      .filter(({ name }) => !classifierNames.test(name))
      .map(({ name, shape }) => ({ name, shape, data: () => readTensorChunks(file, name) })),
    { name: 'classifier.weight', shape: [labels.length, weight.length / labels.length], data: weight },
    { name: 'classifier.bias', shape: [labels.length], data: bias },
  ];
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
