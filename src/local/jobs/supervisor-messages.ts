/** What the twin and the supervisor of a command say to each other by IPC. */

import type { CommandContainer } from '../containers/spawn-in-container.ts';

export interface SupervisedProcess {
  readonly command: string;
  readonly directory: string;
  /** Where it is run; null: on this machine itself. */
  readonly container: CommandContainer | null;
  readonly env: Readonly<Record<string, string>>;
  /** File for its stdout and stderr. */
  readonly log: string;
}

export type ToSupervisor =
  | {
      readonly type: 'run';
      readonly processes: readonly SupervisedProcess[];
      /** This one is killed so long after its start, and started again. */
      readonly replace?: { readonly index: number; readonly afterMs: number; readonly notice: string };
    }
  | { readonly type: 'terminate'; readonly graceMs: number };

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it did not start; null when it did. */
  readonly failure: string | null;
  /** It was asked to end, because another one had failed or the job was to end. */
  readonly wasAsked: boolean;
}

export type FromSupervisor =
  | { readonly type: 'ready' }
  /** Heads of the process groups: should the supervisor itself be killed, the twin ends them. */
  | { readonly type: 'started'; readonly pids: readonly number[] }
  | { readonly type: 'ended'; readonly exits: readonly ProcessExit[] };
