import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { InferenceConfigRecord } from '../arm/assets/records.ts';
import type { ProbeRecord } from '../arm/online/records.ts';
import type { ProcessFault } from '../faults/process-fault.ts';
import { stopChild, waitUntilListening } from '../lifecycle/child.ts';
import { errorMessage } from '../../errors/index.ts';
import type { BoundedLog } from './bounded-log.ts';
import { probe } from './probe.ts';

export interface InstanceOptions {
  readonly index: number;
  /** Starts the process. It says `{type: 'listening', port}` by IPC. */
  readonly launch: () => ChildProcess;
  readonly routes: InferenceConfigRecord;
  readonly liveness: ProbeRecord;
  readonly readiness: ProbeRecord;
  readonly log: BoundedLog;
  /** What goes wrong with the process that starts now, if anything does. */
  readonly takeFault: () => ProcessFault | undefined;
  /** Called whenever the instance becomes ready, unready, or ends. */
  readonly onChange: () => void;
}

export interface InstanceExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason: string;
}

/**
 * How often readiness is asked while a process starts. Kubernetes would wait the initial delay and then one period
 * between questions; on a laptop that would be ten seconds of nothing. Documented as a difference.
 */
const startupPollMs = 100;
const listenTimeoutMs = 120_000;
const firstBackoffMs = 250;
const longestBackoffMs = 10_000;
/** A process that was ready for this long has recovered: its next crash is its first. */
const recoveredAfterMs = 30_000;

/** One scoring process of a deployment, kept alive: started again with backoff when it ends or fails its liveness probe. */
export class Instance {
  readonly index: number;
  readonly #options: InstanceOptions;
  readonly #stopped = new AbortController();
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #ready = false;
  #crashes = 0;
  #restarts = 0;
  #lastExit: InstanceExit | undefined;
  #loop: Promise<void> | undefined;
  /** Requests that are with this process now. */
  inFlight = 0;

  constructor(options: InstanceOptions) {
    this.index = options.index;
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready;
  }
  get pid(): number | undefined {
    return this.#child?.pid;
  }
  get port(): number | undefined {
    return this.#port;
  }
  /** How often it ended since it was last healthy for a while. */
  get crashes(): number {
    return this.#crashes;
  }
  get restarts(): number {
    return this.#restarts;
  }
  get lastExit(): InstanceExit | undefined {
    return this.#lastExit;
  }

  start(): void {
    this.#loop ??= this.#supervise();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    this.#setReady(false);
    if (this.#child !== undefined) await stopChild(this.#child, graceMs);
    await this.#loop;
  }

  kill(): void {
    this.#stopped.abort();
    this.#child?.kill('SIGKILL');
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#options.onChange();
  }

  #event(text: string): void {
    this.#options.log.line(`[local twin] instance ${this.index}: ${text}`);
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.#runOnce();
      if (signal.aborted) return;
      this.#crashes = performance.now() - startedAt > recoveredAfterMs ? 1 : this.#crashes + 1;
      this.#restarts += 1;
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (this.#crashes - 1));
      this.#event(`restart ${this.#restarts} in ${backoffMs} ms`);
      this.#options.onChange();
      await delay(backoffMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One process from start to end. */
  async #runOnce(): Promise<void> {
    const { options } = { options: this.#options };
    const ended = new AbortController();
    const child = options.launch();
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => options.log.write(text));
    let reason = '';
    const exit = new Promise<void>((resolve) => {
      const end = (code: number | null, signal: string | null): void => {
        this.#lastExit = {
          code,
          signal,
          reason: reason === '' ? (signal === null ? `exit code ${code}` : `signal ${signal}`) : reason,
        };
        this.#event(`ended: ${this.#lastExit.reason}`);
        ended.abort();
        resolve();
      };
      child.once('error', (error) => {
        reason = errorMessage(error);
        if (child.pid === undefined) end(null, null);
      });
      // `close` comes after the last output, so that the log is whole when the end is known.
      child.once('close', end);
    });
    this.#event(`started process ${child.pid}`);
    const failLiveness = (text: string): void => {
      // The first cause counts: what follows from it is seen later by whoever watches the process.
      if (reason === '') reason = text;
      child.kill('SIGKILL');
    };
    const fault = options.takeFault();
    if (fault?.kind === 'crash-at-start') failLiveness(`a crash at start (${fault.id})`);
    const watch = this.#watch(child, ended.signal, failLiveness, fault);
    await exit;
    this.#port = undefined;
    this.#setReady(false);
    await watch;
    this.#child = undefined;
  }

  async #watch(
    child: ChildProcess,
    ended: AbortSignal,
    fail: (reason: string) => void,
    fault: ProcessFault | undefined,
  ): Promise<void> {
    try {
      this.#port = await waitUntilListening(child, `instance ${this.index}`, listenTimeoutMs);
    } catch (error) {
      // A process that has ended tells its own cause, in `close`, which comes after its last output.
      if (child.exitCode === null && child.signalCode === null) fail(errorMessage(error));
      return;
    }
    await Promise.all([
      this.#watchReadiness(this.#port, ended, fail, fault),
      this.#watchLiveness(this.#port, ended, fail),
    ]);
  }

  async #watchReadiness(
    port: number,
    ended: AbortSignal,
    fail: (reason: string) => void,
    fault: ProcessFault | undefined,
  ): Promise<void> {
    const { readiness, routes } = this.#options;
    let successes = 0;
    let failures = 0;
    while (!ended.aborted && !this.#stopped.signal.aborted) {
      const held = fault?.kind === 'never-ready' && !fault.cleared.aborted;
      const ok = !held && (await probe(port, routes.readinessRoute.path, readiness.timeoutMs));
      if (ended.aborted || this.#stopped.signal.aborted) return;
      successes = ok ? successes + 1 : 0;
      failures = ok ? 0 : failures + 1;
      if (!this.#ready && successes >= readiness.successThreshold) {
        this.#event('ready');
        this.#setReady(true);
        if (fault?.kind === 'crash-after-ready')
          delay(fault.ms, undefined, { signal: ended }).then(
            () => fail(`a crash after it was ready (${fault.id})`),
            () => undefined,
          );
      } else if (this.#ready && failures >= readiness.failureThreshold) {
        this.#event(`readiness probe failed ${failures} times: no requests until it succeeds`);
        this.#setReady(false);
      }
      const pauseMs = this.#ready ? readiness.periodMs : Math.min(startupPollMs, readiness.periodMs);
      await delay(pauseMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  async #watchLiveness(port: number, ended: AbortSignal, fail: (reason: string) => void): Promise<void> {
    const { liveness, routes } = this.#options;
    let failures = 0;
    await delay(liveness.initialDelayMs, undefined, { signal: ended }).catch(() => undefined);
    while (!ended.aborted && !this.#stopped.signal.aborted) {
      const ok = await probe(port, routes.livenessRoute.path, liveness.timeoutMs);
      failures = ok ? 0 : failures + 1;
      if (failures >= liveness.failureThreshold) {
        this.#event(`liveness probe failed ${failures} times: the process is killed`);
        fail(`liveness probe failed ${failures} times`);
        return;
      }
      await delay(liveness.periodMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }
}
