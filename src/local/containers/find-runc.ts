import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../../errors/index.ts';
import { layeredRootScript } from './layered-root.ts';
import { isolationArguments, runtimeConfig } from './runtime-config.ts';

/** Whether containers can be run on this machine, and what by. */
export type ContainerRuntime =
  | {
      readonly kind: 'runc';
      readonly version: string;
      readonly programs: ContainerPrograms;
      /** Why no container can have a root of its own to write to; null when it can. */
      readonly readOnly: string | null;
    }
  | { readonly kind: 'none'; readonly why: string };

export interface ContainerPrograms {
  readonly runc: string;
  readonly unshare: string;
  readonly nsenter: string;
}

const trialTimeoutMs = 20_000;
/** Where administrators' programs are, which a user's PATH may leave out. */
const usualFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...usualFolders];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** The machine's own programs as a root: enough to see whether a container starts at all. */
function trialMounts(): { readonly source: string; readonly destination: string }[] {
  return ['/usr', '/bin', '/lib', '/lib64', '/sbin']
    .filter((path) => existsSync(path))
    .map((path) => ({ source: path, destination: path }));
}

/** Tries to lay a folder over another, as for a container that writes to its root. */
async function whyReadOnly(unshare: string, directory: string): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'a container with a root of its own needs root rights';
  const script = `${layeredRootScript('"$1"')} && test -e rootfs/kept`;
  await mkdir(join(directory, 'lower'), { recursive: true });
  await mkdir(join(directory, 'rootfs'));
  await mkdir(join(directory, 'layer'));
  await writeFile(join(directory, 'lower', 'kept'), '');
  try {
    await promisify(execFile)(unshare, [...isolationArguments(), '/bin/sh', '-c', script, 'sh', 'lower'], {
      cwd: directory,
      timeout: trialTimeoutMs,
    });
    return null;
  } catch {
    return 'this machine cannot lay a folder over an image (overlay)';
  }
}

/**
 * Finds runc and runs a container of the machine's own `true` with it: many machines that have runc (containers in
 * containers, hardened kernels) cannot start one. `AML_DEIT_RUNC=off` in the environment says not to look.
 */
export async function findRunc(env: NodeJS.ProcessEnv): Promise<ContainerRuntime> {
  if (env['AML_DEIT_RUNC'] === 'off') return { kind: 'none', why: 'AML_DEIT_RUNC is off' };
  if (process.platform !== 'linux') return { kind: 'none', why: 'runc runs on Linux only' };
  const runc = findProgram('runc', env);
  const unshare = findProgram('unshare', env);
  const nsenter = findProgram('nsenter', env);
  if (runc === undefined) return { kind: 'none', why: 'runc is not installed' };
  if (unshare === undefined || nsenter === undefined)
    return { kind: 'none', why: 'unshare and nsenter (util-linux) are not installed' };
  const run = promisify(execFile);
  const bundle = await mkdtemp(join(tmpdir(), 'aml-deit-runc-'));
  try {
    const { stdout } = await run(runc, ['--version'], { timeout: trialTimeoutMs });
    const version = /runc version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
    await mkdir(join(bundle, 'rootfs'));
    const config = runtimeConfig({
      rootfs: join(bundle, 'rootfs'),
      args: ['/bin/true'],
      env: ['PATH=/usr/bin:/bin'],
      cwd: '/',
      user: { uid: 0, gid: 0 },
      mounts: trialMounts(),
      ownNetwork: true,
      writable: true,
    });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
    await run(
      unshare,
      [
        ...isolationArguments(),
        runc,
        '--root',
        join(bundle, 'state'),
        'run',
        '--bundle',
        bundle,
        `aml-deit-trial-${process.pid}`,
      ],
      { timeout: trialTimeoutMs },
    );
    const readOnly = await whyReadOnly(unshare, join(bundle, 'layered'));
    return { kind: 'runc', version, programs: { runc, unshare, nsenter }, readOnly };
  } catch (error) {
    const { stderr } = error as { stderr?: unknown };
    const words = typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : errorMessage(error);
    return { kind: 'none', why: `runc cannot run a container here: ${words.split('\n')[0] ?? ''}` };
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}
