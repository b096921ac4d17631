import { silentHost, readFolderContent } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';
import type { DataManifest } from '../../training/data/index.ts';
import type { ConnectOptions } from '../connect.ts';
import { withConnection } from '../with-connection.ts';

/** Sends the pictures to the workspace's blob store, once per content, and registers their folder as data. */
export function uploadPictures(
  directory: string,
  name: string,
  manifest: DataManifest,
  options: ConnectOptions & ActionContext,
): Promise<{ readonly asset: string; readonly uri: string }> {
  const { host = silentHost, signal } = options;
  return withConnection(options, async (aml, call) => {
    const content = await readFolderContent(directory, signal);
    const progress = {
      id: 'upload',
      text: `send ${content.files.length} pictures`,
      total: content.totalBytes,
      unit: 'bytes',
    } as const;
    const sent = await aml.uploadFolder(
      { name, content },
      {
        ...call,
        onProgress: ({ uploadedBytes }) =>
          host.progress({ ...progress, state: 'running', current: uploadedBytes }),
      },
    );
    host.progress({ ...progress, state: sent.reused ? 'skipped' : 'done', current: content.totalBytes });
    const data = await aml.data.registerFolder(
      name,
      {
        // The samples' form: what is below begins right behind it.
        uri: `${sent.uri}/`,
        description: `${manifest.pictures.length} pictures, ${manifest.labels.length} labels (${manifest.task})`,
        tags: { 'aml-deit.content': content.contentHash },
      },
      call,
    );
    return { asset: `azureml:${name}:${data.name}`, uri: data.properties.dataUri ?? `${sent.uri}/` };
  });
}
