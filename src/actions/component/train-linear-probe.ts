import { setImmediate as turn } from 'node:timers/promises';
import { join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';
import type { LinearProbe, ProbeIteration, ProbeTargets } from '../../training/index.ts';
import type { ComponentInputs } from './component-values.ts';
import { fetchPictures } from './fetch-pictures.ts';
import { pictureFeatures } from './picture-features.ts';
import { splitRows } from './split-rows.ts';
import { readPictureTable } from './read-mltable.ts';
import type { LabelledPicture } from './read-mltable.ts';
import type { StandIn, StandInContext } from './stand-in.ts';
import { taskOf } from './validate-finetune-data.ts';

/** What a linear probe has a use for; everything else that the component takes is about gradients of the backbone. */
const usedInputs: ReadonlySet<string> = new Set([
  'model_path',
  'training_data',
  'validation_data',
  'task_name',
  'random_seed',
  'early_stopping',
  'early_stopping_patience',
  'max_steps',
]);
const validationShare = 0.2;
const multilabelThreshold = 0.5;

type Task = 'multiclass' | 'multilabel';

interface Rows {
  readonly pictures: readonly LabelledPicture[];
  readonly features: Float32Array;
  readonly dimensions: number;
}

/**
 * `transformers_image_classification_finetune`, as a linear probe: a softmax or sigmoid head over the frozen backbone's
 * CLS features, which the model card itself names as a way. Standardised, L-BFGS, the L2 penalty chosen on the validation
 * rows. The same inputs give the same bytes.
 */
export const trainLinearProbe: StandIn = async (context) => {
  const { inputs, outputs, mlflow, say, signal } = context;
  const task = taskOf(inputs);
  const seed = inputs.number('random_seed') ?? 42;
  // What is as the component would have it anyhow, nobody asked for.
  const ignored = inputs.given.filter((name) => !usedInputs.has(name) && !inputs.isDefault(name));
  say('this is a linear probe: the backbone is frozen, a linear head is fitted on its features');
  if (ignored.length > 0) say(`ignored, for a linear probe has no use for them: ${ignored.join(', ')}`);
  await mlflow.tags({
    'aml-deit.training': 'linear probe on frozen features',
    'aml-deit.ignored_inputs': ignored.join(', '),
  });

  const tables = await readTables(inputs, task, seed, context);
  const labels = labelsOf([...tables.training, ...tables.validation]);
  warnOfLabels(tables, labels, say);

  const { readCheckpoint, writePackage, packageContentHash } = await import('../../model/index.ts');
  const checkpoint = await readCheckpoint(inputs.requiredPath('model_path'));
  const written = await writePackage(
    checkpoint,
    join(context.scratch, 'package'),
    signal === undefined ? {} : { signal },
  );
  say(`backbone: ${checkpoint.name}, ${checkpoint.architecture.hiddenSize} features`);
  const backbone = { directory: written.directory, hash: packageContentHash(written.manifest) };
  const training = await rowsOf('training', tables.training, backbone, context);
  const validation = await rowsOf('validation', tables.validation, backbone, context);

  const probe = await fit({ task, labels, seed, training, validation }, context);
  const { writeFinetunedModel } = await import('../../training/index.ts');
  await writeFinetunedModel({
    source: written.directory,
    labels,
    task,
    weight: probe.weight,
    bias: probe.bias,
    pytorchFolder: outputs['pytorch_model_folder'] ?? '',
    mlflowFolder: outputs['mlflow_model_folder'] ?? '',
    signal,
  });
  say('the fine-tuned model is written, as an MLflow model and as a checkpoint');
};

async function readTables(
  inputs: ComponentInputs,
  task: Task,
  seed: number,
  { say, signal }: StandInContext,
): Promise<{
  readonly training: readonly LabelledPicture[];
  readonly validation: readonly LabelledPicture[];
}> {
  const read = async (place: string): Promise<readonly LabelledPicture[]> => {
    const rows = await readPictureTable(place, { task, signal });
    // The last row of a picture counts, as the component has it.
    const byUrl = new Map(rows.map((row) => [row.imageUrl, row]));
    if (byUrl.size < rows.length)
      say(`${rows.length - byUrl.size} rows name a picture again: the last one of each counts`);
    return [...byUrl.values()];
  };
  const training = await read(inputs.requiredPath('training_data'));
  const given = inputs.path('validation_data');
  if (given !== undefined) return { training, validation: await read(given) };
  const split = await splitRows(training, validationShare, seed);
  say(`no validation data: ${split.validation.length} of ${training.length} rows are held back for it`);
  return split;
}

/** All labels of both tables, in the order of their code points: an id is a place in it. */
function labelsOf(rows: readonly LabelledPicture[]): readonly string[] {
  const labels = [...new Set(rows.flatMap((row) => row.labels))];
  return labels.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function warnOfLabels(
  tables: { readonly training: readonly LabelledPicture[]; readonly validation: readonly LabelledPicture[] },
  labels: readonly string[],
  say: (text: string) => void,
): void {
  const quote = (names: readonly string[]): string =>
    `${names
      .slice(0, 10)
      .map((name) => JSON.stringify(name))
      .join(', ')}${names.length > 10 ? `, … (${names.length})` : ''}`;
  for (const name of ['training', 'validation'] as const) {
    const seen = new Set(tables[name].flatMap((row) => row.labels));
    const missing = labels.filter((label) => !seen.has(label));
    if (missing.length > 0) say(`warning: no ${name} row has the label ${quote(missing)}`);
  }
}

async function rowsOf(
  name: string,
  pictures: readonly LabelledPicture[],
  backbone: { readonly directory: string; readonly hash: string },
  { scratch, env, host, signal, say }: StandInContext,
): Promise<Rows> {
  const files = await fetchPictures(
    pictures.map(({ imageUrl }) => imageUrl),
    join(scratch, `${name}-pictures`),
    { env, host, ...(signal === undefined ? {} : { signal }) },
  );
  let saidAt = performance.now();
  const found = await pictureFeatures({
    packageDirectory: backbone.directory,
    packageHash: backbone.hash,
    pictures: pictures.map(({ imageUrl }) => files.get(imageUrl) ?? imageUrl),
    env,
    signal,
    onPicture: (done) => {
      if (performance.now() - saidAt < 5000) return;
      saidAt = performance.now();
      say(`features of ${done} of ${pictures.length} ${name} pictures`);
    },
  });
  for (const { index, error } of found.unreadable.slice(0, 20))
    say(
      `warning: ${pictures[index]?.imageUrl ?? ''} is left out (${pictures[index]?.at ?? ''}): ${error.message}`,
    );
  if (found.unreadable.length > 20)
    say(`warning: ${found.unreadable.length} ${name} pictures are left out, these are the first 20`);
  if (found.readable.length === 0)
    throw new AmlDeitError(
      'TRAINING_DATA_INVALID',
      `none of the ${pictures.length} ${name} pictures can be read`,
    );
  say(
    `features of ${found.readable.length} ${name} pictures${found.cached ? ', from an earlier run over the same pictures' : ''}`,
  );
  return {
    pictures: found.readable.flatMap((index) => pictures[index] ?? []),
    features: found.features,
    dimensions: found.dimensions,
  };
}

function targetsOf(task: Task, rows: readonly LabelledPicture[], labels: readonly string[]): ProbeTargets {
  const ids = new Map(labels.map((label, id) => [label, id]));
  if (task === 'multiclass')
    return {
      kind: 'multiclass',
      labels: Int32Array.from(rows, (row) => ids.get(row.labels[0] ?? '') ?? -1),
    };
  const targets = new Uint8Array(rows.length * labels.length);
  for (const [index, row] of rows.entries())
    for (const label of row.labels) targets[index * labels.length + (ids.get(label) ?? 0)] = 1;
  return { kind: 'multilabel', labels: targets };
}

interface FitOptions {
  readonly task: Task;
  readonly labels: readonly string[];
  readonly seed: number;
  readonly training: Rows;
  readonly validation: Rows;
}

async function fit(
  options: FitOptions,
  { inputs, mlflow, say, signal }: StandInContext,
): Promise<LinearProbe> {
  const { task, labels, training, validation } = options;
  const { stepsOfLinearProbe } = await import('../../training/index.ts');
  const validationTargets = targetsOf(task, validation.pictures, labels);
  const maxSteps = inputs.number('max_steps') ?? -1;
  const steps = stepsOfLinearProbe({
    features: training.features,
    dimensions: training.dimensions,
    classCount: labels.length,
    targets: targetsOf(task, training.pictures, labels),
    seed: options.seed,
    validation: { features: validation.features, targets: validationTargets },
    ...(inputs.flag('early_stopping') === true
      ? { patience: Math.max(1, inputs.number('early_stopping_patience') ?? 1) }
      : {}),
    ...(maxSteps > 0 ? { maxIterations: maxSteps } : {}),
  });
  const isDue = every(10_000);
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    if (step.kind === 'sample')
      say(
        `L2 is chosen on ${step.classes} of the ${labels.length} labels, which ${step.rows} training rows have`,
      );
    else if (step.kind === 'penalty')
      say(`L2 ${shortNumber(step.penalty)}: validation loss ${step.validationLoss.toPrecision(6)}`);
    else if (step.kind === 'trial') {
      if (isDue()) say(`L2 ${shortNumber(step.penalty)}: iteration ${step.iteration}`);
    } else {
      const measured = step.validation;
      const figures: Record<string, number> = {
        epoch: step.iteration,
        loss: step.loss,
        ...(measured === undefined
          ? {}
          : {
              eval_loss: measured.loss,
              ...validationFigures(measured.eachRow, validationTargets),
            }),
      };
      await mlflow.metrics(
        Object.entries(figures).map(([name, value]) => ({ name, value, step: step.iteration })),
      );
      if (isMilestone(step.iteration) || isDue())
        say(
          Object.entries(figures)
            .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(6)}`)
            .join(', '),
        );
    }
    // A turn for what is sent, and for whoever wants it to end.
    await turn();
    throwIfAborted(signal);
    next = steps.next();
  }
  const probe = next.value;
  await mlflow.parameters({
    l2_penalty: String(probe.penalty),
    iterations: String(probe.iterations.length),
    best_iteration: String(probe.bestIteration),
    converged: String(probe.converged),
    training_rows: String(training.pictures.length),
    validation_rows: String(validation.pictures.length),
  });
  say(
    `${probe.converged ? 'converged' : 'ended'} after ${probe.iterations.length} iterations with L2 ${shortNumber(probe.penalty)}, loss ${probe.loss.toPrecision(6)}`,
  );
  return probe;
}

/** Whether so long has passed since it last said yes: a fit of thousands of labels takes seconds for each step. */
function every(ms: number): () => boolean {
  let last = performance.now();
  return () => {
    if (performance.now() - last < ms) return false;
    last = performance.now();
    return true;
  };
}

/** A penalty that was carried over from fewer rows has many digits. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** 1, 2, 5, 10, 20, 50 … : a log, and not a list. */
function isMilestone(iteration: number): boolean {
  const power = 10 ** Math.floor(Math.log10(iteration));
  return [1, 2, 5].includes(iteration / power);
}

function validationFigures(
  eachRow: NonNullable<ProbeIteration['validation']>['eachRow'],
  targets: ProbeTargets,
): Readonly<Record<string, number>> {
  if (targets.kind === 'multiclass') {
    let right = 0;
    eachRow((row, scores) => {
      if (likeliest(scores) === targets.labels[row]) right += 1;
    });
    return { eval_accuracy: right / targets.labels.length };
  }
  let both = 0;
  let either = 0;
  eachRow((row, scores) => {
    for (const [label, score] of scores.entries()) {
      const predicted = 1 / (1 + Math.exp(-score)) >= multilabelThreshold;
      const isTrue = targets.labels[row * scores.length + label] === 1;
      if (predicted && isTrue) both += 1;
      if (predicted || isTrue) either += 1;
    }
  });
  return { eval_iou_micro: either === 0 ? 1 : both / either };
}

function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let label = 1; label < scores.length; label += 1) if (scores[label]! > scores[best]!) best = label;
  return best;
}
