import type { RefusalCode } from '../../http/refusals.ts';
import { ServiceError } from '../../http/service-error.ts';
import type { TwinIdentity } from '../../lifecycle/identity.ts';
import type { TwinServices } from '../../services.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { systemData } from '../system-data.ts';

/** When the twin's workspace was "created": one fixed day, so that its document does not change. */
const workspaceCreatedAt = Date.UTC(2024, 0, 1);

function storageAccountId({ subscriptionId, resourceGroup, account }: TwinIdentity): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

function workspaceDocument(services: TwinServices): object {
  const { identity } = services;
  const base = services.endpoint();
  const id = workspaceId(identity);
  const group = `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/providers`;
  return {
    id,
    name: identity.workspaceName,
    type: resourceType('').replace(/\/$/, ''),
    location: identity.location,
    kind: 'Default',
    tags: { 'aml-deit.simulated': 'true' },
    etag: null,
    identity: { type: 'SystemAssigned', principalId: identity.objectId, tenantId: identity.tenantId },
    sku: { name: 'Basic', tier: 'Basic' },
    properties: {
      friendlyName: identity.workspaceName,
      description: 'local twin of Azure ML: simulated on this machine',
      storageAccount: storageAccountId(identity),
      containerRegistry: `${group}/Microsoft.ContainerRegistry/registries/twin`,
      keyVault: `${group}/Microsoft.KeyVault/vaults/twin`,
      applicationInsights: `${group}/Microsoft.Insights/components/twin`,
      hbiWorkspace: false,
      imageBuildCompute: null,
      provisioningState: 'Succeeded',
      v1LegacyMode: false,
      softDeleteEnabled: false,
      creationTime: new Date(workspaceCreatedAt).toISOString(),
      notebookInfo: {
        resourceId: identity.workspaceId.replaceAll('-', ''),
        fqdn: 'localhost',
        isPrivateLinkEnabled: false,
        notebookPreparationError: null,
      },
      storageHnsEnabled: false,
      workspaceId: identity.workspaceId,
      linkedModelInventoryArmId: null,
      privateLinkCount: 0,
      publicNetworkAccess: 'Enabled',
      discoveryUrl: `${base}/discovery`,
      mlFlowTrackingUri: `azureml://${new URL(base).host}/mlflow/v1.0${id}`,
      sdkTelemetryAppInsightsKey: '',
      sasGetterUri: '',
      enableDataIsolation: true,
      systemDatastoresAuthMode: 'accesskey',
      tenantId: identity.tenantId,
    },
    systemData: systemData(identity, { createdAt: workspaceCreatedAt, modifiedAt: workspaceCreatedAt }),
  };
}

/** The gateway's refusals of a scope that is not this twin's. */
export function checkScope(request: Pick<ArmRequest, 'parameters'>, services: TwinServices): void {
  const { identity } = services;
  const differs = (name: string, own: string): boolean => {
    const given = request.parameters[name];
    return given !== undefined && given.toLowerCase() !== own.toLowerCase();
  };
  const gateway = (code: RefusalCode, message: string): ServiceError =>
    new ServiceError(404, code, message, { source: 'gateway' });
  const { subscription = '', resourceGroup = '', workspace = '', location = '' } = request.parameters;
  if (differs('subscription', identity.subscriptionId))
    throw gateway('SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  if (request.parameters['registry'] === undefined && differs('resourceGroup', identity.resourceGroup))
    throw gateway('ResourceGroupNotFound', `Resource group '${resourceGroup}' could not be found.`);
  if (differs('workspace', identity.workspaceName))
    throw gateway(
      'ResourceNotFound',
      `The workspace '${workspace}' was not found in resource group '${resourceGroup}'.`,
    );
  if (differs('location', identity.location))
    throw gateway('LocationNotAvailableForResourceType', `The location '${location}' is not known here.`);
}

const list: ArmHandler = (_request, services) => ({
  status: 200,
  body: { value: [workspaceDocument(services)] },
});

export const workspaceHandlers = {
  'workspace.listKeys': (_request, services) => {
    const { identity } = services;
    const account = storageAccountId(identity);
    return {
      status: 200,
      body: {
        userStorageKey: identity.accountKey,
        userStorageResourceId: account,
        userStorageArmId: account,
        appInsightsInstrumentationKey: null,
        // The twin's registry has no admin user, and it runs no notebooks.
        containerRegistryCredentials: null,
        notebookAccessKeys: null,
      },
    };
  },
  'workspace.listStorageAccountKeys': (_request, services) => ({
    status: 200,
    body: { userStorageKey: services.identity.accountKey },
  }),
  'workspace.get': (_request, services) => ({ status: 200, body: workspaceDocument(services) }),
  'workspace.list': list,
  'workspace.listInSubscription': list,
} as const satisfies Record<string, ArmHandler>;
