import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDown, localEnv, localReset, localStatus, localUp, runLocalTwin } from '../../../src/index.ts';
import { renderLocalUp } from '../../../src/cli/render-local.ts';
import { readTwinDescriptor, twinDirectory } from '../../../src/io/index.ts';
import { takeLock } from '../../../src/local/lifecycle/lock.ts';
import { quietPort } from '../../helpers/loopback-ports.ts';
import { processExists, signalProcess } from '../../helpers/processes.ts';

/** Processes of the CLI in the background, as a user starts them. */
describe('local up, down, status, reset', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-home-'));
    env = { AML_DEIT_HOME: home };
  });
  afterEach(async () => {
    await localDown({ env });
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  it('starts in the background, says what it is, is left alone the second time, and ends', async () => {
    // Not the usual port, which any other twin of this machine takes while this one is down.
    const first = await localUp({ env, port: await quietPort() });
    expect(first.alreadyRunning).toBe(false);
    expect(first.twin.pid).not.toBe(process.pid);
    expect(first.report.image).toMatch(/^aml-deit\/scorer:/);
    const second = await localUp({ env });
    const secret = (await localEnv({ env })).variables['IDENTITY_HEADER'] ?? 'none';
    for (const told of [first, second, await localStatus({ env })])
      expect(JSON.stringify(told)).not.toContain(secret);
    const text = renderLocalUp(second);
    expect(text).toContain('IDENTITY_HEADER=…');
    expect(text).not.toContain(secret);
    expect([second.alreadyRunning, second.twin.pid]).toEqual([true, first.twin.pid]);
    expect(await localStatus({ env })).toMatchObject({ state: 'running', report: { pid: first.twin.pid } });
    expect(await localDown({ env })).toEqual({ outcome: 'stopped', pid: first.twin.pid });
    expect(processExists(first.twin.pid)).toBe(false);
    expect(await localDown({ env })).toEqual({ outcome: 'not-running' });
    expect(await localStatus({ env })).toMatchObject({ state: 'stopped' });
    const again = await localUp({ env });
    // The same address and the same workspace as before.
    expect([again.twin.port, again.twin.subscriptionId]).toEqual([
      first.twin.port,
      first.twin.subscriptionId,
    ]);
  });

  it('comes up over what a killed twin left, whose children went with it', async () => {
    const { twin, report } = await localUp({ env });
    signalProcess(twin.pid, 'SIGKILL');
    await expect.poll(() => processExists(report.azuritePid)).toBe(false);
    expect(readTwinDescriptor(env)?.pid).toBe(twin.pid);
    expect(await localStatus({ env })).toMatchObject({ state: 'stopped' });
    const again = await localUp({ env });
    expect(again.alreadyRunning).toBe(false);
    expect(again.twin.pid).not.toBe(twin.pid);
  });

  it.skipIf(process.platform === 'win32')('ends a twin that does not answer any more', async () => {
    const { twin } = await localUp({ env });
    signalProcess(twin.pid, 'SIGSTOP');
    expect(await localStatus({ env })).toMatchObject({ state: 'not-answering', pid: twin.pid });
    expect(await localDown({ env })).toEqual({ outcome: 'killed', pid: twin.pid });
    expect(processExists(twin.pid)).toBe(false);
  });

  it('keeps to the port that was asked for: a twin on another is not what was meant', async () => {
    const first = await localUp({ env });
    const error: unknown = await localUp({ env, port: first.twin.port + 1 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'TWIN_ALREADY_RUNNING' });
    expect((await localUp({ env, port: first.twin.port })).alreadyRunning).toBe(true);
  });

  it('starts once when two ask at the same time', async () => {
    const [one, other] = await Promise.all([localUp({ env }), localUp({ env })]);
    expect(one.twin.pid).toBe(other.twin.pid);
    expect([one.alreadyRunning, other.alreadyRunning].filter((known) => !known)).toHaveLength(1);
  });

  it('says which port is taken, and takes another when none was named', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => {
      blocker.listen(0, '127.0.0.1', resolve);
    });
    const { port } = blocker.address() as AddressInfo;
    try {
      await expect(localUp({ env, port })).rejects.toMatchObject({
        code: 'TWIN_PORT_TAKEN',
        message: expect.stringContaining(String(port)) as string,
        hint: expect.stringContaining('--port') as string,
      });
      const { twin } = await localUp({ env });
      expect(twin.port).not.toBe(port);
    } finally {
      blocker.close();
    }
  });

  it('says why it does not start', async () => {
    mkdirSync(twinDirectory(env), { recursive: true });
    writeFileSync(
      join(twinDirectory(env), 'state.db'),
      'this is no database, and long enough to be taken for one',
    );
    await expect(localUp({ env })).rejects.toMatchObject({
      code: 'TWIN_START_FAILED',
      message: expect.stringMatching(/^the state in .*state\.db is damaged: .*not a database/) as string,
      hint: expect.stringContaining('aml-deit local reset') as string,
    });
    expect(await localStatus({ env })).toMatchObject({ state: 'stopped' });
  });

  it.each([
    ['is a file', (folder: string) => writeFileSync(folder, ''), /cannot keep its state in .* is no folder$/],
    // Where Linux refuses every folder with "not found", which Node's recursive mkdir tries for ever.
    ...(process.platform === 'linux'
      ? [
          [
            'cannot be made',
            (folder: string) => symlinkSync('/proc', folder),
            /cannot keep its state in .*ENOENT/,
          ] as const,
        ]
      : []),
  ] as const)('says which folder it cannot have when the home %s', async (_, make, message) => {
    const taken = join(home, 'taken');
    make(taken);
    const there = { AML_DEIT_HOME: join(taken, 'nope') };
    expect(await localStatus({ env: there })).toMatchObject({ state: 'stopped' });
    expect(await localDown({ env: there })).toEqual({ outcome: 'not-running' });
    for (const start of [localUp, runLocalTwin])
      await expect(start({ env: there })).rejects.toMatchObject({
        code: 'TWIN_START_FAILED',
        message: expect.stringMatching(message) as string,
        hint: expect.stringContaining('AML_DEIT_HOME') as string,
      });
  });

  it('never kills on the word of a file: the lock decides', async () => {
    mkdirSync(twinDirectory(env), { recursive: true });
    writeFileSync(join(twinDirectory(env), 'holder.json'), JSON.stringify({ pid: process.pid }));
    expect(await localDown({ env })).toEqual({ outcome: 'not-running' });
  });

  it('lets one process at a time have the folder', async () => {
    const directory = twinDirectory(env);
    const lock = await takeLock(directory);
    await expect(takeLock(directory)).rejects.toMatchObject({ code: 'TWIN_ALREADY_RUNNING' });
    lock.release();
    (await takeLock(directory)).release();
  });

  it('resets only when it is told to, and then leaves nothing', async () => {
    const { twin } = await localUp({ env });
    await expect(localReset({ env })).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
    await localReset({ env, yes: true });
    expect(processExists(twin.pid)).toBe(false);
    expect(() => readFileSync(join(twinDirectory(env), 'state.db'))).toThrow('ENOENT');
  });
});
