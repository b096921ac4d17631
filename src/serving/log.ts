/** One line of the server's log, written as JSON: the platform collects stdout. */
export interface LogRecord {
  readonly level: 'info' | 'warning' | 'error';
  /** Kebab-case: `listening`, `ready`, `request`. */
  readonly event: string;
  readonly [member: string]: unknown;
}

export type Log = (record: LogRecord) => void;
