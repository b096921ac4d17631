import type { BlobPlace } from '../../storage/blob-url.ts';

/** What the twin keeps of assets: nothing that depends on its port. */

export interface AssetContainerRecord {
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly isArchived: boolean;
  /** Of containers of data only: what their versions are, as long as there is none. */
  readonly dataType?: string;
}

export interface AssetVersionRecord extends AssetContainerRecord {
  readonly isAnonymous: boolean;
  readonly stage: string | null;
}

export interface ModelVersionRecord extends AssetVersionRecord {
  readonly modelType: string;
  /** Canonical long form: `azureml://subscriptions/…/datastores/{name}/paths/{path}`. */
  readonly modelUri: string;
  readonly flavors: Readonly<Record<string, unknown>>;
}

export interface RouteRecord {
  readonly path: string;
  readonly port: number;
}

export interface InferenceConfigRecord {
  readonly livenessRoute: RouteRecord;
  readonly readinessRoute: RouteRecord;
  readonly scoringRoute: RouteRecord;
}

export interface EnvironmentVersionRecord extends AssetVersionRecord {
  readonly image: string | null;
  readonly build: { readonly contextUri: string; readonly dockerfilePath: string } | null;
  readonly condaFile: string;
  readonly inferenceConfig: InferenceConfigRecord | null;
  readonly osType: string;
}

export interface DataVersionRecord extends AssetVersionRecord {
  /** `uri_file`, `uri_folder` or `mltable`. */
  readonly dataType: string;
  readonly dataUri: string;
  readonly referencedUris: readonly string[] | null;
}

export interface CodeVersionRecord extends AssetVersionRecord {
  readonly place: BlobPlace;
}

export interface ComponentVersionRecord extends AssetVersionRecord {
  /** As the service gives it back: every scalar is text. */
  readonly componentSpec: Readonly<Record<string, unknown>>;
}
