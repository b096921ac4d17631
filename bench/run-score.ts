import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ScorePicturesResult } from '../src/actions/score-pictures.ts';

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const sampleEveryMs = 200;

export interface ScoreRun {
  readonly result: ScorePicturesResult;
  /** From the start of the process to its end. */
  readonly ms: number;
  /** Resident memory of the process and those below it, in the order of time; empty where there is no /proc. */
  readonly residentMiB: readonly number[];
}

/** Pages that processes share are counted for each of them. */
function residentOfTree(root: number): number {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/PPid:\s+(\d+)/.exec(status)?.[1]));
      resident.set(Number(name), Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid !== 0 && (pid === root || isBelow(parents.get(pid)));
  return [...resident].reduce((sum, [pid, size]) => sum + (isBelow(pid) ? size : 0), 0);
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
    if (process.platform === 'linux' && child.pid !== undefined) residentMiB.push(residentOfTree(child.pid));
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
