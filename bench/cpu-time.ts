import { existsSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own clock is. */
const msPerTick = 10;

/** Milliseconds of CPU that processes have used so far, all threads; NaN where there is no /proc. */
export function cpuMsOf(pids: readonly number[]): number {
  if (!existsSync('/proc/self/stat')) return NaN;
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; user and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * msPerTick;
  }, 0);
}
