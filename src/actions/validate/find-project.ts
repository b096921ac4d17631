import { dirname, isAbsolute, join, relative } from 'node:path';
import { lockFileName, parseLock } from '../../card/index.ts';
import type { CardLock } from '../../card/index.ts';
import type { FileLookup } from '../../documents/index.ts';
import { projectFileName } from '../../io/project-file.ts';

/** What the folders around a document say about it. */
export interface Project {
  /** It has aml-deit.yml. */
  readonly isOurs: boolean;
  /** The nearest lock file. */
  readonly lock?: LockFile;
}

/** A lock, or what is wrong with it, in words. */
export type LockFile = { readonly file: string; readonly text: string } & (
  { readonly lock: CardLock } | { readonly fault: string }
);

/**
 * By folder (absolute): what stands in it or in one around it, up to the root of the repository, which has `.git`, or
 * of the file system. Where the command runs does not matter, except for how the lock file is shown.
 */
export function projectFinder(files: FileLookup, workingDirectory: string): (directory: string) => Project {
  const known = new Map<string, Project>();
  const find = (directory: string): Project => {
    let project = known.get(directory);
    if (project === undefined) {
      project = projectIn(directory, files, workingDirectory);
      const isRoot = files.exists(join(directory, '.git')) !== undefined || dirname(directory) === directory;
      if (!isRoot) {
        const around = find(dirname(directory));
        project = { ...around, ...project, isOurs: project.isOurs || around.isOurs };
      }
      known.set(directory, project);
    }
    return project;
  };
  return find;
}

function projectIn(directory: string, files: FileLookup, workingDirectory: string): Project {
  const isOurs = files.exists(join(directory, projectFileName)) === 'file';
  const path = join(directory, lockFileName);
  const text = files.read(path);
  if (text === undefined) return { isOurs };
  const lock = parseLock(text);
  const below = relative(workingDirectory, path);
  const file = below.startsWith('..') || isAbsolute(below) ? path : below;
  return { isOurs, lock: { file, text, ...('fault' in lock ? lock : { lock }) } };
}
