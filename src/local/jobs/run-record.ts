import type { BlobPlace } from '../storage/blob-url.ts';
import type { DataType } from './job-spec.ts';
import type { JobStatus } from './job-status.ts';

export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** Where an output is, and what it was registered as. */
export interface RunOutput {
  readonly dataType: DataType;
  readonly place: BlobPlace;
  readonly asset: { readonly name: string; readonly version: string } | null;
}

/** What a run was given, as it was resolved: for history, not for running it again. */
export interface RunInput {
  readonly dataType: DataType;
  readonly uri: string;
}

/** A dataset that a run says it has read, in the form of MLflow. */
export interface RunDataset {
  readonly dataset: Readonly<Record<string, string>>;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** A job, a step of one, or a run of MLflow's own: what was asked for and how far it has come. Nothing in it depends on the port. */
export interface RunRecord {
  readonly runId: string;
  /** `mlflow`: a client of MLflow began it, and says how it goes. */
  readonly kind: 'command' | 'pipeline' | 'mlflow';
  /** Counts all runs of the workspace. */
  readonly number: number;
  readonly parentRunId: string | null;
  readonly rootRunId: string;
  /** Its key in the pipeline around it. */
  readonly nodeName: string | null;
  readonly experimentName: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Archived, in the words of the control plane. */
  readonly hidden: boolean;
  /** Parameters that were logged. Metrics have a table of their own. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Datasets that MLflow was told of, as it was told. */
  readonly datasets?: readonly RunDataset[];
  /** The checked `properties` of the job's PUT; null for a step, which is in its root's. */
  readonly definition: Readonly<Record<string, unknown>> | null;
  readonly componentId: string | null;
  /** Name of the compute; null: serverless. */
  readonly compute: string | null;
  readonly status: JobStatus;
  readonly cancelRequested: boolean;
  /** Epoch milliseconds. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly error: RunError | null;
  /** Of a command: as what it is run, for people; not there before that is decided. */
  readonly execution?: string;
  readonly inputs: Readonly<Record<string, RunInput>>;
  readonly outputs: Readonly<Record<string, RunOutput>>;
  /** Logs in the artifact store, by their names below `ExperimentRun/dcid.{runId}/`. */
  readonly logs: readonly string[];
  /** Changes of the status. */
  readonly revision: number;
}

const jobNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/;

/** Whether a text can be the name of a job: it is also the name of folders. */
export function isJobName(name: string): boolean {
  return jobNamePattern.test(name);
}

/** The folder of a run in the artifact store. */
export function artifactFolder(runId: string): string {
  return `ExperimentRun/dcid.${runId}`;
}
