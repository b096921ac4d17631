import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { removeControlGroups } from './control-groups.ts';
import type { ContainerPrograms } from './find-runc.ts';
import { layeredRootScript } from './layered-root.ts';
import { isolationArguments, runtimeConfig } from './runtime-config.ts';
import type { ContainerMount } from './runtime-config.ts';

/** A container for one command line. */
export interface CommandContainer {
  /** Unique on this machine. */
  readonly id: string;
  /** Folder for the bundle and for what is written to the root; emptied. */
  readonly directory: string;
  /** An unpacked image, which others use as well. */
  readonly image: string;
  readonly workingDirectory: string;
  readonly mounts: readonly ContainerMount[];
  /** Names for this machine, for what finds it by name. */
  readonly hostNames: readonly string[];
  readonly programs: ContainerPrograms;
}

/**
 * The first process of the container. The kernel passes it no signal that it does not catch, and ends everything with it:
 * it hands the request to end to all others, and waits for them.
 */
const firstProcess = [
  `trap 'asked=1; kill -TERM -1 2>/dev/null' TERM`,
  'sh -c "$1" & command=$!',
  'wait $command; code=$?',
  'while kill -0 $command 2>/dev/null; do wait $command; code=$?; done',
  'while test -n "$asked" && kill -0 -1 2>/dev/null; do sleep 0.1; done',
  'exit $code',
].join('\n');

/**
 * Starts a command line by `sh -c` in a container of an image, as the head of a process group of its own, so that it can
 * be ended with everything that it started. It is root there, has this machine's network, and a root that it may write to.
 */
export function spawnInContainer(
  command: string,
  env: Readonly<Record<string, string>>,
  container: CommandContainer,
): ChildProcess {
  const { id, directory, image, programs, hostNames } = container;
  // Of the one before, should it have been killed.
  void removeControlGroups(directory);
  rmSync(directory, { recursive: true, force: true });
  for (const name of ['rootfs', 'layer']) mkdirSync(join(directory, name), { recursive: true, mode: 0o755 });
  const hosts = join(directory, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost ${hostNames.join(' ')}\n127.0.1.1 container\n`);
  const mounts: ContainerMount[] = [{ source: hosts, destination: '/etc/hosts' }, ...container.mounts];
  if (existsSync('/etc/resolv.conf'))
    mounts.push({ source: '/etc/resolv.conf', destination: '/etc/resolv.conf' });
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify(
      runtimeConfig({
        rootfs: join(directory, 'rootfs'),
        args: ['/bin/sh', '-c', firstProcess, 'sh', command],
        env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
        cwd: container.workingDirectory,
        user: { uid: 0, gid: 0 },
        mounts,
        ownNetwork: false,
        writable: true,
      }),
    ),
  );
  const script = `${layeredRootScript('"$1"')} && exec "$2" --root state run --bundle . "$3"`;
  return spawn(
    programs.unshare,
    [...isolationArguments(), '/bin/sh', '-c', script, 'sh', relative(directory, image), programs.runc, id],
    {
      cwd: directory,
      env: { PATH: process.env['PATH'] },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}
