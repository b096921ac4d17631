import { boolean, integer, option } from '@oclif/core/flags';
import type { WatchSettings } from '../actions/jobs/watch.ts';

/** The flags of every command that watches a job. Spread into `static flags`. */
export const watchFlags = {
  logs: boolean({
    default: true,
    allowNo: true,
    description: "lines of the running steps' logs",
    helpGroup: 'WATCHING',
  }),
  'on-interrupt': option({
    options: ['ask', 'detach', 'cancel'] as const,
    default: 'ask' as const,
    description:
      'on Ctrl-C or SIGTERM: ask whether to cancel the job (without a terminal it goes on), leave it, or cancel it',
    helpGroup: 'WATCHING',
  })(),
  timeout: integer({
    description: 'stop watching after so many seconds (exit code 5); the job goes on',
    helpValue: 'SECONDS',
    min: 1,
    helpGroup: 'WATCHING',
  }),
};

export interface ParsedWatchFlags {
  readonly logs: boolean;
  readonly 'on-interrupt': 'ask' | 'detach' | 'cancel';
  readonly timeout: number | undefined;
}

export function watchOptions(flags: ParsedWatchFlags): WatchSettings {
  return {
    logs: flags.logs,
    onInterrupt: flags['on-interrupt'],
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout * 1000 }),
  };
}
