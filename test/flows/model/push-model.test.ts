import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deleteEndpoint,
  deployOnline,
  downloadModel,
  exportModel,
  invokeOnline,
  listModels,
  pushModel,
  showModel,
} from '../../../src/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { cliPath, machineFreeEnvironment, runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

let twin: Twin;
let tiny: string;
/** Some 60 MB: eight blocks. */
let large: TinyPackage;

beforeAll(async () => {
  [twin, tiny, large] = await Promise.all([
    createTwin(),
    smallPackage(),
    makeTinyPackage({ hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 5 }),
  ]);
});
afterAll(async () => {
  await twin.close();
  await rm(dirname(tiny), { recursive: true });
  await large.remove();
});

const options = () => ({ target: 'local', env: { ...twin.env } }) as const;
const cli = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { exitCode, stdout } = await runCli([...args, '--target', 'local', '--json'], { env: twin.env });
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
};

describe('model push', () => {
  it('registers a package once per content, with where it comes from in its tags', async () => {
    const first = await cli('model', 'push', tiny, '--name', 'fridge', '--tag', 'team=vision');
    expect(first).toMatchObject({ name: 'fridge', version: '1', isNew: true });
    expect(first['uploadedBytes']).toBe(first['totalBytes']);
    expect(await cli('model', 'push', tiny, '--name', 'fridge')).toEqual({
      ...first,
      isNew: false,
      uploadedBytes: 0,
    });
    const manifest = JSON.parse(await readFile(join(tiny, 'aml-deit.json'), 'utf8')) as {
      source: { weightsSha256: string };
    };
    expect(await cli('model', 'show', 'fridge')).toMatchObject({
      version: '1',
      type: 'custom_model',
      tags: {
        team: 'vision',
        'aml-deit.content-sha256': first['contentHash'],
        'aml-deit.weights-sha256': manifest.source.weightsSha256,
        'aml-deit.precision': 'fp32',
        'aml-deit.profile': 'checkpoint',
        'aml-deit.source': 'checkpoint',
      },
    });
  });

  it('lists, and downloads what was pushed, byte for byte', async () => {
    await pushModel({ ...options(), model: tiny, name: 'listed' });
    expect((await listModels(options())).models?.map(({ name }) => name)).toContain('listed');
    expect((await listModels({ ...options(), name: 'listed' })).versions).toMatchObject([{ version: '1' }]);
    const out = join(dirname(tiny), 'downloaded');
    const result = await downloadModel({ ...options(), model: 'azureml:listed:1', out });
    expect(result).toMatchObject({ name: 'listed', version: '1', reused: false });
    expect(result.packageHash).toMatch(/^[0-9a-f]{64}$/);
    for (const { path } of result.files)
      expect((await readFile(join(out, path))).equals(await readFile(join(tiny, path)))).toBe(true);
    expect(await cli('model', 'download', 'listed', '--out', out)).toMatchObject({ reused: true });
  });

  it('goes on after it was killed, block by block', async () => {
    const slow = twin.faults.add({ kind: 'delay', ms: 400, operation: 'blob.put' });
    const args = ['model', 'push', large.directory, '--name', 'large', '--target', 'local', '--json'];
    const child = spawn(process.execPath, [cliPath, ...args], {
      env: { ...machineFreeEnvironment(), ...twin.env },
      stdio: 'ignore',
    });
    const hits = (): number => twin.faults.list().find(({ id }) => id === slow.id)?.hits ?? 0;
    // One request for each small file, five blocks at once: with the sixth block under way, the first is whole.
    while (hits() < 10 && child.exitCode === null) await sleep(20);
    child.kill('SIGKILL');
    if (child.exitCode === null) await once(child, 'exit');
    twin.faults.clear();
    expect(child.signalCode).toBe('SIGKILL');
    expect((await listModels({ ...options(), name: 'large' })).versions).toEqual([]);
    const again = await pushModel({ ...options(), model: large.directory, name: 'large' });
    expect(again).toMatchObject({ version: '1', isNew: true });
    expect(again.uploadedBytes).toBeGreaterThan(0);
    expect(again.uploadedBytes).toBeLessThan(again.totalBytes - 8_000_000);
    const out = join(dirname(large.directory), 'again');
    expect((await downloadModel({ ...options(), model: 'large', out })).totalBytes).toBe(again.totalBytes);
  });

  it.each([
    ['sas-expired', { kind: 'sas-expired' }],
    ['busy', { kind: 'status', status: 503 }],
    ['cut', { kind: 'drop-before' }],
  ] as const)('survives a store that is %s midway', async (name, fault) => {
    twin.faults.add({ ...fault, operation: 'blob.put', after: 3, times: 2 });
    const other = await smallPackage([name, 'b']);
    const pushed = await pushModel({ ...options(), model: other, name });
    twin.faults.clear();
    expect(pushed).toMatchObject({ version: '1', uploadedBytes: pushed.totalBytes });
    await rm(dirname(other), { recursive: true });
  });

  it('is fetched again when there is room, after a disk that was full', async () => {
    await pushModel({ ...options(), model: tiny, name: 'roomy' });
    const folder = await mkdtemp(join(tmpdir(), 'aml-deit-full-'));
    const args = ['model', 'download', 'roomy', '--out', join(folder, 'out'), '--target', 'local', '--json'];
    const full = await runCli(args, { env: twin.env, maxFileKibibytes: 2 });
    expect([full.exitCode, JSON.parse(full.stdout)]).toMatchObject([
      1,
      { error: { code: 'OUTPUT_NOT_WRITTEN' } },
    ]);
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
    const again = await runCli(args, { env: twin.env });
    expect([again.exitCode, JSON.parse(again.stdout)]).toMatchObject([0, { reused: false }]);
    expect(await readdir(folder)).toEqual(['out']);
    await rm(folder, { recursive: true });
  });

  it('leaves nothing of an export that a full disk stopped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aml-deit-full-'));
    const source = 'test/golden/checkpoints/formats/zip.bin';
    const args = ['model', 'export', source, '--out', join(folder, 'made', 'out'), '--json'];
    const full = await runCli(args, { maxFileKibibytes: 4 });
    expect([full.exitCode, JSON.parse(full.stdout)]).toMatchObject([
      1,
      { error: { code: 'OUTPUT_NOT_WRITTEN' } },
    ]);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('sends one checkpoint in every form that it is saved in, and the twin scores with each alike', async () => {
    const formats = 'test/golden/checkpoints/formats';
    const folder = await mkdtemp(join(tmpdir(), 'aml-deit-forms-'));
    const picture = join(folder, 'picture.png');
    await writeFile(picture, await encodeImage(syntheticPicture(40, 30, 'waves'), { format: 'png' }));
    const where = { ...options(), endpoint: 'forms' };
    const contents = new Set<string>();
    const answers = [];
    for (const form of ['zip.bin', 'model.safetensors', 'parts.bin.index.json', 'float16.bin']) {
      const model = join(folder, form);
      contents.add((await exportModel({ source: join(formats, form), out: model })).contentHash);
      const { name, version, isNew } = await pushModel({ ...options(), model, name: 'forms' });
      // The weights are the same, where they come from is not: a version each.
      expect([version, isNew]).toEqual([String(answers.length + 1), true]);
      await deployOnline({ ...where, model: `azureml:${name}:${version}`, sku: 'Standard_D4as_v4' });
      const { results } = await invokeOnline({ ...where, images: [picture], topK: 3 });
      const [result] = results;
      answers.push(result?.ok === true ? result.classes : []);
    }
    expect(contents.size).toBe(2);
    const [whole = [], ...others] = answers;
    const half = others.pop() ?? [];
    expect(whole).toHaveLength(3);
    expect(others).toEqual([whole, whole]);
    expect(half.map(({ label }) => label)).toEqual(whole.map(({ label }) => label));
    for (const [index, { score }] of half.entries()) expect(score).toBeCloseTo(whole[index]?.score ?? 0, 3);
    await deleteEndpoint({ ...where, yes: true });
    await rm(folder, { recursive: true });
  });

  it('leaves out what does not belong to the package, and says so', async () => {
    const other = await smallPackage(['x', 'y']);
    await writeFile(join(other, '.env'), 'PASSWORD=1');
    const warned: string[] = [];
    const host = {
      message: ({ code }: { code: string }) => warned.push(code),
      progress: () => undefined,
      confirm: () => Promise.resolve(false),
    };
    await pushModel({ ...options(), host, model: other, name: 'strays' });
    expect(warned).toContain('package-strays');
    const out = join(dirname(other), 'out');
    const { files } = await downloadModel({ ...options(), model: 'strays', out });
    expect(files.map(({ path }) => path)).not.toContain('.env');
    await rm(dirname(other), { recursive: true });
  });

  it('refuses a package that was altered, a name that Azure does not take, and what is no package', async () => {
    const other = await smallPackage(['p', 'q']);
    const config = join(other, 'config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('"p"', '"r"'));
    expect((await failureOf(pushModel({ ...options(), model: other }))).code).toBe('PACKAGE_INVALID');
    expect((await failureOf(pushModel({ ...options(), model: tiny, name: 'a b' }))).code).toBe(
      'NAME_INVALID',
    );
    expect((await failureOf(pushModel({ ...options(), model: dirname(other) }))).code).toBe(
      'PACKAGE_NOT_FOUND',
    );
    const checkpoint = await failureOf(pushModel({ ...options(), model: 'hf:a/b' }));
    expect([checkpoint.code, checkpoint.hint]).toEqual([
      'PACKAGE_NOT_FOUND',
      expect.stringContaining('model export hf:a/b'),
    ]);
    expect((await failureOf(showModel({ ...options(), model: 'nobody' }))).code).toBe('ASSET_NOT_FOUND');
    expect((await failureOf(showModel({ ...options(), model: 'fridge:9' }))).code).toBe('ASSET_NOT_FOUND');
    await rm(dirname(other), { recursive: true });
  });
});
