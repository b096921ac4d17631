import { createWriteStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { AmlDeitError } from '../../errors/index.ts';
import { byCodePoint } from '../../metrics/index.ts';
import { readEvaluationConfig } from '../../training/evaluation/index.ts';
import type { ModelManifest, ScoredPicture } from '../../vision/index.ts';
import { exportModel } from '../export-model.ts';
import { evaluationTask } from './compute-metrics.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import { readPictureTable } from './read-mltable.ts';
import type { LabelledPicture } from './read-mltable.ts';
import { readPicture } from './read-picture.ts';
import type { StandIn, StandInContext } from './stand-in.ts';

/**
 * `model_prediction`: scores every picture of the table with the model, in the component's own files. Pictures without
 * three bands are left out, as there; one that cannot be read ends it, as there.
 */
export const predict: StandIn = async (context) => {
  const { inputs, outputs, signal } = context;
  const task = evaluationTask(inputs);
  const labelColumn = inputs.text('label_column_name') ?? 'label';
  const { threshold } = await readEvaluationConfig(
    inputs.path('evaluation_config'),
    inputs.text('evaluation_config_params'),
  );
  const rows = await readPictureTable(inputs.requiredPath('test_data'), {
    task,
    // The component's own default, which fits no table of the samples.
    imageColumn: inputs.text('input_column_names') ?? 'image',
    labelColumn,
    signal,
  });
  await predictPictures(await localFiles(rows, context), {
    ...context,
    task,
    labelColumn,
    threshold,
    model: inputs.requiredPath('mlflow_model'),
    maxBatch: inputs.number('batch_size') ?? 8,
    outputs,
  });
};

/** A row of the table whose picture is on this machine. */
export interface LocalPicture extends LabelledPicture {
  readonly file: string;
}

export interface PredictOptions extends Pick<StandInContext, 'say' | 'host' | 'signal' | 'scratch'> {
  readonly task: 'multiclass' | 'multilabel';
  /** A folder with a package or a checkpoint in it. */
  readonly model: string;
  readonly labelColumn: string;
  /** A label of many is predicted above it. */
  readonly threshold: number;
  readonly maxBatch: number;
  /** Files by the component's names. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Scores pictures and writes `model_prediction`'s files. */
export async function predictPictures(rows: readonly LocalPicture[], options: PredictOptions): Promise<void> {
  const { task, outputs, say, host, signal, maxBatch } = options;
  const begin = new Date();
  const packageDirectory = await packageOf(options.model, options);
  const { startInference, startPreprocessor, scorePictures } = await import('../../vision/index.ts');
  const inference = await startInference({ packageDirectory, ...(signal === undefined ? {} : { signal }) });
  const preprocessor = startPreprocessor(inference.manifest.preprocessing, {
    imageSize: inference.manifest.architecture.imageSize,
  });
  try {
    const { manifest } = inference;
    if (manifest.task !== task) {
      const text = `the model is of task ${manifest.task} and is evaluated as ${task}`;
      say(text);
      host.message({ code: 'task-differs', level: 'warning', text });
    }
    checkLabels(manifest.labels, rows);
    const usable = await threeBands(rows, say);
    const columns = sortedColumns(manifest);
    const writers = {
      predictions: writer(outputs['predictions'] ?? ''),
      probabilities: writer(outputs['prediction_probabilities'] ?? ''),
      truth: writer(outputs['ground_truth'] ?? ''),
    };
    const progress = { id: 'predict', text: 'score pictures', total: usable.length, unit: 'images' } as const;
    let done = 0;
    const scored = scorePictures(usable, {
      inference,
      preprocessor,
      read: ({ file }) => readPicture(file),
      maxBatch: Math.min(maxBatch, 32),
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const picture of scored) {
      const row = rowOf(picture, manifest, task, columns, options.threshold);
      await writers.predictions.write({ predictions: row.prediction });
      await writers.probabilities.write(
        Object.fromEntries(row.probabilities.map((value, index) => [index, value])),
      );
      const { labels } = picture.item;
      await writers.truth.write({ [options.labelColumn]: task === 'multiclass' ? labels[0] : labels });
      done += 1;
      host.progress({ ...progress, state: 'running', current: done });
    }
    for (const lines of Object.values(writers)) await lines.close();
    host.progress({ ...progress, state: 'done', current: done });
    const end = new Date();
    await writeFile(
      outputs['performance_metadata'] ?? '',
      `${JSON.stringify({ batch_size: maxBatch, start_time_iso: begin.toISOString(), end_time_iso: end.toISOString(), time_taken_ms: end.getTime() - begin.getTime() })}\n`,
    );
    say(`${done} of ${rows.length} pictures scored`);
  } finally {
    await preprocessor.close();
    await inference.close();
  }
}

/** A package as it is; a checkpoint, wherever Azure ML's tools put it, exported first. */
async function packageOf(
  model: string,
  { scratch, host, signal }: Pick<StandInContext, 'scratch' | 'host' | 'signal'>,
): Promise<string> {
  const checkpoint = await findCheckpoint(model);
  if ((await stat(join(checkpoint, 'aml-deit.json')).catch(() => undefined)) !== undefined) return checkpoint;
  const { directory } = await exportModel({
    source: checkpoint,
    out: join(scratch, 'package'),
    host,
    ...(signal === undefined ? {} : { signal }),
  });
  return directory;
}

async function localFiles(
  rows: readonly LabelledPicture[],
  { scratch, env, signal, host }: StandInContext,
): Promise<LocalPicture[]> {
  const { fetchPictures } = await import('./fetch-pictures.ts');
  const urls = rows.map(({ imageUrl }) => imageUrl);
  const files = await fetchPictures(urls, join(scratch, 'pictures'), {
    env,
    host,
    ...(signal === undefined ? {} : { signal }),
  });
  return rows.map((row) => ({ ...row, file: files.get(row.imageUrl) ?? row.imageUrl }));
}

/**
 * Figures of a model for other labels would be zeros, and look like those of a bad model.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID when not one label of the data is the model's.
 */
function checkLabels(known: readonly string[], rows: readonly LocalPicture[]): void {
  const seen = new Set(rows.flatMap(({ labels }) => labels));
  if (seen.size === 0 || known.some((label) => seen.has(label))) return;
  const some = (labels: Iterable<string>): string => {
    const all = [...labels];
    const more = all.length > 3 ? `, … (${all.length})` : '';
    return `${all
      .slice(0, 3)
      .map((label) => JSON.stringify(label))
      .join(', ')}${more}`;
  };
  throw new AmlDeitError(
    'EVALUATION_DATA_INVALID',
    `the model knows not one label of the test data: its own are ${some(known)}, the data's ${some(seen)}`,
    { hint: 'evaluate a model that was fine-tuned on these labels' },
  );
}

async function threeBands(
  rows: readonly LocalPicture[],
  say: (text: string) => void,
): Promise<LocalPicture[]> {
  const { countBands } = await import('../../vision/index.ts');
  const usable: LocalPicture[] = [];
  for (const row of rows) {
    const bytes = await readPicture(row.file).catch((error: unknown) => {
      throw ofRow(row, error);
    });
    // What is damaged is found out, and told, when it is decoded.
    const bands = await countBands(bytes).catch(() => 3);
    if (bands === 3) usable.push(row);
    else say(`left out: ${row.imageUrl} has ${bands} bands, not 3`);
  }
  if (usable.length === 0)
    throw new AmlDeitError('EVALUATION_DATA_INVALID', `not one of ${rows.length} pictures has three bands`);
  return usable;
}

/** With the row's place, when it is a fault of the picture. */
function ofRow({ at, imageUrl }: LocalPicture, error: unknown): unknown {
  return error instanceof AmlDeitError && error.code !== 'FILE_UNREADABLE'
    ? new AmlDeitError('IMAGE_INVALID', `${at}: ${imageUrl}: ${error.message}`, { cause: error })
    : error;
}

/** Columns of the probabilities: the model's labels sorted, which is how `compute_metrics` takes them to be. */
function sortedColumns(manifest: Pick<ModelManifest, 'labels'>): number[] {
  return manifest.labels
    .map((label, index) => ({ label, index }))
    .sort((a, b) => byCodePoint(a.label, b.label) || a.index - b.index)
    .map(({ index }) => index);
}

function rowOf(
  picture: ScoredPicture<LocalPicture>,
  manifest: ModelManifest,
  task: 'multiclass' | 'multilabel',
  columns: readonly number[],
  threshold: number,
): { readonly prediction: string | string[]; readonly probabilities: number[] } {
  if ('error' in picture) throw ofRow(picture.item, picture.error);
  const { logits } = picture;
  const probabilities = activations(logits, task, columns);
  const label = (column: number): string => manifest.labels[columns[column]!] ?? '';
  if (task === 'multilabel')
    return {
      probabilities,
      prediction: probabilities.flatMap((value, column) => (value > threshold ? [label(column)] : [])),
    };
  let best = 0;
  for (let column = 1; column < probabilities.length; column += 1)
    if (probabilities[column]! > probabilities[best]!) best = column;
  return { probabilities, prediction: label(best) };
}

/** Softmax or sigmoid in double precision, in the order of the columns. */
function activations(
  logits: Float32Array,
  task: 'multiclass' | 'multilabel',
  columns: readonly number[],
): number[] {
  if (task === 'multilabel') return columns.map((index) => 1 / (1 + Math.exp(-logits[index]!)));
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponents = columns.map((index) => Math.exp(logits[index]! - largest));
  const sum = exponents.reduce((a, b) => a + b, 0);
  return exponents.map((value) => value / sum);
}

interface LineWriter {
  write(row: object): Promise<void>;
  close(): Promise<void>;
}

function writer(file: string): LineWriter {
  const stream = createWriteStream(file);
  return {
    async write(row) {
      if (!stream.write(`${JSON.stringify(row)}\n`)) await once(stream, 'drain');
    },
    close: () =>
      new Promise((resolve, reject) => {
        stream.on('error', reject).end(resolve);
      }),
  };
}
