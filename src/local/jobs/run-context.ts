import type { ComponentReference } from '../arm/resource-ids.ts';
import type { ComponentSpec } from '../arm/assets/component-spec.ts';
import type { TwinTables } from '../services.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import type { FaultRules } from '../faults/fault-rules.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import type { ExecutionSources } from './choose-execution.ts';
import type { DataType, DeliveryMode } from './job-spec.ts';
import type { RunRecord } from './run-record.ts';
import type { RunStore } from './run-store.ts';

export interface JobEngineOptions extends ExecutionSources {
  /** Folder of everything that runs write on this machine. */
  readonly directory: string;
  readonly identity: TwinIdentity;
  readonly now: () => number;
  readonly tables: TwinTables;
  readonly runs: RunStore;
  readonly blobs: BlobStore;
  readonly faults: FaultRules;
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: () => string;
  /** The variables with which any client reaches the twin. */
  readonly twinVariables: () => Readonly<Record<string, string>>;
  readonly issueToken: () => { readonly token: string; readonly expiresAt: number };
  /** What the twin has of a registry's components. */
  readonly registryComponent?: (
    reference: Extract<ComponentReference, { readonly source: 'registry' }>,
  ) => ComponentSpec | undefined;
  /** How many commands run at once; the machine's cores by default. */
  readonly parallelCommands?: number;
  /**
   * How long after its end the first look at a job still finds it finalizing: clients print logs only of a job that they
   * have seen in progress. A minute by default.
   */
  readonly lingerMs?: number;
  readonly log: (line: string) => void;
}

/** A value that a run was given. */
export type RuntimeInput =
  | { readonly type: 'literal'; readonly text: string }
  | {
      readonly type: 'data';
      readonly dataType: DataType;
      readonly uri: string;
      readonly mode: DeliveryMode;
    };

export type RuntimeInputs = Readonly<Record<string, RuntimeInput>>;

/** Changes a run's record; after the twin has begun to close, nothing is written any more. */
export type UpdateRun = (runId: string, change: Partial<RunRecord>) => void;
