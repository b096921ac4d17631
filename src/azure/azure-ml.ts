import type { FolderContent } from '../io/index.ts';
import type {
  AzureBlobDatastoreProperties,
  DataVersionResource,
  EnvironmentVersionResource,
  InferenceConfig,
  ModelContainerResource,
  ModelVersionResource,
  WorkspaceResource,
} from './wire/assets.ts';
import type {
  EndpointKeys,
  EndpointToken,
  GetLogsRequest,
  OnlineDeploymentBody,
  OnlineDeploymentPatch,
  OnlineDeploymentResource,
  OnlineEndpointBody,
  OnlineEndpointResource,
  RegenerateKeysRequest,
} from './wire/online.ts';
import type { JobBody, JobResource, RunDetails, RunDocument } from './wire/jobs.ts';
import type {
  BatchDeploymentBody,
  BatchDeploymentResource,
  BatchEndpointBody,
  BatchEndpointResource,
  BatchJobInput,
  BatchJobResource,
  ComputeBody,
  ComputeResource,
} from './wire/batch.ts';
import type { ArmErrorBody, ArmResource } from './wire/resource.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A long-running operation as plain data: keep it, and `operations.resume` goes on polling it, in any process. */
export interface OperationState {
  readonly schemaVersion: 1;
  /** What is going on, for people: `PUT onlineEndpoints/deit/deployments/r1f3a9c2e`. */
  readonly description: string;
  /** `azure-async-operation`: the body of the status URL says how it goes; `location`: its HTTP status does;
   * `resource`: the resource's own `provisioningState` does. */
  readonly mode: 'azure-async-operation' | 'location' | 'resource';
  readonly statusUrl: string;
  /** Read at the end for the result; absent for a DELETE. */
  readonly resourceUrl?: string;
  readonly startedAt: string;
}

export interface OperationProgress {
  /** The service's own word: `Creating`, `Updating`, `Succeeded`… */
  readonly status: string;
  readonly percentComplete?: number;
  readonly elapsedMs: number;
  readonly polls: number;
}

export interface OperationOptions extends CallOptions {
  /** Past it the wait ends with OPERATION_TIMED_OUT (exit code 5, `details.operation` to resume); the operation goes on. */
  readonly timeoutMs?: number;
  readonly onStarted?: (operation: OperationState) => void;
  readonly onProgress?: (progress: OperationProgress) => void;
}

export interface BlobDatastore {
  readonly name: string;
  readonly properties: AzureBlobDatastoreProperties;
}

export interface UploadProgress {
  readonly uploadedBytes: number;
  readonly totalBytes: number;
}

export interface UploadOptions extends CallOptions {
  readonly onProgress?: (progress: UploadProgress) => void;
}

export interface UploadedFolder {
  /** `azureml://subscriptions/…/datastores/{name}/paths/LocalUpload/{hash}/{folder}`: what a model is registered with. */
  readonly uri: string;
  readonly datastoreName: string;
  readonly path: string;
  /** True when the same content was there already, complete: nothing was sent. */
  readonly reused: boolean;
  /** What went over the network this time; less than all after an interruption. */
  readonly uploadedBytes: number;
}

export interface DownloadProgress {
  readonly downloadedBytes: number;
  readonly totalBytes: number;
}

export interface DownloadOptions extends CallOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Put the files into a folder that holds others: files of the same name are replaced, nothing is deleted. */
  readonly force?: boolean;
  /** No file at the address is no error: a step may have written nothing. */
  readonly mayBeEmpty?: boolean;
}

export interface DownloadedFolder {
  /** Absolute. */
  readonly directory: string;
  /** Sorted by path; paths are below the folder, with forward slashes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly totalBytes: number;
  /** True when the folder held these files already: nothing was fetched. */
  readonly reused: boolean;
  /** What came over the network this time; less than all after an interruption. */
  readonly downloadedBytes: number;
}

export interface ScoringRequest {
  readonly scoringUri: string;
  /** The whole header, from `onlineEndpoints.authorization`; no header is sent without it. */
  readonly authorization?: string;
  /** Sends it there, whatever the traffic says (`azureml-model-deployment`). */
  readonly deployment?: string;
  readonly body: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** 0 or absent: the service's own limit decides. */
  readonly timeoutMs?: number;
}

export interface ScoringResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A model of a registry, by the version that its address means now. */
export interface RegistryModelVersion {
  /** `azureml://registries/R/models/N/versions/V` */
  readonly uri: string;
  readonly name: string;
  readonly version: string;
  /** Where its files are; for the caller's eyes only by the signature of the registry. */
  readonly filesUri: string;
}

