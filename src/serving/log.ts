/** One line of the server's log, written as JSON: the platform collects stdout. */
export interface LogRecord {
  readonly level: 'info' | 'warning' | 'error';
  /** Kebab-case: `listening`, `ready`, `request`. */
  readonly event: string;
  readonly [member: string]: unknown;
}

export type Log = (record: LogRecord) => void;

const ranks: Readonly<Record<LogRecord['level'], number>> = { info: 0, warning: 1, error: 2 };

/** Leaves out what is below a level. */
export function logFrom(level: LogRecord['level'], log: Log): Log {
  return (record) => {
    if (ranks[record.level] >= ranks[level]) log(record);
  };
}
