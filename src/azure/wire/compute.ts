import type { TrackedResource } from './resource.ts';

/** Compute on the wire. Types only. */

export interface AmlComputeSettings {
  /** The service gives it back in upper case. */
  readonly vmSize?: string | null;
  readonly vmPriority?: string | null;
  readonly scaleSettings?: {
    readonly minNodeCount?: number | null;
    readonly maxNodeCount: number;
    readonly nodeIdleTimeBeforeScaleDown?: string | null;
  } | null;
}

export interface ComputeProperties {
  readonly computeType: string;
  readonly provisioningState?: string | null;
  readonly description?: string | null;
  readonly properties?: AmlComputeSettings | null;
}

export type ComputeResource = TrackedResource<ComputeProperties>;

export interface ComputeBody {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: ComputeProperties;
}
