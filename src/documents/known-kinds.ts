import { hasAnyKey, scalarText } from './yaml-tree.ts';
import type { YamlMapping } from './yaml-tree.ts';

/** The last part of the `$schema` URLs of documents that Azure ML takes and aml-deit does not check. */
const schemaNames: ReadonlySet<string> = new Set(
  [
    'kubernetesOnlineEndpoint',
    'kubernetesOnlineDeployment',
    'serverlessEndpoint',
    'marketplaceSubscription',
    'sweepJob',
    'sparkJob',
    'parallelJob',
    'importJob',
    'dataTransferJob',
    'fineTuningJob',
    'finetuningJob',
    'distillationJob',
    'autoMLJob',
    'autoMLImageClassificationJob',
    'autoMLImageClassificationMultilabelJob',
    'autoMLImageObjectDetectionJob',
    'autoMLImageInstanceSegmentationJob',
    'sparkComponent',
    'parallelComponent',
    'sweepComponent',
    'autoMLComponent',
    'importComponent',
    'dataTransferComponent',
    'component',
    'import',
    'schedule',
    'monitorSchedule',
    'workspace',
    'workspaceHub',
    'hub',
    'project',
    'workspaceConnection',
    'connection',
    'registry',
    'featureStore',
    'featureSet',
    'featureStoreEntity',
    'featureSetSpec',
    'featureRetrievalSpec',
    'capabilityHost',
    'index',
    'modelPackage',
    'packageTarget',
    'computeInstance',
    'kubernetesCompute',
    'vmCompute',
    'synapseSparkCompute',
    'synapseSpark',
    'azureBlob',
    'azureFile',
    'azureDataLakeGen1',
    'azureDataLakeGen2',
    'oneLake',
    'hdfs',
    'onlineEndpoint',
    'onlineDeployment',
    'flow',
  ].map((name) => name.toLowerCase()),
);

/** Whether a `$schema` names a document of Azure ML: by its name, or by the host, which may know kinds of tomorrow. */
export function isAzureSchema(name: string, url: string): boolean {
  return schemaNames.has(name.toLowerCase()) || /^https?:\/\/azuremlschemas[\w-]*\./i.test(url);
}

const jobTypes = new Set([
  'sweep',
  'spark',
  'automl',
  'parallel',
  'import',
  'data_transfer',
  'finetuning',
  'distillation',
]);
const computeTypes = new Set(['computeinstance', 'kubernetes', 'virtualmachine', 'synapsespark']);

/** What a document without `$schema` is, where its content says that it is of Azure ML and none that is checked. */
export function otherAzureKind(root: YamlMapping): string | undefined {
  const type = scalarText(root, 'type')?.toLowerCase() ?? '';
  if (hasAnyKey(root, ['create_job', 'create_monitor']) && hasAnyKey(root, ['trigger'])) return 'schedule';
  if (isKubernetesEndpoint(root)) return 'kubernetes online endpoint';
  if (type === 'kubernetes' && hasAnyKey(root, ['endpoint_name', 'instance_type', 'model'])) {
    return 'kubernetes online deployment';
  }
  if (computeTypes.has(type) && hasAnyKey(root, ['name'])) return `compute of type ${type}`;
  if (
    jobTypes.has(type) &&
    hasAnyKey(root, ['inputs', 'outputs', 'task', 'trial', 'entry', 'search_space'])
  ) {
    return `${type} job or component`;
  }
  return undefined;
}

const endpointKeys = new Set([
  '$schema',
  'name',
  'compute',
  'auth_mode',
  'description',
  'tags',
  'properties',
  'traffic',
  'mirror_traffic',
  'identity',
  'kind',
  'location',
  'public_network_access',
]);

/** What tells it from a managed endpoint, whose `$schema` it often names, is the cluster that it is attached to. */
function isKubernetesEndpoint(root: YamlMapping): boolean {
  const compute = scalarText(root, 'compute');
  if (compute === undefined) return false;
  const schema = scalarText(root, '$schema');
  if (schema === undefined ? !compute.startsWith('azureml:') : !/online/i.test(schema)) return false;
  return hasAnyKey(root, ['name']) && [...root.entries.keys()].every((key) => endpointKeys.has(key));
}
