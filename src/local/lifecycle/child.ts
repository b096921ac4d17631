import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** Environment variables that a process needs to run at all; nothing else of ours goes into a child. */
export function bareEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = [
    'PATH',
    'HOME',
    'USERPROFILE',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'windir',
    'LANG',
    'NODE_COMPILE_CACHE',
  ];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Waits until a forked process says `{type: 'listening', port}`; rejects when it says `failed` or ends first. */
export function waitUntilListening(child: ChildProcess, name: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const finish = (outcome: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      outcome();
    };
    const onMessage = (message: unknown): void => {
      const { type, port, message: text } = message as { type?: string; port?: number; message?: string };
      if (type === 'listening' && port !== undefined) finish(() => resolve(port));
      else if (type === 'failed') finish(() => reject(new Error(text ?? `${name} failed`)));
    };
    const onExit = (code: number | null, signal: string | null): void =>
      finish(() => reject(new Error(`${name} ended (${signal ?? `exit code ${code}`}) before it listened`)));
    const onError = (error: Error): void => finish(() => reject(error));
    const timer = setTimeout(
      () => finish(() => reject(new Error(`${name} did not listen within ${timeoutMs} ms`))),
      timeoutMs,
    );
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
  });
}

/** Asks by IPC, which every system has, and kills after `graceMs`. Resolves when the process is gone. */
export function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.send({ type: 'shutdown' }, (error) => error !== null && child.kill('SIGKILL'));
    else child.kill('SIGKILL');
  });
}

export function forkEntry(
  entry: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  return fork(entry, parameters, {
    env,
    execArgv: [],
    execPath: process.execPath,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
