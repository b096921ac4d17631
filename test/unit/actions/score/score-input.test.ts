import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findScoreInput } from '../../../../src/actions/score/score-input.ts';

describe('the input of score, an MLTable', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-mltable-'));
    for (const path of ['a/1.csv', 'a/2.csv', 'b/3.csv']) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), 'image\nx.png\n');
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const find = async (paths: string, steps = '[read_delimited]') => {
    writeFileSync(join(root, 'MLTable'), `paths: ${paths}\ntransformations: ${steps}\n`);
    const input = await findScoreInput(root);
    return input.kind === 'tables' ? input.files : [];
  };
  const names = async (paths: string): Promise<string[]> => (await find(paths)).map(({ name }) => name);

  it('has each file once, whatever the entries that name it', async () => {
    const entries = '[{file: ./a/2.csv}, {folder: ./a}, {pattern: ./*/*.csv}]';
    expect(await names(entries)).toEqual(['a/2.csv', 'a/1.csv', 'b/3.csv']);
  });

  it('follows links to files, and refuses one to a folder where it would be passed over', async () => {
    symlinkSync('a/1.csv', join(root, 'link.csv'));
    symlinkSync('a', join(root, 'folder-link'));
    expect(await names('[{pattern: ./*.csv}]')).toEqual(['link.csv']);
    for (const paths of ['[{folder: .}]', '[{pattern: "**/*.csv"}]', '[{pattern: "*/1.csv"}]'])
      await expect(names(paths)).rejects.toMatchObject({
        code: 'TABLE_INVALID',
        message: expect.stringContaining('folder-link is a link to a folder') as string,
      });
    expect(await names('[{folder: ./folder-link}]')).toEqual(['folder-link/1.csv', 'folder-link/2.csv']);
  });

  it('names a folder that is not there', async () => {
    await expect(names('[{folder: ./nope}]')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('there is no folder') as string,
    });
  });

  it('has no header where it says so, and refuses what would give other rows', async () => {
    const steps = (settings: string): string => `[{read_delimited: {${settings}}}]`;
    expect((await find('[{file: a/1.csv}]', steps('header: no_header')))[0]).toMatchObject({
      hasHeader: false,
    });
    expect((await find('[{file: a/1.csv}]', steps('header: from_first_file')))[0]?.hasHeader).toBe(true);
    const refused = [
      ['[{folder: a}]', steps('header: from_first_file'), 'of one file only'],
      ['[{folder: a}]', steps('header: maybe'), 'header is "maybe"'],
      ['[{folder: a}]', steps('delimiter: "||"'), 'delimiter is "||"'],
      ['[{folder: a}]', '[read_delimited, {take: 10}]', 'take is not done'],
    ] as const;
    for (const [paths, transformations, message] of refused)
      await expect(find(paths, transformations)).rejects.toThrow(message);
  });
});
