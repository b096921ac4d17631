import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';

export interface FoundWeights {
  readonly file: string;
  /** The file is the index of a checkpoint in parts. */
  readonly sharded: boolean;
}

/** Names of weights in the order in which transformers looks for them. */
export const weightNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

const otherName = /\.(?:safetensors|pth|pt|bin|ckpt)$/;
/** What training writes beside the weights: never read, whatever is in it. */
const noWeights = /^(?:training_args|optimizer|scheduler|scaler|rng_state.*)\.(?:bin|pt|pth)$/;

/**
 * The folder's weights: the first of the usual names, else its only file that could be some.
 * @throws FILE_NOT_FOUND; FILE_UNREADABLE; CHECKPOINT_INVALID when several files could be meant.
 */
export async function findWeights(directory: string): Promise<FoundWeights> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new AmlDeitError('FILE_UNREADABLE', `${directory} cannot be read (${systemErrorCode(error)})`, {
      cause: error,
    });
  });
  const known = weightNames.find((name) => names.includes(name));
  if (known !== undefined) return { file: join(directory, known), sharded: known.endsWith('.index.json') };
  const others = names.filter((name) => otherName.test(name) && !noWeights.test(name)).sort();
  const [only] = others;
  if (only === undefined) {
    throw new AmlDeitError(
      'FILE_NOT_FOUND',
      `${join(directory, weightNames[0])} does not exist, nor any other weights`,
      {
        hint: `expected one of ${weightNames.join(', ')}, or one file of .safetensors, .bin, .pth, .pt or .ckpt`,
      },
    );
  }
  if (others.length > 1) {
    throw new AmlDeitError(
      'CHECKPOINT_INVALID',
      `${directory} has several files of weights: ${others.slice(0, 5).join(', ')}`,
      {
        hint: 'name the one that is meant',
      },
    );
  }
  return { file: join(directory, only), sharded: false };
}
