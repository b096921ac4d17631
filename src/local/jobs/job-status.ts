/** The words of the service, in the order in which a job goes through them. */
export type JobStatus =
  | 'NotStarted'
  | 'Starting'
  | 'Preparing'
  | 'Queued'
  | 'Running'
  | 'Finalizing'
  | 'CancelRequested'
  | 'Canceled'
  | 'Completed'
  | 'Failed';

export type TerminalStatus = 'Canceled' | 'Completed' | 'Failed';

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return status === 'Canceled' || status === 'Completed' || status === 'Failed';
}
