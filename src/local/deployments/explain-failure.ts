import { operationError } from '../http/service-error.ts';
import type { ServiceErrorBody } from '../http/service-error.ts';

const own = /^\[local twin\]/;

/** The line that says most: the last one of a JSON log with level error, else the last line that is not ours. */
export function causeInLog(log: readonly string[]): string | undefined {
  const lines = log.filter((line) => line.trim() !== '' && !own.test(line));
  for (const line of lines.toReversed()) {
    if (!line.startsWith('{')) continue;
    try {
      const entry = JSON.parse(line) as Record<string, unknown>;
      const level = JSON.stringify(entry['level'] ?? '')
        .replaceAll('"', '')
        .toLowerCase();
      const text = entry['message'] ?? entry['msg'];
      if (
        (level === 'error' || level === 'fatal' || level === '50' || level === '60') &&
        typeof text === 'string'
      )
        return text;
    } catch {
      // A line that only looks like JSON.
    }
  }
  return lines.at(-1)?.trim();
}

/** The error of a deployment whose container did not become ready, with the container's own words in it. */
export function explainFailure(what: string, log: readonly string[]): ServiceErrorBody {
  const cause = causeInLog(log);
  return operationError(
    'ResourceNotReady',
    `user container has crashed or terminated: ${what}${cause === undefined ? '' : `: ${cause}`}`,
    [{ code: 'ContainerLog', message: log.slice(-20).join('\n') }],
  );
}
