import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import type { Host } from '../../io/index.ts';
import { watchUntilEnd } from '../jobs/watch.ts';
import type { WatchSettings } from '../jobs/watch.ts';
import { fetchRows } from './fetch-rows.ts';
import { joinNames } from './join-names.ts';
import { listPictureFolder } from './picture-folder.ts';
import { readPredictions } from './read-predictions.ts';
import type { PredictedRow } from './read-predictions.ts';

/** All rows are held until the others are there: a thousand classes of each would fill the memory. */
const keptClasses = 5;

export interface EarlierRowsOptions extends WatchSettings {
  /** What the jobs were given. */
  readonly input: string;
  /** A later one's row of a picture counts. */
  readonly jobs: readonly string[];
  /** Of a local folder of pictures it is known what has no row yet. */
  readonly isFolder: boolean;
  readonly host: Host;
}

export interface EarlierRows {
  /** One of each picture of the folder that has a good one, with its best five classes. */
  readonly rows: readonly PredictedRow[];
  /** Paths of the pictures that have none. */
  readonly missing: ReadonlySet<string>;
}

/**
 * What earlier jobs have: of a local folder of pictures the good rows; of a table or an address, of which nobody here
 * knows what it holds, every row of jobs that completed. Those that still run are watched to their end first.
 * Throws JOB_FAILED and JOB_CANCELED for a table or an address.
 */
export async function earlierRows(
  aml: AzureMl,
  options: EarlierRowsOptions,
  call: CallOptions,
): Promise<EarlierRows> {
  const { input, jobs, isFolder, host } = options;
  for (const job of jobs)
    await watchUntilEnd(aml, job, { ...options, logs: false }).catch((error: unknown) => {
      // That it did not complete is why somebody resumes it.
      if (isFolder && isEnd(error)) return;
      throw error;
    });
  const rows = new Map<string, PredictedRow>();
  if (!isFolder) {
    for (const job of jobs) {
      // Nothing keeps a table from naming one picture, or one id, several times.
      const counts = new Map<string, number>();
      for await (const row of rowsOf(aml, job, host, call)) {
        const name = `${row.row ?? ''} ${row.id}`;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        const key = `${count} ${name}`;
        if (row.error === undefined || rows.get(key)?.error !== undefined || !rows.has(key))
          rows.set(key, brief(row));
      }
    }
    return { rows: [...rows.values()], missing: new Set() };
  }
  const { paths } = await listPictureFolder(resolve(input), call.signal);
  const pathOf = joinNames(paths);
  for (const job of jobs)
    for await (const row of rowsOf(aml, job, host, call)) {
      // What is no longer in the folder is no part of this run.
      const path = pathOf(row.id);
      if (path !== undefined && row.error === undefined) rows.set(path, { ...brief(row), id: path });
    }
  const missing = paths.filter((path) => !rows.has(path));
  host.message({
    code: 'batch-resumed',
    level: 'info',
    text: `${rows.size} of ${paths.length} pictures have a row from before; ${missing.length} are scored`,
  });
  return { rows: [...rows.values()], missing: new Set(missing) };
}

const brief = (row: PredictedRow): PredictedRow => ({ ...row, classes: row.classes.slice(0, keptClasses) });

const isEnd = (error: unknown): boolean =>
  error instanceof AmlDeitError && ['JOB_FAILED', 'JOB_CANCELED'].includes(error.code);

/**
 * Whether a job that failed has a row of each of these pictures all the same: one that was given none but broken ones
 * fails for that, and running it again would change nothing.
 */
export async function hasRowOfEach(
  aml: AzureMl,
  { job, sent, host }: { readonly job: string; readonly sent: readonly string[]; readonly host: Host },
  call: CallOptions,
): Promise<boolean> {
  const pathOf = joinNames(sent);
  const missing = new Set(sent);
  for await (const { id } of rowsOf(aml, job, host, call, false)) missing.delete(pathOf(id) ?? '');
  return missing.size === 0;
}

async function* rowsOf(
  aml: AzureMl,
  job: string,
  host: Host,
  call: CallOptions,
  unfinished = true,
): AsyncGenerator<PredictedRow> {
  const scratch = await mkdtemp(join(tmpdir(), 'aml-deit-resume-'));
  try {
    const directory = await fetchRows(aml, job, join(scratch, 'rows'), host, call).catch((error: unknown) => {
      const codes = ['ASSET_NOT_FOUND', 'AZURE_NOT_FOUND'];
      if (error instanceof AmlDeitError && codes.includes(error.code)) return undefined;
      throw error;
    });
    if (directory === undefined) return;
    yield* readPredictions(directory, { unfinished });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
