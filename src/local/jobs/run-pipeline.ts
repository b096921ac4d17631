import { randomUUID } from 'node:crypto';
import type { BlobPlace } from '../storage/blob-url.ts';
import { isTerminal } from './job-status.ts';
import type { TerminalStatus } from './job-status.ts';
import type { NodeSpec, PipelineSpec } from './job-spec.ts';
import { outputPlace } from './output-place.ts';
import { registerOutput } from './register-output.ts';
import type { JobEngineOptions, RuntimeInputs, UpdateRun } from './run-context.ts';
import { RunFailure, RunStopped } from './run-failure.ts';
import type { RunLogs } from './run-logs.ts';
import type { RunOutput, RunRecord } from './run-record.ts';
import { runtimeInputs } from './runtime-inputs.ts';

export interface PipelineRun {
  readonly run: RunRecord;
  readonly spec: PipelineSpec;
  readonly inputs: RuntimeInputs;
  readonly boundPlaces: Readonly<Record<string, BlobPlace>>;
  readonly logs: RunLogs;
  readonly options: JobEngineOptions;
  readonly update: UpdateRun;
  /** Runs one step to its end, whatever that is. */
  readonly runStep: (
    child: RunRecord,
    node: NodeSpec,
    inputs: RuntimeInputs,
    places: Readonly<Record<string, BlobPlace>>,
    signal: AbortSignal,
  ) => Promise<TerminalStatus>;
  readonly signal: AbortSignal;
}

export const pipelineLog = 'logs/azureml/executionlogs.txt';

/** The runs of a pipeline's nodes: those that are there from an interrupted attempt, and new ones. */
function childRuns({ run, spec, options }: PipelineRun): ReadonlyMap<string, RunRecord> {
  const known = new Map(
    options.runs.children(run.runId).map(({ body }) => [body.nodeName ?? '', body] as const),
  );
  const ordered = spec.nodes.map(({ name, step }): readonly [string, RunRecord] => {
    const before = known.get(name);
    if (before !== undefined) return [name, before];
    const child: RunRecord = {
      runId: randomUUID(),
      kind: step.kind,
      number: options.runs.nextNumber(),
      parentRunId: run.runId,
      rootRunId: run.rootRunId,
      nodeName: name,
      experimentName: run.experimentName,
      displayName: step.displayName ?? name,
      description: null,
      tags: step.tags,
      properties: {},
      hidden: false,
      parameters: {},
      definition: null,
      componentId: step.componentId,
      compute: step.compute,
      status: 'NotStarted',
      cancelRequested: false,
      startedAt: null,
      endedAt: null,
      error: null,
      inputs: {},
      outputs: {},
      logs: [],
      revision: 0,
    };
    options.runs.put(child);
    return [name, child];
  });
  return new Map(ordered);
}

/** The places of the outputs that the pipeline itself is asked for. */
function pipelinePlaces({
  run,
  spec,
  boundPlaces,
  options,
}: PipelineRun): Readonly<Record<string, BlobPlace>> {
  return Object.fromEntries(
    Object.entries(spec.outputs).map(([name, output]) => [
      name,
      (output.boundTo === null ? undefined : boundPlaces[output.boundTo]) ??
        outputPlace(options, run.runId, name, output),
    ]),
  );
}

/** What its steps wrote for it becomes the pipeline's own, and is registered where it has a name and is complete. */
function collectOutputs(pipeline: PipelineRun, children: ReadonlyMap<string, RunRecord>): void {
  const { run, spec, options, update } = pipeline;
  const outputs: Record<string, RunOutput> = {};
  for (const [name, output] of Object.entries(spec.outputs)) {
    const from = spec.nodes.flatMap((node) =>
      Object.entries(node.step.outputs).flatMap(([key, made]) => {
        const runId = children.get(node.name)?.runId ?? '';
        const { status, outputs: written = {} } = options.runs.get(runId)?.body ?? {};
        const stored = written[key];
        return made.boundTo === name && stored !== undefined
          ? [{ ...stored, isComplete: status === 'Completed' }]
          : [];
      }),
    )[0];
    if (from === undefined) continue;
    const own = { dataType: output.dataType, place: from.place, asset: from.asset };
    outputs[name] =
      output.asset === null || from.asset !== null || !from.isComplete
        ? own
        : { ...own, asset: registerOutput(own, output.asset, run.runId, options) };
  }
  update(run.runId, { outputs });
}

/**
 * Runs a pipeline's nodes, each when what it depends on has completed. After a failure, nodes that do not depend on it
 * go on when the settings say so, and end otherwise. Rejects with a RunFailure, or with the signal's reason.
 */
export async function runPipeline(pipeline: PipelineRun): Promise<void> {
  const { run, spec, inputs, logs, options, update, runStep, signal } = pipeline;
  const say = (text: string): void =>
    logs.line(pipelineLog, `[${new Date(options.now()).toISOString()}] ${text}`);
  const children = childRuns(pipeline);
  const places = pipelinePlaces(pipeline);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const ends = new Map<string, Promise<TerminalStatus>>();
  const cancelStep = (child: RunRecord): TerminalStatus => {
    for (const { body } of options.runs.tree(child.runId))
      if (!isTerminal(body.status)) update(body.runId, { status: 'Canceled', endedAt: options.now() });
    return 'Canceled';
  };

  const runNode = async (node: NodeSpec, child: RunRecord): Promise<TerminalStatus> => {
    const before = await Promise.all(
      node.dependsOn.map((name) => ends.get(name) ?? Promise.resolve<TerminalStatus>('Canceled')),
    );
    signal.throwIfAborted();
    // From an attempt that was interrupted.
    if (isTerminal(child.status)) return child.status;
    if (failed.signal.aborted || before.some((status) => status !== 'Completed')) {
      say(`${node.name} is not run: what it needs did not complete`);
      return cancelStep(child);
    }
    const values = runtimeInputs(node.step.inputs, {
      context: options,
      parent: inputs,
      node: (name) => options.runs.get(children.get(name)?.runId ?? '')?.body,
    });
    say(`${node.name} starts as run ${child.runId}`);
    const status = await runStep(child, node, values, places, stop);
    signal.throwIfAborted();
    say(`${node.name} is ${status}`);
    if (status === 'Failed' && !spec.continueOnStepFailure) failed.abort(new RunStopped('canceled'));
    return status;
  };

  update(run.runId, { status: 'Running', startedAt: run.startedAt ?? options.now(), logs: logs.names });
  say(
    `pipeline ${run.runId} runs ${spec.nodes.length} ${spec.nodes.length === 1 ? 'node' : 'nodes'} on this machine`,
  );
  for (const node of spec.nodes) {
    const child = children.get(node.name);
    if (child === undefined) continue;
    const end = runNode(node, child);
    // Each is awaited below; until then a rejection is nobody's.
    end.catch(() => undefined);
    ends.set(node.name, end);
  }
  const settled = await Promise.allSettled(ends.values());
  signal.throwIfAborted();
  const rejected = settled.find((one) => one.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
  const failures = [...children].filter(
    ([, child]) => options.runs.get(child.runId)?.body.status === 'Failed',
  );
  collectOutputs(pipeline, children);
  if (failures.length > 0) {
    const names = failures.map(([name, child]) => `${name} (run ${child.runId})`).join(', ');
    say(`pipeline failed: ${names}`);
    throw new RunFailure('ServiceError', `The pipeline has failed steps: ${names}. Their runs say why.`);
  }
  say('pipeline completed');
  update(run.runId, { status: 'Finalizing' });
}
