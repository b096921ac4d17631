import type { ActualDeployment, ActualOnline } from './actual-online.ts';
import type { DesiredDeployment, InferenceRoutes } from './desired-online.ts';
import { diffFields } from './field-changes.ts';
import type { FieldChange } from './field-changes.ts';

const ignoresCase = (field: string): boolean =>
  ['instanceType', 'model.id', 'environment.id', 'egressPublicNetworkAccess'].includes(field);

/** What the service adds itself to the variables that it was given. */
const isServiceVariable = (field: string): boolean => /^environmentVariables\.(?:AZUREML_|AML_)/.test(field);

/** What makes a new revision necessary: the fields that cannot be changed in one that runs. */
export function revisionChanges(
  desired: DesiredDeployment,
  actual: ActualDeployment | undefined,
  context: Pick<ActualOnline, 'models' | 'environments'>,
): FieldChange[] {
  return diffFields(
    actual === undefined ? {} : actualFields(actual, desired, context),
    {
      model: desired.model === undefined ? {} : modelFields(desired.model),
      environment: environmentFields(desired.environment),
      instanceType: desired.instanceType,
      requestSettings: desired.requestSettings,
      livenessProbe: desired.livenessProbe,
      readinessProbe: desired.readinessProbe,
      environmentVariables: desired.environmentVariables,
      appInsightsEnabled: desired.appInsightsEnabled,
      modelMountPath: desired.modelMountPath,
      egressPublicNetworkAccess: desired.egressPublicNetworkAccess,
    },
    {
      ignoresCase,
      isExact: (field) =>
        (field.startsWith('environmentVariables.') && !isServiceVariable(field)) ||
        (field === 'environment.id' && desired.environment.kind === 'none'),
    },
  );
}

/** What is changed in the revision that runs: the number of instances, tags, description. */
export function inPlaceChanges(desired: DesiredDeployment, actual: ActualDeployment): FieldChange[] {
  const { instanceCount, description, tags } = desired;
  return diffFields(
    { instanceCount: actual.instanceCount, description: actual.description, tags: actual.tags },
    { instanceCount, description, tags },
  );
}

function modelFields(model: NonNullable<DesiredDeployment['model']>): object {
  return model.kind === 'package' ? { name: model.name, contentHash: model.contentHash } : { id: model.id };
}

function environmentFields(environment: DesiredDeployment['environment']): object {
  if (environment.kind === 'image') return { image: environment.image, ...routeFields(environment.routes) };
  return environment.kind === 'reference' ? { id: environment.id } : {};
}

function routeFields(routes: InferenceRoutes): object {
  const { livenessRoute, readinessRoute, scoringRoute } = routes;
  return { livenessRoute, readinessRoute, scoringRoute };
}

/** The deployment in the words of the desired side: its model by content where that is what is asked for. */
function actualFields(
  actual: ActualDeployment,
  desired: DesiredDeployment,
  context: Pick<ActualOnline, 'models' | 'environments'>,
): object {
  const model = context.models.find((candidate) => sameId(candidate.id, actual.modelId));
  const environment = context.environments.find((candidate) => sameId(candidate.id, actual.environmentId));
  const modelFieldsNow =
    desired.model?.kind === 'package'
      ? { name: model?.name ?? actual.modelId, contentHash: model?.contentHash }
      : { id: actual.modelId };
  const environmentFieldsNow =
    desired.environment.kind === 'image'
      ? {
          image: environment?.image ?? actual.environmentId,
          ...(environment?.routes === undefined ? {} : routeFields(environment.routes)),
        }
      : { id: actual.environmentId };
  const { requestSettings, livenessProbe, readinessProbe, environmentVariables, appInsightsEnabled } = actual;
  return {
    model: modelFieldsNow,
    environment: environmentFieldsNow,
    instanceType: actual.instanceType,
    requestSettings,
    livenessProbe,
    readinessProbe,
    environmentVariables,
    appInsightsEnabled,
    modelMountPath: actual.modelMountPath,
    egressPublicNetworkAccess: actual.egressPublicNetworkAccess,
  };
}

export function sameId(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}
