import { AmlDeitError } from '../../errors/index.ts';
import { readSafetensorsHeader } from '../../io/index.ts';
import type { FoundWeights } from './find-weights.ts';
import { readShardIndex } from './shard-index.ts';
import { readTorchFile } from './read-torch.ts';
import type { StoredTensor, StoredWeights } from './stored-tensor.ts';

/**
 * Where the tensors of a checkpoint lie: safetensors or PyTorch files, one or several. Headers are read and checked,
 * the data is not.
 *
 * @throws SAFETENSORS_INVALID, TORCH_FILE_INVALID, PICKLE_REFUSED, CHECKPOINT_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readWeights({ file, sharded }: FoundWeights): Promise<StoredWeights> {
  const shards = sharded ? await readShardIndex(file) : undefined;
  const files = shards === undefined ? [file] : [...shards.keys()].sort();
  const tensors = new Map<string, StoredTensor>();
  for (const part of files) {
    const found = await readFile(part);
    const expected = shards?.get(part);
    if (expected !== undefined) checkShard(part, found, expected, file);
    for (const tensor of found) {
      if (tensors.has(tensor.name)) {
        throw invalid(part, `the tensor "${tensor.name}" is in another file of the checkpoint as well`);
      }
      tensors.set(tensor.name, tensor);
    }
    refuseOverlaps(found, part);
  }
  return { files, tensors };
}

async function readFile(file: string): Promise<StoredTensor[]> {
  if (!file.endsWith('.safetensors')) return readTorchFile(file);
  const { tensors } = await readSafetensorsHeader(file);
  return Array.from(tensors.values(), (tensor) => ({ ...tensor, file }));
}

function checkShard(
  file: string,
  found: readonly StoredTensor[],
  expected: ReadonlySet<string>,
  index: string,
): void {
  const names = new Set(found.map(({ name }) => name));
  const missing = [...expected].find((name) => !names.has(name));
  const extra = found.find(({ name }) => !expected.has(name));
  if (missing !== undefined)
    throw invalid(file, `there is no tensor "${missing}" in it, though ${index} says so`);
  if (extra !== undefined) throw invalid(file, `it has a tensor "${extra.name}" that ${index} does not name`);
}

/** Two tensors over the same bytes are a mistake or an attempt to make much of little. */
function refuseOverlaps(tensors: readonly StoredTensor[], file: string): void {
  const sorted = tensors.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);
  for (const [index, tensor] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && before.offset + before.bytes > tensor.offset) {
      throw invalid(file, `the tensors "${before.name}" and "${tensor.name}" lie over the same bytes`);
    }
  }
}

function invalid(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('CHECKPOINT_INVALID', `${file}: ${problem}`, { details: { file } });
}
