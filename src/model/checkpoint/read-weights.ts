import { AmlDeitError } from '../../errors/index.ts';
import { readSafetensorsHeader } from '../../io/index.ts';
import type { FoundWeights } from './find-weights.ts';
import { readShardIndex } from './shard-index.ts';
import { readTorchFile } from './read-torch.ts';
import { spannedBytes } from './stored-tensor.ts';
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

/**
 * Two tensors over the same bytes are a mistake or an attempt to make much of little. Strided ones may lie in each
 * other's gaps, as the columns of one matrix do: of those no more may come than the bytes that they lie in.
 */
function refuseOverlaps(tensors: readonly StoredTensor[], file: string): void {
  const sorted = tensors.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);
  let first: StoredTensor | undefined;
  let end = 0;
  let bytes = 0;
  let isStrided = false;
  for (const tensor of sorted) {
    if (first === undefined || tensor.offset >= end) {
      first = tensor;
      end = tensor.offset;
      bytes = 0;
      isStrided = false;
    }
    isStrided ||= tensor.strides !== undefined;
    bytes += tensor.bytes;
    const isTooMuch = bytes > Math.max(end, tensor.offset + spannedBytes(tensor)) - first.offset;
    if (tensor !== first && (isTooMuch || !isStrided)) {
      throw invalid(file, `the tensors "${first.name}" and "${tensor.name}" lie over the same bytes`);
    }
    end = Math.max(end, tensor.offset + spannedBytes(tensor));
  }
}

function invalid(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('CHECKPOINT_INVALID', `${file}: ${problem}`, { details: { file } });
}
