/** `…/registries/{r}/discovery`: where the registry's own service is. */
export interface RegistryDiscovery {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** `https://cert-eastus.experiments.azureml.net/` */
  readonly primaryRegionResourceProviderUri: string;
}

/** `…/datarefs/{n}/versions/{v}`: a signed address of the container that holds the files. */
export interface BlobReference {
  readonly blobReferenceForConsumption?: {
    readonly blobUri?: string;
    readonly credential?: { readonly credentialType?: string; readonly sasUri?: string };
  };
}
