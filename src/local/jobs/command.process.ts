/**
 * The supervisor of one command: starts its processes, each at the head of a process group, writes their output into
 * bounded logs, and says by IPC how they ended. When the channel closes, however the twin ended, it kills the groups:
 * a command that knows nothing of the twin never outlives it.
 */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { spawnInContainer } from '../containers/spawn-in-container.ts';
import { AppendLog } from './append-log.ts';
import { groupExists, killGroup, spawnGroup } from './process-group.ts';
import type { FromSupervisor, ProcessExit, SupervisedProcess, ToSupervisor } from './supervisor-messages.ts';

/** How long output may still come after a process has ended: something else may hold its pipes. */
const drainMs = 2000;
/** When one of several processes fails, how long the others have. */
const siblingGraceMs = 5000;

const pollMs = 50;

const running = new Set<ChildProcess>();
let killTimer: NodeJS.Timeout | undefined;
let graceEndsAt: number | undefined;

function signalAll(signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const child of running) if (child.pid !== undefined) killGroup(child.pid, signal);
}

function terminate(graceMs: number): void {
  signalAll('SIGTERM');
  graceEndsAt ??= performance.now() + graceMs;
  killTimer ??= setTimeout(() => signalAll('SIGKILL'), graceMs);
}

/** What a command left running ends with it: at once, or within the grace when it was asked to end. */
async function endGroup(pid: number): Promise<void> {
  while (graceEndsAt !== undefined && performance.now() < graceEndsAt && groupExists(pid))
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  killGroup(pid, 'SIGKILL');
}

function run(
  { command, directory, env, log, container }: SupervisedProcess,
  onStarted: (pid: number) => void = () => undefined,
): Promise<ProcessExit> {
  return new Promise((resolve) => {
    const output = new AppendLog(log);
    const child =
      container === null
        ? spawnGroup(command, { directory, env })
        : spawnInContainer(command, env, container);
    running.add(child);
    if (child.pid !== undefined) onStarted(child.pid);
    const finish = (exit: ProcessExit): void => {
      output.end();
      resolve(exit);
    };
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => output.write(chunk));
    const closed = new Promise<void>((done) => child.once('close', () => done()));
    child.once('error', (error) => {
      running.delete(child);
      finish({ code: null, signal: null, failure: error.message, wasAsked: graceEndsAt !== undefined });
    });
    child.once('exit', (code, signal) => {
      const wasAsked = graceEndsAt !== undefined;
      const settle = async (): Promise<void> => {
        if (child.pid !== undefined) await endGroup(child.pid);
        running.delete(child);
        let timer: NodeJS.Timeout | undefined;
        const waited = new Promise<void>((done) => {
          timer = setTimeout(done, drainMs);
        });
        await Promise.race([closed, waited]);
        clearTimeout(timer);
        finish({ code, signal, failure: null, wasAsked });
      };
      void settle();
    });
  });
}

function say(message: FromSupervisor, then: () => void = () => undefined): void {
  process.send?.(message, then);
}

type Replace = Extract<ToSupervisor, { type: 'run' }>['replace'];

/** A node that is taken away while its process runs, and another one in its place. */
async function runReplaced(one: SupervisedProcess, replace: NonNullable<Replace>): Promise<ProcessExit> {
  let isLost = false;
  let timer: NodeJS.Timeout | undefined;
  const exit = await run(one, (pid) => {
    timer = setTimeout(() => {
      isLost = graceEndsAt === undefined;
      if (isLost) killGroup(pid, 'SIGKILL');
    }, replace.afterMs);
  });
  clearTimeout(timer);
  if (!isLost || exit.code === 0 || graceEndsAt !== undefined) return exit;
  appendFileSync(one.log, `${replace.notice}\n`);
  return run(one);
}

async function runAll(processes: readonly SupervisedProcess[], replace: Replace): Promise<void> {
  const exits = processes.map(async (one, index) => {
    const exit = await (replace?.index === index ? runReplaced(one, replace) : run(one));
    if (exit.code !== 0 && processes.length > 1) terminate(siblingGraceMs);
    return exit;
  });
  say({ type: 'started', pids: [...running].flatMap(({ pid }) => (pid === undefined ? [] : [pid])) });
  say({ type: 'ended', exits: await Promise.all(exits) }, () => process.exit(0));
}

function abandon(): void {
  signalAll('SIGKILL');
  process.exit(1);
}

process.on('disconnect', abandon);
process.on('SIGTERM', abandon);
// The terminal's Ctrl-C reaches the whole group: the twin decides when its children end.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToSupervisor) => {
  if (message.type === 'terminate') terminate(message.graceMs);
  else
    runAll(message.processes, message.replace).catch(() => {
      abandon();
    });
});
say({ type: 'ready' });
