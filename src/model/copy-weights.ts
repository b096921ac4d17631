import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { SafetensorsFile } from '../io/index.ts';
import type { ExternalTensor } from './onnx-graph.ts';

export interface CopiedWeights {
  readonly bytes: number;
  readonly sha256: string;
  /** Of the file that was read; the same unless its data had to be aligned. */
  readonly sourceSha256: string;
}

const chunkBytes = 1 << 20;
const headerLengthBytes = 8;

/** The runtime maps the file and reads floats in place: data that begins off this boundary is moved up to it. */
const alignment = 8;

/** Spaces that the copy's header has at its end beyond the source's. */
function padding(source: SafetensorsFile): number {
  return (alignment - (source.dataOffset % alignment)) % alignment;
}

/** Where each tensor is in the copy that {@link copyWeights} writes under the name `file`. */
export function copiedTensors(source: SafetensorsFile, file: string): Map<string, ExternalTensor> {
  const shift = padding(source);
  return new Map(
    [...source.tensors.values()].map(({ name, offset, bytes, shape }) => [
      name,
      { file, offset: offset + shift, bytes, shape },
    ]),
  );
}

/**
 * Copies a float32 safetensors file chunk by chunk, hashing it and looking at every value on the way; never holds
 * more than one chunk. The bytes stay the same, but for spaces after a header that left the data unaligned.
 * @throws CHECKPOINT_INVALID names the tensor that has a NaN or an infinity.
 */
export async function copyWeights(
  source: SafetensorsFile,
  destination: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<CopiedWeights> {
  await using input = await open(source.file, 'r');
  await using output = await open(destination, 'wx');
  const sourceHash = createHash('sha256');
  const shift = padding(source);
  const copyHash = shift === 0 ? sourceHash : createHash('sha256');
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (copyHash !== sourceHash) copyHash.update(bytes);
    await output.writeFile(bytes);
  };

  const header = new Uint8Array(source.dataOffset);
  await readExactly(input, header, 0, source.file);
  sourceHash.update(header);
  const copiedHeader = new Uint8Array(source.dataOffset + shift).fill(0x20);
  copiedHeader.set(header);
  new DataView(copiedHeader.buffer).setBigUint64(0, BigInt(copiedHeader.length - headerLengthBytes), true);
  await write(copiedHeader);

  const chunk = new Uint8Array(chunkBytes);
  for (let position = source.dataOffset; position < source.bytes; position += chunkBytes) {
    throwIfAborted(options.signal);
    const part = chunk.subarray(0, Math.min(chunkBytes, source.bytes - position));
    await readExactly(input, part, position, source.file);
    const fault = firstNonFinite(part);
    if (fault !== -1) throw nonFinite(source, position + fault * 4);
    sourceHash.update(part);
    await write(part);
    options.onBytes?.(position + part.byteLength);
  }
  await output.sync();
  const sourceSha256 = sourceHash.digest('hex');
  return {
    bytes: source.bytes + shift,
    sha256: copyHash === sourceHash ? sourceSha256 : copyHash.digest('hex'),
    sourceSha256,
  };
}

async function readExactly(
  input: {
    read(
      target: Uint8Array,
      offset: number,
      length: number,
      position: number,
    ): Promise<{ bytesRead: number }>;
  },
  target: Uint8Array,
  position: number,
  file: string,
): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await input.read(target, done, target.byteLength - done, position + done);
    if (bytesRead === 0) {
      throw new AmlDeitError(
        'SAFETENSORS_INVALID',
        `${file} became shorter while it was read: nothing at byte ${position + done}`,
      );
    }
    done += bytesRead;
  }
}

/** Index of the first float32 that is NaN or infinite: all bits of its exponent are set. -1 for none. */
function firstNonFinite(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  for (let index = 0; index < words.length; index += 1) {
    if (((words[index] as number) & 0x7f800000) === 0x7f800000) return index;
  }
  return -1;
}

function nonFinite(source: SafetensorsFile, offset: number): AmlDeitError {
  const tensor = [...source.tensors.values()].find(
    (candidate) => offset >= candidate.offset && offset < candidate.offset + candidate.bytes,
  );
  const index = tensor === undefined ? 0 : (offset - tensor.offset) / 4;
  return new AmlDeitError(
    'CHECKPOINT_INVALID',
    `${source.file}: tensor "${tensor?.name}" has a NaN or infinity (value ${index}), expected finite numbers`,
    { details: { file: source.file, tensor: tensor?.name, index } },
  );
}
