import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ScorePicturesResult } from '../src/actions/score-pictures.ts';

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const sampleEveryMs = 500;

export interface ScoreRun {
  readonly result: ScorePicturesResult;
  /** From the start of the process to its end. */
  readonly ms: number;
  /** Of the process and those below it, pages that they share once, in the order of time; empty where there is no /proc. */
  readonly residentMiB: readonly number[];
}

/** The process and those below it. */
function treeOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/PPid:\s+(\d+)/.exec(status)?.[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid !== 0 && (pid === root || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

/**
 * Resident memory of processes in MiB, as a container is charged for it: what each has for itself, and the pages of a file
 * (Node itself, above all) once, though several have mapped it.
 */
function residentMiBOf(pids: readonly number[]): number {
  const files = new Map<string, number>();
  let own = 0;
  for (const pid of pids) {
    const ofProcess = new Map<string, number>();
    let smaps = '';
    try {
      smaps = readFileSync(`/proc/${pid}/smaps`, 'utf8');
    } catch {
      continue; // it ended meanwhile
    }
    let file = '';
    let resident = 0;
    for (const line of smaps.split('\n')) {
      const mapping = /^[\da-f]+-[\da-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line);
      if (mapping !== null) file = mapping[1] ?? '';
      const [, name, kilobytes] = /^(Rss|Anonymous): +(\d+) kB$/.exec(line) ?? [];
      if (name === 'Rss') resident = Number(kilobytes);
      if (name !== 'Anonymous') continue;
      own += Number(kilobytes);
      ofProcess.set(file, (ofProcess.get(file) ?? 0) + resident - Number(kilobytes));
    }
    for (const [name, kilobytes] of ofProcess) files.set(name, Math.max(files.get(name) ?? 0, kilobytes));
  }
  return (own + [...files.values()].reduce((sum, kilobytes) => sum + kilobytes, 0)) / 1024;
}

/** Runs the built `score` as a process of its own, on as many threads. */
export async function runScore(args: readonly string[], threads: number): Promise<ScoreRun> {
  const begin = performance.now();
  const child = spawn(process.execPath, [cli, 'score', ...args, '--threads', String(threads), '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-2000)));
  const residentMiB: number[] = [];
  const timer = setInterval(() => {
    if (process.platform === 'linux' && child.pid !== undefined)
      residentMiB.push(residentMiBOf(treeOf(child.pid)));
  }, sampleEveryMs);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`score ${args.join(' ')}: exit code ${code}\n${stderr}${stdout}`);
  return {
    result: JSON.parse(stdout) as ScorePicturesResult,
    ms: performance.now() - begin,
    residentMiB: residentMiB.filter((size) => size > 0),
  };
}

/** Pictures a second while it scored: without the start and without loading the model. */
export function scoringRate({ result }: Pick<ScoreRun, 'result'>): number {
  return (result.rows - result.kept) / (result.seconds - result.loadSeconds);
}
