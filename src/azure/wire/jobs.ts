import type { ArmErrorBody, ArmResource } from './resource.ts';

/** Jobs of the control plane, runs of run history, and MLflow's view of a run. Types only. */

export interface JobInputBody {
  readonly jobInputType: string;
  readonly value?: string | null;
  readonly uri?: string | null;
  readonly mode?: string | null;
  readonly description?: string | null;
}

export interface JobOutputBody {
  readonly jobOutputType: string;
  readonly uri?: string | null;
  readonly mode?: string | null;
  readonly assetName?: string | null;
  readonly assetVersion?: string | null;
  readonly description?: string | null;
}

/** A node of a pipeline: its own members are snake_case, `componentId` and `computeId` are not. */
export interface PipelineNodeBody {
  readonly name?: string;
  readonly type?: string;
  readonly componentId?: string;
  readonly computeId?: string;
  readonly inputs?: Readonly<Record<string, object>>;
  readonly outputs?: Readonly<Record<string, object>>;
  readonly [member: string]: unknown;
}

export interface JobProperties {
  readonly jobType: string;
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly experimentName?: string | null;
  readonly status?: string | null;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  readonly isArchived?: boolean | null;
  readonly computeId?: string | null;
  readonly componentId?: string | null;
  readonly services?: Readonly<Record<string, { readonly endpoint?: string | null } | null>> | null;
  readonly inputs?: Readonly<Record<string, JobInputBody>> | null;
  readonly outputs?: Readonly<Record<string, JobOutputBody>> | null;
  readonly jobs?: Readonly<Record<string, PipelineNodeBody>> | null;
  readonly settings?: Readonly<Record<string, unknown>> | null;
  readonly [member: string]: unknown;
}

/** A step of a pipeline comes without `properties`: run history knows the rest. */
export interface JobResource extends Omit<ArmResource<JobProperties>, 'properties'> {
  readonly properties?: JobProperties | null;
}

export interface JobBody {
  readonly properties: JobProperties;
}

export interface RunOutputReference {
  readonly type?: string | null;
  readonly assetId?: string | null;
}

/** A run as run history lists it. */
export interface RunDocument {
  readonly runId: string;
  readonly rootRunId?: string | null;
  readonly parentRunId?: string | null;
  readonly displayName?: string | null;
  readonly status: string;
  readonly runType?: string | null;
  readonly startTimeUtc?: string | null;
  readonly endTimeUtc?: string | null;
  readonly createdUtc?: string | null;
  readonly error?: { readonly error?: ArmErrorBody | null } | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly inputs?: Readonly<Record<string, RunOutputReference>> | null;
  readonly outputs?: Readonly<Record<string, RunOutputReference>> | null;
}

/** The same with the addresses of its logs, which need no credential. */
export interface RunDetails extends RunDocument {
  readonly logFiles?: Readonly<Record<string, string>> | null;
  readonly warnings?: readonly { readonly message?: string | null }[] | null;
}

/** A page of run history. */
export interface RunPage {
  readonly value: readonly RunDocument[];
  readonly nextLink?: string | null;
  readonly continuationToken?: string | null;
}

/** NaN and the infinities are the texts `NaN`, `Infinity`, `-Infinity`. */
export interface MlflowMetric {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp?: number | string;
  readonly step?: number | string;
}

export interface MlflowRun {
  readonly data?: {
    readonly metrics?: readonly MlflowMetric[];
    readonly params?: readonly { readonly key: string; readonly value: string }[];
    readonly tags?: readonly { readonly key: string; readonly value: string }[];
  };
}
