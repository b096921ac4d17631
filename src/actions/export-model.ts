import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { ModelManifest } from '../vision/model-package.ts';
import type { ConnectOptions } from './connect.ts';
import type { ProfileName } from '../vision/profiles.ts';
import { findPictures } from './models/find-pictures.ts';
import { readLabels } from './models/read-labels.ts';
import { resolveCheckpoint } from './resolve-checkpoint.ts';

/** Which workspace is meant is asked only where the checkpoint is in one. */
export interface ExportModelOptions extends ConnectOptions, ActionContext {
  /**
   * A checkpoint: a folder of Hugging Face or timm, an MLflow model's folder, or a file of weights (safetensors or
   * PyTorch's) with its config beside it; a model of the Hugging Face hub, `hf:OWNER/NAME[@REVISION]`; of the
   * workspace, `azureml:NAME[:VERSION]`, `azureml://jobs/JOB/outputs/NAME` or `azureml://datastores/NAME/paths/PATH`; or
   * of a registry, `azureml://registries/REGISTRY/models/NAME/versions/VERSION` (or `/labels/latest`).
   */
  readonly source: string;
  /** The model package's folder. */
  readonly out: string;
  /** Replace a model package that is at `out` already (anything else there is never touched), and take an int8 package that agrees too seldom. */
  readonly force?: boolean;
  /** `fp32` unless it is said. What int8 costs: docs/int8.md. */
  readonly precision?: 'fp32' | 'int8';
  /** How pictures are prepared, instead of what the checkpoint says. */
  readonly profile?: ProfileName;
  /** A file with the names of the classes, one a line or JSON, instead of the checkpoint's. */
  readonly labels?: string;
  /** Another side of the input in pixels: position embeddings are interpolated. */
  readonly imageSize?: number;
  /** A folder of pictures on which an int8 package is held against the float32 one. */
  readonly images?: string;
  /** Share of those pictures that both must answer alike; 0.99 unless it is said. */
  readonly minAgreement?: number;
}

export interface ExportModelResult {
  readonly directory: string;
  readonly manifest: ModelManifest;
  /** SHA-256 over files and serving facts: equal for packages that answer alike. */
  readonly contentHash: string;
  /** `out` held an intact package of the same content, and was left as it is. */
  readonly unchanged: boolean;
  readonly tensors: { readonly count: number; readonly parameters: number };
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}

export const defaultMinAgreement = 0.99;

/**
 * Makes a model package of a ViT or DeiT checkpoint. The package's folder appears whole or not at all; the same
 * checkpoint and options give the same bytes on every machine (but for the agreement, which is measured).
 * @throws MODEL_UNSUPPORTED, CHECKPOINT_INVALID, SAFETENSORS_INVALID, TORCH_FILE_INVALID, PICKLE_REFUSED,
 * PREPROCESSOR_INVALID, FILE_NOT_FOUND or FILE_UNREADABLE for the checkpoint; AUTH_DENIED, HUB_NOT_FOUND,
 * HUB_UNREACHABLE or HUB_FILE_DAMAGED for one of the hub; what `downloadModel` throws for one of the workspace; LABELS_INVALID, EXPORT_OPTIONS_INVALID, AGREEMENT_TOO_LOW,
 * INPUT_EMPTY, PEER_MISSING for the options; OUTPUT_EXISTS or OUTPUT_NOT_WRITTEN for the folder; INTERRUPTED.
 */
