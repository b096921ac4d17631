import { randomUUID } from 'node:crypto';
import type { TwinServices } from '../../services.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';
import { isRegistry, registryName } from './registry-scope.ts';

function registryDocument(services: TwinServices): object {
  const { identity } = services;
  const group = `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}`;
  return {
    id: `${group}/providers/Microsoft.MachineLearningServices/registries/${registryName}`,
    name: registryName,
    type: 'Microsoft.MachineLearningServices/registries',
    location: identity.location,
    tags: { 'aml-deit.simulated': 'true' },
    identity: { type: 'SystemAssigned', principalId: identity.objectId, tenantId: identity.tenantId },
    properties: {
      discoveryUrl: `${services.endpoint()}/registrymanagement/v1.0/registries/${registryName}/discovery`,
      mlFlowRegistryUri: `azureml://${new URL(services.endpoint()).host}/mlflow/v1.0${group}/providers/Microsoft.MachineLearningServices/registries/${registryName}`,
      intellectualPropertyPublisher: null,
      managedResourceGroup: { resourceId: group },
      managedResourceGroupTags: {},
      publicNetworkAccess: 'Enabled',
      regionDetails: [
        {
          location: identity.location,
          acrDetails: [
            {
              systemCreatedAcrAccount: {
                acrAccountName: 'twin',
                acrAccountSku: 'Premium',
                armResourceId: {
                  resourceId: `${group}/providers/Microsoft.ContainerRegistry/registries/twin`,
                },
              },
              userCreatedAcrAccount: null,
            },
          ],
          storageAccountDetails: [
            {
              systemCreatedStorageAccount: {
                storageAccountName: identity.account,
                storageAccountType: 'Standard_LRS',
                storageAccountHnsEnabled: false,
                armResourceId: {
                  resourceId: `${group}/providers/Microsoft.Storage/storageAccounts/${identity.account}`,
                },
              },
              userCreatedStorageAccount: null,
            },
          ],
        },
      ],
    },
    systemData: null,
  };
}

/** Recorded: a missing registry is told in a form of its own, with inner errors and no `additionalInfo`. */
function missingRegistry(name: string, services: TwinServices): object {
  return {
    error: {
      code: 'UserError',
      severity: null,
      message: `Registry ${name} not found.`,
      messageFormat: 'Registry {registryName} not found.',
      messageParameters: { registryName: name },
      referenceCode: null,
      detailsUri: null,
      target: null,
      details: [],
      innerError: { code: 'NotFound', innerError: { code: 'RegistryNotFound', innerError: null } },
      debugInfo: null,
      additionalInfo: null,
    },
    correlation: {
      operation: randomUUID().replaceAll('-', ''),
      request: randomUUID().replaceAll('-', '').slice(16),
    },
    environment: services.identity.location,
    location: services.identity.location,
    time: new Date(services.now()).toISOString(),
    componentName: 'registry',
  };
}

const list: ArmHandler = (_request, services) => ({
  status: 200,
  body: { value: [registryDocument(services)] },
});

export const registryHandlers = {
  'registry.list': list,
  'registry.listInSubscription': list,
  'registry.get': (request, services) => {
    const name = parameter(request, 'registry');
    return isRegistry(name)
      ? { status: 200, body: registryDocument(services) }
      : { status: 404, body: missingRegistry(name, services) };
  },
} as const satisfies Record<string, ArmHandler>;
