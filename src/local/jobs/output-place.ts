import { formatDatastoreUri, parseDatastoreUri } from '../arm/resource-ids.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { parseBlobUrl } from '../storage/blob-url.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { findDatastore, listDatastores } from '../storage/datastores.ts';
import type { OutputSpec } from './job-spec.ts';
import { RunFailure } from './run-failure.ts';

/** Where an output goes that nobody gave a place, as clients look for it: `azureml/{run}/{output}`. */
function defaultPlace(identity: TwinIdentity, runId: string, output: string): BlobPlace {
  const datastore = listDatastores(identity).find((one) => one.isDefault);
  return { container: datastore?.container ?? '', path: `azureml/${runId}/${output}` };
}

/** The place of an output. Addresses may hold `${{name}}`, `${{output_name}}` and `${{default_datastore}}`. */
export function outputPlace(
  identity: TwinIdentity,
  runId: string,
  output: string,
  spec: Pick<OutputSpec, 'uri'>,
): BlobPlace {
  if (spec.uri === null) return defaultPlace(identity, runId, output);
  const uri = spec.uri
    .replaceAll(/\$\{\{\s*name\s*\}\}/g, runId)
    .replaceAll(/\$\{\{\s*output_name\s*\}\}/g, output)
    .replaceAll(/\$\{\{\s*default_datastore\s*\}\}/g, 'workspaceblobstore');
  const blob = parseBlobUrl(identity, uri);
  if (blob !== undefined) return { ...blob, path: blob.path.replace(/\/+$/, '') };
  const path = parseDatastoreUri(identity, uri);
  const datastore = path === undefined ? undefined : findDatastore(identity, path.datastore);
  if (path === undefined || datastore === undefined)
    throw new RunFailure(
      'UserError',
      `the address "${uri}" of the output ${output} is in no datastore of this workspace`,
    );
  return { container: datastore.container, path: path.path.replace(/\/+$/, '') };
}

/** The address of a place as clients read it. Code snapshots and the like are in no datastore: undefined. */
export function placeUri(identity: TwinIdentity, place: BlobPlace, folder: boolean): string | undefined {
  const datastore = listDatastores(identity).find((one) => one.container === place.container);
  if (datastore === undefined) return undefined;
  return formatDatastoreUri(identity, {
    datastore: datastore.name,
    path: `${place.path}${folder ? '/' : ''}`,
  });
}
