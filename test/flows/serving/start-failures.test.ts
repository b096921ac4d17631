import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../../helpers/http-exchange.ts';
import { runCli } from '../../helpers/run-cli.ts';
import type { CliResult } from '../../helpers/run-cli.ts';
import { startServe } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

let tiny: TinyPackage;
let root: string;
beforeAll(async () => {
  tiny = await makeTinyPackage();
  root = await mkdtemp(join(tmpdir(), 'aml-deit-start-'));
});
afterAll(() => Promise.all([tiny.remove(), rm(root, { recursive: true, force: true })]));

const serve = (model: string, ...args: string[]): Promise<CliResult> =>
  runCli(['serve', '--model', model, '--port', '0', ...args]);

async function damaged(name: string, damage: (copy: string) => Promise<void>): Promise<string> {
  const copy = join(root, name);
  await cp(tiny.directory, copy, { recursive: true });
  await damage(copy);
  return copy;
}

/** The manifest then agrees with a file that was changed. */
async function declareSize(copy: string, file: string, bytes: number): Promise<void> {
  const manifestFile = join(copy, 'aml-deit.json');
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as {
    files: Record<string, { bytes: number }>;
  };
  manifest.files[file]!.bytes = bytes;
  await writeFile(manifestFile, JSON.stringify(manifest));
}

describe('serve that cannot start', () => {
  const cases: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
    [
      'a folder that is not there',
      async () => join(root, 'nowhere'),
      /^error FILE_NOT_FOUND: .*nowhere does not exist/,
    ],
    [
      'a folder without a package',
      async () => {
        await mkdir(join(root, 'empty'));
        return join(root, 'empty');
      },
      /^error PACKAGE_NOT_FOUND: no aml-deit\.json in .*empty or the folders below it\n {2}deploy a model package: /,
    ],
    [
      'two packages',
      async () => {
        for (const name of ['a', 'b']) await cp(tiny.directory, join(root, 'two', name), { recursive: true });
        return join(root, 'two');
      },
      /^error PACKAGE_NOT_FOUND: 2 model packages in .*two: a, b\n/,
    ],
    [
      'a manifest that is no JSON',
      () => damaged('manifest', (copy) => writeFile(join(copy, 'aml-deit.json'), '{')),
      /^error PACKAGE_INVALID: .*aml-deit\.json is not JSON: /,
    ],
    [
      'weights that are missing',
      () => damaged('no-weights', (copy) => rm(join(copy, 'model.safetensors'))),
      /^error PACKAGE_INVALID: .*model\.safetensors is missing; the manifest names it\n/,
    ],
    [
      'truncated weights',
      () => damaged('truncated', (copy) => truncate(join(copy, 'model.safetensors'), 5000)),
      /^error PACKAGE_INVALID: .*model\.safetensors has 5000 bytes, the manifest says \d+: the copy is incomplete/,
    ],
    [
      'truncated weights that the manifest agrees with',
      () =>
        damaged('lying', async (copy) => {
          await truncate(join(copy, 'model.safetensors'), 5000);
          await declareSize(copy, 'model.safetensors', 5000);
        }),
      /^error MODEL_LOAD_FAILED: .*model\.onnx cannot be loaded: /,
    ],
    [
      'a broken graph',
      () =>
        damaged('graph', async (copy) => {
          await writeFile(join(copy, 'model.onnx'), Buffer.alloc(1000, 7));
          await declareSize(copy, 'model.onnx', 1000);
        }),
      /^error MODEL_LOAD_FAILED: .*model\.onnx cannot be loaded: /,
    ],
  ];
  it.each(cases)('says so once, with exit code 3, for %s', async (_, prepare, message) => {
    const model = await prepare();
    const { exitCode, stdout, stderr } = await serve(model);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(message);
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    // The log, which is all that a platform shows, has the cause and what is in the folder.
    const log = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log.map(({ event }) => event)).toEqual(['listening', 'start-failed']);
    const code = /^error (\w+)/.exec(stderr)![1];
    expect(log[1]).toMatchObject({
      level: 'error',
      code,
      modelFolder: model,
      tree: expect.any(Array) as unknown,
    });
  });

  it('says so for no model at all', async () => {
    expect(await runCli(['serve', '--port', '0'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error USAGE: no model to serve: expected --model DIR or AZUREML_MODEL_DIR\n$/,
      ),
    });
  });

  it('leaves a port that is taken to whom it belongs', async () => {
    const other = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { exitCode, stdout, stderr } = await runCli([
      'serve',
      '--model',
      tiny.directory,
      '--port',
      String(port),
    ]);
    other.close();
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error PORT_IN_USE: another process listens on 127\.0\.0\.1:\d+\n {2}end it, or choose/,
    );
  });

  it('says that an address is none of this machine', async () => {
    const { exitCode, stdout, stderr } = await serve(tiny.directory, '--host', '192.0.2.1');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error LISTEN_FAILED: cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL.*\n {2}name an/,
    );
  });

  it('finds the package below AZUREML_MODEL_DIR, as the platform mounts it', async () => {
    const mounted = join(root, 'mounted');
    await cp(tiny.directory, join(mounted, 'INPUT_model', 'package'), { recursive: true });
    const server = await startServe({ env: { AZUREML_MODEL_DIR: mounted } });
    expect((await exchange(`${server.url}/ready`)).status).toBe(200);
    expect(await server.stop()).toEqual({ exitCode: 0, signal: null, stderr: '' });
  });
});
