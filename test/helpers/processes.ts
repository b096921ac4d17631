import { readFileSync } from 'node:fs';

/** On Linux a process that has ended is there until its parent, or the first process, collects it. */
function isCollectable(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** To the system 0 means this process and those around it: never by mistake. */
function checkId(pid: unknown): asserts pid is number {
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0)
    throw new Error(`${String(pid)} is not the id of a process`);
}

/** True while there is a process of this id that has not ended. */
export function processExists(pid: number | null | undefined): boolean {
  checkId(pid);
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isCollectable(pid);
}

/** Throws where there is no such process. */
export function signalProcess(pid: number | null | undefined, signal: NodeJS.Signals): void {
  checkId(pid);
  process.kill(pid, signal);
}
