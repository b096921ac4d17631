import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Where a run's files are on this machine: below one folder laid out as on a node of Azure ML. */
export interface RunFolders {
  /** The working directory, with the code. */
  readonly work: string;
  /** Inputs and outputs, by their names. */
  readonly data: string;
  /** The two folders that hold all of it. */
  readonly parts: readonly string[];
}

export function runFolders(directory: string): RunFolders {
  const work = join(directory, 'exe', 'wd');
  const data = join(directory, 'cap', 'data-capability', 'wd');
  return { work, data, parts: [join(directory, 'exe'), join(directory, 'cap')] };
}

/** Where the bundles of a run's containers are; no container sees it. */
export function bundlesFolder(directory: string): string {
  return join(directory, 'containers');
}

/** Empties them: the run is the unit that is done again, and what an interrupted attempt left is of no use. */
export function makeRunFolders(directory: string): RunFolders {
  const folders = runFolders(directory);
  for (const part of folders.parts)
    rmSync(part, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  for (const folder of [folders.work, folders.data]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folders;
}

/** The folder that stands for a run's in a container: where Azure ML has it. */
export function containerFolder(runId: string): string {
  return `/mnt/azureml/cr/j/${createHash('sha256').update(runId).digest('hex').slice(0, 32)}`;
}

/** What a process in the container calls a path below the run's folder; other texts stay. */
export function pathInContainer(text: string, directory: string, runId: string): string {
  if (!text.startsWith(directory + sep)) return text;
  return `${containerFolder(runId)}/${text
    .slice(directory.length + 1)
    .split(sep)
    .join('/')}`;
}

/** A path that a shell takes as one word as it is; otherwise from the working directory, where nothing is odd. */
export function commandPath(text: string, directory: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(text)) return text;
  return text.startsWith(directory + sep) ? relative(runFolders(directory).work, text) : text;
}
