import { existsSync, rmSync } from 'node:fs';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { readTwinDescriptor, sleep, twinDescriptorFile, twinDirectory } from '../../io/index.ts';
import { askShutdown } from './control-client.ts';
import { isLocked, lockHolder } from './lock.ts';

export interface StopTwinOptions {
  readonly env?: NodeJS.ProcessEnv;
}

export interface StoppedTwin {
  /** `not-running`: there was nothing to stop. `killed`: it did not end when asked. */
  readonly outcome: 'stopped' | 'killed' | 'not-running';
  readonly pid?: number;
}

const gracefulMs = 40_000;
const killedMs = 10_000;
const pollMs = 50;
const startingMs = 5000;
const exitMs = 3000;

async function waitUnlocked(directory: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (!(await isLocked(directory))) return true;
    await sleep(pollMs);
  }
  return false;
}

/** The lock goes a moment before the process: whoever looks for it afterwards should not find it. */
async function waitGone(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  for (let waited = 0; waited < exitMs; waited += pollMs) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(pollMs);
  }
}

/**
 * Ends the twin of a home: asked first, killed when it does not answer or does not end. The lock says whether it is
 * there, so that a process id that went to another program is never taken for it.
 */
export async function stopTwin(options: StopTwinOptions = {}): Promise<StoppedTwin> {
  const env = options.env ?? process.env;
  const directory = twinDirectory(env);
  const clean = (): void => {
    // A home that is no folder has no descriptor, and rm would say so.
    if (existsSync(twinDescriptorFile(env))) rmSync(twinDescriptorFile(env), { force: true });
  };
  if (!(await isLocked(directory))) {
    clean();
    return { outcome: 'not-running' };
  }
  let descriptor = readTwinDescriptor(env);
  for (let waited = 0; descriptor === undefined && waited < startingMs; waited += pollMs) {
    // It may be starting: then it can be asked in a moment.
    await sleep(pollMs);
    descriptor = readTwinDescriptor(env);
  }
  const asked = descriptor !== undefined && (await askShutdown(descriptor));
  const holder = lockHolder(directory);
  const pid = holder === undefined ? {} : { pid: holder.pid };
  if (asked && (await waitUnlocked(directory, gracefulMs))) {
    clean();
    await waitGone(holder?.pid);
    return { outcome: 'stopped', ...pid };
  }
  if (holder !== undefined) {
    try {
      process.kill(holder.pid, 'SIGKILL');
    } catch (error) {
      if (systemErrorCode(error) !== 'ESRCH') throw error;
    }
    if (await waitUnlocked(directory, killedMs)) {
      clean();
      await waitGone(holder.pid);
      return { outcome: 'killed', ...pid };
    }
  }
  throw new AmlDeitError(
    'TWIN_STOP_FAILED',
    `the local twin${holder === undefined ? '' : ` (process ${holder.pid})`} does not end`,
    { hint: `end it by hand; it holds ${directory}` },
  );
}