export interface RegisterModelOptions {
  readonly modelUri: string;
  readonly modelType: 'custom_model' | 'mlflow_model' | 'triton_model';
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
}

export interface CreateEnvironmentOptions {
  readonly image: string;
  readonly inferenceConfig: InferenceConfig;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ListJobsOptions extends CallOptions {
  /** The newest so many; all of them without it. */
  readonly max?: number;
  readonly archived?: 'exclude' | 'include' | 'only';
}

/** One value of a metric that was logged. Milliseconds since 1970. */
export interface MetricPoint {
  readonly value: number;
  readonly step: number;
  readonly timestampMs: number;
}

export interface RunMetrics {
  /** The newest value of each. NaN and the infinities are themselves. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Bytes of a log from a place on, and where the next ones begin. */
export interface LogPart {
  readonly bytes: Uint8Array;
  readonly nextOffset: number;
}

/**
 * One workspace of Azure ML, in Azure or on the twin: typed operations, nothing of HTTP. Every failure is an
 * `AmlDeitError` (README's table): AUTH_NO_CREDENTIAL, AUTH_DENIED, AZURE_NOT_FOUND, AZURE_CONFLICT,
 * AZURE_UNREACHABLE, AZURE_REQUEST_FAILED, OPERATION_FAILED, OPERATION_TIMED_OUT, INTERRUPTED; `details` keeps
 * Azure's code, message, details, additionalInfo and request id.
 */
export interface AzureMl {
  readonly kind: 'azure' | 'local';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  /** For people: `workspace W in resource group G`, or `the local twin`. */
  readonly description: string;
  /** `/subscriptions/…/workspaces/{w}`: prefix of the ARM ids of what is in it. */
  readonly workspaceId: string;

  readonly workspace: {
    get(options?: CallOptions): Promise<WorkspaceResource>;
  };

  /** The container registry of the workspace. */
  readonly containerRegistry: {
    /** Its host; undefined when the workspace has none (yet). */
    loginServer(options?: CallOptions): Promise<string | undefined>;
    /** The caller's Entra ID token for it. */
    entraToken(): Promise<string>;
    /** Of the twin: the authority of its certificate, which nobody else trusts. */
    readonly trusted?: { readonly host: string; readonly ca: string };
  };

  readonly onlineEndpoints: {
    /** Undefined when there is none of this name. */
    get(name: string, options?: CallOptions): Promise<OnlineEndpointResource | undefined>;
    list(options?: CallOptions): Promise<readonly OnlineEndpointResource[]>;
    put(name: string, body: OnlineEndpointBody, options?: OperationOptions): Promise<OnlineEndpointResource>;
    /**
     * Read-modify-write: `change` gets what the service has, unknown members included, and gives back what it
     * should have (the traffic travels in it). AZURE_NOT_FOUND when there is no such endpoint.
     */
    update(
      name: string,
      change: (current: OnlineEndpointResource) => OnlineEndpointResource,
      options?: OperationOptions,
    ): Promise<OnlineEndpointResource>;
    /** Waits until whatever is going on with it has ended, whoever started it; undefined when there is none. */
    waitUntilSettled(name: string, options?: OperationOptions): Promise<OnlineEndpointResource | undefined>;
    /** False when there was none. */
    delete(name: string, options?: OperationOptions): Promise<boolean>;
    listKeys(name: string, options?: CallOptions): Promise<EndpointKeys>;
    getToken(name: string, options?: CallOptions): Promise<EndpointToken>;
    regenerateKeys(name: string, request: RegenerateKeysRequest, options?: OperationOptions): Promise<void>;
    /** The `Authorization` header for its scoring URL: key, token, or the caller's own Entra token, as it asks for. */
    authorization(endpoint: OnlineEndpointResource, options?: CallOptions): Promise<string>;
  };

  readonly onlineDeployments: {
    get(endpoint: string, name: string, options?: CallOptions): Promise<OnlineDeploymentResource | undefined>;
    /** Empty when the endpoint does not exist. */
    list(endpoint: string, options?: CallOptions): Promise<readonly OnlineDeploymentResource[]>;
    put(
      endpoint: string,
      name: string,
      body: OnlineDeploymentBody,
      options?: OperationOptions,
    ): Promise<OnlineDeploymentResource>;
    /** Read-modify-write of the whole resource, unknown members included. */
    update(
      endpoint: string,
      name: string,
      change: (current: OnlineDeploymentResource) => OnlineDeploymentResource,
      options?: OperationOptions,
    ): Promise<OnlineDeploymentResource>;
    /** Scaling and tags only. */
    patch(
      endpoint: string,
      name: string,
      patch: OnlineDeploymentPatch,
      options?: OperationOptions,
    ): Promise<OnlineDeploymentResource>;
    /** Waits until whatever is going on with it has ended, whoever started it; undefined when it is gone. */
    waitUntilSettled(
      endpoint: string,
      name: string,
      options?: OperationOptions,
    ): Promise<OnlineDeploymentResource | undefined>;
    delete(endpoint: string, name: string, options?: OperationOptions): Promise<boolean>;
    getLogs(endpoint: string, name: string, request?: GetLogsRequest, options?: CallOptions): Promise<string>;
  };

