import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel, importRegistryModel, listJobs, localDown, localUp } from '../../src/index.ts';
import { writeRandomCheckpoint } from '../../src/training/index.ts';
import { drawFridgeFolder } from '../helpers/fridge-folder.ts';
import { cliPath, machineFreeEnvironment, repositoryRoot } from '../helpers/run-cli.ts';

const exec = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), 'aml-deit-examples-'));
const env = { AML_DEIT_HOME: join(root, 'twin') };

/** The examples as a user runs them: from a folder of pictures to the endpoint's answer. */
describe('the fine-tune examples', () => {
  beforeAll(async () => {
    const checkpoint = join(root, 'checkpoint');
    await writeRandomCheckpoint({
      directory: checkpoint,
      seed: 5,
      labels: ['a', 'b'],
      imageSize: 96,
      patchSize: 8,
      hiddenSize: 192,
      heads: 12,
    });
    await exportModel({ source: checkpoint, out: join(root, 'base') });
    await localUp({ env });
    await importRegistryModel({ directory: join(root, 'base'), env });
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const run = async (command: string, ...args: string[]): Promise<string> => {
    const { stdout } = await exec(command, args, {
      cwd: repositoryRoot,
      env: { ...machineFreeEnvironment(), ...env, AML_DEIT: `${process.execPath} ${cliPath}` },
      maxBuffer: 64 << 20,
    });
    return stdout;
  };
  const source = (task: 'multiclass' | 'multilabel', shuffled = false): Promise<string> =>
    drawFridgeFolder({ directory: join(root, `${task}${shuffled ? '-shuffled' : ''}`), task, shuffled });
  const accuracies = (stdout: string): readonly [evaluated: number, invoked: number] => [
    Number(/evaluated accuracy ([\d.]+)/.exec(stdout)?.[1]),
    Number(/accuracy of the endpoint ([\d.]+)/.exec(stdout)?.[1]),
  ];

  /** Of the evaluation: ½ is what guessing gives, whatever the labels' shares. */
  const areaUnderRoc = (out: string): number => {
    const { models } = JSON.parse(readFileSync(join(root, out, 'report', 'report.json'), 'utf8')) as {
      models: readonly { readonly metrics: Readonly<Record<string, number>> }[];
    };
    return models[0]?.metrics['AUC_macro'] ?? 0;
  };

  // Right is a multi-label picture of which every label is right. Guessing gives a quarter of both.
  it.each(['multiclass', 'multilabel'] as const)(
    '%s by the SDK: the report says what the endpoint gives, and a second run starts nothing',
    async (task) => {
      const words = ['examples/finetune.ts', task, await source(task), join(root, `${task}-ts`)];
      const [evaluated, invoked] = accuracies(await run(process.execPath, ...words));
      expect(invoked).toBeCloseTo(evaluated, 6);
      expect(evaluated).toBeGreaterThan(0.6);
      expect(areaUnderRoc(`${task}-ts`)).toBeGreaterThan(0.85);
      expect(existsSync(join(root, `${task}-ts`, 'report', 'report.html'))).toBe(true);
      const names = async (): Promise<readonly string[]> =>
        (await listJobs({ target: 'local', env })).jobs.map(({ name }) => name);
      const before = await names();
      expect(accuracies(await run(process.execPath, ...words))).toEqual([evaluated, invoked]);
      expect(await names()).toEqual(before);
    },
  );

  it.each(['multiclass', 'multilabel'] as const)('%s by the shell', async (task) => {
    const out = join(root, `${task}-sh`);
    const stdout = await run('sh', 'examples/finetune.sh', task, await source(task), out);
    expect(stdout).toMatch(new RegExp(`fine-tuned azureml:fridge-${task}:\\d+`));
    expect(readFileSync(join(out, 'report', 'report.md'), 'utf8')).toContain('accuracy');
  });

  it.each(['multiclass', 'multilabel'] as const)(
    '%s falls to chance where the labels are shuffled',
    async (task) => {
      const words = ['examples/finetune.ts', task, await source(task, true), join(root, `chance-${task}`)];
      const [evaluated, invoked] = accuracies(await run(process.execPath, ...words));
      expect(invoked).toBeCloseTo(evaluated, 6);
      expect(evaluated).toBeLessThan(0.45);
      expect(areaUnderRoc(`chance-${task}`)).toBeLessThan(0.7);
    },
  );
});
