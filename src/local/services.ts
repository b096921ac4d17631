import type { DatabaseSync } from 'node:sqlite';
import type {
  AssetContainerRecord,
  CodeVersionRecord,
  ComponentVersionRecord,
  DataVersionRecord,
  EnvironmentVersionRecord,
  ModelVersionRecord,
} from './arm/assets/records.ts';
import type { BatchDeploymentRecord, BatchEndpointRecord } from './arm/batch/records.ts';
import type { ComputeRecord } from './arm/compute/records.ts';
import type { OnlineDeploymentRecord, OnlineEndpointRecord } from './arm/online/records.ts';
import type { RegistryModelRecord } from './arm/registry/records.ts';
import type { ExperimentRecord } from './jobs/experiment-store.ts';
import type { JobEngine } from './jobs/job-engine.ts';
import type { RunRecord } from './jobs/run-record.ts';
import type { RunStore, RunTables } from './jobs/run-store.ts';
import type { Mirror } from './dataplane/mirror.ts';
import type { ImageStore, ImageTables } from './images/image-store.ts';
import type { FaultRules } from './faults/fault-rules.ts';
import type { DeploymentRuntime } from './deployments/runtime.ts';
import type { TwinIdentity } from './lifecycle/identity.ts';
import type { OperationRunner } from './arm/operation-runner.ts';
import type { BlobStore } from './storage/blob-store.ts';
import type { DatastoreRecord } from './storage/datastores.ts';
import { MetricTable } from './store/metrics.ts';
import { ResourceTable } from './store/resources.ts';

export interface TwinTables extends RunTables, ImageTables {
  readonly models: ResourceTable<AssetContainerRecord>;
  readonly modelVersions: ResourceTable<ModelVersionRecord>;
  readonly environments: ResourceTable<AssetContainerRecord>;
  readonly environmentVersions: ResourceTable<EnvironmentVersionRecord>;
  readonly data: ResourceTable<AssetContainerRecord>;
  readonly dataVersions: ResourceTable<DataVersionRecord>;
  readonly codes: ResourceTable<AssetContainerRecord>;
  readonly codeVersions: ResourceTable<CodeVersionRecord>;
  readonly components: ResourceTable<AssetContainerRecord>;
  readonly componentVersions: ResourceTable<ComponentVersionRecord>;
  readonly computes: ResourceTable<ComputeRecord>;
  readonly datastores: ResourceTable<DatastoreRecord>;
  readonly batchEndpoints: ResourceTable<BatchEndpointRecord>;
  readonly batchDeployments: ResourceTable<BatchDeploymentRecord>;
  readonly registryModels: ResourceTable<RegistryModelRecord>;
  readonly endpoints: ResourceTable<OnlineEndpointRecord>;
  readonly deployments: ResourceTable<OnlineDeploymentRecord>;
}

export function createTables(database: DatabaseSync, now: () => number): TwinTables {
  return {
    models: new ResourceTable(database, 'model', now),
    modelVersions: new ResourceTable(database, 'modelVersion', now),
    environments: new ResourceTable(database, 'environment', now),
    environmentVersions: new ResourceTable(database, 'environmentVersion', now),
    data: new ResourceTable(database, 'data', now),
    dataVersions: new ResourceTable(database, 'dataVersion', now),
    codes: new ResourceTable(database, 'code', now),
    codeVersions: new ResourceTable(database, 'codeVersion', now),
    components: new ResourceTable(database, 'component', now),
    componentVersions: new ResourceTable(database, 'componentVersion', now),
    computes: new ResourceTable(database, 'compute', now),
    datastores: new ResourceTable(database, 'datastore', now),
    batchEndpoints: new ResourceTable(database, 'batchEndpoint', now),
    batchDeployments: new ResourceTable(database, 'batchDeployment', now),
    jobs: new ResourceTable<RunRecord>(database, 'job', now),
    childRuns: new ResourceTable<RunRecord>(database, 'childRun', now),
    childRunParents: new ResourceTable<string>(database, 'childRunParent', now),
    mlflowRuns: new ResourceTable<RunRecord>(database, 'mlflowRun', now),
    experiments: new ResourceTable<ExperimentRecord>(database, 'experiment', now),
    experimentNames: new ResourceTable<string>(database, 'experimentName', now),
    metrics: new MetricTable(database),
    registryModels: new ResourceTable(database, 'registryModelVersion', now),
    imageNames: new ResourceTable(database, 'imageName', now),
    imageBlobs: new ResourceTable(database, 'imageBlob', now),
    endpoints: new ResourceTable(database, 'onlineEndpoint', now),
    deployments: new ResourceTable(database, 'onlineDeployment', now),
  };
}

/** What a request handler can reach. */
export interface TwinServices {
  readonly identity: TwinIdentity;
  readonly now: () => number;
  readonly tables: TwinTables;
  readonly operations: OperationRunner;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly runtime: DeploymentRuntime;
  readonly runs: RunStore;
  readonly jobs: JobEngine;
  readonly faults: FaultRules;
  readonly mirror: Mirror;
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: () => string;
  readonly port: () => number;
  readonly log: (line: string) => void;
}

/** Endpoints and deployments are found without regard to case. */
export function resourceKey(name: string): string {
  return name.toLowerCase();
}
