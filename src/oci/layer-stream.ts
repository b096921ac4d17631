import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { invalidImage } from './invalid-image.ts';

/** Of one layer, unpacked. No scoring image is near it; what compresses a thousandfold is no program. */
const maxLayerBytes = 64 * 2 ** 30;

/** A layer's tar archive, unpacked as its media type says, of at most so many bytes. @throws OCI_IMAGE_INVALID */
export function openLayer(
  content: AsyncIterable<Buffer>,
  mediaType: string,
  maxBytes = maxLayerBytes,
): AsyncIterable<Buffer> {
  return atMost(decompressed(content, mediaType), maxBytes);
}

async function* atMost(content: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw invalidImage(`a layer has more than ${maxBytes} bytes unpacked`);
    yield chunk;
  }
}

function decompressed(content: AsyncIterable<Buffer>, mediaType: string): AsyncIterable<Buffer> {
  if (/nondistributable|foreign/.test(mediaType))
    throw invalidImage(`a layer may not be distributed (${mediaType}): such images are not supported`);
  if (/[.+]gzip$/.test(mediaType)) return decompress(content, zlib.createGunzip());
  if (/[.+]zstd$/.test(mediaType)) return decompress(content, zlib.createZstdDecompress());
  if (mediaType.endsWith('.tar')) return content;
  throw invalidImage(`a layer is of the unknown kind ${mediaType}`);
}

async function* decompress(
  content: AsyncIterable<Buffer>,
  transform: zlib.Gunzip | zlib.ZstdDecompress,
): AsyncGenerator<Buffer> {
  const source = Readable.from(content);
  source.on('error', (error) => transform.destroy(error));
  source.pipe(transform);
  try {
    for await (const chunk of transform) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw invalidImage('a layer is damaged: it cannot be decompressed', error);
    throw error;
  } finally {
    source.destroy();
    transform.destroy();
  }
}