  readonly batchEndpoints: {
    get(name: string, options?: CallOptions): Promise<BatchEndpointResource | undefined>;
    put(name: string, body: BatchEndpointBody, options?: OperationOptions): Promise<BatchEndpointResource>;
    /** Read-modify-write, unknown members included. */
    update(
      name: string,
      change: (current: BatchEndpointResource) => BatchEndpointResource,
      options?: OperationOptions,
    ): Promise<BatchEndpointResource>;
    waitUntilSettled(name: string, options?: OperationOptions): Promise<BatchEndpointResource | undefined>;
    delete(name: string, options?: OperationOptions): Promise<boolean>;
    /** Starts a job of the default deployment, or of the one that is named. A request that is lost is repeated as the same. */
    invoke(
      endpoint: BatchEndpointResource,
      invocation: {
        readonly inputs: Readonly<Record<string, BatchJobInput>>;
        readonly deployment?: string;
      },
      options?: CallOptions,
    ): Promise<BatchJobResource>;
  };

  readonly batchDeployments: {
    get(endpoint: string, name: string, options?: CallOptions): Promise<BatchDeploymentResource | undefined>;
    /** Empty when the endpoint does not exist. */
    list(endpoint: string, options?: CallOptions): Promise<readonly BatchDeploymentResource[]>;
    put(
      endpoint: string,
      name: string,
      body: BatchDeploymentBody,
      options?: OperationOptions,
    ): Promise<BatchDeploymentResource>;
    waitUntilSettled(
      endpoint: string,
      name: string,
      options?: OperationOptions,
    ): Promise<BatchDeploymentResource | undefined>;
    delete(endpoint: string, name: string, options?: OperationOptions): Promise<boolean>;
  };

  readonly components: {
    /** A version, made once: the same again is what is there. */
    put(
      name: string,
      version: string,
      componentSpec: object,
      options?: OperationOptions,
    ): Promise<ArmResource<object>>;
  };

  readonly computes: {
    get(name: string, options?: CallOptions): Promise<ComputeResource | undefined>;
    put(name: string, body: ComputeBody, options?: OperationOptions): Promise<ComputeResource>;
    /** With what is below it. False when there was none. */
    delete(name: string, options?: OperationOptions): Promise<boolean>;
  };

  readonly models: {
    get(name: string, version: string, options?: CallOptions): Promise<ModelVersionResource | undefined>;
    /** Newest first; empty for an unknown name. */
    list(name: string, options?: CallOptions): Promise<readonly ModelVersionResource[]>;
    /** Every name, by name. */
    listNames(options?: CallOptions): Promise<readonly ModelContainerResource[]>;
    /** The version that the service would give next: `1` for an unknown name. */
    nextVersion(name: string, options?: CallOptions): Promise<string>;
    register(
      name: string,
      version: string,
      model: RegisterModelOptions,
      options?: CallOptions,
    ): Promise<ModelVersionResource>;
  };

  /** Models of Azure ML's registries, `azureml` or an organisation's own; `downloadFolder` fetches them. */
  readonly registryModels: {
    /** Undefined for an address of anything else. Throws ASSET_NOT_FOUND. */
    get(address: string, options?: CallOptions): Promise<RegistryModelVersion | undefined>;
  };

  readonly environments: {
    get(
      name: string,
      version: string,
      options?: CallOptions,
    ): Promise<EnvironmentVersionResource | undefined>;
    list(name: string, options?: CallOptions): Promise<readonly EnvironmentVersionResource[]>;
    nextVersion(name: string, options?: CallOptions): Promise<string>;
    create(
      name: string,
      version: string,
      environment: CreateEnvironmentOptions,
      options?: CallOptions,
    ): Promise<EnvironmentVersionResource>;
  };

  readonly data: {
    /** Names a folder of a datastore, as the next version. */
    registerFolder(
      name: string,
      folder: {
        readonly uri: string;
        readonly description?: string;
        readonly tags?: Readonly<Record<string, string>>;
      },
      options?: CallOptions,
    ): Promise<DataVersionResource>;
  };

  readonly datastores: {
    getDefault(options?: CallOptions): Promise<BlobDatastore>;
    /** Throws AZURE_NOT_FOUND; DATASTORE_UNSUPPORTED when it is no blob datastore. */
    get(name: string, options?: CallOptions): Promise<BlobDatastore>;
  };

