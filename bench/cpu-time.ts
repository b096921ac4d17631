import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own clock is. */
const msPerTick = 10;

/** User and system time of a `stat` file of /proc, in milliseconds. */
function cpuMs(stat: string): number {
  // The name in parentheses may hold anything; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** Milliseconds of CPU that processes have used so far, all threads; NaN where there is no /proc. */
export function cpuMsOf(pids: readonly number[]): number {
  if (!existsSync('/proc/self/stat')) return NaN;
  return pids.reduce((sum, pid) => sum + cpuMs(readFileSync(`/proc/${pid}/stat`, 'utf8')), 0);
}

/** Milliseconds of CPU by the names of a process's threads, those of one name together; empty where there is no /proc. */
export function cpuMsByThread(pid: number): ReadonlyMap<string, number> {
  const byName = new Map<string, number>();
  const folder = `/proc/${pid}/task`;
  for (const thread of existsSync(folder) ? readdirSync(folder) : []) {
    try {
      const name = readFileSync(`${folder}/${thread}/comm`, 'utf8').trim();
      const ms = cpuMs(readFileSync(`${folder}/${thread}/stat`, 'utf8'));
      byName.set(name, (byName.get(name) ?? 0) + ms);
    } catch {
      // It ended meanwhile.
    }
  }
  return byName;
}
