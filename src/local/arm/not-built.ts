import { groupPath, locationPathTemplate, providerPath, registryPath, workspacePath } from './paths.ts';

/**
 * What Azure Machine Learning has below these paths and the twin has not, whatever the method. An answer of 404 would
 * be a lie; these are 501 with a code of the twin's own.
 */
const families: readonly (readonly [path: string, what: string])[] = [
  [`${workspacePath}/schedules`, 'A schedule'],
  [`${workspacePath}/privateEndpointConnections`, 'A private endpoint connection'],
  [`${workspacePath}/privateLinkResources`, 'A private link'],
  [`${workspacePath}/outboundRules`, 'An outbound rule of a managed network'],
  [`${workspacePath}/provisionManagedNetwork`, 'A managed network'],
  [`${workspacePath}/featuresets`, 'A feature set'],
  [`${workspacePath}/featurestoreEntities`, 'A feature store entity'],
  [`${workspacePath}/serverlessEndpoints`, 'A serverless endpoint'],
  [`${workspacePath}/marketplaceSubscriptions`, 'A marketplace subscription'],
  [`${workspacePath}/inferencePools`, 'An inference pool'],
  [`${workspacePath}/inferenceGroups`, 'An inference group'],
  [`${workspacePath}/capabilityHosts`, 'A capability host'],
  [`${workspacePath}/raiPolicies`, 'A content filter'],
  [`${workspacePath}/linkedServices`, 'A linked service'],
  [`${workspacePath}/labelingJobs`, 'A labeling job'],
  [`${workspacePath}/diagnose`, 'The diagnosis of a workspace'],
  [`${workspacePath}/resyncKeys`, 'The renewal of a workspace’s keys'],
  [`${workspacePath}/prepareNotebook`, 'A notebook server'],
  [`${workspacePath}/listNotebookKeys`, 'A notebook server'],
  [`${workspacePath}/listNotebookAccessToken`, 'A notebook server'],
  [`${workspacePath}/listConnectionModels`, 'A connection'],
  [`${workspacePath}/usages`, 'The usage of one workspace'],
  [`${workspacePath}/skus`, 'The list of SKUs of a workspace'],
  [`${workspacePath}/onlineEndpoints/{}/deployments/{}/listInstances`, 'The list of instances'],
  [`${locationPathTemplate}/updateQuotas`, 'A change of quotas'],
  [registryPath, 'This part of a registry'],
  [`${groupPath}/${providerPath}/registries`, 'A write to, or another part of, a registry'],
  [
    `${groupPath}/providers/Microsoft.Resources/deployments`,
    'A deployment of a template, as of a new workspace',
  ],
  [`${groupPath}/${providerPath}/capacityReservationGroups`, 'A capacity reservation group'],
];

/** Known paths whose other methods Azure has: `PUT` of a workspace is none that the twin takes. */
const methods: readonly (readonly [method: string, path: string, what: string])[] = [
  ['PUT', workspacePath, 'The creation of a workspace'],
  ['PATCH', workspacePath, 'The update of a workspace'],
  ['DELETE', workspacePath, 'The deletion of a workspace'],
  ['PUT', `${workspacePath}/connections/{}`, 'The creation of a connection'],
  ['PATCH', `${workspacePath}/connections/{}`, 'The update of a connection'],
  ['POST', `${workspacePath}/connections/{}/listsecrets`, 'The secrets of a connection'],
  ['POST', `${workspacePath}/computes/{}/start`, 'A compute instance'],
  ['POST', `${workspacePath}/computes/{}/stop`, 'A compute instance'],
  ['POST', `${workspacePath}/computes/{}/restart`, 'A compute instance'],
  ['POST', `${workspacePath}/computes/{}/listKeys`, 'The keys of an attached compute'],
  ['PATCH', `${workspacePath}/jobs/{}`, 'The PATCH of a job'],
  ['POST', `${workspacePath}/models/{}/versions/{}/package`, 'The packaging of a model'],
  ['POST', `${workspacePath}/models/{}/versions/{}/publish`, 'The publication of an asset'],
  ['POST', `${workspacePath}/environments/{}/versions/{}/publish`, 'The publication of an asset'],
  ['POST', `${workspacePath}/components/{}/versions/{}/publish`, 'The publication of an asset'],
  ['POST', `${workspacePath}/data/{}/versions/{}/publish`, 'The publication of an asset'],
];

function toPattern(template: string, end: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w*\}/g, '[^/]+')}${end}`, 'i');
}

const familyPatterns = families.map(([path, what]) => [toPattern(path, '(?:/|$)'), what] as const);
const methodPatterns = methods.map(([method, path, what]) => [method, toPattern(path, '/?$'), what] as const);

/** What a request asks for that Azure has and the twin has not; undefined for what Azure has not either. */
export function findNotBuilt(method: string, path: string): string | undefined {
  return (
    familyPatterns.find(([pattern]) => pattern.test(path))?.[1] ??
    methodPatterns.find(([wanted, pattern]) => wanted === method && pattern.test(path))?.[2]
  );
}
