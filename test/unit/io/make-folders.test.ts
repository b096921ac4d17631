import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../src/io/index.ts';

describe('makeFolders', () => {
  const directory = mkdtempSync(join(tmpdir(), 'aml-deit-folders-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('makes folders one by one, and says which was the first', async () => {
    const deep = join(directory, 'a', 'b', 'c');
    expect(await makeFolders(deep)).toBe(join(directory, 'a'));
    expect(await makeFolders(deep)).toBeUndefined();
    expect(readdirSync(join(directory, 'a', 'b'))).toEqual(['c']);
  });

  it('fails where a file is, and below it', async () => {
    mkdirSync(join(directory, 'd'));
    const file = join(directory, 'd', 'file');
    writeFileSync(file, '');
    await expect(makeFolders(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(join(file, 'x', 'y'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('does not wait for a folder below /proc', async () => {
    await expect(makeFolders('/proc/aml-deit/none')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
