import { membersOf } from '../../jobs/compile-values.ts';
import type { RunRecord } from '../../jobs/run-record.ts';

type Members = Readonly<Record<string, unknown>>;

function lastPart(id: unknown): string | undefined {
  return typeof id === 'string' ? id.split('/').at(-1) : undefined;
}

function pythonText(value: unknown, fallback: boolean): string {
  const given = typeof value === 'string' ? value.toLowerCase() === 'true' : value;
  return (given ?? fallback) === true ? 'True' : 'False';
}

/** The properties that the service adds to a job, and what says that this one is simulated. */
export function serviceProperties(definition: Members): Readonly<Record<string, string>> {
  const own = { 'aml-deit.simulated': 'true' };
  if (String(definition['jobType']).toLowerCase() === 'command')
    return { ...commandProperties(definition), ...own };
  const settings = membersOf(definition['settings']);
  const compute = lastPart(settings['default_compute']);
  return {
    'azureml.DevPlatv2': 'true',
    'azureml.runsource': 'azureml.PipelineRun',
    'azureml.pipelineComponent': 'pipelinerun',
    'azureml.parameters': parameters(definition['inputs']),
    'azureml.continue_on_step_failure': pythonText(settings['continue_on_step_failure'], true),
    'azureml.continue_on_failed_optional_input': pythonText(
      settings['continue_on_failed_optional_input'],
      true,
    ),
    'azureml.defaultDataStoreName': lastPart(settings['default_datastore']) ?? 'workspaceblobstore',
    ...(compute === undefined ? {} : { 'azureml.defaultComputeName': compute }),
    ...own,
  };
}

/** As what a command is run, when that is decided. */
export function executionProperty(run: Pick<RunRecord, 'execution'>): Readonly<Record<string, string>> {
  return run.execution === undefined ? {} : { 'aml-deit.execution': run.execution };
}

function commandProperties(definition: Members): Readonly<Record<string, string>> {
  const code = definition['codeId'];
  const snapshot = typeof code === 'string' ? /\/codes\/([^/]+)\//.exec(code)?.[1] : undefined;
  return {
    '_azureml.ComputeTargetType': 'amlctrain',
    ...(snapshot === undefined ? {} : { ContentSnapshotId: snapshot }),
  };
}

function parameters(inputs: unknown): string {
  const literals = Object.entries(membersOf(inputs)).flatMap(([name, value]) => {
    const text = membersOf(value)['value'];
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
  return JSON.stringify(Object.fromEntries(literals));
}
