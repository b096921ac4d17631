import { formatTable } from './format-table.ts';
import { flattenTree } from '../actions/jobs/job-tree.ts';
import type { JobRun } from '../actions/jobs/job-tree.ts';
import type { JobSummary } from '../actions/jobs/job-summary.ts';
import type { JobDetails } from '../actions/show-job.ts';

function formatDuration(ms: number | null): string {
  if (ms === null) return '';
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function renderJobList({ jobs }: { readonly jobs: readonly JobSummary[] }): string {
  if (jobs.length === 0) return 'there is no job\n';
  return formatTable(
    ['name', 'type', 'state', 'experiment', 'created', 'display name'],
    jobs.map((job) => [
      job.name,
      job.type ?? '',
      job.status ?? '',
      job.experiment ?? '',
      job.createdAt?.slice(0, 19).replace('T', ' ') ?? '',
      job.displayName ?? '',
    ]),
  );
}

export function renderRunTree(tree: JobRun): string {
  return formatTable(
    ['run', 'state', 'took', 'run id'],
    [...flattenTree(tree)].map(({ run, depth }) => [
      `${'  '.repeat(depth)}${run.name}`,
      run.status,
      formatDuration(run.durationMs),
      run.runId,
    ]),
  );
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  return `\n${title}\n${formatTable(['', ''], rows).split('\n').slice(1).join('\n')}`;
}

export function renderJob(details: JobDetails): string {
  const { job, run } = details;
  const metrics = [...flattenTree(run)].flatMap(({ run: one }) =>
    Object.entries(one.metrics).map(([name, value]) => [`  ${one.name}`, name, String(value ?? 'NaN')]),
  );
  const errors = [...flattenTree(run)].flatMap(({ run: one }) =>
    one.error === null ? [] : [`  ${one.name}: ${one.error.code}: ${one.error.message}`],
  );
  return [
    `${job.name}  ${job.type ?? ''}  ${run.status}  experiment ${job.experiment ?? ''}\n\n`,
    renderRunTree(run),
    errors.length === 0 ? '' : `\nerrors\n${errors.join('\n')}\n`,
    section(
      'inputs',
      Object.entries(details.inputs).map(([name, input]) => [`  ${name}`, input.value ?? '']),
    ),
    section(
      'outputs',
      Object.entries(details.outputs).map(([name, output]) => [`  ${name}`, output.uri ?? '']),
    ),
    metrics.length === 0
      ? ''
      : `\nmetrics\n${formatTable(['', '', ''], metrics).split('\n').slice(1).join('\n')}`,
    details.logs.length === 0 ? '' : `\nlogs\n${details.logs.map((name) => `  ${name}`).join('\n')}\n`,
    details.studioUrl === null ? '' : `\nstudio  ${details.studioUrl}\n`,
  ].join('');
}
