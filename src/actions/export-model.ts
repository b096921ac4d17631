import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { ModelManifest } from '../vision/model-package.ts';
import { resolveCheckpoint } from './resolve-checkpoint.ts';

export interface ExportModelOptions extends ActionContext {
  /**
   * A checkpoint: a folder of Hugging Face or timm, an MLflow model's folder, or a file of weights (safetensors or
   * PyTorch's) with its config beside it; or a model of the Hugging Face hub, `hf:OWNER/NAME[@REVISION]`.
   */
  readonly source: string;
  /** The model package's folder. */
  readonly out: string;
  /** For `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME` and the like; this process's by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Replace a model package that is at `out` already; anything else there is never touched. */
  readonly force?: boolean;
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

/**
 * Makes a model package of a ViT or DeiT checkpoint. The package's folder appears whole or not at all.
 * @throws MODEL_UNSUPPORTED, CHECKPOINT_INVALID, SAFETENSORS_INVALID, TORCH_FILE_INVALID, PICKLE_REFUSED,
 * PREPROCESSOR_INVALID, FILE_NOT_FOUND or FILE_UNREADABLE for the checkpoint; AUTH_DENIED, HUB_NOT_FOUND,
 * HUB_UNREACHABLE or HUB_FILE_DAMAGED for one of the hub; OUTPUT_EXISTS or OUTPUT_NOT_WRITTEN for the folder; INTERRUPTED.
 */
export async function exportModel(options: ExportModelOptions): Promise<ExportModelResult> {
  const { packageLayout, readCheckpoint, writePackage } = await import('../model/index.ts');
  const host = options.host ?? silentHost;
  const { signal, env = process.env } = options;
  const context = { host, env, ...(signal === undefined ? {} : { signal }) };
  const { path, origin } = await resolveCheckpoint(options.source, context);
  const checkpoint = await readCheckpoint(path);
  for (const { code, text } of checkpoint.warnings) host.message({ code, level: 'warning', text });

  const total = packageLayout(checkpoint, '').bytes;
  const progress = {
    id: 'export',
    text: `exporting ${checkpoint.name}`,
    total,
    unit: 'bytes',
  } as const;
  host.progress({ ...progress, state: 'running', current: 0 });
  try {
    const written = await writePackage(checkpoint, options.out, {
      force: options.force ?? false,
      ...(origin === undefined ? {} : { origin }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onBytes: (current) => host.progress({ ...progress, state: 'running', current }),
    });
    host.progress({ ...progress, state: 'done', current: total });
    const tensors = [...checkpoint.tensors.values()];
    const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    return { ...written, tensors: { count: tensors.length, parameters }, warnings: checkpoint.warnings };
  } catch (error) {
    host.progress({ ...progress, state: 'failed' });
    throw error;
  }
}
