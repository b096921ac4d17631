import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../src/model/index.ts';
import { writeRandomCheckpoint } from '../../../src/training/index.ts';

describe('writeRandomCheckpoint', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-random-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = async (name: string, seed: number): Promise<Buffer> => {
    const directory = join(folder, name);
    const sizes = { imageSize: 32, patchSize: 8, hiddenSize: 48, heads: 6 };
    await writeRandomCheckpoint({ directory, seed, labels: ['a', 'b'], ...sizes });
    return readFileSync(join(directory, 'model.safetensors'));
  };

  it('writes a checkpoint that the exporter reads without a warning', async () => {
    await write('one', 1);
    const checkpoint = await readCheckpoint(join(folder, 'one'));
    expect(checkpoint.warnings).toEqual([]);
    expect(checkpoint).toMatchObject({
      labels: ['a', 'b'],
      architecture: {
        imageSize: { height: 32, width: 32 },
        patchSize: { height: 8, width: 8 },
        hiddenSize: 48,
        layers: 2,
        heads: 6,
      },
    });
  });

  it('writes the same bytes for the same seed', async () => {
    const one = await write('one', 1);
    expect((await write('again', 1)).equals(one)).toBe(true);
    expect((await write('other', 2)).equals(one)).toBe(false);
  });
});
