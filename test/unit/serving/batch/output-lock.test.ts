import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockShardOutput } from '../../../../src/serving/batch/index.ts';
import type { OutputLock } from '../../../../src/serving/batch/output-lock.ts';

describe('the lock of an output folder', () => {
  let root: string;
  const taken: OutputLock[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-lock-'));
  });
  afterEach(async () => {
    for (const lock of taken.splice(0)) await lock.release();
    rmSync(root, { recursive: true, force: true });
  });
  const take = async (rank: number, directory = join(root, 'out')): Promise<OutputLock | undefined> => {
    const lock = await lockShardOutput(directory, { rank, worldSize: 2 }, (why) => {
      throw new Error(why);
    });
    if (lock !== undefined) taken.push(lock);
    return lock;
  };

  it('is had by one process a rank, who is named, until it is released', async () => {
    const first = await take(0);
    await take(1);
    await take(0, join(root, 'other'));
    symlinkSync(join(root, 'out'), join(root, 'link'));
    for (const directory of [join(root, 'out'), join(root, 'link')])
      await expect(take(0, directory)).rejects.toMatchObject({
        code: 'OUTPUT_IN_USE',
        message: `another process (${process.pid}) writes rank 0 in ${directory}`,
      });
    await first?.release();
    expect(await take(0)).toBeDefined();
  });
});
