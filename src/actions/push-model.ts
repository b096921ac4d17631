import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import { assetName } from '../rollout/index.ts';
import type { ConnectOptions } from './connect.ts';
import { pushPackage } from './models/push-package.ts';
import type { PushedPackage } from './models/push-package.ts';
import { readPackage } from './models/read-package.ts';
import { withConnection } from './with-connection.ts';

export interface PushModelOptions extends ConnectOptions, ActionContext {
  /** A model package's folder, as `exportModel` writes it. */
  readonly model: string;
  /** Of the model in the workspace; by default made of the package's own name. */
  readonly name?: string;
  readonly description?: string;
  /** Besides those that say what it is and where it comes from (`aml-deit.…`). */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface PushModelResult extends PushedPackage {
  readonly name: string;
  /** Of the whole package. */
  readonly totalBytes: number;
  /** SHA-256 over the names and contents of its files; the tag `aml-deit.content-sha256`. */
  readonly contentHash: string;
}

/**
 * Sends a model package to the workspace's blob store and registers it as a version of a model. Run again after an
 * interruption, it continues; run again with the same content, it sends nothing and gives the same version.
 *
 * Throws PACKAGE_NOT_FOUND, PACKAGE_INVALID (files that are not the manifest's), NAME_INVALID, UPLOAD_FAILED, and what
 * connecting may throw.
 */
export async function pushModel(options: PushModelOptions): Promise<PushModelResult> {
  const { name: given, tags } = options;
  if (given !== undefined && assetName(given) !== given) {
    throw new AmlDeitError('NAME_INVALID', `the model name "${given}" is none that Azure ML takes`, {
      hint: `1 to 255 letters, digits, dashes and underscores, beginning with a letter or digit: ${assetName(given)}`,
    });
  }
  if (/^(?:hf|azureml):/.test(options.model)) {
    throw new AmlDeitError('PACKAGE_NOT_FOUND', `${options.model} is a checkpoint, not a model package`, {
      hint: `make a package of it, and push that: aml-deit model export ${options.model} --out DIR`,
    });
  }
  const read = await readPackage(options.model, options);
  if (read.altered.length > 0) {
    throw new AmlDeitError(
      'PACKAGE_INVALID',
      `${options.model}: ${read.altered.join(', ')} ${read.altered.length === 1 ? 'is' : 'are'} not what the manifest recorded`,
      { hint: 'export the checkpoint again: aml-deit model export DIR --out DIR --force' },
    );
  }
  const name = given ?? assetName(read.manifest.name);
  return await withConnection(options, async (aml, call) => {
    const pushed = await pushPackage(
      aml,
      read,
      {
        name,
        ...(options.description === undefined ? {} : { description: options.description }),
        ...(tags === undefined ? {} : { tags }),
      },
      options.host ?? silentHost,
      call,
    );
    const { totalBytes, contentHash } = read.content;
    return { ...pushed, name, totalBytes, contentHash };
  });
}
