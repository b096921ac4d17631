import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stridedValues } from '../../../src/model/checkpoint/strided-values.ts';

const values = Float32Array.from({ length: 3000 }, (_, index) => index);
const header = 12;

let root: string;
let handle: FileHandle;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'strided-'));
  const file = join(root, 'values');
  await writeFile(file, Buffer.concat([Buffer.alloc(header), Buffer.from(values.buffer)]));
  handle = await open(file);
});
afterAll(async () => {
  await handle.close();
  await rm(root, { recursive: true });
});

/** Index by index, as PyTorch defines a view. */
function expected(begin: number, shape: readonly number[], strides: readonly number[]): number[] {
  let places = [begin];
  for (const [axis, size] of shape.entries())
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, index) => place + index * (strides[axis] ?? 0)),
    );
  return places.map((place) => values[place] ?? Number.NaN);
}

/** A view of up to four axes: a row-major block, some of whose axes are cut and skip, in any order. */
const view = fc
  .record({
    axes: fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 5 }), skip: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 1, maxLength: 4 },
    ),
    order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    gap: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ axes, order, gap }) => {
    let stride = 1;
    const laid = axes.map(({ size, skip }, index) => {
      const axis = { size, stride: stride * skip, rank: order[index] ?? 0 };
      stride = axis.stride * size + (index === 0 ? gap : 0);
      return axis;
    });
    const mixed = laid.sort((a, b) => a.rank - b.rank);
    return { shape: mixed.map(({ size }) => size), strides: mixed.map((axis) => axis.stride) };
  })
  .filter(
    ({ shape, strides }) =>
      shape.reduce((end, size, axis) => end + (size - 1) * (strides[axis] ?? 0), 7) < 3000,
  );

describe('stridedValues', () => {
  it('gives the values row-major, however small the memory is', async () => {
    await fc.assert(
      fc.asyncProperty(
        view,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        async ({ shape, strides }, panel, read) => {
          const found: number[] = [];
          const tensor = {
            name: 'view',
            dtype: 'F32',
            file: 'values',
            shape,
            offset: header + 7 * 4,
            bytes: shape.reduce((a, b) => a * b, 4),
          };
          const limits = { maxPanelBytes: panel * 4, maxReadBytes: read * 4 };
          for await (const bytes of stridedValues(handle, tensor, strides, {
            width: 4,
            chunkElements: 16,
            signal: undefined,
            limits,
          })) {
            expect(bytes.byteLength).toBeLessThanOrEqual(64);
            found.push(...new Float32Array(bytes.buffer));
          }
          expect(found).toEqual(expected(7, shape, strides));
        },
      ),
      { numRuns: 150 },
    );
  });
});
