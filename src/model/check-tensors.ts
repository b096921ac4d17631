import { AmlDeitError } from '../errors/index.ts';
import type { SafetensorsFile, SafetensorsTensor } from '../io/index.ts';
import { tensorNames, tensorShapes } from './architecture.ts';
import type { Architecture } from './architecture.ts';

/** Parts that some checkpoints carry and that the classifier's logits do not depend on. */
const unusedTensor = /^(?:vit|deit)\.(?:pooler\.|embeddings\.mask_token$)/;

/** How many names of a kind the message lists; the error's details have all of them. */
const maxNamesShown = 20;

/** Rows of the classifier: the number of classes, whatever the config says of labels. */
export function classifierRows(weights: SafetensorsFile): number {
  const names = tensorNames({ modelType: 'vit', layers: 0 }).classifier;
  const classifier = weights.tensors.get(names.weight);
  const [rows] = classifier?.shape ?? [];
  if (classifier?.shape.length === 2 && rows !== undefined && rows > 0) return rows;
  const found = classifier === undefined ? 'no' : `a [${classifier.shape.join(', ')}]`;
  throw new AmlDeitError(
    'CHECKPOINT_INVALID',
    `${weights.file}: ${found} tensor "${names.weight}", expected [labels, hidden size]: the checkpoint has no classifier`,
    {
      hint: 'names are expected as save_pretrained of an image classifier writes them',
      details: { file: weights.file, missing: [names.weight] },
    },
  );
}

/**
 * Compares a checkpoint's tensors with those of its architecture and reports everything at once. Returns the names
 * of tensors that are there and have no use.
 */
export function checkTensors(weights: SafetensorsFile, architecture: Architecture): string[] {
  const shapes = tensorShapes(architecture);
  const found = [...weights.tensors.values()];
  const unused = found.filter(({ name }) => !shapes.has(name) && unusedTensor.test(name));
  const extra = found.filter(({ name }) => !shapes.has(name) && !unusedTensor.test(name));
  const missing = [...shapes.keys()].filter((name) => !weights.tensors.has(name));
  const wrong = found.filter(({ name, shape }) => !sameShape(shapes.get(name) ?? shape, shape));
  const other = found.filter(({ dtype }) => dtype !== 'F32');
  if (missing.length + extra.length + wrong.length > 0) {
    const describe = ({ name, shape }: SafetensorsTensor): string =>
      `${name} [${shape.join(', ')}] instead of [${shapes.get(name)?.join(', ')}]`;
    const problems = [
      list('missing', missing),
      list(
        'not known',
        extra.map(({ name }) => name),
      ),
      list('of another shape', wrong.map(describe)),
    ].filter((problem) => problem !== '');
    throw new AmlDeitError(
      'CHECKPOINT_INVALID',
      `${weights.file}: the tensors are not those of its config.json: ${problems.join('; ')}`,
      {
        hint: 'names are expected as save_pretrained of an image classifier writes them',
        details: {
          file: weights.file,
          missing,
          unexpected: extra.map(({ name }) => name),
          wrongShape: wrong.map(({ name, shape }) => ({ name, expected: shapes.get(name), actual: shape })),
        },
      },
    );
  }
  if (other.length > 0) {
    throw new AmlDeitError(
      'MODEL_UNSUPPORTED',
      `${weights.file}: expected F32 tensors; ${list(
        'of another type',
        other.map(({ name, dtype }) => `${name} ${dtype}`),
      )}`,
      { hint: 'save it with model.float().save_pretrained(...)', details: { file: weights.file } },
    );
  }
  return unused.map(({ name }) => name);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

function list(kind: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, maxNamesShown).join(', ');
  const rest = names.length > maxNamesShown ? ` and ${names.length - maxNamesShown} more` : '';
  return `${names.length} ${kind}: ${shown}${rest}`;
}
