import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { card } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { packageRoot, requirePeer, silentHost } from '../io/index.ts';
import type { ActionContext, Host } from '../io/index.ts';
import { readEvaluationConfig } from '../training/evaluation/index.ts';
import type { ConnectOptions } from './connect.ts';
import { buildModelReport } from './evaluate/build-model-report.ts';
import type { ModelReport, EvaluationReport } from './evaluate/evaluation-report.ts';
import { applyGate, parseGate } from './evaluate/gate.ts';
import type { GateCondition } from './evaluate/gate.ts';
import { readOutputs } from './evaluate/read-outputs.ts';
import { renderHtml } from './evaluate/render-html.ts';
import { renderMarkdown } from './evaluate/render-markdown.ts';
import { makeReportFolder, writeReportFiles } from './evaluate/report-folder.ts';
import { findTestPictures } from './evaluate/test-pictures.ts';
import type { TestPictures } from './evaluate/test-pictures.ts';
import { defaultGpuCompute } from './generate/finetune-files.ts';
import { registryModel } from './generate/online-files.ts';
import { defaultSizes } from './generate/choose-size.ts';
import type { WatchSettings } from './jobs/watch.ts';
import { withConnection } from './with-connection.ts';

export interface EvaluateModelsOptions extends ConnectOptions, WatchSettings {
  readonly task: 'multiclass' | 'multilabel';
  /**
   * At least one. A reference (`azureml:NAME:VERSION`, an ARM id, `azureml://registries/…`) is evaluated by a pipeline
   * job, all at the same time; a folder with a package or a checkpoint on this machine.
   */
  readonly models: readonly string[];
  /** Folder of an MLTable, or a URI; `data/test` by default. */
  readonly testData?: string;
  /** Report and outputs; `out/evaluate` by default. */
  readonly out?: string;
  /** A JSON file with `metrics` and `threshold`, instead of the task's own list. */
  readonly config?: string;
  /** `accuracy>=0.9,log_loss<0.5`. */
  readonly gate?: string;
  /**
   * Each model once for each preprocessing profile, on this machine: a model's own is all that a job can do, so that
   * registered models are fetched.
   */
  readonly allProfiles?: boolean;
  readonly compute?: string;
  /** Makes the cluster when it is missing. */
  readonly createCompute?: boolean;
  /** VM size of a cluster that is made. */
  readonly sku?: string;
  readonly batchSize?: number;
  readonly experiment?: string;
  /** Another job although the same one has completed. */
  readonly again?: boolean;
  readonly asOf?: Date;
}

export interface EvaluateModelsResult extends EvaluationReport {
  /** Null for a model that was evaluated on this machine. */
  readonly jobs: readonly (string | null)[];
  /** True without a gate. */
  readonly passed: boolean;
  readonly files: { readonly html: string; readonly markdown: string; readonly json: string };
}

interface Outputs {
  readonly name: string;
  readonly directory: string;
  readonly job: string | null;
  readonly kind?: 'azure' | 'local';
}

/**
 * Evaluates models on a test set and writes a report: one self-contained HTML file, the same in short as Markdown, and
 * all of its numbers as JSON. May be interrupted anywhere; the same command run again finds its jobs.
 *
 * @throws USAGE for a gate that names no metric, or one that `config` leaves out; SKU_REFUSED, COMPUTE_NOT_FOUND,
 * FILE_NOT_FOUND, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN before anything is submitted; JOB_FAILED with the failing step's own error, JOB_CANCELED, INTERRUPTED, OPERATION_TIMED_OUT;
 * EVALUATION_DATA_INVALID for outputs that do not fit together. A gate that is missed is a result: look at `passed`.
 */
