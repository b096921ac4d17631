import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/**
 * Gzip without a trace of time or system: zlib leaves the time out by itself, but writes the system it runs on into
 * byte 9.
 */
export async function* gzip(content: AsyncIterable<Buffer>, level: number): AsyncGenerator<Buffer> {
  const source = Readable.from(content, { highWaterMark: 4 });
  const transform = createGzip({ level, chunkSize: 1 << 18 });
  source.on('error', (error) => transform.destroy(error));
  source.pipe(transform);
  let offset = 0;
  try {
    for await (const chunk of transform) {
      const bytes = chunk as Buffer;
      const at = systemByte - offset;
      if (at >= 0 && at < bytes.length) bytes[at] = unknownSystem;
      offset += bytes.length;
      yield bytes;
    }
  } finally {
    source.destroy();
    transform.destroy();
  }
}

const systemByte = 9;
const unknownSystem = 255;
