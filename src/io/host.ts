/**
 * What actions report to. An action never prints and never prompts: it hands typed messages to the host, and the
 * host (terminal, test, a user's program) decides what becomes of them.
 */

export interface HostMessage {
  /** Stable, kebab-case: `model-uploaded`, `twin-started`. */
  readonly code: string;
  readonly level: 'debug' | 'info' | 'warning';
  /** One line for people, lower-case, no trailing full stop. */
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface HostProgress {
  /** Names the piece of work: `upload`, `wait-healthy`. The same id again updates it. */
  readonly id: string;
  readonly text: string;
  readonly state: 'running' | 'done' | 'failed' | 'skipped';
  readonly current?: number;
  readonly total?: number;
  readonly unit?: 'bytes' | 'images' | 'steps';
}

export interface HostQuestion {
  readonly code: string;
  readonly text: string;
  /** Taken when nobody can be asked. */
  readonly defaultAnswer: boolean;
}

export interface Host {
  message(message: HostMessage): void;
  progress(progress: HostProgress): void;
  confirm(question: HostQuestion): Promise<boolean>;
}

/** Says nothing and answers every question with its default: what the SDK uses when no host is given. */
export const silentHost: Host = {
  message() {},
  progress() {},
  confirm: (question) => Promise.resolve(question.defaultAnswer),
};

/** What every action's options carry. */
export interface ActionContext {
  readonly host?: Host;
  readonly signal?: AbortSignal;
}
