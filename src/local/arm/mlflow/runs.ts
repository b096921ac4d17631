import { randomUUID } from 'node:crypto';
import { isTerminal } from '../../jobs/job-status.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';
import { requireExperiment } from './experiment-view.ts';
import { readTag } from './limits.ts';
import { doesNotExist, invalidParameter } from './mlflow-error.ts';
import { inputOf, objectList, optionalInteger, optionalText, requiredText } from './read-input.ts';
import type { Input } from './read-input.ts';
import { jobStatus, runInfo, runView } from './run-view.ts';

/** The run that a request names, by today's word or by that of older clients. */
export function requireRun(input: Input, services: TwinServices): StoredResource<RunRecord> {
  const runId =
    optionalText(input, 'run_id') ?? optionalText(input, 'run_uuid') ?? requiredText(input, 'run_id');
  const stored = services.runs.get(runId);
  if (stored === undefined) throw doesNotExist(`Run with id=${runId} not found`);
  return stored;
}

/** Runs that are deleted take nothing more. */
export function requireActiveRun(input: Input, services: TwinServices): RunRecord {
  const { body: run } = requireRun(input, services);
  if (run.hidden)
    throw invalidParameter(`The run ${run.runId} must be in the 'active' state. Current state is deleted.`);
  return run;
}

function newRun(
  services: TwinServices,
  experimentName: string,
  given: Pick<RunRecord, 'tags' | 'displayName' | 'startedAt'>,
): RunRecord {
  const runId = randomUUID();
  return {
    ...given,
    runId,
    kind: 'mlflow',
    number: services.runs.nextNumber(),
    parentRunId: null,
    rootRunId: runId,
    nodeName: null,
    experimentName,
    description: null,
    properties: {},
    hidden: false,
    parameters: {},
    definition: null,
    componentId: null,
    compute: null,
    status: 'Running',
    cancelRequested: false,
    endedAt: null,
    error: null,
    inputs: {},
    outputs: {},
    logs: [],
    revision: 1,
  };
}

const create: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const { body: experiment } = requireExperiment(services, requiredText(input, 'experiment_id'));
  if (experiment.deleted)
    throw invalidParameter(
      `The experiment ${experiment.experimentId} must be in the 'active' state. Current state is deleted.`,
    );
  const given = Object.fromEntries(
    objectList(input, 'tags')
      .map(readTag)
      .map(({ key, value }) => [key, value]),
  );
  const name =
    optionalText(input, 'run_name') ?? given['mlflow.runName'] ?? `run_${randomUUID().slice(0, 8)}`;
  const user = optionalText(input, 'user_id');
  const stored = services.runs.put(
    newRun(services, experiment.experimentName, {
      displayName: name,
      startedAt: optionalInteger(input, 'start_time') ?? services.now(),
      tags: { ...(user === undefined ? {} : { 'mlflow.user': user }), ...given, 'mlflow.runName': name },
    }),
  );
  return { status: 200, body: { run: runView(services, stored, parameter(request, 'mlflowVersion')) } };
};

/**
 * How a run goes: of a run of MLflow's own its client says so. A job's own program only says that it has ended its part
 * (plain MLflow always does): the job ends when its command has.
 */
const update: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const run = requireActiveRun(input, services);
  const word = optionalText(input, 'status');
  const status = word === undefined ? undefined : jobStatus(word);
  if (word !== undefined && status === undefined)
    throw invalidParameter(
      `Invalid value "${word}" for parameter 'status' supplied: expected RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.`,
    );
  const endTime = optionalInteger(input, 'end_time');
  const name = optionalText(input, 'run_name');
  const stored = services.runs.update(run.runId, (known) => ({
    ...(name === undefined
      ? {}
      : {
          displayName: name,
          ...(known.kind === 'mlflow' ? { tags: { ...known.tags, 'mlflow.runName': name } } : {}),
        }),
    ...(known.kind !== 'mlflow' || status === undefined
      ? {}
      : { status, endedAt: isTerminal(status) ? (endTime ?? services.now()) : null }),
  }));
  if (stored === undefined) throw doesNotExist(`Run with id=${run.runId} not found`);
  return {
    status: 200,
    body: { run_info: runInfo(services, stored, parameter(request, 'mlflowVersion')) },
  };
};

/** A deleted run is an archived one: that of a job is archived with it. */
function setDeleted(deleted: boolean): ArmHandler {
  return (request, services) => {
    const { body: run } = requireRun(inputOf(request), services);
    services.runs.update(run.runId, () => ({ hidden: deleted }));
    return { status: 200, body: {} };
  };
}

export const mlflowRunHandlers = {
  'mlflow.runs.create': create,
  'mlflow.runs.get': (request, services) => ({
    status: 200,
    body: {
      run: runView(services, requireRun(inputOf(request), services), parameter(request, 'mlflowVersion')),
    },
  }),
  'mlflow.runs.update': update,
  'mlflow.runs.delete': setDeleted(true),
  'mlflow.runs.restore': setDeleted(false),
} as const satisfies Record<string, ArmHandler>;
