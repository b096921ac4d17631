import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const isWindows = process.platform === 'win32';

/**
 * Starts a command line in the system's shell (`sh -c`, `cmd /d /s /c`), as the head of a process group of its own, so
 * that it can be ended with everything that it started.
 */
export function spawnGroup(
  command: string,
  options: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
): ChildProcess {
  return spawn(command, {
    shell: true,
    cwd: options.directory,
    env: options.env,
    detached: !isWindows,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Ends a group. What is gone already is no error. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (isWindows) {
    // Windows has no signals: without /F a console program is only asked, and most do not listen.
    spawnSync('taskkill', ['/pid', String(pid), '/T', ...(signal === 'SIGKILL' ? ['/F'] : [])], {
      stdio: 'ignore',
      windowsHide: true,
    });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left in it.
  }
}

/**
 * Linux says which members of a group are only waiting to be collected: in a container, whose first process may do that
 * late, they would look alive for seconds. undefined where the system does not say.
 */
function hasLiveMember(group: number): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readdirSync('/proc').some((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        // `pid (name) state parent group …`; the name may hold anything, brackets included.
        const text = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, , member] = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return Number(member) === group && state !== 'Z' && state !== 'X';
      } catch {
        return false; // it ended meanwhile
      }
    });
  } catch {
    return undefined;
  }
}

/** Whether anything of a group still runs. */
export function groupExists(pid: number): boolean {
  if (isWindows) return false;
  try {
    process.kill(-pid, 0);
  } catch {
    return false;
  }
  return hasLiveMember(pid) ?? true;
}
