import { Instance } from './instance.ts';
import type { InstanceOptions } from './instance.ts';
import type { DeploymentSpec } from '../arm/online/records.ts';

/** Thrown by acquire: `full` is the service's 429, `unavailable` its 503. */
export class NoInstance extends Error {
  override readonly name = 'NoInstance';
  readonly why: 'full' | 'unavailable';

  constructor(why: 'full' | 'unavailable') {
    super(why === 'full' ? 'too many requests are pending' : 'no instance is ready');
    this.why = why;
  }
}

export interface Lease {
  readonly instance: Instance;
  release(): void;
}

interface Waiter {
  readonly exclude: ReadonlySet<Instance>;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
}

export interface InstanceGroupOptions {
  readonly revision: number;
  readonly spec: DeploymentSpec;
  readonly runs: 'container' | 'process';
  /** Everything about an instance but its number and its events. */
  readonly createInstance: (index: number) => Omit<InstanceOptions, 'onChange'>;
}

/** So many ends before it was ever ready, and the deployment has failed. */
const crashLimit = 3;
const stopGraceMs = 15_000;

/**
 * The processes of one revision of a deployment, and the requests that are with them. A process gets at most
 * `maxConcurrentRequestsPerInstance` at a time; as many again may wait; more are refused.
 */
export class InstanceGroup {
  readonly revision: number;
  readonly runs: InstanceGroupOptions['runs'];
  #spec: DeploymentSpec;
  readonly #createInstance: InstanceGroupOptions['createInstance'];
  #instances: Instance[] = [];
  readonly #retiring = new Set<Instance>();
  #waiters: Waiter[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(options: InstanceGroupOptions) {
    this.revision = options.revision;
    this.runs = options.runs;
    this.#spec = options.spec;
    this.#createInstance = options.createInstance;
  }

  get spec(): DeploymentSpec {
    return this.#spec;
  }

  get instances(): readonly Instance[] {
    return this.#instances;
  }

  get #inFlight(): number {
    const sum = (total: number, instance: Instance): number => total + instance.inFlight;
    return this.#instances.reduce(sum, [...this.#retiring].reduce(sum, 0));
  }

  #changed(): void {
    this.#dispatch();
    for (const listener of this.#listeners) listener();
  }

  start(): void {
    this.#grow(this.#spec.instanceCount);
  }

  #grow(count: number): void {
    while (this.#instances.length < count) {
      const used = new Set(this.#instances.map((instance) => instance.index));
      let index = 0;
      while (used.has(index)) index += 1;
      const instance = new Instance({ ...this.#createInstance(index), onChange: () => this.#changed() });
      this.#instances.push(instance);
      instance.start();
    }
  }

  /** To another number of instances: new ones are ready before this resolves, superfluous ones end their requests first. */
  async scale(spec: DeploymentSpec, signal: AbortSignal): Promise<void> {
    this.#spec = spec;
    this.#grow(spec.instanceCount);
    const surplus = this.#instances.splice(spec.instanceCount);
    for (const instance of surplus) this.#retiring.add(instance);
    await Promise.all([
      this.waitUntilReady(signal),
      ...surplus.map(async (instance) => {
        await this.#waitFor(() => instance.inFlight === 0, spec.requestTimeoutMs);
        await instance.stop(stopGraceMs);
        this.#retiring.delete(instance);
      }),
    ]);
  }

  /** Resolves when every instance is ready; rejects with what is wrong as soon as that is certain. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    const { readiness } = this.#spec;
    // The probe's own settings say how long a start may take.
    const deadlineMs =
      readiness.initialDelayMs + readiness.periodMs * readiness.failureThreshold + readiness.timeoutMs;
    let crashed: Instance | undefined;
    const settled = await this.#waitFor(
      () => {
        crashed = this.#instances.find((instance) => !instance.ready && instance.crashes >= crashLimit);
        return signal.aborted || crashed !== undefined || this.#instances.every((instance) => instance.ready);
      },
      deadlineMs,
      signal,
    );
    signal.throwIfAborted();
    if (crashed !== undefined)
      throw new Error(
        `the container ended ${crashed.crashes} times, last with ${crashed.lastExit?.reason ?? 'no reason'}`,
      );
    if (!settled) {
      const slow = this.#instances.filter((instance) => !instance.ready).map((instance) => instance.index);
      throw new Error(
        `the readiness probe of instance ${slow.join(', ')} did not succeed within ${deadlineMs} ms`,
      );
    }
  }

  /** Waits for a condition that changes with the instances; false when time ran out. */
  #waitFor(condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (met: boolean): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        signal?.removeEventListener('abort', check);
        resolve(met);
      };
      const check = (): void => {
        if (condition()) finish(true);
      };
      const timer = setTimeout(() => finish(false), timeoutMs);
      this.#listeners.add(check);
      signal?.addEventListener('abort', check);
    });
  }

  #pick(exclude: ReadonlySet<Instance>): Instance | undefined {
    const limit = this.#spec.maxConcurrentRequestsPerInstance;
    return this.#instances
      .filter((instance) => instance.ready && !exclude.has(instance) && instance.inFlight < limit)
      .toSorted((a, b) => a.inFlight - b.inFlight)[0];
  }

  #lease(instance: Instance): Lease {
    instance.inFlight += 1;
    let released = false;
    return {
      instance,
      release: () => {
        if (released) return;
        released = true;
        instance.inFlight -= 1;
        this.#changed();
      },
    };
  }

  /** The least loaded ready instance; waits for one when all are busy. Throws {@link NoInstance}. */
  acquire(signal: AbortSignal, exclude: ReadonlySet<Instance> = new Set()): Promise<Lease> {
    const limit = this.#spec.maxConcurrentRequestsPerInstance * this.#spec.instanceCount * 2;
    if (this.#inFlight + this.#waiters.length >= limit) return Promise.reject(new NoInstance('full'));
    const instance = this.#pick(exclude);
    if (instance !== undefined) return Promise.resolve(this.#lease(instance));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { exclude, resolve, reject };
      this.#waiters.push(waiter);
      signal.addEventListener(
        'abort',
        () => {
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          reject(signal.reason as Error);
        },
        { once: true },
      );
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const left: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const instance = this.#pick(waiter.exclude);
      if (instance !== undefined) waiter.resolve(this.#lease(instance));
      else if (this.#instances.some((other) => other.ready && !waiter.exclude.has(other))) left.push(waiter);
      // Nobody is there to wait for.
      else waiter.reject(new NoInstance('unavailable'));
    }
    this.#waiters = left;
  }

  /** Lets the requests that are here end, then the processes. New requests must go elsewhere already. */
  async retire(): Promise<void> {
    await this.#waitFor(
      () => this.#inFlight === 0 && this.#waiters.length === 0,
      this.#spec.requestTimeoutMs,
    );
    await this.stop();
  }

  async stop(graceMs = stopGraceMs): Promise<void> {
    await Promise.all([...this.#instances, ...this.#retiring].map((instance) => instance.stop(graceMs)));
  }

  kill(): void {
    for (const instance of [...this.#instances, ...this.#retiring]) instance.kill();
  }
}
