import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url));

export interface MeasuredRun {
  readonly peakBytes: number;
  readonly ms: number;
  readonly stdout: string;
}

/**
 * Runs the CLI and reads the peak of its resident memory, which the process reports as it ends. Linux counts the
 * parent's memory in a child's maxRSS when it was made by vfork, so there VmHWM is taken.
 */
export function runMeasured(args: readonly string[], env: NodeJS.ProcessEnv = process.env): MeasuredRun {
  const report = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  const status = '/proc/self/status';
  const peak = existsSync(status)
    ? /VmHWM:\\s+(\\d+)/.exec(readFileSync(status, 'utf8'))[1]
    : process.resourceUsage().maxRSS;
  writeFileSync(process.env.PEAK_FILE, String(peak));
});`;
  const directory = mkdtempSync(join(tmpdir(), 'aml-deit-peak-'));
  const peakFile = join(directory, 'peak');
  try {
    const begin = performance.now();
    const result = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(report)}`, cli, ...args],
      { encoding: 'utf8', env: { ...env, PEAK_FILE: peakFile } },
    );
    const ms = performance.now() - begin;
    if (result.status !== 0) throw new Error(`${args.join(' ')}: exit ${result.status}\n${result.stderr}`);
    return { peakBytes: Number(readFileSync(peakFile, 'utf8')) * 1024, ms, stdout: result.stdout };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
