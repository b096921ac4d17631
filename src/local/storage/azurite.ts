import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { peerMissing, processEntry } from '../../io/index.ts';
import { errorMessage } from '../../errors/index.ts';
import { bareEnvironment, forkEntry, stopChild, waitUntilListening } from '../lifecycle/child.ts';

export interface AzuriteOptions {
  readonly directory: string;
  readonly account: string;
  readonly accountKey: string;
  readonly log: (line: string) => void;
}

export interface Azurite {
  /**
   * Loopback port of the current process, as soon as there is one; another when the process had to be started again.
   * Rejects when none comes up in time.
   */
  readonly port: () => Promise<number>;
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
  /** As when the machine loses power: no time to save. */
  kill(): void;
}

/** A second on an idle machine; a busy one with two cores has been seen to need half a minute. */
const startTimeoutMs = 90_000;
const stopGraceMs = 10_000;
const restartDelayMs = 500;

/**
 * Starts Azurite and keeps it running. Returns at once: it takes a second, and most of what a twin is asked for first
 * needs no blobs. Throws PEER_MISSING.
 */
export function startAzurite(options: AzuriteOptions): Azurite {
  try {
    createRequire(import.meta.url).resolve('azurite/package.json');
  } catch (error) {
    throw peerMissing('azurite', error);
  }
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  let stopping = false;
  /** The process of now, listening or not yet. */
  let child: ChildProcess | undefined;
  let port: number | undefined;
  let nextPort = Promise.withResolvers<number>();
  const giveUp = (): void => {
    stopping = true;
    // Whoever waits for it when the twin ends is told; if nobody does, that is nobody's fault.
    nextPort.promise.catch(() => undefined);
    nextPort.reject(new Error('the local twin is ending'));
  };

  const start = async (): Promise<void> => {
    const forked = forkEntry(processEntry('local/azurite'), [], {
      ...bareEnvironment(),
      AML_DEIT_AZURITE_DIRECTORY: options.directory,
      AZURITE_ACCOUNTS: `${options.account}:${options.accountKey}`,
    });
    child = forked;
    for (const stream of [forked.stdout, forked.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => options.log(`azurite: ${text.trimEnd()}`));
    port = await waitUntilListening(forked, 'azurite', startTimeoutMs);
    nextPort.resolve(port);
    forked.once('exit', (code, signal) => {
      if (stopping) return;
      port = undefined;
      nextPort = Promise.withResolvers<number>();
      options.log(`azurite ended (${signal ?? `exit code ${code}`}), starting it again`);
      restart();
    });
  };

  const tryStart = (): void => {
    start().catch((error: unknown) => {
      if (stopping) return;
      child?.kill('SIGKILL');
      options.log(`azurite does not start: ${errorMessage(error)}`);
      restart();
    });
  };

  const restart = (): void => {
    setTimeout(() => {
      if (!stopping) tryStart();
    }, restartDelayMs).unref();
  };

  tryStart();
  return {
    async port() {
      if (port !== undefined) return port;
      const late = delay(startTimeoutMs, undefined, { ref: false }).then(() => {
        throw new Error(`the blob store did not start within ${startTimeoutMs / 1000} s`);
      });
      return Promise.race([nextPort.promise, late]);
    },
    pid: () => child?.pid,
    async stop() {
      giveUp();
      // One that does not listen yet has nothing to save, and does not hear either.
      if (child !== undefined) await stopChild(child, port === undefined ? 0 : stopGraceMs);
    },
    kill() {
      giveUp();
      child?.kill('SIGKILL');
    },
  };
}
