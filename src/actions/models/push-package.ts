import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import type { Host } from '../../io/index.ts';
import type { ModelManifest } from '../../vision/index.ts';
import { assetTags } from '../online/asset-tags.ts';
import type { PackageContent } from './read-package.ts';

const versionAttempts = 5;

export interface PushedPackage {
  /** ARM id of the version. */
  readonly id: string;
  readonly version: string;
  readonly uri: string;
  /** False when a version of the same content was there. */
  readonly isNew: boolean;
  readonly uploadedBytes: number;
}

export interface PushPackageOptions {
  /** Of the model in the workspace. */
  readonly name: string;
  readonly description?: string;
  /** Besides those that say what it is. */
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Uploads a package and registers it as the next version of a model, marked with its content's hash and where it comes
 * from. An upload that was interrupted is continued; of content that is there nothing is sent, and a version that holds
 * it is taken as it is.
 */
export async function pushPackage(
  aml: AzureMl,
  { content, manifest }: Pick<PackageContent, 'content' | 'manifest'>,
  options: PushPackageOptions,
  host: Host,
  call: CallOptions,
): Promise<PushedPackage> {
  const { name } = options;
  const progress = { id: 'upload', unit: 'bytes' } as const;
  const uploaded = await aml.uploadFolder(
    { name, content },
    {
      ...call,
      onProgress: ({ uploadedBytes, totalBytes }) =>
        host.progress({
          ...progress,
          text: `sending ${name}`,
          state: 'running',
          current: uploadedBytes,
          total: totalBytes,
        }),
    },
  );
  host.progress({
    ...progress,
    text: uploaded.reused ? `${name} is in the blob store already` : `sent ${name}`,
    state: uploaded.reused ? 'skipped' : 'done',
    current: uploaded.reused ? content.totalBytes : uploaded.uploadedBytes,
  });
  const { uri, uploadedBytes } = uploaded;
  const known = await findVersion(aml, name, content.contentHash, uri, call);
  if (known !== undefined) return { ...known, uri, isNew: false, uploadedBytes };
  for (let attempt = 1; ; attempt += 1) {
    const version = await aml.models.nextVersion(name, call);
    try {
      const { id } = await aml.models.register(
        name,
        version,
        {
          modelUri: uri,
          modelType: 'custom_model',
          description:
            options.description ??
            `${manifest.name}, ${manifest.task}, ${manifest.labels.length} classes, ${manifest.precision}`,
          tags: { ...options.tags, ...packageTags(manifest, content.contentHash) },
        },
        call,
      );
      return { id, version, uri, isNew: true, uploadedBytes };
    } catch (error) {
      // Somebody else took the number between the question and the answer.
      if (attempt >= versionAttempts || !isTaken(error)) throw error;
    }
  }
}

/** Newest first; archived versions are on their way out, and the list leaves them out. */
async function findVersion(
  aml: AzureMl,
  name: string,
  contentHash: string,
  uri: string,
  call: CallOptions,
): Promise<{ readonly id: string; readonly version: string } | undefined> {
  // The service writes addresses in its own way: they are compared without case.
  const found = (await aml.models.list(name, call)).find(
    ({ properties }) =>
      properties.tags?.[assetTags.modelContent] === contentHash &&
      properties.modelUri?.toLowerCase().replace(/\/$/, '').endsWith(pathOf(uri)) === true,
  );
  return found === undefined ? undefined : { id: found.id, version: found.name };
}

/** From the datastore's name on: the part that is the same in every form of the address. */
const pathOf = (uri: string): string => uri.toLowerCase().replace(/^.*\/datastores\//, '/datastores/');

function packageTags(manifest: ModelManifest, contentHash: string): Record<string, string> {
  const { source, exporter } = manifest;
  return {
    [assetTags.modelContent]: contentHash,
    [assetTags.labelCount]: String(manifest.labels.length),
    [assetTags.task]: manifest.task,
    [assetTags.source]: tagValue(source.directory),
    [assetTags.weights]: source.weightsSha256,
    [assetTags.precision]: manifest.precision,
    [assetTags.profile]: manifest.profile,
    [assetTags.exporter]: tagValue(`${exporter.name} ${exporter.version}`),
  };
}

/** Azure's limit for a tag's value. */
const tagValue = (text: string): string => text.slice(0, 256);

function isTaken(error: unknown): boolean {
  if (!(error instanceof AmlDeitError)) return false;
  return error.code === 'AZURE_CONFLICT' || /asset paths cannot be updated/i.test(error.message);
}
