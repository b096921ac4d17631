import type { AzureMl } from './azure-ml.ts';
import type { BlobContainer } from './blob-container.ts';
import { datastoreContainer } from './datastore-container.ts';
import type { DatastoreAccess } from './datastore-container.ts';
import { locateFiles } from './locate-files.ts';
import type { FileSources } from './locate-files.ts';
import { parseRegistryModel } from './registry-address.ts';
import type { RegistryModels } from './registry-models.ts';

export interface PlaceContext extends DatastoreAccess, FileSources {
  readonly datastores: AzureMl['datastores'];
  readonly registryFiles: RegistryModels['open'];
}

/** Files of a container: all below a path, or the one that is there. */
export interface OpenPlace {
  readonly container: BlobContainer;
  readonly path: string;
}

/** The container and path of an address: see `AzureMl.downloadFolder`. */
export async function openPlace(
  context: PlaceContext,
  address: string,
  signal?: AbortSignal,
): Promise<OpenPlace> {
  const call = signal === undefined ? {} : { signal };
  const ofRegistry = parseRegistryModel(address);
  if (ofRegistry !== undefined) return await context.registryFiles(ofRegistry, call);
  const place = await locateFiles(context, address, signal);
  const store = await context.datastores.get(place.datastore, call);
  return { container: datastoreContainer(context, store), path: place.path };
}
