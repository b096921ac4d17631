import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requirePeer, silentHost, throwIfAborted } from '../io/index.ts';
import type { ActionContext, Host } from '../io/index.ts';
import { deployOnline } from './deploy-online.ts';
import { exportModel } from './export-model.ts';
import { importRegistryModel } from './import-registry-model.ts';
import { invokeOnline } from './invoke-online.ts';
import { drawPictures } from './quickstart/draw-pictures.ts';
import type { Picture } from './quickstart/draw-pictures.ts';
import { takeOwnFolder, writingTo } from './quickstart/own-folder.ts';
import { pictureFeatures } from './quickstart/picture-features.ts';

export interface QuickstartOptions extends ActionContext {
  /** Where checkpoint, pictures and package go; `out/quickstart` by default. An earlier run's is replaced, a folder of anything else refused. */
  readonly out?: string;
  /** A Hugging Face ViT or DeiT folder whose backbone is taken instead of a random one. */
  readonly checkpoint?: string;
  /** Gives the training pictures each other's labels: accuracy falls to chance. */
  readonly shuffleLabels?: boolean;
  readonly seed?: number;
  /** Pictures a class; 250, and 50 for a checkpoint of your own, whose features need fewer and take longer. */
  readonly trainPictures?: number;
  /** Held-out pictures a class, 50; of a seed of their own. */
  readonly testPictures?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface QuickstartResult {
  readonly accuracy: number;
  readonly correct: number;
  readonly total: number;
  /** What guessing would give: 1 / classes. */
  readonly chance: number;
  readonly shuffledLabels: boolean;
  readonly endpoint: string;
  readonly deployment: string;
  /** False when the endpoint served this very model already, as after a second run. */
  readonly deployed: boolean;
  readonly scoringUri: string | null;
  readonly packageDirectory: string;
  /** One held-out picture of each class, with what it was taken for. */
  readonly examples: readonly {
    readonly image: string;
    readonly label: string;
    readonly predicted: string;
    readonly score: number;
  }[];
  readonly seconds: number;
}

const endpoint = 'fridge';
const sku = 'Standard_D4as_v4';
const smallArchitecture = { imageSize: 224, patchSize: 16, hiddenSize: 384, heads: 12 } as const;
/** What features of a few hundred dimensions and as many pictures need; the default range is for any number. */
const penalties = [0.1, 0.03, 0.01, 0.003, 0.001];

/**
 * From nothing to a deployed classifier on the local twin: a small checkpoint, drawn pictures, a linear head on the
 * frozen backbone's features, the package, the deployment, and held-out pictures classified through its URL. The same
 * seed gives the same model: run again, it finds it deployed.
 *
 * May be interrupted anywhere and run again. The twin stays up.
 *
 * Throws PEER_MISSING before anything is done; OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN for the folder; exportModel's errors
 * for a checkpoint; deployOnline's, importRegistryModel's and invokeOnline's; INTERRUPTED.
 */
export async function quickstart(options: QuickstartOptions = {}): Promise<QuickstartResult> {
  const { host = silentHost, signal, env } = options;
  const startedAt = performance.now();
  for (const peer of ['onnxruntime-node', 'sharp', 'azurite'] as const) requirePeer(peer);
  const out = resolve(options.out ?? join('out', 'quickstart'));
  const context = { host, ...(signal === undefined ? {} : { signal }) };
  const made = await writingTo(out, () => makeModel(out, options, context));

  const target = { target: 'local', ...(env === undefined ? {} : { env }) } as const;
  const deployed = await deployOnline({
    ...target,
    endpoint,
    model: made.packageDirectory,
    modelName: endpoint,
    sku,
    ...context,
  });
  await importRegistryModel({
    directory: made.packageDirectory,
    ...(env === undefined ? {} : { env }),
    ...context,
  });
  const { results } = await invokeOnline({
    ...target,
    endpoint,
    images: made.test.map(({ file }) => file),
    topK: 1,
    ...context,
  });

  const { classes } = made;
  const rows = results.map((result, index) => {
    const label = classes[made.test[index]?.label ?? 0] ?? '';
    const best = result.ok ? result.classes[0] : undefined;
    return { image: result.image, label, predicted: best?.label ?? 'failed', score: best?.score ?? 0 };
  });
  const correct = rows.filter(({ label, predicted }) => label === predicted).length;
  return {
    accuracy: correct / rows.length,
    correct,
    total: rows.length,
    chance: 1 / classes.length,
    shuffledLabels: options.shuffleLabels === true,
    endpoint,
    deployment: deployed.deployment,
    deployed: deployed.changed,
    scoringUri: deployed.scoringUri,
    packageDirectory: made.packageDirectory,
    examples: classes.flatMap((label) => rows.find((row) => row.label === label) ?? []),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** All that happens on this disk: backbone, pictures, head, package. */
async function makeModel(
  out: string,
  options: QuickstartOptions,
  context: ActionContext & { readonly host: Host },
): Promise<{
  readonly packageDirectory: string;
  readonly classes: readonly string[];
  readonly test: readonly Omit<Picture, 'image'>[];
}> {
  const { seed = 1, checkpoint } = options;
  const { host, signal } = context;
  const training = await import('../training/index.ts');
  const classes = training.fridgeClasses;
  const folders = {
    backbone: checkpoint ?? join(out, 'backbone'),
    backbonePackage: join(out, 'backbone-package'),
    checkpoint: join(out, 'checkpoint'),
    package: join(out, 'package'),
  };
  await takeOwnFolder(out);
  if (checkpoint === undefined) {
    await step(host, 'checkpoint', `make a small DeiT checkpoint of random filters (seed ${seed})`, () =>
      training.writeRandomCheckpoint({
        directory: folders.backbone,
        seed,
        labels: classes,
        ...smallArchitecture,
      }),
    );
  }
  // First of all, because it is here that a checkpoint turns out not to be one.
  await exportModel({ source: folders.backbone, out: folders.backbonePackage, force: true, ...context });
  const { features, dimensions, labels } = await pictureFeatures(
    folders.backbonePackage,
    drawPictures({
      directory: join(out, 'train'),
      split: 'train',
      perClass: options.trainPictures ?? (checkpoint === undefined ? 250 : 50),
      seed,
      text: 'draw pictures and run the backbone over them',
      ...context,
    }),
    context,
  );
  await step(host, 'fit', `fit the head on ${labels.length} pictures' features`, async () => {
    // A turn for Ctrl-C before and after: the fit itself holds the thread.
    await new Promise((done) => setImmediate(done));
    throwIfAborted(signal);
    const order = training.permutation(labels.length, training.createRandom(seed, 'shuffle-labels'));
    const { weight, bias } = training.fitLinearProbe({
      features,
      dimensions,
      classCount: classes.length,
      targets: {
        kind: 'multiclass',
        labels:
          options.shuffleLabels === true ? Int32Array.from(order, (index) => labels[index] ?? 0) : labels,
      },
      seed,
      penalties,
    });
    await new Promise((done) => setImmediate(done));
    throwIfAborted(signal);
    await training.writeClassifierHead({
      // The package's weights are the checkpoint's, whatever file those came in.
      source: folders.backbonePackage,
      out: folders.checkpoint,
      labels: classes,
      weight,
      bias,
    });
  });
  await exportModel({ source: folders.checkpoint, out: folders.package, force: true, ...context });
  await rm(folders.backbonePackage, { recursive: true, force: true });

  const test: Omit<Picture, 'image'>[] = [];
  for await (const batch of drawPictures({
    directory: join(out, 'test'),
    split: 'test',
    perClass: options.testPictures ?? 50,
    seed,
    text: 'draw other pictures, held out',
    ...context,
  }))
    test.push(...batch.map(({ file, label }) => ({ file, label })));
  return { packageDirectory: folders.package, classes, test };
}

async function step(host: Host, id: string, text: string, work: () => Promise<void>): Promise<void> {
  host.progress({ id, text, state: 'running' });
  try {
    await work();
  } catch (error) {
    host.progress({ id, text, state: 'failed' });
    throw error;
  }
  host.progress({ id, text, state: 'done' });
}
