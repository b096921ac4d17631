/** A workspace of Azure, with the cloud it lives in. */
export interface AzureTarget {
  readonly kind: 'azure';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  readonly cloud: CloudName;
  /** Where a cloud that is none of the known ones says what its addresses are (`ARM_CLOUD_METADATA_URL`). */
  readonly metadataUrl?: string;
  /** Where the workspace was named: `flags`, `environment`, or the file. */
  readonly source: string;
}

/** The local twin; where it is and what its workspace is called stands in its descriptor. */
export interface LocalTarget {
  readonly kind: 'local';
  /** `named`: asked for; `default`: no workspace is configured and there is a terminal. */
  readonly source: 'named' | 'default';
}

/** A twin that the environment names as any client's cloud, by the variables of `aml-deit local env`. */
export interface EnvironmentTwinTarget {
  readonly kind: 'environment-twin';
  readonly metadataUrl: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
}

export type Target = AzureTarget | LocalTarget | EnvironmentTwinTarget;

export type CloudName = 'AzureCloud' | 'AzureChinaCloud' | 'AzureUSGovernment';
