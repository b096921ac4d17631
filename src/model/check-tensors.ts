import { AmlDeitError } from '../errors/index.ts';
import { weightDtypes } from './checkpoint/float32-values.ts';
import type { StoredTensor } from './checkpoint/stored-tensor.ts';
import { tensorNames, tensorShapes } from './architecture.ts';
import type { AffineNames, Architecture } from './architecture.ts';

/** Parts that some checkpoints carry and that the classifier's logits do not depend on. */
const unusedTensor = /^(?:vit|deit)\.(?:pooler\.|embeddings\.mask_token$)/;

/** How many names of a kind the message lists; the error's details have all of them. */
const maxNamesShown = 20;

type Tensors = ReadonlyMap<string, StoredTensor>;

const namesHint = 'names are expected as transformers or timm give them to an image classifier';

/** Rows of the classifier: the number of classes, whatever the config says of labels. */
export function classifierRows(tensors: Tensors, classifiers: 1 | 2, file: string): number {
  const [{ weight }] = tensorNames({ modelType: 'vit', layers: 0 }).classifiers[classifiers] as [AffineNames];
  const classifier = tensors.get(weight);
  const [rows] = classifier?.shape ?? [];
  if (classifier?.shape.length === 2 && rows !== undefined && rows > 0) return rows;
  const found = classifier === undefined ? 'no' : `a [${classifier.shape.join(', ')}]`;
  throw new AmlDeitError(
    'CHECKPOINT_INVALID',
    `${file}: ${found} tensor "${weight}", expected [labels, hidden size]: the checkpoint has no classifier`,
    { hint: namesHint, details: { file, missing: [weight] } },
  );
}

/**
 * Compares a checkpoint's tensors with those of its architecture and reports everything at once. Gives the tensors
 * that the architecture has, and the names of those that are there and have no use.
 */
export function checkTensors(
  tensors: Tensors,
  architecture: Architecture,
  file: string,
): { readonly used: Tensors; readonly unused: readonly string[] } {
  const shapes = tensorShapes(architecture);
  const found = [...tensors.values()];
  const unused = found.filter(({ name }) => !shapes.has(name) && unusedTensor.test(name));
  const extra = found.filter(({ name }) => !shapes.has(name) && !unusedTensor.test(name));
  const missing = [...shapes.keys()].filter((name) => !tensors.has(name));
  const wrong = found.filter(({ name, shape }) => !sameShape(shapes.get(name) ?? shape, shape));
  if (missing.length + extra.length + wrong.length > 0) {
    const describe = ({ name, shape }: StoredTensor): string =>
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
      `${file}: the tensors are not those of its config: ${problems.join('; ')}`,
      {
        hint: namesHint,
        details: {
          file,
          missing,
          unexpected: extra.map(({ name }) => name),
          wrongShape: wrong.map(({ name, shape }) => ({ name, expected: shapes.get(name), actual: shape })),
        },
      },
    );
  }
  const used = found.filter(({ name }) => shapes.has(name));
  const other = used.filter(({ dtype }) => !weightDtypes.includes(dtype));
  if (other.length > 0) {
    throw new AmlDeitError(
      'MODEL_UNSUPPORTED',
      `${file}: expected tensors of ${weightDtypes.join(', ')}; ${list(
        'of another type',
        other.map(({ name, dtype }) => `${name} ${dtype}`),
      )}`,
      { hint: 'save it with model.float().save_pretrained(...)', details: { file } },
    );
  }
  return {
    used: new Map(used.map((tensor) => [tensor.name, tensor])),
    unused: unused.map(({ name }) => name),
  };
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
