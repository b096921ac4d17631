import { dirname, resolve, join } from 'node:path';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { AzureMl, CallOptions } from '../azure/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { requirePeer, silentHost } from '../io/index.ts';
import type { Host } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import type { DeployOnlineResult } from './deploy-online.ts';
import { exportModel } from './export-model.ts';
import { checkOutcome } from './finetune/check-outcome.ts';
import { finetuneDocument } from './finetune/finetune-document.ts';
import type { FinetuneDocumentOptions, Members } from './finetune/finetune-document.ts';
import { isEmptyTable } from './component/read-mltable.ts';
import { defaultGpuCompute } from './generate/finetune-files.ts';
import { defaultSizes } from './generate/choose-size.ts';
import { checkPipeline } from './jobs/check-pipeline.ts';
import { downloadJobOutput } from './jobs/download-job-output.ts';
import { flattenTree } from './jobs/job-tree.ts';
import type { JobRun } from './jobs/job-tree.ts';
import { pipelineBody } from './jobs/pipeline-body.ts';
import { requireCompute } from './jobs/require-compute.ts';
import { submitJob } from './jobs/submit-job.ts';
import { watchUntilEnd } from './jobs/watch.ts';
import type { WatchSettings } from './jobs/watch.ts';
import { workspaceReferences } from './jobs/workspace-references.ts';
import { registerJobModel } from './jobs/register-job-model.ts';
import { withConnection } from './with-connection.ts';

export interface FinetuneModelOptions extends FinetuneDocumentOptions, ConnectOptions, WatchSettings {
  /** Makes clusters that are named and missing, of `sku`, from 0 to `instanceCount` machines. */
  readonly createCompute?: boolean;
  /** Submits and does not wait: the result has the job's name. */
  readonly wait?: boolean;
  /** Another job although the same one has completed. */
  readonly again?: boolean;
  /** Name of the registered model; `deit-multiclass` or `deit-multilabel` by default. */
  readonly modelName?: string;
  /** Where the model package goes; `out/finetune/{job}` by default. */
  readonly packageOut?: string;
  /** Has an online endpoint of this name serve the package. */
  readonly deployTo?: string;
  /** VM size of that deployment; the smallest of the card's by default. */
  readonly deploySku?: string;
  /** The scoring image of that deployment; on the twin its own. */
  readonly deployImage?: string;
}

export interface FinetuneModelResult {
  readonly job: string;
  /** False: an earlier run of the same command had started it. */
  readonly submitted: boolean;
  readonly status: string;
  /** Null without waiting. */
  readonly run: JobRun | null;
  /** Of the step that trained: the newest value of each. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly model: { readonly name: string; readonly version: string; readonly id: string } | null;
  readonly packageDirectory: string | null;
  readonly labels: readonly string[];
  /** What has it served. */
  readonly deployCommand: string | null;
  readonly deployed: DeployOnlineResult | null;
}

const jobPrefix = 'deit-finetune';
const trainingComponent = 'image_classification_finetune';

/**
 * Fine-tunes the model by a pipeline job and brings back what came of it: checks everything that can be known before,
 * submits (the same command finds its own job), watches, registers the MLflow model, makes a model package of the
 * checkpoint, and has it served where that is wanted. May be interrupted anywhere and run again.
 *
 * Throws DOCUMENT_INVALID, GENERATE_OPTIONS_INVALID, NAME_INVALID, OUTPUT_EXISTS, TRAINING_DATA_INVALID, SKU_REFUSED,
 * COMPUTE_NOT_FOUND before anything is submitted;
 * JOB_FAILED, JOB_CANCELED, OPERATION_TIMED_OUT, INTERRUPTED as watchJob; JOB_OUTPUT_MISSING; downloadFolder's and exportModel's errors;
 * deployOnline's.
 */
