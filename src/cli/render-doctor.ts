import type { DoctorResult } from '../actions/run-doctor.ts';

const marks = { ok: 'ok     ', warning: 'warning', failed: 'failed ', skipped: 'skipped' } as const;

/** One line a check; what is to be done stands below it. */
export function renderDoctor({ ok, checks }: DoctorResult): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.flatMap(({ id, status, summary, fix }) => [
    `${marks[status]}  ${id.padEnd(width)}  ${summary}`,
    ...(fix === undefined ? [] : [`${' '.repeat(marks[status].length + width + 4)}fix: ${fix}`]),
  ]);
  const failed = checks.filter(({ status }) => status === 'failed').length;
  return [
    ...lines,
    '',
    ok ? 'nothing is in the way' : `${failed} check${failed === 1 ? '' : 's'} failed`,
  ].join('\n');
}
