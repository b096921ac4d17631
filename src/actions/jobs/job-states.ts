/** The service's words, compared with case as its clients do. */
const inProgress: ReadonlySet<string> = new Set([
  'NotStarted',
  'Queued',
  'Preparing',
  'Provisioning',
  'Starting',
  'Running',
  'Finalizing',
  'CancelRequested',
  'Paused',
  'NotResponding',
]);

/** A word that nobody has heard of is an end like any other: waiting for it would be for ever. */
export function hasEnded(status: string): boolean {
  return !inProgress.has(status);
}

/** Whether a run has a process and a log that may grow. */
export function isActive(status: string): boolean {
  return status === 'Running' || status === 'Finalizing' || status === 'CancelRequested';
}
