import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { cliEntry, packageVersion, readTwinDescriptor, sleep, twinDirectory } from '../../io/index.ts';
import type { TwinDescriptor } from '../../io/index.ts';
import { tailOf } from '../deployments/bounded-log.ts';
import { askTwin } from './control-client.ts';
import type { TwinReport } from './control-routes.ts';
import { makeTwinDirectory } from './make-twin-directory.ts';
import { stopTwin } from './stop-twin.ts';
import { isLocked } from './lock.ts';

export interface LaunchTwinOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly port?: number;
  readonly pullFrom?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface LaunchedTwin {
  readonly descriptor: TwinDescriptor;
  readonly report: TwinReport;
  readonly alreadyRunning: boolean;
}

/**
 * Flags of the twin's Node. What requests leave behind is collected in small portions: the least memory that costs next to
 * no time (`bench/twin.ts`).
 */
export const twinNodeFlags: readonly string[] = ['--max-semi-space-size=2'];

const startTimeoutMs = 60_000;
const pollMs = 100;
/** A twin that holds the lock but has no descriptor yet is starting: somebody else's start is waited for. */
const otherStartMs = 20_000;

async function findRunning(env: NodeJS.ProcessEnv): Promise<LaunchedTwin | undefined> {
  const descriptor = readTwinDescriptor(env);
  if (descriptor === undefined) return undefined;
  const report = await askTwin(descriptor);
  return report === undefined ? undefined : { descriptor, report, alreadyRunning: true };
}

let starts = 0;

/** One for each start: two at the same time must not write over each other's, nor take it away. */
function startLog(directory: string): string {
  starts += 1;
  return join(directory, `start-${process.pid}-${starts}.log`);
}

function tailText(file: string): string {
  return tailOf(file, 20).join('\n').trim();
}

/** A port that was asked for is that one or none: a twin on another is not what was meant. */
function onPort(launched: LaunchedTwin, port: number | undefined): LaunchedTwin {
  if (port === undefined || launched.descriptor.port === port) return launched;
  throw new AmlDeitError(
    'TWIN_ALREADY_RUNNING',
    `the local twin runs on port ${launched.descriptor.port}, not on ${port}`,
    { hint: 'leave --port out to use it, or end it first: aml-deit local down' },
  );
}

/** What the started process printed last: our own error line says more than the exit code. */
function startFailure(directory: string, log: string, child: ChildProcess): AmlDeitError {
  const tail = tailText(log);
  const [, code = 'TWIN_START_FAILED', message = '', hint] =
    /error (TWIN_[A-Z_]+|PEER_MISSING): (.*)(?:\r?\n {2}(.*))?/.exec(tail) ?? [];
  const known = ['TWIN_PORT_TAKEN', 'TWIN_ALREADY_RUNNING', 'PEER_MISSING', 'TWIN_START_FAILED'] as const;
  const named = known.find((name) => name === code);
  // What says what to do has been thought of; anything else is shown with all that was printed.
  if (named !== undefined && hint !== undefined)
    return new AmlDeitError(named, message, { hint, details: { log: tail } });
  const how = child.signalCode ?? `exit code ${child.exitCode}`;
  return new AmlDeitError(
    'TWIN_START_FAILED',
    `the local twin ended while it started (${how}): ${message}\n${tail}`,
    {
      hint: `its log is ${join(directory, 'twin.log')}`,
      details: { log: tail },
    },
  );
}

/**
 * Starts a twin in the background and returns when it answers. One that runs already is left alone; one that is stale,
 * half-dead or of another version is cleared away first.
 */
export async function launchTwin(options: LaunchTwinOptions = {}): Promise<LaunchedTwin> {
  const env = options.env ?? process.env;
  const directory = twinDirectory(env);
  makeTwinDirectory(directory);
  const running = await findRunning(env);
  if (running?.report.version === packageVersion()) return onPort(running, options.port);
  if (running !== undefined) {
    // A twin of another version knows another scoring image than this CLI deploys. What it keeps, it keeps.
    await stopTwin({ env });
  } else if (await isLocked(directory)) {
    // Somebody is starting it at this moment, or it is there and does not answer.
    const other = await waitForTwin(env, otherStartMs, () => false, options.signal);
    if (other !== undefined) return onPort({ ...other, alreadyRunning: true }, options.port);
    await stopTwin({ env });
  }

  const logFile = startLog(directory);
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    process.execPath,
    [
      ...twinNodeFlags,
      cliEntry(),
      'local',
      'up',
      '--foreground',
      ...(options.port === undefined ? [] : ['--port', String(options.port)]),
      ...(options.pullFrom ?? []).flatMap((registry) => ['--pull-from', registry]),
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
      // A folder that may be deleted or unmounted must not be held by a process that lives on.
      cwd: directory,
      env: { ...process.env, ...env },
    },
  );
  closeSync(log);
  const failed = { ended: false };
  child.once('error', () => {
    failed.ended = true;
  });
  child.once('exit', () => {
    failed.ended = true;
  });
  child.unref();
  try {
    const started = await waitForTwin(env, startTimeoutMs, () => failed.ended, options.signal);
    if (started !== undefined) {
      rmSync(logFile, { force: true });
      // Somebody else's was faster: ours would come up later, over whatever ends that one.
      if (started.descriptor.pid !== child.pid) child.kill('SIGKILL');
      return onPort({ ...started, alreadyRunning: started.descriptor.pid !== child.pid }, options.port);
    }
  } catch (error) {
    child.kill('SIGKILL');
    rmSync(logFile, { force: true });
    throw error;
  }
  if (failed.ended) {
    const failure = startFailure(directory, logFile, child);
    rmSync(logFile, { force: true });
    if (failure.code !== 'TWIN_ALREADY_RUNNING') throw failure;
    // Somebody else was faster by a moment: theirs is as good.
    const other = await waitForTwin(env, otherStartMs, () => false, options.signal);
    if (other === undefined) throw failure;
    return onPort({ ...other, alreadyRunning: true }, options.port);
  }
  child.kill('SIGKILL');
  throw new AmlDeitError(
    'TWIN_START_FAILED',
    `the local twin did not answer within ${startTimeoutMs / 1000} s\n${tailText(logFile)}`,
    { hint: `its log is ${join(directory, 'twin.log')}` },
  );
}

async function waitForTwin(
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  gaveUp: () => boolean,
  signal?: AbortSignal,
): Promise<LaunchedTwin | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const last = gaveUp();
    const running = await findRunning(env);
    if (running !== undefined) return running;
    if (last) return undefined;
    await sleep(pollMs, signal);
  }
  return undefined;
}
