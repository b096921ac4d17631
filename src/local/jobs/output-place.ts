import { formatDatastoreUri, parseDatastoreUri } from '../arm/resource-ids.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { parseBlobUrl } from '../storage/blob-url.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { datastoreOfContainer, findDatastore, placeIn, systemDatastores } from '../storage/datastores.ts';
import type { DatastoreContext } from '../storage/datastores.ts';
import type { OutputSpec } from './job-spec.ts';
import { RunFailure } from './run-failure.ts';

/** Where an output goes that nobody gave a place, as clients look for it: `azureml/{run}/{output}`. */
function defaultPlace(identity: TwinIdentity, runId: string, output: string): BlobPlace {
  const datastore = systemDatastores(identity).find((one) => one.isDefault);
  return { container: datastore?.container ?? '', path: `azureml/${runId}/${output}` };
}

/** The place of an output. Addresses may hold `${{name}}`, `${{output_name}}` and `${{default_datastore}}`. */
export function outputPlace(
  context: DatastoreContext,
  runId: string,
  output: string,
  spec: Pick<OutputSpec, 'uri'>,
): BlobPlace {
  const { identity } = context;
  if (spec.uri === null) return defaultPlace(identity, runId, output);
  const uri = spec.uri
    .replaceAll(/\$\{\{\s*name\s*\}\}/g, runId)
    .replaceAll(/\$\{\{\s*output_name\s*\}\}/g, output)
    .replaceAll(/\$\{\{\s*default_datastore\s*\}\}/g, 'workspaceblobstore');
  const blob = parseBlobUrl(identity, uri);
  if (blob !== undefined) return { ...blob, path: blob.path.replace(/\/+$/, '') };
  const path = parseDatastoreUri(identity, uri);
  const datastore = path === undefined ? undefined : findDatastore(context, path.datastore);
  if (path === undefined || datastore === undefined)
    throw new RunFailure(
      'UserError',
      `the address "${uri}" of the output ${output} is in no datastore of this workspace`,
    );
  const place = placeIn(identity, datastore, path.path.replace(/\/+$/, ''));
  if (place === undefined)
    throw new RunFailure(
      'UserError',
      `the output ${output} goes to the storage account "${datastore.account}", which the local twin has not`,
    );
  return place;
}

/** The address of a place as clients read it. Code snapshots and the like are in no datastore: undefined. */
export function placeUri(context: DatastoreContext, place: BlobPlace, folder: boolean): string | undefined {
  const datastore = datastoreOfContainer(context, place.container);
  if (datastore === undefined) return undefined;
  return formatDatastoreUri(context.identity, {
    datastore: datastore.name,
    path: `${place.path}${folder ? '/' : ''}`,
  });
}
