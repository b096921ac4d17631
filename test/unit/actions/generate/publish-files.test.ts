import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishFiles } from '../../../../src/actions/generate/publish-files.ts';
import { failureOf } from '../../../helpers/failure-of.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'aml-deit-generate-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const one = { name: 'one.yml', content: 'a: 1\n' };
const two = { name: 'deep/er/two.yml', content: 'b: 2\n' };
const read = (name: string): Promise<string> => readFile(join(out, name), 'utf8');

describe('publishFiles', () => {
  it('creates files and folders, then leaves them alone', async () => {
    const first = await publishFiles([one, two], { out });
    expect(first).toEqual({
      changed: true,
      files: [
        { path: join(out, 'one.yml'), state: 'created', content: one.content },
        { path: join(out, 'deep', 'er', 'two.yml'), state: 'created', content: two.content },
      ],
    });
    expect(await read('deep/er/two.yml')).toBe('b: 2\n');
    const { mtimeMs } = await stat(join(out, 'one.yml'));
    const second = await publishFiles([one, two], { out, force: true });
    expect(second.changed).toBe(false);
    expect(second.files.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
    expect((await stat(join(out, 'one.yml'))).mtimeMs).toBe(mtimeMs);
    expect(await readdir(out)).toEqual(['deep', 'one.yml']);
  });

  it('does not mind line ends that a checkout has turned', async () => {
    await writeFile(join(out, 'one.yml'), 'a: 1\r\n');
    expect((await publishFiles([one], { out })).files[0]?.state).toBe('unchanged');
    expect(await read('one.yml')).toBe('a: 1\r\n');
  });

  it('refuses to overwrite, says what differs, and writes none of the set', async () => {
    await writeFile(join(out, 'one.yml'), 'a: mine\nc: 3\n');
    const error = await failureOf(publishFiles([two, one], { out }));
    expect(error.code).toBe('OUTPUT_EXISTS');
    expect(error.message).toContain(`${join(out, 'one.yml')} (+1 -2 lines)`);
    expect(error.details?.['files']).toMatchObject([
      { diff: expect.stringContaining('-a: mine\n') as unknown },
    ]);
    expect(await readdir(out)).toEqual(['one.yml']);
    expect(await read('one.yml')).toBe('a: mine\nc: 3\n');
  });

  it('overwrites with force and keeps the mode', async () => {
    await writeFile(join(out, 'one.yml'), 'a: mine\n', { mode: 0o600 });
    const { mode } = await stat(join(out, 'one.yml'));
    expect((await publishFiles([one], { out, force: true })).files[0]?.state).toBe('overwritten');
    expect(await read('one.yml')).toBe('a: 1\n');
    expect((await stat(join(out, 'one.yml'))).mode).toBe(mode);
  });

  it('shows on a dry run what would happen, and does nothing', async () => {
    await writeFile(join(out, 'one.yml'), 'a: mine\n');
    const { files, changed } = await publishFiles([one, two], { out, dryRun: true });
    expect(changed).toBe(true);
    expect(files.map(({ state, diff }) => [state, diff])).toEqual([
      ['would-overwrite', '--- a/one.yml\n+++ b/one.yml\n@@ -1 +1 @@\n-a: mine\n+a: 1\n'],
      ['would-create', '--- /dev/null\n+++ b/deep/er/two.yml\n@@ -0,0 +1 @@\n+b: 2\n'],
    ]);
    expect(await readdir(out)).toEqual(['one.yml']);
  });

  it('follows a link instead of replacing it', async () => {
    await writeFile(join(out, 'real.yml'), 'a: mine\n');
    await symlink('real.yml', join(out, 'one.yml'));
    await publishFiles([one], { out, force: true });
    expect(await read('real.yml')).toBe('a: 1\n');
    expect((await lstat(join(out, 'one.yml'))).isSymbolicLink()).toBe(true);
  });

  it('refuses folders and files where the other is needed', async () => {
    await mkdir(join(out, 'one.yml'));
    await writeFile(join(out, 'deep'), '');
    expect((await failureOf(publishFiles([one], { out, force: true }))).code).toBe('OUTPUT_EXISTS');
    expect((await failureOf(publishFiles([two], { out, force: true }))).code).toBe('OUTPUT_EXISTS');
  });

  it('leaves nothing behind when one of the files cannot be written', async () => {
    // Long enough that the temporary name beside it is too long for the file system.
    const long = { name: `new/${'n'.repeat(250)}`, content: 'x' };
    await writeFile(join(out, 'one.yml'), 'a: mine\n');
    const error = await failureOf(publishFiles([two, one, long], { out, force: true }));
    expect(error.code).toBe('OUTPUT_NOT_WRITTEN');
    expect(await readdir(out)).toEqual(['one.yml']);
    expect(await read('one.yml')).toBe('a: mine\n');
  });

  it('stops before the first write when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    expect((await failureOf(publishFiles([one], { out, signal }))).code).toBe('INTERRUPTED');
    expect(await readdir(out)).toEqual([]);
  });
});

describe('a file that is extended by lines', () => {
  const ignore = { name: '.gitignore', content: '# aml-deit\nout/\n.env\n', merge: 'lines' } as const;

  it.each([
    [undefined, 'created', '# aml-deit\nout/\n.env\n'],
    ['node_modules\n.env\n', 'extended', 'node_modules\n.env\n# aml-deit\nout/\n'],
    ['node_modules', 'extended', 'node_modules\n# aml-deit\nout/\n.env\n'],
    ['a\r\nb\r\n', 'extended', 'a\r\nb\r\n# aml-deit\r\nout/\r\n.env\r\n'],
    ['.env\nout/\n', 'unchanged', '.env\nout/\n'],
  ])('%j: %s', async (before, state, after) => {
    if (before !== undefined) await writeFile(join(out, '.gitignore'), before);
    expect((await publishFiles([ignore], { out })).files[0]).toMatchObject({ state, content: after });
    expect(await read('.gitignore')).toBe(after);
    expect((await publishFiles([ignore], { out })).changed).toBe(false);
  });
});
