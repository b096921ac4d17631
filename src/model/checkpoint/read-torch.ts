import { openForReading } from '../../io/index.ts';
import { readExactly } from './read-exactly.ts';
import { torchInvalid } from './pickle.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { isTorchLegacy, legacyBeginBytes, readTorchLegacy } from './torch-legacy.ts';
import { readTorchZip } from './torch-zip.ts';

const zipSignature = 0x04034b50;

/**
 * The tensors of a `.bin`, `.pth` or `.pt` file that `torch.save` wrote. Nothing in the file is executed, and its
 * data stays on disk.
 *
 * @throws TORCH_FILE_INVALID, PICKLE_REFUSED, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readTorchFile(file: string): Promise<StoredTensor[]> {
  await using handle = await openForReading(file);
  const { size } = await handle.stat();
  const begin = Buffer.alloc(Math.min(size, legacyBeginBytes));
  await readExactly(handle, begin, 0, file);
  if (begin.length === legacyBeginBytes) {
    if (begin.readUInt32LE(0) === zipSignature) return await readTorchZip(handle, size, file);
    if (isTorchLegacy(begin)) return await readTorchLegacy(handle, size, file);
  }
  throw torchInvalid(file, `${describe(begin, size)}, expected a file that torch.save wrote`);
}

function describe(begin: Buffer, size: number): string {
  if (size === 0) return 'it is empty';
  if (begin.toString('latin1').startsWith('version ')) {
    return 'it is a pointer of Git LFS, not the file itself (fetch it with git lfs pull)';
  }
  if (begin[0] === 0x80) return 'it is a bare pickle';
  return `it begins with ${begin.toString('hex')}`;
}
