import { userError } from '../../http/service-error.ts';
import { jobOutputUri } from '../../jobs/job-output-uri.ts';
import { findDatastore } from '../../storage/datastores.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import type { ArmHandler } from '../handler.ts';
import type { ModelVersionRecord } from './records.ts';
import { formatDatastoreUri, parseDatastoreUri } from '../resource-ids.ts';
import { modelVersionShape } from './shapes.ts';

const handlers = createAssetHandlers<ModelVersionRecord>({
  segment: 'models',
  title: 'Model',
  missingContainerCode: 'ModelNotFound',
  missingVersionCode: 'NoSuchModelRegistered',
  versionShape: modelVersionShape,
  containers: (services) => services.tables.models,
  versions: (services) => services.tables.modelVersions,
  replaceStatus: 200,
  toRecord(properties, known, services) {
    const given = String(properties['modelUri']);
    const path = parseDatastoreUri(services.identity, jobOutputUri(given, services) ?? given);
    if (path === undefined || path.path === '')
      throw userError(`The model path "${given}" is not a path of a datastore of this workspace.`, [
        { code: 'InvalidModelUri', message: 'Expected azureml://…/datastores/{name}/paths/{path}.' },
      ]);
    const datastore = findDatastore(services, path.datastore);
    if (datastore === undefined)
      throw userError(`The datastore "${path.datastore}" of the model path does not exist.`);
    const modelUri = formatDatastoreUri(services.identity, { datastore: datastore.name, path: path.path });
    const givenType = properties['modelType'] as string | null | undefined;
    const modelType = (givenType ?? known?.modelType ?? 'custom_model').toLowerCase();
    if (known !== undefined && (known.modelUri !== modelUri || known.modelType !== modelType))
      throw userError('Asset paths cannot be updated.');
    return {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: (properties['stage'] as string | null | undefined) ?? known?.stage ?? null,
      modelType,
      modelUri,
      flavors: (properties['flavors'] as Record<string, unknown> | null | undefined) ?? {},
    };
  },
  toProperties: (record) => ({
    description: record.description,
    tags: record.tags,
    properties: record.properties,
    isArchived: record.isArchived,
    isAnonymous: record.isAnonymous,
    flavors: record.flavors,
    modelType: record.modelType,
    modelUri: record.modelUri,
    jobName: null,
    stage: record.stage ?? 'Development',
    provisioningState: 'Succeeded',
    autoDeleteSetting: null,
    intellectualProperty: null,
  }),
});

export const modelHandlers = {
  'model.containers.list': handlers.listContainers,
  'model.container.get': handlers.getContainer,
  'model.container.put': handlers.putContainer,
  'model.container.delete': handlers.deleteContainer,
  'model.versions.list': handlers.listVersions,
  'model.version.get': handlers.getVersion,
  'model.version.put': handlers.putVersion,
  'model.version.delete': handlers.deleteVersion,
  'model.label.get': handlers.getLabel,
} as const satisfies Record<string, ArmHandler>;