export async function exportModel(options: ExportModelOptions): Promise<ExportModelResult> {
  const { adaptCheckpoint, packageLayout, readCheckpoint, writePackage } = await import('../model/index.ts');
  const { host = silentHost, precision = 'fp32', signal } = options;
  checkOptions(options);
  const pictures = options.images === undefined ? undefined : await findPictures(options.images);
  const labels = options.labels === undefined ? undefined : await readLabels(options.labels);
  const { path, origin } = await resolveCheckpoint(options.source, options);
  const checkpoint = await adaptCheckpoint(await readCheckpoint(path), {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(labels === undefined ? {} : { labels }),
    ...(options.imageSize === undefined ? {} : { imageSize: options.imageSize }),
    ...(signal === undefined ? {} : { signal }),
  });
  const warnings = [
    ...checkpoint.warnings,
    ...(precision === 'int8' && pictures === undefined
      ? [
          {
            code: 'AGREEMENT_NOT_MEASURED',
            text: 'nobody knows how far this int8 package answers as float32 does: --images DIR measures it',
          },
        ]
      : []),
  ];
  for (const { code, text } of warnings) host.message({ code, level: 'warning', text });

  const total = packageLayout(checkpoint, '', precision).bytes;
  const progress = {
    id: 'export',
    text: `exporting ${checkpoint.name}`,
    total,
    unit: 'bytes',
  } as const;
  const context = signal === undefined ? {} : { signal };
  host.progress({ ...progress, state: 'running', current: 0 });
  try {
    const written = await writePackage(checkpoint, options.out, {
      ...context,
      force: options.force ?? false,
      ...(origin === undefined ? {} : { origin }),
      precision,
      ...(pictures === undefined
        ? {}
        : {
            measure: (directory: string) =>
              measure(directory, pictures, options, (float32) => writePackage(checkpoint, float32, context)),
          }),
      onBytes: (current) => host.progress({ ...progress, state: 'running', current }),
    });
    host.progress({ ...progress, state: 'done', current: total });
    const tensors = [...checkpoint.tensors.values()];
    const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    return { ...written, tensors: { count: tensors.length, parameters }, warnings };
  } catch (error) {
    host.progress({ ...progress, state: 'failed' });
    throw error;
  }
}

function checkOptions({ precision = 'fp32', images, minAgreement }: ExportModelOptions): void {
  if (precision === 'fp32' && (images !== undefined || minAgreement !== undefined)) {
    throw new AmlDeitError(
      'EXPORT_OPTIONS_INVALID',
      'pictures are for measuring what int8 changes: with precision fp32 there is nothing to measure',
    );
  }
  if (minAgreement !== undefined && !(minAgreement >= 0 && minAgreement <= 1)) {
    throw new AmlDeitError(
      'EXPORT_OPTIONS_INVALID',
      `the least agreement is ${minAgreement}, expected a share from 0 to 1`,
    );
  }
  if (minAgreement !== undefined && images === undefined) {
    throw new AmlDeitError(
      'EXPORT_OPTIONS_INVALID',
      'a least agreement is given, and no pictures to measure it on',
    );
  }
}

/** Holds an int8 package against a float32 one that is made for it and thrown away. */
async function measure(
  directory: string,
  pictures: readonly string[],
  options: ExportModelOptions,
  writeFloat32: (directory: string) => Promise<unknown>,
) {
  const { host = silentHost, minAgreement = defaultMinAgreement, signal } = options;
  const { comparePackages } = await import('../model/index.ts');
  const temporary = await mkdtemp(join(tmpdir(), 'aml-deit-float32-'));
  const progress = { id: 'agreement', text: 'comparing int8 with float32', unit: 'images' } as const;
  try {
    const float32 = join(temporary, 'package');
    await writeFloat32(float32);
    const agreement = await comparePackages(directory, float32, pictures, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (current, total) => host.progress({ ...progress, state: 'running', current, total }),
    });
    const isEnough = agreement.images > 0 && agreement.top1 >= minAgreement;
    if (agreement.images === 0) {
      const [first] = agreement.unreadable;
      throw new AmlDeitError('INPUT_EMPTY', `no picture can be read: ${first?.reason ?? ''}`);
    }
    host.progress({ ...progress, state: isEnough ? 'done' : 'failed', current: agreement.images });
    if (!isEnough && options.force !== true) {
      const share = `${(agreement.top1 * 100).toFixed(2)} % of ${agreement.images} pictures`;
      throw new AmlDeitError(
        'AGREEMENT_TOO_LOW',
        `int8 answers ${share} as float32 does, expected ${minAgreement * 100} %: nothing was written`,
        {
          hint: 'export in fp32, or take it as it is by --force',
          details: { ...agreement, minAgreement },
        },
      );
    }
    return agreement;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