export async function evaluateModels(options: EvaluateModelsOptions): Promise<EvaluateModelsResult> {
  const { task, models, host = silentHost } = options;
  if (models.length === 0) throw new AmlDeitError('USAGE', 'no model to evaluate: expected at least one');
  const conditions = options.gate === undefined ? [] : parseGate(options.gate);
  await checkConfig(options.config, conditions);
  for (const model of models) await checkModel(model, options.allProfiles ?? false);
  const testData = options.testData ?? 'data/test';
  const isRemote = /^(?:azureml:|[a-z][a-z0-9+.-]+:\/\/|\/subscriptions\/)/i.test(testData);
  const place = isRemote ? testData : resolve(testData);
  if (!isRemote && (await stat(join(place, 'MLTable')).catch(() => undefined)) === undefined)
    throw new AmlDeitError('FILE_NOT_FOUND', `${testData} holds no MLTable`, {
      hint: 'make one: aml-deit data prepare DIR --out data',
    });
  const out = resolve(options.out ?? 'out/evaluate');
  await makeReportFolder(out);
  const pictures = await findTestPictures(place, task);
  const scratch = await mkdtemp(join(tmpdir(), 'aml-deit-evaluate-'));
  try {
    const outputs = await evaluateAll(options, { place, out, scratch, host, pictures });
    const reports: ModelReport[] = [];
    for (const { name, directory } of outputs) reports.push(await reportOf(name, directory, task, pictures));
    const gate = applyGate(conditions, reports);
    const report: EvaluationReport = {
      schemaVersion: 1,
      task,
      testData,
      models: reports,
      card: pictures.isCardLabels
        ? { top1Percent: card.figures.top1Percent, top5Percent: card.figures.top5Percent }
        : null,
      gate,
      place: outputs.every(({ job }) => job === null)
        ? 'here'
        : outputs.some(({ kind }) => kind === 'azure')
          ? 'azure'
          : 'twin',
    };
    const files = await writeReportFiles(out, {
      html: await renderHtml(report),
      markdown: renderMarkdown(report),
      json: `${JSON.stringify(report, undefined, 1)}\n`,
    });
    return {
      ...report,
      jobs: outputs.map(({ job }) => job),
      passed: gate.every(({ passed }) => passed),
      files,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A configuration is read before anything is done, and a gate needs what it names computed. */
async function checkConfig(config: string | undefined, conditions: readonly GateCondition[]): Promise<void> {
  if (config === undefined) return;
  const { metrics } = await readEvaluationConfig(config, undefined);
  const left = conditions.find(
    ({ metric }) => metrics !== undefined && !(metrics as readonly string[]).includes(metric),
  );
  // Computed from the rows, whatever is asked for.
  if (left === undefined || left.metric === 'top_5_accuracy') return;
  throw new AmlDeitError('USAGE', `the gate is on ${left.metric}, which ${config} does not have computed`, {
    hint: `add "${left.metric}" to its metrics`,
  });
}

/** @throws AmlDeitError FILE_NOT_FOUND for what is neither a folder nor a reference. */
async function checkModel(model: string, isFetched: boolean): Promise<void> {
  const found = await stat(model).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  // A model that is fetched may be named in short, as by `model download`.
  if (isFetched && found === undefined && /^\w[\w.-]*(?:[:@][\w.-]+)?$/.test(model)) return;
  try {
    registryModel(model);
  } catch (error) {
    const hint = error instanceof AmlDeitError ? error.hint : undefined;
    throw new AmlDeitError(
      'FILE_NOT_FOUND',
      found === undefined
        ? `there is no folder "${model}", and that is no reference to a registered model`
        : `"${model}" is a file, expected a model's folder or a reference to a registered model`,
      { cause: error, ...(hint === undefined ? {} : { hint }) },
    );
  }
}

interface Places {
  readonly place: string;
  readonly out: string;
  readonly scratch: string;
  readonly host: Host;
  readonly pictures: TestPictures;
}

async function evaluateAll(options: EvaluateModelsOptions, places: Places): Promise<Outputs[]> {
  const folders = await Promise.all(
    options.models.map(async (model) => {
      const isFolder = (await stat(model).catch(() => undefined))?.isDirectory() ?? false;
      return isFolder ? model : options.allProfiles === true ? fetchModel(model, options, places) : undefined;
    }),
  );
  const configDirectory = join(places.scratch, 'config');
  await mkdir(configDirectory);
  await cp(
    options.config ?? join(packageRoot(), 'templates', 'evaluate', `evaluation-config-${options.task}.json`),
    join(configDirectory, 'evaluation-config.json'),
  );
  const here: Outputs[][] = [];
  for (const [index, model] of options.models.entries()) {
    const folder = folders[index];
    if (folder !== undefined)
      here[index] = await evaluateFolder({ name: model, folder }, options, places, configDirectory);
  }
  const remote = options.models.filter((_, index) => folders[index] === undefined);
  const byJob = remote.length === 0 ? [] : await evaluateReferences(remote, options, places, configDirectory);
  return options.models.flatMap((model, index) =>
    folders[index] !== undefined ? here[index]! : [byJob[remote.indexOf(model)]!],
  );
}

/** A registered model's files. */
async function fetchModel(model: string, options: EvaluateModelsOptions, places: Places): Promise<string> {
  rowsHere(places);
  const { downloadModel } = await import('./download-model.ts');
  const out = await mkdtemp(join(places.scratch, 'model-'));
  return (await downloadModel({ ...options, model, out })).directory;
}

/** @throws AmlDeitError EVALUATION_DATA_INVALID unless the pictures are on this machine. */
function rowsHere({ pictures, place }: Places): NonNullable<TestPictures['rows']> {
  if (pictures.rows !== undefined) return pictures.rows;
  throw new AmlDeitError('EVALUATION_DATA_INVALID', `the pictures of ${place} are not on this machine`, {
    hint: 'evaluate a registered model by its job (--profiles own), or give the folder that data prepare made',
  });
}

/** The model of a folder, as it is or once for each profile. */
async function evaluateFolder(
  { name, folder }: { readonly name: string; readonly folder: string },
  options: EvaluateModelsOptions,
  places: Places,
  configDirectory: string,
): Promise<Outputs[]> {
  for (const peer of ['onnxruntime-node', 'sharp'] as const) requirePeer(peer);
  const rows = rowsHere(places);
  const { evaluateHere } = await import('./evaluate/evaluate-here.ts');
  const variants =
    options.allProfiles === true
      ? await profilesOf(name, folder, options, places)
      : [{ name, directory: folder }];
  const made: Outputs[] = [];
  for (const variant of variants) {
    const directory = await mkdtemp(join(places.scratch, 'here-'));
    await evaluateHere({
      model: resolve(variant.directory),
      rows,
      task: options.task,
      directory,
      batchSize: options.batchSize ?? 8,
      configFile: join(configDirectory, 'evaluation-config.json'),
      host: places.host,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    made.push({ name: variant.name, directory, job: null });
  }
  return made;
}

async function profilesOf(
  name: string,
  folder: string,
  options: ActionContext,
  { scratch }: Places,
): Promise<{ name: string; directory: string }[]> {
  const { findCheckpoint } = await import('./component/find-checkpoint.ts');
  const { profilePackages } = await import('./evaluate/profile-packages.ts');
  const checkpoint = await findCheckpoint(resolve(folder));
  const isPackage = (await stat(join(checkpoint, 'aml-deit.json')).catch(() => undefined)) !== undefined;
  const { exportModel } = await import('./export-model.ts');
  const source = isPackage
    ? checkpoint
    : (
        await exportModel({
          ...options,
          source: checkpoint,
          out: await mkdtemp(join(scratch, 'exported-')),
          force: true,
        })
      ).directory;
  const variants = await profilePackages(source, await mkdtemp(join(scratch, 'profiles-')));
  return variants.map(({ profile, directory }) => ({ name: `${name} (${profile})`, directory }));
}

/** One pipeline job a model, all at the same time. */
async function evaluateReferences(
  models: readonly string[],
  options: EvaluateModelsOptions,
  places: Places,
  configDirectory: string,
): Promise<Outputs[]> {
  const { evaluateByJob } = await import('./evaluate/evaluate-by-job.ts');
  const { requireCompute } = await import('./jobs/require-compute.ts');
  const compute = options.compute ?? defaultGpuCompute;
  return withConnection(options, async (aml, call) => {
    await requireCompute(aml, {
      name: compute,
      task: 'evaluation',
      host: places.host,
      ...call,
      ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
      ...(options.createCompute === true
        ? { create: { sku: options.sku ?? defaultSizes.finetune, maxInstances: models.length } }
        : {}),
    });
    const jobs = await Promise.allSettled(
      models.map((model) =>
        evaluateByJob(aml, {
          ...options,
          model,
          testData: places.place,
          compute,
          batchSize: options.batchSize ?? 32,
          experiment: options.experiment ?? 'deit-evaluate',
          configDirectory,
          again: options.again ?? false,
          out: places.out,
          // Nobody can answer several questions at once.
          ...(models.length > 1 && (options.onInterrupt ?? 'ask') === 'ask'
            ? { onInterrupt: 'detach' as const }
            : {}),
        }),
      ),
    );
    // All have ended by now: the first failure is told, and the others' jobs are there for the next run.
    return jobs.map((job, index) => {
      if (job.status === 'rejected') throw job.reason;
      return {
        name: models[index] ?? '',
        directory: job.value.directory,
        job: job.value.job,
        kind: aml.kind,
      };
    });
  });
}

async function reportOf(
  name: string,
  directory: string,
  task: 'multiclass' | 'multilabel',
  known: TestPictures,
): Promise<ModelReport> {
  const outputs = await readOutputs(directory);
  const pictures = known.pictures?.length === outputs.truth.length ? known.pictures : undefined;
  return buildModelReport({
    name,
    task,
    ...outputs,
    labelMap: known.labelMap,
    ...(pictures === undefined ? {} : { pictures }),
  });
}
