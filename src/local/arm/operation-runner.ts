import { randomUUID } from 'node:crypto';
import { errorMessage } from '../../errors/index.ts';
import { operationError } from '../http/service-error.ts';
import type { ServiceErrorBody } from '../http/service-error.ts';
import { operationPrefixes } from '../store/operations.ts';
import type { OperationKind, OperationTable, StoredOperation } from '../store/operations.ts';

/** Thrown by an executor: the operation ends as Failed with this error. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  readonly body: ServiceErrorBody;

  constructor(body: ServiceErrorBody) {
    super(body.message);
    this.body = body;
  }
}

/**
 * Does the work of one operation from what the store says is desired. It must be safe to run again from the start:
 * after a crash it is.
 */
export type OperationExecutor = (operation: StoredOperation, signal: AbortSignal) => Promise<void>;

/** A missing executor does not compile. */
export type OperationExecutors = Readonly<Record<OperationKind, OperationExecutor>>;

/** Runs long-running operations, one at a time for each target, and remembers them over restarts. */
export class OperationRunner {
  readonly #table: OperationTable;
  readonly #workspaceId: string;
  readonly #lifetime = new AbortController();
  readonly #log: (line: string) => void;
  readonly #running = new Set<Promise<void>>();
  #executors: OperationExecutors | undefined;

  constructor(table: OperationTable, workspaceId: string, log: (line: string) => void) {
    this.#table = table;
    this.#workspaceId = workspaceId;
    this.#log = log;
  }

  /** Hands over the executors, and continues what was under way when the twin ended last. */
  begin(executors: OperationExecutors): void {
    this.#executors = executors;
    for (const operation of this.#table.listOpen()) {
      this.#log(`continuing ${operation.kind} of ${operation.target}`);
      this.#run(operation);
    }
  }

  get(id: string): StoredOperation | undefined {
    return this.#table.get(id);
  }

  /** The operation under way on a target; with `below` also on anything inside it. */
  openOn(target: string, below = false): StoredOperation | undefined {
    return this.#table.listOpen(target).find((operation) => below || operation.target === target);
  }

  /** The id that the next operation of this kind will have: it goes into the resource before the work starts. */
  createId(kind: OperationKind): string {
    const prefix = operationPrefixes[kind];
    return prefix === '' ? randomUUID() : `${prefix}:${this.#workspaceId}:${randomUUID()}`;
  }

  start(id: string, kind: OperationKind, target: string): void {
    this.#run(this.#table.insert(id, kind, target));
  }

  #run(operation: StoredOperation): void {
    const executor = this.#executors?.[operation.kind];
    if (executor === undefined) throw new Error('the operation runner has not begun');
    const { signal } = this.#lifetime;
    const work = async (): Promise<void> => {
      // The answer to the request that started it goes out first.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      try {
        await executor(operation, signal);
        if (!signal.aborted) this.#table.finish(operation.id, 'Succeeded');
      } catch (error) {
        // A twin that is going down leaves the operation open: the next start continues it.
        if (signal.aborted) return;
        const body =
          error instanceof OperationFailure
            ? error.body
            : operationError('InternalServerError', `the local twin failed: ${errorMessage(error)}`);
        this.#log(`${operation.kind} of ${operation.target} failed: ${body.message}`);
        this.#table.finish(operation.id, 'Failed', body);
      }
    };
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Stops without finishing anything. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    await Promise.allSettled(this.#running);
  }
}
