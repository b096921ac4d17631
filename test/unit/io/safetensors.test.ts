import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { readSafetensorsHeader, readTensor, readTensorChunks } from '../../../src/io/safetensors.ts';
import { writeSafetensors } from '../../../src/io/write-safetensors.ts';

let directory: string;
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const fresh = (): string => join(directory, `${(count += 1)}.safetensors`);

async function raw(header: string | Uint8Array, dataBytes: number, claimed?: bigint): Promise<string> {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.byteLength), true);
  bytes.set(json, 8);
  const file = fresh();
  await writeFile(file, bytes);
  return file;
}

async function failure(promise: Promise<unknown>): Promise<AmlDeitError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AmlDeitError);
  return error as AmlDeitError;
}

const f32 = (shape: number[], begin: number, end: number): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('writeSafetensors', () => {
  it('reads back what it wrote, sorted, aligned, the same bytes each time', async () => {
    const tensors = [
      { name: 'b', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'a', shape: [], data: Float32Array.of(-0.5) },
      { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
    ];
    const [one, two] = [fresh(), fresh()];
    await writeSafetensors(one, tensors, { metadata: { format: 'pt' } });
    await writeSafetensors(two, tensors.toReversed(), { metadata: { format: 'pt' } });
    expect(await readFile(one)).toEqual(await readFile(two));
    const read = await readSafetensorsHeader(one);
    expect([...read.tensors.keys()]).toEqual(['a', 'b', 'empty']);
    expect(read.metadata.get('format')).toBe('pt');
    expect(read.dataOffset % 8).toBe(0);
    expect(read.tensors.get('b')).toMatchObject({ dtype: 'F32', shape: [2, 3], bytes: 24 });
    expect([...(await readTensor(read, 'b'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await readTensor(read, 'a'))]).toEqual([-0.5]);
  });

  it('writes and reads in pieces', async () => {
    const file = fresh();
    const size = 600_001;
    await writeSafetensors(file, [
      {
        name: 'long',
        shape: [size],
        *data() {
          for (let start = 0; start < size; start += 1000) {
            yield Float32Array.from({ length: Math.min(1000, size - start) }, (_, i) => start + i);
          }
        },
      },
    ]);
    let next = 0;
    let pieces = 0;
    for await (const piece of readTensorChunks(await readSafetensorsHeader(file), 'long')) {
      pieces += 1;
      for (const value of piece) if (value !== next++) throw new Error(`${value} at ${next - 1}`);
    }
    expect([next, pieces]).toEqual([size, 3]);
  });

  it('leaves nothing behind when a tensor has too few values or the signal fires', async () => {
    const file = fresh();
    const short = [{ name: 'a', shape: [3], data: Float32Array.of(1) }];
    await expect(writeSafetensors(file, short)).rejects.toThrow('has 3 values, got 1');
    const signal = AbortSignal.abort();
    expect((await failure(writeSafetensors(file, short, { signal }))).code).toBe('INTERRUPTED');
    expect((await readdir(directory)).filter((name) => name.includes('tmp'))).toEqual([]);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('refuses a name twice', async () => {
    const tensor = { name: 'a', shape: [1], data: Float32Array.of(1) };
    await expect(writeSafetensors(fresh(), [tensor, tensor])).rejects.toThrow('given twice');
  });

  it('round-trips any tensors', async () => {
    const tensors = fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__'),
        data: fc.float32Array({ noNaN: true, maxLength: 20 }),
      }),
      { selector: (tensor) => tensor.name, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(tensors, async (list) => {
        const file = fresh();
        await writeSafetensors(
          file,
          list.map(({ name, data }) => ({ name, shape: [data.length], data })),
        );
        const read = await readSafetensorsHeader(file);
        expect(read.tensors.size).toBe(list.length);
        for (const { name, data } of list) expect(await readTensor(read, name)).toEqual(data);
      }),
      { numRuns: 30 },
    );
  });
});

describe('readSafetensorsHeader', () => {
  it('accepts the near misses: padding, an empty tensor in place, unknown fields', async () => {
    const entries = {
      __metadata__: { format: 'pt' },
      x: { ...f32([2], 0, 8), note: 'ignored' },
      e: f32([0], 8, 8),
      y: f32([1], 8, 12),
    };
    const read = await readSafetensorsHeader(await raw(`${JSON.stringify(entries)}   `, 12));
    expect([...read.tensors.keys()]).toEqual(['x', 'e', 'y']);
  });

  const faults: [string, string | Uint8Array, number, string][] = [
    ['no JSON', '{"x":', 0, 'not JSON'],
    ['invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0, 'not JSON'],
    ['no object', '[1, 2]', 0, 'not a JSON object'],
    ['a key twice', `{"x":${JSON.stringify(f32([1], 0, 4))},"\\u0078":0}`, 4, '"x" twice'],
    ['a field twice', '{"x":{"dtype":"F32","dtype":"F16"}}', 4, '"dtype" twice'],
    ['bad metadata', '{"__metadata__":{"a":1}}', 0, '__metadata__.a is not a string'],
    ['an entry that is none', '{"x":3}', 0, 'tensor "x": its entry is not an object'],
    ['an unknown dtype', '{"x":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}', 4, 'unknown dtype "Q4"'],
    ['an inherited dtype', '{"x":{"dtype":"toString","shape":[1],"data_offsets":[0,4]}}', 4, 'unknown dtype'],
    ['a negative size', JSON.stringify({ x: f32([-1], 0, 4) }), 4, 'non-negative integers'],
    ['a fractional size', JSON.stringify({ x: f32([1.5], 0, 6) }), 6, 'non-negative integers'],
    ['three offsets', '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4, '[begin, end]'],
    ['sizes that overflow', JSON.stringify({ x: f32([2 ** 40, 2 ** 40], 0, 4) }), 4, 'overflows'],
    ['a shape that lies', JSON.stringify({ x: f32([3, 2], 0, 20) }), 20, 'needs 24 bytes'],
    ['an end before its begin', JSON.stringify({ x: f32([1], 8, 4) }), 8, 'hold -4'],
    ['an overlap', JSON.stringify({ x: f32([2], 0, 8), y: f32([1], 4, 8) }), 8, '"y" overlaps'],
    ['a gap', JSON.stringify({ x: f32([1], 0, 4), y: f32([1], 8, 12) }), 12, '"y" leaves a gap'],
    ['a gap at the start', JSON.stringify({ x: f32([1], 4, 8) }), 8, '"x" leaves a gap'],
    ['data that is missing', JSON.stringify({ x: f32([2], 0, 8) }), 4, 'truncated: tensor "x"'],
    ['data too much', JSON.stringify({ x: f32([1], 0, 4) }), 5, '1 bytes after the last'],
  ];
  it.each(faults)('refuses %s', async (_, header, dataBytes, message) => {
    const error = await failure(readSafetensorsHeader(await raw(header, dataBytes)));
    expect(error.code).toBe('SAFETENSORS_INVALID');
    expect(error.message).toContain(message);
  });

  it('refuses a header longer than the file, or than any header may be', async () => {
    const truncated = await failure(readSafetensorsHeader(await raw('{}', 0, 3n)));
    expect(truncated.message).toContain('truncated: the header claims 3 bytes');
    const hostile = await failure(readSafetensorsHeader(await raw('{}', 0, 2n ** 63n)));
    expect(hostile.message).toContain('expected at most 100000000');
  });

  it.each([0, 5, 9])('refuses a file of %i bytes', async (size) => {
    const file = fresh();
    await writeFile(file, new Uint8Array(size));
    expect((await failure(readSafetensorsHeader(file))).message).toContain('too few');
  });

  it('names a missing file and a folder', async () => {
    expect((await failure(readSafetensorsHeader(fresh()))).code).toBe('FILE_NOT_FOUND');
    expect((await failure(readSafetensorsHeader(directory))).code).toBe('FILE_UNREADABLE');
  });
});

describe('readTensor', () => {
  it('names a tensor that is missing or not float32', async () => {
    const header = JSON.stringify({ x: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } });
    const read = await readSafetensorsHeader(await raw(header, 4));
    expect((await failure(readTensor(read, 'x'))).message).toContain('"x" is F16, expected F32');
    expect((await failure(readTensor(read, 'z'))).message).toContain('no tensor "z"');
  });

  it('says so when the file became shorter meanwhile', async () => {
    const file = await raw(JSON.stringify({ x: f32([2], 0, 8) }), 8);
    const read = await readSafetensorsHeader(file);
    await writeFile(file, new Uint8Array(12));
    expect((await failure(readTensor(read, 'x'))).message).toContain('the file ends while');
  });
});
