import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown } from '../../../src/index.ts';
import type { QuickstartResult } from '../../../src/index.ts';
import { holdPort } from '../../helpers/loopback-ports.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';
import { repositoryRoot, runCli } from '../../helpers/run-cli.ts';

/** What README says that it prints. */
function readmeBlock(): string {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const [, block] = /<!-- quickstart -->[^]*?```text\n([^]*?)```\n\n<!-- \/quickstart -->/.exec(readme) ?? [];
  if (block === undefined) throw new Error('README has no quickstart block');
  return block;
}

/** Words and lines alone: numbers, names of revisions, classes guessed and the widths of columns differ. */
function withoutFigures(text: string): string {
  return text
    .replaceAll(/\br[0-9a-f]{8}\b/g, 'REVISION')
    .replaceAll(/\d+(?:\.\d+)?/g, 'N')
    .replaceAll(/^(\S+\.png +\w+ +)\w+/gm, '$1GUESS')
    .replaceAll(/ +/g, ' ')
    .trim();
}

/** The command as a process without a terminal, small, one twin for all; the tests build on each other in order. */
describe('quickstart', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  let out: string;
  let blocker: Server | undefined;
  const small = ['--train-pictures', '40', '--test-pictures', '25'];
  let first: QuickstartResult;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-quickstart-'));
    env = { AML_DEIT_HOME: join(home, 'twin') };
    out = join(home, 'out');
    // The twin's usual port is taken: by this server, or by what keeps it. Twins of other tests have it for a while only.
    for (let tries = 0; blocker === undefined && tries < 1200; tries += 1) {
      blocker = await holdPort(7443);
      if (blocker === undefined) await sleep(100);
    }
  });
  afterAll(async () => {
    await localDown({ env });
    blocker?.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const run = async (...args: string[]): Promise<QuickstartResult> => {
    const result = await runCli(['quickstart', '--out', out, '--json', ...args], { env });
    expect(result).toMatchObject({ exitCode: 0 });
    return JSON.parse(result.stdout) as QuickstartResult;
  };

  it('prints one JSON document, and classifies far better than chance', async () => {
    first = await run(...small);
    expect(first).toMatchObject({ total: 100, chance: 0.25, deployed: true, shuffledLabels: false });
    // Chance would stay under 42 % but once in many thousand times (four standard deviations).
    expect(first.accuracy).toBeGreaterThan(0.7);
    expect(new URL(first.scoringUri ?? '').port).not.toBe('7443');
    expect(first.examples.map(({ label }) => label)).toEqual([
      'can',
      'carton',
      'milk_bottle',
      'water_bottle',
    ]);
    for (const { image } of first.examples) expect(existsSync(image)).toBe(true);
  });

  it('run again, finds the same model deployed, and says so', async () => {
    const asNpm = { ...env, npm_lifecycle_event: 'quickstart' };
    const result = await runCli(['quickstart', '--out', out, ...small], { env: asNpm });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toContain(`nothing differs: ${first.deployment} serves on fridge already`);
    expect(result.stdout).toContain(`deployment ${first.deployment}, there already`);
    expect(result.stdout).toContain(`${first.correct} of 100 held-out pictures right`);
    const printed = result.stdout.replaceAll(out, 'out/quickstart').replace(', there already', '');
    expect(withoutFigures(printed)).toBe(withoutFigures(readmeBlock()));
  });

  it('falls to chance on shuffled labels, as another revision', async () => {
    const shuffled = await run(...small, '--shuffle-labels');
    expect(shuffled).toMatchObject({ deployed: true, shuffledLabels: true });
    expect(shuffled.deployment).not.toBe(first.deployment);
    // Four standard deviations around 25 of 100.
    expect(Math.abs(shuffled.accuracy - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 100));
  });

  it("takes a checkpoint's backbone, whatever labels it had", async () => {
    const checkpoint = join(home, 'checkpoint');
    await writeCheckpoint(checkpoint, {
      config: smallConfig({
        id2label: Object.fromEntries(Array.from({ length: 7 }, (_, label) => [label, `class ${label}`])),
      }),
    });
    const result = await run('--checkpoint', checkpoint, '--train-pictures', '5', '--test-pictures', '1');
    expect(result.total).toBe(4);
    const manifest = JSON.parse(readFileSync(join(result.packageDirectory, 'aml-deit.json'), 'utf8')) as {
      labels: string[];
      architecture: { hiddenSize: number };
    };
    expect(manifest.labels).toEqual(['can', 'carton', 'milk_bottle', 'water_bottle']);
    expect(manifest.architecture.hiddenSize).toBe(smallConfig()['hidden_size']);
  });
});
