import { isAbsolute, join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import type { ActionContext } from '../../io/index.ts';
import { connect } from '../connect.ts';

const address =
  /^azureml:\/\/(?:subscriptions\/[^/]+\/resourcegroups\/[^/]+\/(?:providers\/Microsoft\.MachineLearningServices\/)?workspaces\/[^/]+\/)?datastores\/([^/]+)\/paths\/(.+)$/i;

/** The longest folder that all of these paths are in, with its slash; empty when they share none. */
function commonFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  for (const path of others)
    while (!path.startsWith(folder)) folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  return folder;
}

interface Place {
  readonly url: string;
  readonly datastore: string;
  readonly path: string;
}

function placeOf(url: string): Place {
  const [, datastore, path] = address.exec(url) ?? [];
  if (datastore === undefined || path === undefined || path.split('/').includes('..'))
    throw new AmlDeitError(
      'TRAINING_DATA_INVALID',
      `the picture "${url}" is at no address of a datastore, expected azureml://…/datastores/NAME/paths/…`,
    );
  // As it is: these addresses hold paths, and nothing in them is encoded.
  return { url, datastore, path };
}

/**
 * Brings pictures to this machine, each datastore's common folder at once. Gives a local path for each address; a path of
 * this machine is itself. Whether a picture is there, whoever reads it finds out.
 */
export async function fetchPictures(
  urls: readonly string[],
  directory: string,
  options: ActionContext & { readonly env: NodeJS.ProcessEnv },
): Promise<ReadonlyMap<string, string>> {
  const files = new Map(urls.filter((url) => isAbsolute(url)).map((url) => [url, url]));
  const remote = urls.filter((url) => !isAbsolute(url)).map(placeOf);
  if (remote.length === 0) return files;
  const aml = await connect({ ...options, target: 'local' });
  try {
    for (const [datastore, places] of Map.groupBy(remote, (place) => place.datastore)) {
      const folder = commonFolder(places.map(({ path }) => path));
      if (folder === '')
        throw new AmlDeitError(
          'TRAINING_DATA_INVALID',
          `the pictures of datastore ${datastore} share no folder: fetching them would fetch all of it`,
        );
      const target = join(directory, datastore);
      await aml.downloadFolder(
        `azureml://datastores/${datastore}/paths/${folder}`,
        target,
        options.signal === undefined ? {} : { signal: options.signal },
      );
      for (const { url, path } of places) files.set(url, join(target, path.slice(folder.length)));
    }
  } finally {
    aml.close();
  }
  return files;
}
