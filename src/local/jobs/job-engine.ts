import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import type { StoredResource } from '../store/resources.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { removeAllControlGroups } from '../containers/control-groups.ts';
import { checkInputs } from './check-inputs.ts';
import { compileJob } from './compile-job.ts';
import { FirstLooks } from './first-looks.ts';
import { writeToolFolder } from './job-environment.ts';
import type { JobSpec } from './job-spec.ts';
import { isTerminal } from './job-status.ts';
import type { TerminalStatus } from './job-status.ts';
import { runCommand } from './run-command.ts';
import type { JobEngineOptions, RuntimeInputs } from './run-context.ts';
import { RunFailure, RunStopped, stopReason } from './run-failure.ts';
import { bundlesFolder } from './run-folders.ts';
import { RunLogs } from './run-logs.ts';
import { artifactFolder } from './run-record.ts';
import type { RunRecord } from './run-record.ts';
import { runPipeline } from './run-pipeline.ts';
import { runtimeInputs } from './runtime-inputs.ts';
import { Slots } from './slots.ts';

/** A job that somebody asks for. `definition` is the `properties` of a job's PUT, its members checked. */
export interface JobSubmission {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly experimentName: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly hidden?: boolean;
}

const defaultLingerMs = 60_000;

function removeFolder(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

interface Active {
  readonly controller: AbortController;
  readonly end: Promise<void>;
}

/** Runs jobs as processes of this machine, and goes on with them after the twin was interrupted. */
export class JobEngine {
  readonly #options: JobEngineOptions;
  readonly #active = new Map<string, Active>();
  readonly #logs = new Map<string, RunLogs>();
  readonly #supervisors = new Set<ChildProcess>();
  readonly #slots: Slots;
  readonly #preparing: Slots;
  readonly #firstLooks: FirstLooks;
  #tools = '';
  #closed = false;

  constructor(options: JobEngineOptions) {
    this.#options = options;
    const parallel = Math.max(1, options.parallelCommands ?? availableParallelism());
    this.#slots = new Slots(parallel);
    this.#preparing = new Slots(parallel);
    this.#firstLooks = new FirstLooks(options.lingerMs ?? defaultLingerMs, options.now);
  }

  /** Continues what was under way when the twin ended last. */
  begin(): void {
    this.#tools = writeToolFolder(join(this.#options.directory, 'bin'));
    // Whatever is continued starts in a folder of its own again.
    const runs = join(this.#options.directory, 'runs');
    for (const name of existsSync(runs) ? readdirSync(runs) : [])
      void removeAllControlGroups(bundlesFolder(join(runs, name)));
    removeFolder(runs);
    for (const { body: run } of this.#options.runs.jobs()) {
      if (isTerminal(run.status)) continue;
      if (run.cancelRequested) this.#cancelTree(run.runId);
      else {
        this.#options.log(`continuing job ${run.runId}`);
        this.#start(run, undefined);
      }
    }
  }

  #compile(definition: Readonly<Record<string, unknown>>): JobSpec {
    return compileJob(definition, {
      identity: this.#options.identity,
      tables: this.#options.tables,
      registryComponent: this.#options.registryComponent ?? (() => undefined),
    });
  }

  /** Starts a job. Throws a JobFault when it cannot be run as it is. */
  submit(submission: JobSubmission): StoredResource<RunRecord> {
    const { name, hidden = false, ...shared } = submission;
    const spec = this.#compile(submission.definition);
    checkInputs(spec, this.#options);
    const stored = this.#options.runs.put({
      ...shared,
      runId: name,
      kind: spec.kind,
      number: this.#options.runs.nextNumber(),
      parentRunId: null,
      rootRunId: name,
      nodeName: null,
      hidden,
      parameters: {},
      componentId: spec.componentId,
      compute: spec.compute,
      // As recorded in the answers to a PUT.
      status: spec.kind === 'command' ? 'Starting' : 'Preparing',
      cancelRequested: false,
      startedAt: null,
      endedAt: null,
      error: null,
      inputs: {},
      outputs: {},
      logs: [],
      revision: 1,
    });
    this.#start(stored.body, spec);
    return stored;
  }

  /** Asks a job to end; says whether there was something to ask. */
  cancel(name: string): 'requested' | 'ended' | 'missing' {
    const run = this.#options.runs.get(name)?.body;
    if (run === undefined) return 'missing';
    if (isTerminal(run.status)) return 'ended';
    this.#update(name, { cancelRequested: true, status: 'CancelRequested' });
    const active = this.#active.get(name);
    if (active === undefined) this.#cancelTree(name);
    else active.controller.abort(new RunStopped('canceled'));
    return 'requested';
  }

  /** Resolves when a job has ended, or the signal fires. */
  async settled(name: string, signal: AbortSignal): Promise<void> {
    const end = this.#active.get(name)?.end;
    if (end === undefined || signal.aborted) return;
    await Promise.race([
      end,
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    ]);
  }

  /** Forgets a job that has ended, its steps and their artifacts. Data that it wrote stays. */
  async remove(name: string): Promise<void> {
    for (const { body: run } of this.#options.runs.tree(name))
      await this.#options.blobs.deletePrefix('azureml', `${artifactFolder(run.runId)}/`);
    this.#options.runs.delete(name);
  }

  /** Somebody looks at a run; whether it is to look as if it were finalizing still, though it has ended. */
  isFirstLook(runId: string): boolean {
    const status = this.#options.runs.get(runId)?.body.status;
    return status !== undefined && this.#firstLooks.look(runId, isTerminal(status));
  }

  /** Brings the logs of a run in the artifact store up to date. */
  async flushLogs(runId: string): Promise<void> {
    const logs = this.#logs.get(runId);
    if (logs === undefined) return;
    try {
      await logs.flush();
      this.#update(runId, { logs: logs.names });
    } catch (error) {
      // The blob store may be starting again: the logs that are there are what can be had.
      this.#options.log(`the logs of ${runId} are not up to date: ${errorMessage(error)}`);
    }
  }

  readonly #update = (runId: string, change: Partial<RunRecord>): void => {
    if (this.#closed) return;
    this.#options.runs.update(runId, (known) =>
      // Whoever asked for the end of a job sees that until it has ended.
      known.cancelRequested && change.status !== undefined && !isTerminal(change.status)
        ? { ...change, status: 'CancelRequested' }
        : change,
    );
  };

  #cancelTree(runId: string): void {
    for (const { body } of this.#options.runs.tree(runId))
      if (!isTerminal(body.status))
        this.#update(body.runId, { status: 'Canceled', endedAt: this.#options.now() });
  }

  #start(run: RunRecord, compiled: JobSpec | undefined): void {
    const controller = new AbortController();
    const work = async (): Promise<void> => {
      // The answer to the request that started it goes out first.
      await new Promise((resolve) => setImmediate(resolve));
      const { signal } = controller;
      try {
        const spec = compiled ?? this.#compile(run.definition ?? {});
        const inputs = runtimeInputs(spec.inputs, {
          context: this.#options,
          parent: {},
          node: () => undefined,
        });
        await this.#runStep(run, spec, inputs, {}, signal);
      } catch (error) {
        // What a job refers to may be gone when it is continued.
        this.#end(run.runId, error, signal);
      }
    };
    const end = work().finally(() => this.#active.delete(run.runId));
    this.#active.set(run.runId, { controller, end });
  }

  #end(runId: string, error: unknown, signal: AbortSignal): TerminalStatus {
    const endedAt = this.#options.now();
    // Steps of a job are not streamed.
    if (this.#active.has(runId)) this.#firstLooks.ended(runId);
    if (error === undefined) {
      this.#update(runId, { status: 'Completed', endedAt });
      return 'Completed';
    }
    if (stopReason(signal) === 'canceled') {
      this.#cancelTree(runId);
      return 'Canceled';
    }
    const failure =
      error instanceof RunFailure
        ? { code: error.code, message: error.message }
        : { code: 'SystemError', message: `the local twin could not run it: ${errorMessage(error)}` };
    if (!this.#closed) this.#options.log(`run ${runId} failed: ${failure.message.split('\n')[0] ?? ''}`);
    this.#update(runId, { status: 'Failed', endedAt, error: failure });
    return 'Failed';
  }

  /** One run from start to end; resolves with how it ended, rejects only while the twin goes down. */
  async #runStep(
    run: RunRecord,
    spec: JobSpec,
    inputs: RuntimeInputs,
    boundPlaces: Readonly<Record<string, BlobPlace>>,
    signal: AbortSignal,
  ): Promise<TerminalStatus> {
    const { options } = { options: this.#options };
    const directory = join(options.directory, 'runs', run.runId);
    removeFolder(directory);
    const logs = new RunLogs(run.runId, join(directory, 'artifacts'), options.blobs);
    this.#logs.set(run.runId, logs);
    let failure: unknown;
    try {
      await this.#execute(run, spec, inputs, boundPlaces, { directory, logs, signal });
    } catch (error) {
      failure = error;
    }
    try {
      if (stopReason(signal) === 'closing' || this.#closed) {
        logs.abandon();
        throw failure ?? signal.reason;
      }
      await logs.end();
      this.#update(run.runId, { logs: logs.names });
    } catch (error) {
      if (this.#closed || stopReason(signal) === 'closing') throw error;
      failure ??= error;
    } finally {
      this.#logs.delete(run.runId);
    }
    await removeAllControlGroups(bundlesFolder(directory));
    removeFolder(directory);
    return this.#end(run.runId, failure, signal);
  }

  #execute(
    run: RunRecord,
    spec: JobSpec,
    inputs: RuntimeInputs,
    boundPlaces: Readonly<Record<string, BlobPlace>>,
    place: { readonly directory: string; readonly logs: RunLogs; readonly signal: AbortSignal },
  ): Promise<void> {
    const shared = { run, inputs, boundPlaces, ...place, options: this.#options, update: this.#update };
    switch (spec.kind) {
      case 'command':
        return runCommand({
          ...shared,
          step: spec,
          tools: this.#tools,
          slots: this.#slots,
          preparing: this.#preparing,
          onSupervisor: (child) => {
            this.#supervisors.add(child);
            child.once('exit', () => this.#supervisors.delete(child));
          },
        });
      case 'pipeline':
        return runPipeline({
          ...shared,
          spec,
          runStep: (child, node, values, places, signal) =>
            this.#runStep(child, node.step, values, places, signal),
        });
    }
  }

  /** Ends the processes and leaves the jobs as they are: the next start continues them. */
  async stop(): Promise<void> {
    this.#closed = true;
    for (const { controller } of this.#active.values()) controller.abort(new RunStopped('closing'));
    await Promise.allSettled([...this.#active.values()].map(({ end }) => end));
  }

  /** As when the twin is killed: nobody is told anything, the supervisors notice and end what they started. */
  kill(): void {
    this.#closed = true;
    for (const child of this.#supervisors) if (child.connected) child.disconnect();
    for (const logs of this.#logs.values()) logs.abandon();
    for (const { controller } of this.#active.values()) controller.abort(new RunStopped('closing'));
  }
}
