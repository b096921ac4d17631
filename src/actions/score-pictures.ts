import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { packageVersion, requirePeer, silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type {
  BatchSource,
  ErrorThreshold,
  OutputFile,
  RowContent,
  RowFormatName,
  Shard,
  ShardOutputOptions,
} from '../serving/batch/index.ts';
import type { ModelManifest, ProfileName } from '../vision/index.ts';
import { scoreProgress } from './score/score-progress.ts';
import { findScoreInput } from './score/score-input.ts';

export interface ScorePicturesOptions extends ActionContext {
  /** A model package, or a folder above one; without it `AZUREML_MODEL_DIR`. */
  readonly model?: string;
  /** A folder of pictures at any depth, one picture, a CSV, TSV or JSONL file, or a folder with an MLTable. */
  readonly input: string;
  /** An empty folder, or that of a run that was interrupted. */
  readonly output: string;
  /** Classes a row has, best first; 5 by default. `all`: every probability, in the order of the labels. */
  readonly topK?: number | 'all';
  /** The CLS features instead of classes. */
  readonly features?: boolean;
  /** Beside JSONL: `csv` by default; `azureml` for the headerless predictions.csv of Azure ML's samples. */
  readonly formats?: readonly RowFormatName[];
  /** Otherwise than the package says. */
  readonly profile?: ProfileName;
  /** Tables only: the column with the pictures, and the one that names the rows. */
  readonly column?: string;
  readonly idColumn?: string;
  /** This process and how many share the input; by default what the launcher's variables say. */
  readonly rank?: number;
  readonly worldSize?: number;
  /** A count, a share (`5%`, `0.05`), or -1 for no limit, which is the default. */
  readonly errorThreshold?: string;
  /** How often reading a picture is tried again when it failed for a passing reason; 3 by default. */
  readonly retries?: number;
  /** Rows that may be scored and not be on the disk yet; 64 by default, at least 32. */
  readonly miniBatch?: number;
  /** `azureml` only: the first process joins all processes' rows in one file of this name; nothing else is left, but outside jobs a hidden note of each. */
  readonly appendTo?: string;
  /** Instead of `appendTo`: no rows are left either. */
  readonly summaryOnly?: boolean;
  /** Files that go to one process in a row; by default a path's hash decides, which survives changes of the folder. */
  readonly filesPerTurn?: number;
  /** 100,000 by default. */
  readonly rowsPerPart?: number;
  /** Threads of one batch; by default OMP_NUM_THREADS, or what the machine or container allows for each local process. */
  readonly threads?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** What one process has done, as its manifest has it. */
export interface ScorePicturesResult {
  readonly output: string;
  readonly manifest: string;
  readonly rank: number;
  readonly worldSize: number;
  readonly rows: number;
  readonly scored: number;
  readonly errors: number;
  readonly errorsByCode: Readonly<Record<string, number>>;
  /** Files that were left out for their names, by why. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Rows of an earlier start that were kept. */
  readonly kept: number;
  /** Of this start, and of that how long loading the model took. */
  readonly seconds: number;
  readonly loadSeconds: number;
  readonly picturesPerSecond: number;
  readonly files: readonly OutputFile[];
}

const defaultMiniBatch = 64;
const defaultRowsPerPart = 100_000;

/**
 * Scores every picture of an input, each once, into partitioned files and a manifest. What is wrong with one picture is
 * its row's error. Interrupted or killed, the same call continues after the last row on the disk; finished, it does nothing.
 *
 * Throws USAGE, FILE_NOT_FOUND, FILE_UNREADABLE, TABLE_INVALID, INPUT_EMPTY, INPUT_CHANGED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN,
 * OUTPUT_IN_USE, ERROR_THRESHOLD_EXCEEDED, PACKAGE_NOT_FOUND, PACKAGE_INVALID, MODEL_LOAD_FAILED, INFERENCE_CRASHED, INTERRUPTED.
 */
export async function scorePictures(options: ScorePicturesOptions): Promise<ScorePicturesResult> {
  const { host = silentHost, signal, env = process.env } = options;
  for (const name of ['input', 'output'] as const)
    if (options[name].trim() === '')
      throw new AmlDeitError('USAGE', `--${name} is empty: expected a path`, {
        hint: 'it often comes from a variable that is not set',
      });
  const batch = await import('../serving/batch/index.ts');
  const vision = await import('../vision/index.ts');
  const web = await import('../web/index.ts');
  const root = options.model ?? env['AZUREML_MODEL_DIR'];
  if (root === undefined || root === '')
    throw new AmlDeitError('USAGE', 'no model to score with: expected --model DIR or AZUREML_MODEL_DIR');
  const threshold = batch.parseErrorThreshold(options.errorThreshold ?? '-1');
  joins(options);
  const shard = await shardOf(options, env);
  const content = rowContent(options);
  const formats = rowFormatNames(options, content);
  const { maxBatch } = await import('../serving/index.ts');
  const miniBatch = whole('the mini-batch', options.miniBatch ?? defaultMiniBatch, 4 * maxBatch);
  requirePeer('sharp');
  const rowsPerPart = whole('the rows of a part', options.rowsPerPart ?? defaultRowsPerPart, 1);

  const input = await findScoreInput(options.input);
  const output = resolve(options.output);
  if (input.kind !== 'tables' && (options.column ?? options.idColumn) !== undefined)
    host.message({
      code: 'column-unused',
      level: 'warning',
      text: `${options.input} is no table: --column and --id-column say nothing of it`,
    });
  const inputPath = input.kind === 'tables' ? undefined : input.path;
  if (inputPath === output)
    throw new AmlDeitError('USAGE', `input and output are the same folder: ${output}`);
  const packageDirectory = await vision.findModelPackage(resolve(root));
  const { manifest: model } = await vision.readModelPackage(packageDirectory);
  const manifestSha256 = createHash('sha256')
    .update(await readFile(join(packageDirectory, vision.manifestFileName)))
    .digest('hex');
  const { imageSize, channels } = model.architecture;
  const preprocessing =
    options.profile === undefined
      ? model.preprocessing
      : vision.profilePreprocessing(options.profile, imageSize, channels);

  const limits = { maxBytes: vision.defaultDecodeLimits.maxBytes, retries: options.retries ?? 3 };
  const source =
    input.kind === 'folder'
      ? batch.folderSource(input.path, shard, limits, options.filesPerTurn)
      : input.kind === 'picture'
        ? batch.singleFileSource(input.path, basename(input.path), shard, limits)
        : batch.tableSource(
            {
              files: input.files,
              root: input.root,
              limits,
              fetcher: web.pictureFetcher({ policy: web.parseUrlPolicy(env[web.urlPolicyVariable]) }),
              column: options.column,
              idColumn: options.idColumn,
              maxRecordBytes: batch.defaultMaxRecordBytes,
              filesPerTurn: options.filesPerTurn,
            },
            shard,
          );
  const outputOptions = {
    directory: output,
    shard,
    formats: batch.rowFormats(formats, content, model),
    rowsPerPart: formats.includes('azureml') ? Number.MAX_SAFE_INTEGER : rowsPerPart,
    fingerprint: {
      model: manifestSha256,
      preprocessing,
      input: source.description,
      ...(input.kind === 'tables' ? { tables: await batch.tableHashes(input.files, signal) } : {}),
      column: options.column ?? null,
      idColumn: options.idColumn ?? null,
      content,
      formats,
      rowsPerPart,
      filesPerTurn: options.filesPerTurn ?? null,
      joined: options.appendTo ?? (options.summaryOnly === true ? 'counted only' : null),
      rank: shard.rank,
      worldSize: shard.worldSize,
    },
  };
  const lock = await batch.lockShardOutput(output, shard, (why) =>
    host.message({
      code: 'output-not-locked',
      level: 'warning',
      text: `nothing keeps a second process of this rank out of ${output}: ${why}`,
    }),
  );
  try {
    await batch.clearRunWithoutRows(output, shard);
    const finished = await batch.finishedShard(outputOptions);
    if (finished !== undefined) {
      await refuseOtherPaths(finished as ShardManifest, source, output, signal);
      batch.checkErrorThreshold(threshold, (finished as ShardManifest).counts, true);
      host.message({ code: 'score-unchanged', level: 'info', text: `${output} is complete: nothing to do` });
    }
    const manifest =
      finished ??
      (await scoreRest({
        options,
        env,
        packageDirectory,
        model: { ...model, manifestSha256 },
        preprocessing,
        source,
        outputOptions,
        threshold,
        miniBatch,
      }));
    const result = resultOf(manifest as ShardManifest, output, shard, batch.manifestFile(shard));
    // One share may happen to hold only what is broken: who is last to complete judges all of them.
    // A job of several nodes goes on to its rows, which say it of each picture.
    const isJudged = shard.worldSize === 1 || env['AZUREML_RUN_ID'] === undefined;
    const counts = isJudged ? await batch.countsOfAll(output, shard.worldSize) : undefined;
    if (counts !== undefined) refuseAllFailed(counts, output);
    if (joins(options) && shard.rank === 0)
      await batch.mergeShards({
        directory: output,
        worldSize: shard.worldSize,
        name: options.appendTo ?? null,
        // In a job the output is one run's alone, and has nothing that Azure ML's own driver does not leave.
        keepsNotes: env['AZUREML_RUN_ID'] === undefined,
        check: (all) => {
          if (isJudged) refuseAllFailed(all, output);
          batch.checkErrorThreshold(threshold, all, true);
        },
        signal,
      });
    return result;
  } finally {
    await lock?.release();
  }
}

interface ScoreRest {
  readonly options: ScorePicturesOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly packageDirectory: string;
  readonly model: ModelManifest & { readonly manifestSha256: string };
  readonly preprocessing: ModelManifest['preprocessing'];
  readonly source: BatchSource;
  readonly outputOptions: ShardOutputOptions;
  readonly threshold: ErrorThreshold;
  readonly miniBatch: number;
}

/** Scores what the folder lacks of the shard, and gives the manifest. */
async function scoreRest(rest: ScoreRest): Promise<object> {
  const { options, env, model, source, outputOptions, threshold, miniBatch } = rest;
  const { host = silentHost, signal } = options;
  const { shard } = outputOptions;
  const batch = await import('../serving/batch/index.ts');
  const vision = await import('../vision/index.ts');
  const { maxBatch } = await import('../serving/index.ts');
  const startedAt = new Date();
  const began = performance.now();
  const secondsSince = (): number => (performance.now() - began) / 1000;
  const shardOutput = await batch.ShardOutput.open(outputOptions);
  const kept = shardOutput.state.rows;
  if (kept > 0)
    host.message({
      code: 'score-continued',
      level: 'info',
      text: `continuing after ${kept} rows that are there`,
    });
  const metrics = batch.mlflowMetrics(env, (text) =>
    host.message({ code: 'metrics-not-logged', level: 'warning', text }),
  );
  const progress = scoreProgress({ host, began, kept, shard, metrics });
  const scoreAll = async () => {
    const inference = await vision.startInference({
      packageDirectory: rest.packageDirectory,
      threads: options.threads ?? threadsFor(env, vision.availableThreads()),
      warmUpBatches: [maxBatch],
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event) => {
        if (event.type !== 'restarted')
          host.message({ code: `model-${event.type}`, level: 'warning', text: event.error.message });
      },
    });
    const loadSeconds = secondsSince();
    try {
      const outcome = await batch.scoreShard({
        inference,
        source,
        output: shardOutput,
        preprocessing: rest.preprocessing,
        decodeLimits: vision.defaultDecodeLimits,
        batchSize: maxBatch,
        miniBatch,
        errorThreshold: threshold,
        onProgress: (now) => progress.report(now),
        signal,
      });
      return { ...outcome, loadSeconds };
    } finally {
      await inference.close();
    }
  };
  try {
    const { state, survey, pathsSha256, loadSeconds, late, vanished } = await scoreAll();
    const seconds = secondsSince();
    await progress.end(state);
    const changed = (text: string): void => host.message({ code: 'input-changed', level: 'warning', text });
    if (late > 0)
      changed(`pictures that came or went while others were scored, and are the last rows: ${late}`);
    if (vanished > 0) changed(`rows of pictures that are no longer in the folder: ${vanished}`);
    // Last of all: a process that is gone after this has nothing left to do.
    return await shardOutput.finish((files) => ({
      schemaVersion: 1,
      tool: { name: 'aml-deit', version: packageVersion() },
      rank: shard.rank,
      worldSize: shard.worldSize,
      startedAt: startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      input: { ...source.description, ...(pathsSha256 === undefined ? {} : { pathsSha256 }) },
      model: {
        name: model.name,
        task: model.task,
        labels: model.labels,
        profile: options.profile ?? model.profile,
        precision: model.precision,
        manifestSha256: model.manifestSha256,
      },
      counts: {
        rows: state.rows,
        scored: state.rows - state.errors,
        errors: state.errors,
        errorsByCode: state.errorsByCode,
        skipped: survey.skipped,
        inputItems: survey.items,
        late,
        vanished,
        kept,
        resumed: state.resumed,
      },
      timings: { seconds, loadSeconds, picturesPerSecond: (state.rows - kept) / seconds },
      files,
    }));
  } finally {
    await shardOutput.close();
  }
}

interface ShardManifest {
  readonly input?: { readonly pathsSha256?: string };
  readonly counts: {
    readonly rows: number;
    readonly scored: number;
    readonly errors: number;
    readonly errorsByCode: Readonly<Record<string, number>>;
    readonly skipped: Readonly<Record<string, number>>;
    readonly kept: number;
  };
  readonly timings: {
    readonly seconds: number;
    readonly loadSeconds: number;
    readonly picturesPerSecond: number;
  };
  readonly files: readonly OutputFile[];
}

/** Another folder than the one that was scored, or pictures that came since, must not pass for done. */
async function refuseOtherPaths(
  { input }: ShardManifest,
  source: BatchSource,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (input?.pathsSha256 === undefined) return;
  const survey = await source.survey(signal);
  if (survey?.pathsSha256 === input.pathsSha256) return;
  throw new AmlDeitError(
    'OUTPUT_EXISTS',
    `${output} holds the finished results of other paths than the ${survey?.seen.items ?? 0} of this input`,
    { hint: 'choose another folder, or empty this one' },
  );
}

function refuseAllFailed(
  counts: Pick<ShardManifest['counts'], 'rows' | 'errors' | 'errorsByCode'>,
  output: string,
): void {
  const { rows, errors, errorsByCode } = counts;
  if (rows === 0 || errors < rows) return;
  throw new AmlDeitError('ERROR_THRESHOLD_EXCEEDED', `all ${rows} pictures failed`, {
    hint: `each row in ${output} says why`,
    details: { rows, errorsByCode },
  });
}

function resultOf(
  { counts, timings, files }: ShardManifest,
  output: string,
  { rank, worldSize }: Shard,
  manifest: string,
): ScorePicturesResult {
  const { rows, scored, errors, errorsByCode, skipped, kept } = counts;
  return {
    output,
    manifest: join(output, manifest),
    rank,
    worldSize,
    rows,
    scored,
    errors,
    errorsByCode,
    skipped,
    kept,
    ...timings,
    files,
  };
}

async function shardOf(options: ScorePicturesOptions, env: NodeJS.ProcessEnv): Promise<Shard> {
  const { checkShard, shardFromEnvironment, wholeInput } = await import('../serving/batch/index.ts');
  const { rank, worldSize } = options;
  if (rank === undefined && worldSize === undefined) return shardFromEnvironment(env) ?? wholeInput;
  if (worldSize === undefined || (rank === undefined && worldSize !== 1))
    throw new AmlDeitError(
      'USAGE',
      worldSize === undefined ? '--rank goes with --world-size' : '--world-size goes with --rank',
    );
  return checkShard(rank ?? 0, worldSize, '--rank and --world-size');
}

/** Of what `score` writes itself and then removes. */
const ownName = /^(?:predictions|manifest)-\d{5}-of-\d{5}|\.partial$/;

function joins({ appendTo, summaryOnly = false, formats = [] }: ScorePicturesOptions): boolean {
  if (appendTo === undefined && !summaryOnly) return false;
  if (!formats.includes('azureml') || (appendTo !== undefined && summaryOnly))
    throw new AmlDeitError(
      'USAGE',
      '--append-to or --summary-only goes with --format azureml, and not together',
    );
  if (appendTo !== undefined && (!/^[\w-][\w.-]*$/.test(appendTo) || ownName.test(appendTo)))
    throw new AmlDeitError(
      'USAGE',
      `--append-to is "${appendTo}": expected the name of a file such as predictions.csv, not one of score's own`,
    );
  return true;
}

function rowContent({ topK = 5, features = false }: ScorePicturesOptions): RowContent {
  if (features) return { kind: 'features' };
  return topK === 'all' ? { kind: 'all' } : { kind: 'top', k: whole('top-k', topK, 1) };
}

function rowFormatNames(
  { formats = ['csv'] }: ScorePicturesOptions,
  content: RowContent,
): readonly RowFormatName[] {
  if (formats.includes('azureml') && content.kind === 'features')
    throw new AmlDeitError('USAGE', 'the format azureml has probabilities, not features');
  return [...new Set<RowFormatName>(['jsonl', ...formats])];
}

function whole(what: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new AmlDeitError('USAGE', `${what} is ${value}: expected a whole number from ${least}`);
  return value;
}

/** Launchers start several processes on a machine, and say how many threads each should take. */
function threadsFor(env: NodeJS.ProcessEnv, available: number): number {
  const told = Number(env['OMP_NUM_THREADS']);
  if (Number.isSafeInteger(told) && told >= 1) return Math.min(told, available);
  const local = Number(env['LOCAL_WORLD_SIZE'] ?? env['OMPI_COMM_WORLD_LOCAL_SIZE']);
  return Math.max(1, Math.floor(available / (Number.isSafeInteger(local) && local >= 1 ? local : 1)));
}
