import { AmlDeitError } from '../errors/index.ts';
import { requirePeer, silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { ModelManifest } from '../vision/model-package.ts';
import type { ComparedPackages } from '../model/index.ts';
import { defaultMinAgreement } from './export-model.ts';
import { findPictures } from './models/find-pictures.ts';

export interface VerifyModelOptions extends ActionContext {
  /** A model package's folder. */
  readonly model: string;
  /** A folder of pictures to classify. */
  readonly images?: string;
  /** Another package of the same classes; with pictures, both are shown them. */
  readonly against?: string;
  /** Share of the pictures that both must answer alike; 0.99 unless it is said. */
  readonly minAgreement?: number;
}

export interface VerifyModelResult {
  readonly directory: string;
  readonly contentHash: string;
  readonly precision: ModelManifest['precision'];
  readonly labels: number;
  /** Of all files, the manifest included. */
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** Shapes that the graph gave for one picture. */
  readonly outputs: { readonly logits: readonly number[]; readonly features: readonly number[] };
  readonly loadMs: number;
  /** Present with pictures: how many could be read, and pictures a second through the model, eight at a time. */
  readonly images?: { readonly count: number; readonly unreadable: ComparedPackages['unreadable'] };
  readonly imagesPerSecond?: number;
  /** Present with pictures and another package. */
  readonly comparison?: {
    readonly against: string;
    readonly againstBytes: number;
    readonly top1: number;
    readonly maxDelta: number;
    readonly meanDelta: number;
    readonly imagesPerSecond: number;
    readonly minAgreement: number;
  };
}

/**
 * Checks a model package: every byte against the manifest, the graph in the runtime, its outputs' shapes; with pictures
 * that it classifies them, how fast, and with another package how far the two agree.
 *
 * Throws PACKAGE_NOT_FOUND, PACKAGE_INVALID (a hash that differs, other shapes), MODEL_LOAD_FAILED, AGREEMENT_TOO_LOW
 * with the figures in its details, VERIFY_OPTIONS_INVALID, INPUT_EMPTY, FILE_NOT_FOUND, PEER_MISSING, INTERRUPTED.
 */
export async function verifyModel(options: VerifyModelOptions): Promise<VerifyModelResult> {
  const { against, host = silentHost, minAgreement = defaultMinAgreement, model, signal } = options;
  if (against !== undefined && options.images === undefined) {
    throw new AmlDeitError(
      'VERIFY_OPTIONS_INVALID',
      'another package is given, and no pictures to show both',
    );
  }
  if (!(minAgreement >= 0 && minAgreement <= 1)) {
    throw new AmlDeitError(
      'VERIFY_OPTIONS_INVALID',
      `the least agreement is ${minAgreement}, expected a share from 0 to 1`,
    );
  }
  requirePeer('onnxruntime-node');
  const pictures = options.images === undefined ? [] : await findPictures(options.images);
  const { comparePackages, verifyPackageFiles } = await import('../model/index.ts');
  const context = signal === undefined ? {} : { signal };
  const { contentHash, files, manifest } = await verifyPackageFiles(model, context);
  const sizeOf = (list: typeof files): number => list.reduce((sum, { bytes }) => sum + bytes, 0);
  const result = {
    directory: model,
    contentHash,
    precision: manifest.precision,
    labels: manifest.labels.length,
    bytes: sizeOf(files),
    files,
    ...(await runOnce(model, signal)),
  };
  if (pictures.length === 0) return result;
  requirePeer('sharp');
  const other = against === undefined ? undefined : await verifyPackageFiles(against, context);
  if (other !== undefined && other.manifest.labels.join('\n') !== manifest.labels.join('\n')) {
    throw new AmlDeitError(
      'VERIFY_OPTIONS_INVALID',
      `${model} and ${against} do not have the same classes: there is nothing to compare`,
    );
  }
  const progress = { id: 'verify', text: 'classifying pictures', unit: 'images' } as const;
  const compared = await comparePackages(model, against, pictures, {
    ...context,
    onProgress: (current, total) => host.progress({ ...progress, state: 'running', current, total }),
  });
  host.progress({ ...progress, state: 'done', current: compared.images });
  const { againstImagesPerSecond, images, imagesPerSecond, maxDelta, meanDelta, top1, unreadable } = compared;
  const shown = { ...result, images: { count: images, unreadable }, imagesPerSecond };
  if (against === undefined || other === undefined) return shown;
  const comparison = {
    against,
    againstBytes: sizeOf(other.files),
    top1,
    maxDelta,
    meanDelta,
    imagesPerSecond: againstImagesPerSecond,
    minAgreement,
  };
  if (images > 0 && top1 >= minAgreement) return { ...shown, comparison };
  throw new AmlDeitError(
    'AGREEMENT_TOO_LOW',
    `${model} answers ${(top1 * 100).toFixed(2)} % of ${images} pictures as ${against} does, expected ${minAgreement * 100} %`,
    { details: { ...shown, comparison } },
  );
}

/** Loads the graph and gives it one grey picture: it has to run, and to give what the manifest says. */
async function runOnce(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Pick<VerifyModelResult, 'outputs' | 'loadMs'>> {
  const { startInference } = await import('../vision/index.ts');
  const begin = performance.now();
  const inference = await startInference({
    packageDirectory: directory,
    ...(signal === undefined ? {} : { signal }),
  });
  const loadMs = Math.round(performance.now() - begin);
  try {
    const { architecture, labels } = inference.manifest;
    const { channels, imageSize } = architecture;
    const { logits, features } = await inference.run(
      new Float32Array(channels * imageSize.height * imageSize.width),
      1,
    );
    const wrong = [...logits, ...features].some((value) => !Number.isFinite(value));
    if (wrong || logits.length !== labels.length || features.length !== architecture.hiddenSize) {
      throw new AmlDeitError(
        'PACKAGE_INVALID',
        `${directory}: the graph gives ${logits.length} logits and ${features.length} features${wrong ? ', some of them no numbers' : ''}, expected ${labels.length} and ${architecture.hiddenSize}`,
      );
    }
    return { loadMs, outputs: { logits: [1, logits.length], features: [1, features.length] } };
  } finally {
    await inference.close();
  }
}
