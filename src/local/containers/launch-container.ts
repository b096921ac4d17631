import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processEntry } from '../../io/index.ts';
import { removeControlGroups } from './control-groups.ts';
import type { ContainerPrograms } from './find-runc.ts';
import { isolationArguments, runtimeConfig } from './runtime-config.ts';
import type { RuntimeConfigInput } from './runtime-config.ts';

export interface ContainerSpec extends RuntimeConfigInput {
  /** Unique on this machine. */
  readonly id: string;
  /** Folder for the bundle; emptied. */
  readonly directory: string;
  /** Port of the container that is to be reached. */
  readonly port: number;
  readonly programs: ContainerPrograms;
}

/** What the process that looks after a container is told, by a file. */
export interface SupervisedContainer {
  readonly id: string;
  readonly port: number;
  readonly programs: ContainerPrograms;
}

/**
 * Starts a container under a process that ends with the twin and says by IPC where the container's port is reached, as a
 * forked scorer does.
 */
export function launchContainer(spec: ContainerSpec): ChildProcess {
  const { directory, id, port, programs } = spec;
  // Of the one before, should it have been killed.
  void removeControlGroups(directory);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(runtimeConfig(spec)));
  const supervised: SupervisedContainer = { id, port, programs };
  writeFileSync(join(directory, 'container.json'), JSON.stringify(supervised));
  return spawn(
    programs.unshare,
    [...isolationArguments(), process.execPath, processEntry('local/containers/container')],
    {
      cwd: directory,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
}
