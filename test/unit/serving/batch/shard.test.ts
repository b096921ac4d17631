import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkShard,
  shardFromEnvironment,
  shardOfPath,
  shardOfRow,
} from '../../../../src/serving/batch/shard.ts';

describe('shards', () => {
  it('are one for each path, whatever the size of the world', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 1000 }), (path, size) => {
        const shard = shardOfPath(path, size);
        expect(Number.isInteger(shard) && shard >= 0 && shard < size).toBe(true);
        expect(shardOfPath(Uint8Array.from(path), size)).toBe(shard);
      }),
    );
  });

  it.each([2, 3, 8])('share numbered names evenly among %d', (size) => {
    const counts = Array.from({ length: size }, () => 0);
    const total = 20_000;
    for (let index = 0; index < total; index += 1) {
      const shard = shardOfPath(Buffer.from(`class-${index % 5}/${index}.jpg`), size);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.max(...counts) / (total / size)).toBeLessThan(1.05);
  });

  it('deal rows out in turn', () => {
    expect([0, 1, 2, 3, 4].map((row) => shardOfRow(row, 3))).toEqual([0, 1, 2, 0, 1]);
  });

  it.each([
    [
      { RANK: '1', WORLD_SIZE: '4' },
      { rank: 1, worldSize: 4 },
    ],
    [
      { OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '2' },
      { rank: 0, worldSize: 2 },
    ],
    [
      { PMI_RANK: '2', PMI_SIZE: '3' },
      { rank: 2, worldSize: 3 },
    ],
  ])('come from a launcher: %j', (env, expected) => {
    expect(shardFromEnvironment(env)).toMatchObject(expected);
  });

  it('are the whole input without a launcher, and refused when the variables make no sense', () => {
    expect(shardFromEnvironment({})).toBeUndefined();
    expect(() => shardFromEnvironment({ RANK: '1' })).toThrow('WORLD_SIZE is not set: expected a whole');
    expect(() => shardFromEnvironment({ RANK: 'x', WORLD_SIZE: '2' })).toThrow(
      'RANK is "x": expected a whole',
    );
    expect(() => shardFromEnvironment({ RANK: '2', WORLD_SIZE: '2' })).toThrow('say rank 2 of 2');
    expect(() => checkShard(-1, 2, 'flags')).toThrow('flags say rank -1 of 2');
  });
});
