import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { parseYaml, toValue } from '../../documents/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import { evaluateFiles } from '../generate/evaluate-files.ts';
import { downloadJobOutput, outputMissing } from '../jobs/download-job-output.ts';
import { pipelineBody } from '../jobs/pipeline-body.ts';
import { submitJob } from '../jobs/submit-job.ts';
import { watchUntilEnd } from '../jobs/watch.ts';
import type { WatchSettings } from '../jobs/watch.ts';
import { workspaceReferences } from '../jobs/workspace-references.ts';
import { metricsFile, outputNames } from './read-outputs.ts';

export interface EvaluateByJobOptions extends WatchSettings {
  /** `azureml:NAME:VERSION`, an ARM id, or `azureml://registries/…`. */
  readonly model: string;
  readonly testData: string;
  readonly task: 'multiclass' | 'multilabel';
  readonly compute: string;
  readonly batchSize: number;
  readonly experiment: string;
  /** The folder of the file that names the metrics. */
  readonly configDirectory: string;
  readonly again: boolean;
  /** Below it a folder of the job's name is filled with an output a name. */
  readonly out: string;
}

export interface EvaluatedJob {
  readonly job: string;
  /** False: an earlier run of the same command had started it. */
  readonly submitted: boolean;
  readonly directory: string;
}

const jobPrefix = 'deit-evaluate';

/**
 * Submits the two pinned components as one pipeline job, or finds the one that the same command started before, watches
 * it and brings its outputs. Throws JOB_OUTPUT_MISSING, JOB_FAILED with the failing step's own error, and what submitting and fetching may.
 */
export async function evaluateByJob(aml: AzureMl, options: EvaluateByJobOptions): Promise<EvaluatedJob> {
  const { host = silentHost, signal } = options;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const [pipeline] = await evaluateFiles({
    task: options.task,
    model: options.model,
    testData: options.testData,
    compute: options.compute,
    batchSize: options.batchSize,
    experiment: options.experiment,
    out: options.configDirectory,
  });
  const [document] = parseYaml(pipeline?.content ?? '', 'evaluate-pipeline.yml').roots;
  const body = await pipelineBody(
    toValue(document!) as Readonly<Record<string, unknown>>,
    workspaceReferences(aml, { directory: options.configDirectory, host, ...call }),
  );
  const submitted = await submitJob(aml, body, { prefix: jobPrefix, again: options.again, ...call });
  host.message({
    code: submitted.created ? 'job-submitted' : 'job-found',
    level: 'info',
    text: submitted.created
      ? `submitted job ${submitted.name} for ${options.model}`
      : `found job ${submitted.name} of an earlier run of this command (${submitted.status})`,
  });
  await watchUntilEnd(aml, submitted.name, options);
  const directory = join(options.out, submitted.name);
  await downloadOutputs(aml, submitted.name, directory, call);
  return { job: submitted.name, submitted: submitted.created, directory };
}

/** All of them, or nothing of what was not there before. */
async function downloadOutputs(
  aml: AzureMl,
  job: string,
  directory: string,
  call: CallOptions,
): Promise<void> {
  const made = await mkdir(directory, { recursive: true });
  try {
    for (const output of outputNames)
      await downloadJobOutput(aml, { job, output }, join(directory, output), call);
    if ((await stat(join(directory, ...metricsFile)).catch(() => undefined)) === undefined)
      throw outputMissing({ job, output: metricsFile[0], path: metricsFile.slice(1).join('/') });
  } catch (error) {
    // What arrived before an interruption is a start for the next run; of a job without an output nothing comes.
    const isMissing = error instanceof AmlDeitError && error.code === 'JOB_OUTPUT_MISSING';
    if (isMissing && made !== undefined) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
