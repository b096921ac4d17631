import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findModelPackage, manifestFileName, readModelPackage } from '../../../src/vision/index.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

type Json = Record<string, unknown>;

let tiny: TinyPackage;
let root: string;

beforeAll(async () => {
  tiny = await makeTinyPackage();
  root = await mkdtemp(join(tmpdir(), 'aml-deit-find-'));
});
afterAll(async () => {
  await tiny.remove();
  await rm(root, { recursive: true, force: true });
});

function failure(code: string, message: string): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(message) as string });
}

describe('readModelPackage', () => {
  it('reads what the exporter wrote', async () => {
    const { manifest, directory } = await readModelPackage(tiny.directory);
    expect(directory).toBe(tiny.directory);
    expect(manifest.labels).toEqual(['can', 'carton', 'bottle']);
    expect(manifest.preprocessing.resize).toEqual({ mode: 'squash', height: 16, width: 16 });
  });

  it('says that a folder is no package', async () => {
    await expect(readModelPackage(root)).rejects.toThrow(failure('PACKAGE_NOT_FOUND', manifestFileName));
    await expect(readModelPackage(join(root, 'absent'))).rejects.toThrow(
      failure('PACKAGE_NOT_FOUND', 'absent'),
    );
  });

  const edits: readonly (readonly [string, (manifest: Json) => void, string])[] = [
    ['an unknown member', (m) => (m['extra'] = 1), '"extra" is not a known member'],
    ['a newer schema', (m) => (m['schemaVersion'] = 2), '"schemaVersion" is 2, expected 1'],
    ['a missing name', (m) => delete m['name'], '"name" is undefined'],
    ['no labels', (m) => (m['labels'] = []), '"labels" is [], expected at least one'],
    ['a label that is no text', (m) => (m['labels'] = ['a', 3]), '"labels[1]" is 3'],
    [
      'another task',
      (m) => (m['task'] = 'detection'),
      '"task" is "detection", expected "multiclass", "multilabel"',
    ],
    ['another precision', (m) => (m['precision'] = 'int4'), '"precision" is "int4"'],
    [
      'four channels',
      (m) => ((m['architecture'] as Json)['channels'] = 4),
      '"architecture.channels" is 4, expected 3',
    ],
    [
      'half a size',
      (m) => ((m['architecture'] as Json)['imageSize'] = { height: 16, width: 15.5 }),
      '"architecture.imageSize.width" is 15.5',
    ],
    [
      'a size as one number',
      (m) => ((m['architecture'] as Json)['imageSize'] = 16),
      '"architecture.imageSize" is 16, expected an object',
    ],
    [
      'one channel where pictures have three',
      (m) => ((m['architecture'] as Json)['channels'] = 1),
      'the pictures have 3 channels, but the model takes 1',
    ],
    [
      'preprocessing for another size',
      (m) => ((m['architecture'] as Json)['imageSize'] = { height: 32, width: 32 }),
      'the result is 16x16',
    ],
    [
      'a division by zero',
      (m) => ((m['preprocessing'] as Json)['std'] = [1, 0, 1]),
      '"preprocessing.std" is [1,0,1]',
    ],
    [
      'a resize without a mode',
      (m) => ((m['preprocessing'] as Json)['resize'] = {}),
      '"preprocessing.resize.mode" is missing',
    ],
    [
      'another input',
      (m) => ((m['graph'] as Json)['input'] = 'x'),
      '"graph.input" is "x", expected "pixel_values"',
    ],
    [
      'a hash that is none',
      (m) => ((m['source'] as Json)['weightsSha256'] = 'x'),
      '"source.weightsSha256" is "x"',
    ],
    [
      'a file outside',
      (m) => ((m['files'] as Json)['../x'] = {}),
      '"files.../x" is "../x", expected a plain file name',
    ],
    [
      'a graph that is not named',
      (m) => delete (m['files'] as Json)['model.onnx'],
      '"files" does not name model.onnx',
    ],
  ];
  it.each(edits)('refuses %s', async (_, edit, message) => {
    const copy = await mkdtemp(join(root, 'edited-'));
    await cp(tiny.directory, copy, { recursive: true });
    const manifest = JSON.parse(await readFile(join(copy, manifestFileName), 'utf8')) as Json;
    edit(manifest);
    await writeFile(join(copy, manifestFileName), JSON.stringify(manifest));
    await expect(readModelPackage(copy)).rejects.toThrow(failure('PACKAGE_INVALID', message));
    await rm(copy, { recursive: true });
  });

  it('refuses a manifest that is no JSON, a missing file and a short one', async () => {
    const copy = await mkdtemp(join(root, 'damaged-'));
    await cp(tiny.directory, copy, { recursive: true });
    await truncate(join(copy, 'model.safetensors'), 100);
    await expect(readModelPackage(copy)).rejects.toThrow(failure('PACKAGE_INVALID', 'has 100 bytes'));
    await rm(join(copy, 'model.onnx'));
    await expect(readModelPackage(copy)).rejects.toThrow(failure('PACKAGE_INVALID', 'is missing'));
    await writeFile(join(copy, manifestFileName), '{');
    await expect(readModelPackage(copy)).rejects.toThrow(failure('PACKAGE_INVALID', 'is not JSON'));
    await rm(copy, { recursive: true });
  });
});

describe('findModelPackage', () => {
  it('finds it at any depth, through links and loops', async () => {
    expect(await findModelPackage(tiny.directory)).toBe(tiny.directory);
    const mount = await mkdtemp(join(root, 'mount-'));
    const above = join(mount, 'model', ...'abcdefghij'.split(''), 'outputs');
    const deep = join(above, 'package');
    await mkdir(above, { recursive: true });
    await symlink(tiny.directory, deep, 'junction');
    await symlink(mount, join(mount, 'model', 'loop'), 'junction');
    expect(await findModelPackage(mount)).toBe(deep);
  });

  it('lists what is there when there is none or more than one', async () => {
    const mount = await mkdtemp(join(root, 'mount-'));
    await mkdir(join(mount, 'b', 'c'), { recursive: true });
    await mkdir(join(mount, 'a'));
    await writeFile(join(mount, 'b', 'model.onnx'), '');
    await expect(findModelPackage(mount)).rejects.toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      details: { root: mount, tree: ['a/', 'b/', 'b/c/', 'b/model.onnx'] },
    });
    for (const folder of ['a', 'b']) {
      await copyFile(join(tiny.directory, manifestFileName), join(mount, folder, manifestFileName));
    }
    await expect(findModelPackage(mount)).rejects.toThrow(
      failure('PACKAGE_NOT_FOUND', '2 model packages in'),
    );
    await expect(findModelPackage(join(mount, 'absent'))).rejects.toThrow(
      failure('FILE_NOT_FOUND', 'absent'),
    );
  });
});
