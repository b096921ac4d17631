import { notBuilt, userError } from '../../http/service-error.ts';
import { standInEnvironmentName } from '../../jobs/choose-execution.ts';
import { registryName } from '../registry/registry-scope.ts';
import { snakeCase } from './batch-job-definition.ts';
import type { Invocation } from './batch-job-definition.ts';
import type { BatchDeploymentRecord, ModelBatchSpec } from './records.ts';

/** The step and its output have the names by which clients find them. */
const stepName = 'batchscoring';
const outputName = 'score';
const dataTypes = new Set(['uri_folder', 'uri_file', 'mltable']);

/**
 * A pipeline job of one step that scores an invocation's data with a deployment's model, on as many processes as the
 * deployment has workers. A stand-in for the service's Python driver: mini-batches are so many files, dealt out in turn;
 * each file is read up to `maxRetries` times more; more failures than the threshold fail the job; rows are appended to
 * one file, or with SummaryOnly dropped.
 */
export function modelJobDefinition(
  deployment: BatchDeploymentRecord,
  spec: ModelBatchSpec,
  invocation: Invocation,
): Readonly<Record<string, unknown>> {
  if (spec.codeConfiguration !== null)
    throw notBuilt('A batch job of a deployment with its own scoring script');
  const given = Object.entries(invocation.inputs);
  const [first] = given;
  if (first === undefined || given.length > 1)
    throw userError(`A deployment of a model takes one input, and the invocation gives ${given.length}.`);
  const [name, input] = first;
  const type = snakeCase(input.jobInputType ?? 'uri_folder');
  if (!dataTypes.has(type))
    throw userError(`The input ${name} is of type ${type}: expected ${[...dataTypes].join(', ')}.`);
  const unknownOutput = Object.keys(invocation.outputs).find((output) => output !== outputName);
  if (unknownOutput !== undefined)
    throw userError(`The deployment has no output "${unknownOutput}": it has ${outputName}.`);
  if (!/^[\w.-]{1,100}$/.test(deployment.outputFileName))
    throw userError(`The output file name "${deployment.outputFileName}" is not a file's name.`);
  const uri = invocation.outputs[outputName]?.uri ?? null;
  const appends = deployment.outputAction === 'AppendRow';
  const command = [
    'aml-deit score --model "${{inputs.model}}" --input "${{inputs.data}}" --format azureml --top-k all',
    `--files-per-turn ${deployment.miniBatchSize} --retries ${Math.min(deployment.maxRetries, 20)}`,
    `--error-threshold ${deployment.errorThreshold}`,
    `--output "\${{outputs.${outputName}}}" ${appends ? `--append-to ${deployment.outputFileName}` : '--summary-only'}`,
  ].join(' ');
  return {
    jobType: 'Pipeline',
    inputs: {
      data: { jobInputType: type, uri: input.uri ?? '', mode: 'ReadOnlyMount' },
      model: { jobInputType: 'mlflow_model', uri: spec.modelId, mode: 'ReadOnlyMount' },
    },
    outputs: {},
    settings: {
      continue_on_step_failure: false,
      ...(spec.compute === null ? {} : { default_compute: spec.compute }),
    },
    jobs: {
      [stepName]: {
        name: stepName,
        type: 'command',
        command,
        // Not the deployment's own: this is run in the driver's place.
        environmentId: `azureml://registries/${registryName}/environments/${standInEnvironmentName}/versions/1`,
        environment_variables: spec.environmentVariables,
        resources: { instance_count: deployment.instanceCount },
        distribution: {
          type: 'pytorch',
          process_count_per_instance: deployment.maxConcurrencyPerInstance,
        },
        inputs: {
          data: bound('data', type),
          model: bound('model', 'mlflow_model'),
        },
        outputs: {
          [outputName]: {
            job_output_type: 'uri_folder',
            mode: 'ReadWriteMount',
            ...(uri === null ? {} : { uri }),
          },
        },
      },
    },
  };
}

function bound(name: string, type: string): object {
  return { job_input_type: 'literal', type, value: `\${{parent.inputs.${name}}}` };
}
