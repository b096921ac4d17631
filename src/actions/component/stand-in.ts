import type { MlflowRunLog } from '../../training/index.ts';
import type { Host } from '../../io/index.ts';
import type { ComponentInputs } from './component-values.ts';

/** What a stand-in works with. It reads its inputs, writes its outputs, and says what it does. */
export interface StandInContext {
  readonly inputs: ComponentInputs;
  /** Absolute paths by name: a folder that is there, or the path of a file to be written. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The component's own run of MLflow; outside of a job what is logged goes nowhere. */
  readonly mlflow: MlflowRunLog;
  /** A line of its log. */
  readonly say: (text: string) => void;
  readonly host: Host;
  readonly signal: AbortSignal | undefined;
  /** Where the twin is, and how to reach it. */
  readonly env: NodeJS.ProcessEnv;
  /** A folder for what is not kept. */
  readonly scratch: string;
}

/** Does a registry component's work for real on this machine. Throws an AmlDeitError that says why it cannot. */
export type StandIn = (context: StandInContext) => Promise<void>;