export async function finetuneModel(options: FinetuneModelOptions): Promise<FinetuneModelResult> {
  const host = options.host ?? silentHost;
  await checkOutcome(options);
  const { document, file, directory } = await finetuneDocument(options);
  await checkPipeline(document, {
    file,
    host,
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await checkTables(document, directory);
  return withConnection(options, async (aml, call) => {
    if (aml.kind === 'local') {
      for (const peer of ['onnxruntime-node', 'sharp', 'azurite'] as const) requirePeer(peer);
      host.message({
        code: 'finetune-simulated',
        level: 'info',
        text: 'the local twin fine-tunes by a linear probe on frozen features; settings of gradient descent are ignored, its log says which',
      });
    }
    for (const name of computesOf(document)) await checkCompute(aml, name, options, host);
    const body = await pipelineBody(document, workspaceReferences(aml, { directory, host, ...call }));
    const submitted = await submitJob(aml, body, {
      prefix: jobPrefix,
      ...call,
      ...(options.again === undefined ? {} : { again: options.again }),
    });
    host.message({
      code: submitted.created ? 'job-submitted' : 'job-found',
      level: 'info',
      text: submitted.created
        ? `submitted job ${submitted.name}`
        : `found job ${submitted.name} of an earlier run of this command (${submitted.status})`,
    });
    if (options.wait === false)
      return {
        job: submitted.name,
        submitted: submitted.created,
        status: submitted.status,
        run: null,
        metrics: {},
        model: null,
        packageDirectory: null,
        labels: [],
        deployCommand: null,
        deployed: null,
      };
    const run = await watchUntilEnd(aml, submitted.name, options);
    const outcome = await collect(aml, { job: submitted.name, document, options, host, call });
    return {
      job: submitted.name,
      submitted: submitted.created,
      status: run.status,
      run,
      metrics: trainingMetrics(run),
      ...outcome,
    };
  });
}

/** An empty split on this machine would end the job at its first step, after its machines have started. */
async function checkTables(document: Members, directory: string): Promise<void> {
  const nodes = Object.values((document['jobs'] ?? {}) as Record<string, Members | null>);
  for (const part of [document, ...nodes])
    for (const [name, input] of Object.entries((part?.['inputs'] ?? {}) as Record<string, Members | null>)) {
      const path = input?.['path'];
      if (typeof path !== 'string' || /^[a-z][a-z0-9+.-]+:/i.test(path)) continue;
      if (await isEmptyTable(resolve(directory, path)))
        throw new AmlDeitError('TRAINING_DATA_INVALID', `${path}, given as ${name}, has no rows`, {
          hint: 'each split needs a picture: give `aml-deit data prepare` more of each label, or other shares',
        });
    }
}

/** Names of the clusters that a document asks for, each once. */
function computesOf(document: Members): readonly string[] {
  const names = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value === 'string' && value !== '' && !value.includes('${{'))
      names.add(value.replace(/^azureml:/, '').replace(/^.*\/computes\//, ''));
  };
  add((document['settings'] as Members | undefined)?.['default_compute']);
  add(document['compute']);
  for (const node of Object.values((document['jobs'] ?? {}) as Record<string, Members | null>)) {
    add(node?.['compute']);
    const inputs = (node?.['inputs'] ?? {}) as Members;
    for (const input of ['compute_model_import', 'compute_finetune']) add(inputs[input]);
  }
  return [...names];
}

/** The cluster that only prepares the model need not be one for training. */
async function checkCompute(
  aml: AzureMl,
  name: string,
  options: FinetuneModelOptions,
  host: Host,
): Promise<void> {
  const isImport = name === options.importCompute && name !== (options.compute ?? defaultGpuCompute);
  if (isImport && (await aml.computes.get(name)) !== undefined) return;
  await requireCompute(aml, {
    name,
    task: 'finetune',
    host,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
    ...(options.createCompute === true
      ? {
          create: {
            sku: options.sku ?? defaultSizes.finetune,
            maxInstances: Math.max(1, options.instanceCount ?? 1),
          },
        }
      : {}),
  });
}

function trainingMetrics(tree: JobRun): JobRun['metrics'] {
  const runs = [...flattenTree(tree)].map(({ run }) => run);
  const trained =
    runs.find(({ name }) => name === trainingComponent) ??
    runs.find(({ metrics }) => Object.keys(metrics).length > 0);
  return trained?.metrics ?? {};
}

interface Outcome {
  readonly job: string;
  readonly document: Members;
  readonly options: FinetuneModelOptions;
  readonly host: Host;
  readonly call: CallOptions;
}

/** Names of the job's outputs, whatever its author called them. */
function outputName(document: Members, type: string): string {
  const outputs = (document['outputs'] ?? {}) as Record<string, Members | null>;
  const [name] = Object.entries(outputs).find(([, output]) => output?.['type'] === type) ?? [];
  if (name === undefined)
    throw new AmlDeitError('DOCUMENT_INVALID', `the pipeline has no output of type ${type}`, {
      hint: '`aml-deit generate finetune` writes a pipeline that has',
    });
  return name;
}

function taskOf(document: Members): 'multiclass' | 'multilabel' {
  return JSON.stringify(document['jobs'] ?? {}).includes('"image-classification-multilabel"')
    ? 'multilabel'
    : 'multiclass';
}

async function collect(
  aml: AzureMl,
  { job, document, options, host, call }: Outcome,
): Promise<
  Pick<FinetuneModelResult, 'model' | 'packageDirectory' | 'labels' | 'deployCommand' | 'deployed'>
> {
  const task = taskOf(document);
  const modelName = options.modelName ?? `deit-${task}`;
  const out = resolve(options.packageOut ?? join('out', 'finetune', job));
  const mlflowModel = outputName(document, 'mlflow_model');
  // The folder's name becomes the package's.
  const downloads = `${out}.download`;
  const checkpoint = join(downloads, modelName);
  const progress = { id: 'download', text: 'download the checkpoint', unit: 'bytes' } as const;
  // A model is registered of what is there only: both outputs are looked at before.
  const outputs = [
    { output: mlflowModel, path: 'MLmodel', to: join(downloads, '.mlflow-model') },
    { output: outputName(document, 'custom_model'), to: checkpoint },
  ];
  // As everybody makes folders; what is fetched makes its own for nobody else.
  await mkdir(dirname(out), { recursive: true });
  try {
    for (const { to, ...wanted } of outputs)
      await downloadJobOutput(aml, { job, ...wanted }, to, {
        ...call,
        onProgress: ({ downloadedBytes, totalBytes }) =>
          host.progress({ ...progress, state: 'running', current: downloadedBytes, total: totalBytes }),
      });
  } catch (error) {
    // What came before an interruption is a start for the next run.
    if (error instanceof AmlDeitError && error.code === 'JOB_OUTPUT_MISSING')
      await rm(downloads, { recursive: true, force: true });
    throw error;
  }
  host.progress({ ...progress, state: 'done' });

  const model = await registerJobModel(aml, {
    job,
    output: mlflowModel,
    name: modelName,
    description: `fine-tuned by job ${job}`,
    ...call,
  });
  host.message({
    code: 'model-registered',
    level: 'info',
    text: `registered model ${model.name}:${model.version}`,
  });
  const isThere = (await readdir(out).catch(() => [])).length > 0;
  const exported = await exportModel({ source: checkpoint, out, force: true, host, ...call });
  if (isThere && !exported.unchanged)
    host.message({
      code: 'package-replaced',
      level: 'warning',
      text: `${out} held a package of other content, which is replaced by that of job ${job}`,
    });
  await rm(downloads, { recursive: true, force: true });

  const { deployTo } = options;
  const sku = options.deploySku ?? defaultSizes.inference;
  const words = [
    `aml-deit deploy online --model ${out} --endpoint ${deployTo ?? modelName} --sku ${sku}`,
    ...(aml.kind === 'local' ? ['--target local'] : ['--image REGISTRY/IMAGE:TAG']),
  ];
  const result = {
    model,
    packageDirectory: out,
    labels: exported.manifest.labels,
    deployCommand: words.join(' '),
  };
  if (deployTo === undefined) return { ...result, deployed: null };
  const { deployOnline } = await import('./deploy-online.ts');
  const deployed = await deployOnline({
    ...connectionOf(options),
    host,
    ...call,
    endpoint: deployTo,
    model: out,
    modelName: `${modelName}-package`,
    sku: sku as NonNullable<Parameters<typeof deployOnline>[0]['sku']>,
    ...(options.deployImage === undefined ? {} : { image: options.deployImage }),
  });
  return { ...result, deployed };
}

function connectionOf(options: ConnectOptions): ConnectOptions {
  const { target, subscription, resourceGroup, workspace, cloud, isTerminal, env, cwd, credential, retry } =
    options;
  const { pollIntervalMs } = options;
  return {
    ...(target === undefined ? {} : { target }),
    ...(subscription === undefined ? {} : { subscription }),
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(cloud === undefined ? {} : { cloud }),
    ...(isTerminal === undefined ? {} : { isTerminal }),
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(credential === undefined ? {} : { credential }),
    ...(retry === undefined ? {} : { retry }),
    ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
  };
}
