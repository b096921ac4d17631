import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readExactly } from './read-exactly.ts';
import { readPickle, torchInvalid } from './pickle.ts';
import { findStateDict } from './state-dict.ts';
import { elementBytes, elementCount, spannedBytes } from './stored-tensor.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { torchWorld } from './torch-objects.ts';
import type { TorchTensor } from './torch-objects.ts';
import { readZipDirectory } from './zip-directory.ts';
import type { ZipEntry } from './zip-directory.ts';

export const maxPickleBytes = 32 * 1024 * 1024;

/** The tensors of a file that `torch.save` wrote in today's format: a zip archive with a pickle and one entry a storage. */
export async function readTorchZip(
  handle: FileHandle,
  fileBytes: number,
  file: string,
): Promise<StoredTensor[]> {
  const entries = await readZipDirectory(handle, fileBytes, file);
  const folder = onlyFolder(entries, file);
  if (entries.has(`${folder}/constants.pkl`)) {
    throw torchInvalid(file, 'this is a TorchScript program, expected a state dict');
  }
  const byteOrder = await readText(handle, entries.get(`${folder}/byteorder`), file);
  if (byteOrder !== undefined && byteOrder !== 'little') {
    throw torchInvalid(file, `its byte order is ${JSON.stringify(byteOrder)}, expected "little"`);
  }
  const pickle = entries.get(`${folder}/data.pkl`);
  if (pickle === undefined) throw torchInvalid(file, 'the archive has no data.pkl: PyTorch did not write it');
  const { world } = torchWorld(file);
  const { value } = readPickle(await readEntry(handle, pickle, maxPickleBytes, file), 0, world, file);
  return [...findStateDict(value, file)].map(([name, tensor]) => {
    const entry = entries.get(`${folder}/data/${tensor.storage.key}`);
    if (entry === undefined) throw torchInvalid(file, `the archive has no data for ${JSON.stringify(name)}`);
    return locate(name, tensor, entry, file);
  });
}

function locate(
  name: string,
  { storage, shape, begin, strides }: TorchTensor,
  entry: ZipEntry,
  file: string,
): StoredTensor {
  const width = elementBytes(storage.dtype);
  if (entry.bytes !== storage.elements * width) {
    throw torchInvalid(
      file,
      `the data of ${JSON.stringify(name)} has ${entry.bytes} bytes, expected ${storage.elements * width}`,
    );
  }
  const bytes = elementCount(shape) * width;
  const tensor: StoredTensor = {
    name,
    dtype: storage.dtype,
    shape,
    file,
    offset: entry.offset + begin * width,
    bytes,
    strides,
  };
  const isWhole = spannedBytes(tensor) === entry.bytes;
  return entry.crc32 === undefined || !isWhole ? tensor : { ...tensor, crc32: entry.crc32 };
}

/** The archive has one folder, called as the file was when it was saved. */
function onlyFolder(entries: ReadonlyMap<string, ZipEntry>, file: string): string {
  const folders = new Set([...entries.keys()].map((name) => name.split('/', 1)[0] ?? ''));
  const [folder] = folders;
  if (folder === undefined || folders.size > 1) {
    throw torchInvalid(
      file,
      `the archive has ${folders.size} folders, expected one: PyTorch did not write it`,
    );
  }
  return folder;
}

async function readText(
  handle: FileHandle,
  entry: ZipEntry | undefined,
  file: string,
): Promise<string | undefined> {
  if (entry === undefined) return undefined;
  return new TextDecoder().decode(await readEntry(handle, entry, 64, file));
}

async function readEntry(
  handle: FileHandle,
  entry: ZipEntry,
  maxBytes: number,
  file: string,
): Promise<Uint8Array> {
  if (entry.bytes > maxBytes) {
    throw torchInvalid(
      file,
      `${entry.name} in the archive has ${entry.bytes} bytes, expected at most ${maxBytes}`,
    );
  }
  const bytes = new Uint8Array(entry.bytes);
  await readExactly(handle, bytes, entry.offset, file);
  if (entry.crc32 !== undefined && crc32(bytes) !== entry.crc32) {
    throw torchInvalid(file, `${entry.name} in the archive is damaged: its checksum does not match`);
  }
  return bytes;
}
