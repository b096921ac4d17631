import type { TwinDescriptor, TwinPlace } from './twin-descriptor.ts';

/**
 * The variables with which other programs reach a twin: Microsoft's Python client and its `DefaultAzureCredential`,
 * Node's, curl, and this package. Facts: the clients' own sources (cloud metadata, managed identity, CA bundle).
 */
export const twinVariables = {
  cloudMetadata: 'ARM_CLOUD_METADATA_URL',
  registryDiscovery: 'REGISTRY_DISCOVERY_ENDPOINT_URL',
  identityEndpoint: 'IDENTITY_ENDPOINT',
  identityHeader: 'IDENTITY_HEADER',
  pythonCertificates: 'REQUESTS_CA_BUNDLE',
  nodeCertificates: 'NODE_EXTRA_CA_CERTS',
  curlCertificates: 'CURL_CA_BUNDLE',
  subscription: 'AZURE_SUBSCRIPTION_ID',
  resourceGroup: 'AZURE_RESOURCE_GROUP',
  workspace: 'AZUREML_WORKSPACE_NAME',
} as const;

/** Names and values, in the order in which they are shown. `IDENTITY_HEADER` is a secret of this machine. */
export function twinEnvironment(twin: TwinDescriptor): Readonly<Record<string, string>> {
  return environmentOf(twin, twin.identity.header);
}

/** The same to be looked at: what stands in the secret's place is no value. */
export function shownTwinEnvironment(twin: TwinPlace): Readonly<Record<string, string>> {
  return environmentOf(twin, '… (a secret: aml-deit local env prints it)');
}

function environmentOf(twin: TwinPlace, header: string): Readonly<Record<string, string>> {
  return {
    [twinVariables.cloudMetadata]: `${twin.endpoint}/metadata/endpoints?api-version=2022-09-01`,
    [twinVariables.registryDiscovery]: `${twin.endpoint}/`,
    [twinVariables.identityEndpoint]: twin.identity.endpoint,
    [twinVariables.identityHeader]: header,
    [twinVariables.pythonCertificates]: twin.caFile,
    [twinVariables.nodeCertificates]: twin.caFile,
    [twinVariables.curlCertificates]: twin.caFile,
    [twinVariables.subscription]: twin.subscriptionId,
    [twinVariables.resourceGroup]: twin.resourceGroup,
    [twinVariables.workspace]: twin.workspaceName,
  };
}
