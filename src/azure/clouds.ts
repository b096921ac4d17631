import { AmlDeitError } from '../errors/index.ts';
import type { CloudName } from './target.ts';

export interface Cloud {
  readonly name: CloudName;
  readonly resourceManager: string;
  readonly authority: string;
  /** Blobs are at `https://ACCOUNT.blob.{storageSuffix}`. */
  readonly storageSuffix: string;
  /** Audience of scoring with the caller's own token. */
  readonly machineLearningAudience: string;
  /** Of the service that knows the registries of Azure ML. Source: Azure ML's Python client. */
  readonly registryDiscovery: string;
}

export const clouds: Readonly<Record<CloudName, Cloud>> = {
  AzureCloud: {
    name: 'AzureCloud',
    resourceManager: 'https://management.azure.com',
    authority: 'https://login.microsoftonline.com',
    storageSuffix: 'core.windows.net',
    machineLearningAudience: 'https://ml.azure.com',
    registryDiscovery: 'https://eastus.api.azureml.ms',
  },
  AzureChinaCloud: {
    name: 'AzureChinaCloud',
    resourceManager: 'https://management.chinacloudapi.cn',
    authority: 'https://login.chinacloudapi.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    machineLearningAudience: 'https://ml.azure.cn',
    registryDiscovery: 'https://chinaeast2.api.ml.azure.cn',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
    storageSuffix: 'core.usgovcloudapi.net',
    machineLearningAudience: 'https://ml.azure.us',
    registryDiscovery: 'https://usgovarizona.api.ml.azure.us',
  },
};

/** A cloud by the name that the `az` CLI gives it, in any case. Throws TARGET_CONFIG_INVALID. */
export function parseCloudName(name: string): CloudName {
  const found = Object.values(clouds).find((cloud) => cloud.name.toLowerCase() === name.trim().toLowerCase());
  if (found === undefined) {
    throw new AmlDeitError('TARGET_CONFIG_INVALID', `"${name}" is no cloud that is known`, {
      hint: `one of ${Object.keys(clouds).join(', ')}`,
    });
  }
  return found.name;
}
