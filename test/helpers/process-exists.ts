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

/** True while there is a process of this id that has not ended. */
export function processExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) throw new Error(`${pid} is not the id of a process`);
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isCollectable(pid);
}
