import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { fuzzTwin } from '../../helpers/fuzz-twin.ts';
import { requestArm } from '../../helpers/twin-request.ts';

/** `npm run fuzz` sends many more. */
const requests = 1500;

describe('requests of every kind', () => {
  let sandbox: string;
  let twin: Twin;
  const before = process.env['TMPDIR'];

  beforeAll(async () => {
    // Whatever got out of the twin's folder would be seen here.
    sandbox = mkdtempSync(join(tmpdir(), 'aml-deit-fuzz-'));
    process.env['TMPDIR'] = sandbox;
    twin = await createTwin({ scorer: fixtureScorer });
  });
  afterAll(async () => {
    await twin.close();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(sandbox, { recursive: true, force: true });
  });

  it('are answered without an error of the twin, a handle left open, or a file outside its folder', async () => {
    const home = twin.env['AML_DEIT_HOME'] ?? '';
    const folders = (): string[][] => [
      readdirSync(sandbox),
      readdirSync(home),
      readdirSync(join(home, 'local')).filter((name) => !name.startsWith('state.db-')),
    ];
    await requestArm(twin, '/models');
    const was = folders();
    const handles = process.getActiveResourcesInfo().length;
    const rejected: unknown[] = [];
    const onRejection = (reason: unknown): void => void rejected.push(reason);
    process.on('unhandledRejection', onRejection);
    const result = await fuzzTwin(twin, { requests, seed: 20_261_125 });
    process.off('unhandledRejection', onRejection);

    expect(result.failures).toEqual([]);
    expect(rejected).toEqual([]);
    expect(folders()).toEqual(was);
    // It was no fuzzing if nothing got through or nothing was refused.
    const common = Object.keys(result.statuses).filter((status) => (result.statuses[status] ?? 0) > 3);
    expect(common).toEqual(expect.arrayContaining(['200', '201', '400', '401', '404', '501']));
    expect(readFileSync(join(home, 'local', 'twin.log'), 'utf8')).not.toMatch(/ failed: /);
    expect((await requestArm(twin, '')).status).toBe(200);
    await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handles + 4);
  });
});
