import { userError } from '../../http/service-error.ts';
import { jobOutputUri } from '../../jobs/job-output-uri.ts';
import { findDatastore } from '../../storage/datastores.ts';
import type { ArmHandler } from '../handler.ts';
import { formatDatastoreUri, parseDatastoreUri } from '../resource-ids.ts';
import type { TwinServices } from '../../services.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import type { DataVersionRecord } from './records.ts';
import { dataContainerShape, dataVersionShape } from './shapes.ts';

/** Web and storage addresses that the service takes as they are. */
const otherUri = /^(?:https?|wasbs?|abfss?|adl|dbfs):\/\/\S+$/i;

function canonicalUri(given: string, services: TwinServices): string {
  const path = parseDatastoreUri(services.identity, jobOutputUri(given, services) ?? given);
  if (path === undefined) {
    if (otherUri.test(given)) return given;
    throw userError(
      `The data path "${given}" is no path of a datastore of this workspace and no web address.`,
      [
        {
          code: 'InvalidDataUri',
          message: 'Expected azureml://…/datastores/{name}/paths/{path} or https://….',
        },
      ],
    );
  }
  const datastore = findDatastore(services, path.datastore);
  if (datastore === undefined)
    throw userError(`The datastore "${path.datastore}" of the data path does not exist.`);
  return formatDatastoreUri(services.identity, { datastore: datastore.name, path: path.path });
}

const handlers = createAssetHandlers<DataVersionRecord>({
  segment: 'data',
  title: 'Data',
  missingContainerCode: 'DataContainerNotFound',
  missingVersionCode: 'DataVersionNotFound',
  versionShape: dataVersionShape,
  containers: (services) => services.tables.data,
  versions: (services) => services.tables.dataVersions,
  replaceStatus: 200,
  containerShape: dataContainerShape,
  containerProperties: (newest, { dataType = 'uri_folder' }) => ({
    dataType: newest?.dataType ?? dataType,
    // As recorded: null, not empty.
    tags: null,
    properties: null,
  }),
  toRecord(properties, known, services) {
    const dataUri = canonicalUri(String(properties['dataUri']), services);
    const dataType = String(properties['dataType']).toLowerCase();
    if (known !== undefined && (known.dataUri !== dataUri || known.dataType !== dataType))
      throw userError('Asset paths cannot be updated.');
    return {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: (properties['stage'] as string | null | undefined) ?? known?.stage ?? null,
      dataType,
      dataUri,
      referencedUris: (properties['referencedUris'] as string[] | null | undefined) ?? null,
    };
  },
  toProperties: (record) => ({
    description: record.description,
    tags: record.tags,
    properties: record.properties,
    isArchived: record.isArchived,
    isAnonymous: record.isAnonymous,
    autoDeleteSetting: null,
    dataUri: record.dataUri,
    dataType: record.dataType,
    ...(record.referencedUris === null ? {} : { referencedUris: record.referencedUris }),
  }),
});

export const dataHandlers = {
  'data.containers.list': handlers.listContainers,
  'data.container.get': handlers.getContainer,
  'data.container.put': handlers.putContainer,
  'data.container.delete': handlers.deleteContainer,
  'data.versions.list': handlers.listVersions,
  'data.version.get': handlers.getVersion,
  'data.version.put': handlers.putVersion,
  'data.version.delete': handlers.deleteVersion,
  'data.label.get': handlers.getLabel,
} as const satisfies Record<string, ArmHandler>;
