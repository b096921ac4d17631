import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

describe('quickstart refuses', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-quickstart-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function expectError(args: readonly string[], code: string, exitCode: number): Promise<string> {
    const result = await runCli(['quickstart', '--json', ...args], {
      env: { AML_DEIT_HOME: join(folder, 'twin') },
    });
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
    expect([error.code, result.exitCode]).toEqual([code, exitCode]);
    // Before a twin was started for nothing.
    expect(existsSync(join(folder, 'twin'))).toBe(false);
    return error.message;
  }

  it("somebody else's folder, and leaves it as it is", async () => {
    const out = join(folder, 'mine');
    mkdirSync(join(out, 'train'), { recursive: true });
    writeFileSync(join(out, 'train', 'cat.png'), 'mine');
    const message = await expectError(['--out', out], 'OUTPUT_EXISTS', 3);
    expect(message).toContain(out);
    expect(readdirSync(out, { recursive: true })).toEqual(['train', join('train', 'cat.png')]);
    expect(readFileSync(join(out, 'train', 'cat.png'), 'utf8')).toBe('mine');
  });

  it('a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const out = join(folder, 'file', 'out');
    expect(await expectError(['--out', out], 'OUTPUT_NOT_WRITTEN', 1)).toContain(out);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'a folder without permission',
    async () => {
      mkdirSync(join(folder, 'locked'), { mode: 0o500 });
      const out = join(folder, 'locked', 'out');
      expect(await expectError(['--out', out], 'OUTPUT_NOT_WRITTEN', 1)).toContain(out);
    },
  );

  const checkpoints: [string, string, number, (directory: string) => Promise<void> | void][] = [
    ['that does not exist', 'FILE_NOT_FOUND', 3, () => {}],
    [
      'without a config',
      'FILE_NOT_FOUND',
      3,
      (directory) => {
        mkdirSync(directory);
      },
    ],
    [
      'of another architecture of timm',
      'MODEL_UNSUPPORTED',
      3,
      async (directory) => {
        await writeCheckpoint(directory, { config: smallConfig() });
        const config = { architecture: 'resnet50', num_classes: 1000, num_features: 2048 };
        writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
      },
    ],
    [
      'whose PyTorch file is none',
      'TORCH_FILE_INVALID',
      3,
      async (directory) => {
        await writeCheckpoint(directory, { config: smallConfig() });
        rmSync(join(directory, 'model.safetensors'));
        writeFileSync(join(directory, 'pytorch_model.bin'), '');
      },
    ],
    [
      'whose weights are cut off',
      'SAFETENSORS_INVALID',
      3,
      async (directory) => {
        await writeCheckpoint(directory, { config: smallConfig() });
        const file = join(directory, 'model.safetensors');
        writeFileSync(file, readFileSync(file).subarray(0, -8));
      },
    ],
  ];
  it.each(checkpoints)('a checkpoint %s, before it draws anything', async (_, code, exitCode, make) => {
    const checkpoint = join(folder, 'checkpoint');
    const out = join(folder, 'out');
    await make(checkpoint);
    expect(await expectError(['--checkpoint', checkpoint, '--out', out], code, exitCode)).toContain(
      'checkpoint',
    );
    expect(existsSync(join(out, 'train'))).toBe(false);
  });
});