  /**
   * Sends a folder to `LocalUpload/{content hash}/{name}/…` of the default blob datastore, where Azure ML's own clients
   * put theirs, in blocks, with MD5 and SHA-256 of every file. What is there already is not sent again: the whole folder,
   * single files, and single blocks of an upload that was interrupted. A signature that expires midway is asked for
   * again; an account that takes no keys is written to with the caller's own identity.
   *
   * Throws UPLOAD_FAILED (an empty folder, a file that changes meanwhile), DATASTORE_UNSUPPORTED, and what any call may.
   */
  uploadFolder(
    folder: { readonly name: string; readonly content: FolderContent },
    options?: UploadOptions,
  ): Promise<UploadedFolder>;

  /** Jobs of the control plane. Steps of pipelines are runs, and none of these. */
  readonly jobs: {
    /** Undefined when there is none of this name. A step of a pipeline comes without `properties`. */
    get(name: string, options?: CallOptions): Promise<JobResource | undefined>;
    /** Newest first. */
    list(options?: ListJobsOptions): Promise<readonly JobResource[]>;
    /** Starts it: the answer is the job as it begins. A name that is taken by another job is AZURE_REQUEST_FAILED or AZURE_CONFLICT. */
    create(name: string, body: JobBody, options?: CallOptions): Promise<JobResource>;
    /** Asks for its end and does not wait for it; `ended`: it had ended already. */
    cancel(name: string, options?: CallOptions): Promise<'requested' | 'ended'>;
  };

  /** Run history: jobs and their steps alike, by run id (a job's name is its run's id). */
  readonly runs: {
    /** Undefined when there is none of this id. `inputs` and `outputs` are in it. */
    get(runId: string, options?: CallOptions): Promise<RunDocument | undefined>;
    /** Direct steps only. */
    children(runId: string, options?: CallOptions): Promise<readonly RunDocument[]>;
    /** The run with the addresses of its logs. */
    details(runId: string, options?: CallOptions): Promise<RunDetails>;
    /** What was logged to MLflow; empty when nothing was. */
    metrics(runId: string, options?: CallOptions): Promise<RunMetrics>;
    metricHistory(runId: string, name: string, options?: CallOptions): Promise<readonly MetricPoint[]>;
    /** A log from byte `from` on, at most `maxBytes`; from the end with `tailBytes`. The address is one of `details`. */
    readLog(
      url: string,
      part: { readonly from: number; readonly maxBytes: number } | { readonly tailBytes: number },
      options?: CallOptions,
    ): Promise<LogPart>;
    /** Where an output is: `azureml://subscriptions/…/datastores/…/paths/…`. Undefined when the service does not say. */
    resolveAsset(assetId: string, options?: CallOptions): Promise<string | undefined>;
  };

  /**
   * Downloads the files of a model version, a data version, a job's output, a registry's model or any folder of a
   * datastore into a folder that is new or empty. `address` is `azureml://datastores/D/paths/P` (or its long form), the ARM id of a model or
   * data version, `azureml://jobs/J/outputs/O[/paths/P]` (a command's, a pipeline's or a step's; `artifacts` is what
   * every job has: its logs and `./outputs`), or `azureml://registries/R/models/N/versions/V` (or `/labels/latest`). A
   * single file becomes a file in the folder.
   *
   * Blocks are fetched in parallel and go to disk as they come. The folder appears when it is complete and every file is
   * what its hash says, as far as the store has hashes; until then a hidden folder beside it keeps what arrived, and the
   * same call goes on from there. The same files there already: nothing is fetched.
   *
   * Throws ADDRESS_INVALID, ASSET_NOT_FOUND, AZURE_NOT_FOUND, DATASTORE_UNSUPPORTED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN
   * (no room, no permission), DOWNLOAD_FAILED (unsafe names, a wrong hash, replaced meanwhile), and what any call may.
   */
  downloadFolder(address: string, directory: string, options?: DownloadOptions): Promise<DownloadedFolder>;

  readonly operations: {
    /** Goes on polling an operation that was started before, here or elsewhere. */
    resume(operation: OperationState, options?: OperationOptions): Promise<unknown>;
  };

  /** One request to a scoring URL; any HTTP status is an answer, only the network failing is an error. Never retried. */
  score(request: ScoringRequest, options?: CallOptions): Promise<ScoringResponse>;

  /** Closes idle connections. */
  close(): void;
}

/** What an error of a service call carries in `details.azure`. */
export interface AzureErrorDetails {
  readonly status?: number;
  readonly requestId?: string;
  readonly error?: ArmErrorBody;
}
