import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import type { Host } from '../../io/index.ts';
import { assetTags } from './asset-tags.ts';
import type { DesiredRead } from './desired-online.ts';

const versionAttempts = 5;

/**
 * Uploads a package and registers it as the next version, marked with its content's hash. An upload that was
 * interrupted is continued, one that is complete is used. Returns the version's ARM id.
 */
export async function registerPackage(
  aml: AzureMl,
  read: DesiredRead,
  host: Host,
  call: CallOptions,
): Promise<string> {
  const { model } = read.desired.deployment;
  if (model?.kind !== 'package' || read.package === undefined)
    throw new TypeError('there is no package to register');
  const { content, manifest } = read.package;
  const uploaded = await aml.uploadFolder(
    { name: model.name, content },
    {
      ...call,
      onProgress: ({ uploadedBytes, totalBytes }) =>
        host.progress({
          id: 'upload',
          text: `sending ${model.name}`,
          state: 'running',
          current: uploadedBytes,
          total: totalBytes,
          unit: 'bytes',
        }),
    },
  );
  host.progress({
    id: 'upload',
    text: uploaded.reused ? `${model.name} is in the blob store already` : `sent ${model.name}`,
    state: uploaded.reused ? 'skipped' : 'done',
    current: uploaded.reused ? content.totalBytes : uploaded.uploadedBytes,
    unit: 'bytes',
  });
  for (let attempt = 1; ; attempt += 1) {
    const version = await aml.models.nextVersion(model.name, call);
    try {
      const registered = await aml.models.register(
        model.name,
        version,
        {
          modelUri: uploaded.uri,
          modelType: 'custom_model',
          description: `${manifest.name}, ${manifest.task}, ${manifest.labels.length} classes`,
          tags: {
            [assetTags.modelContent]: content.contentHash,
            [assetTags.labelCount]: String(manifest.labels.length),
            [assetTags.task]: manifest.task,
          },
        },
        call,
      );
      return registered.id;
    } catch (error) {
      // Somebody else took the number between the question and the answer.
      if (attempt >= versionAttempts || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof AmlDeitError)) return false;
  return error.code === 'AZURE_CONFLICT' || /asset paths cannot be updated/i.test(error.message);
}
