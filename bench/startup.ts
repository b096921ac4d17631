/**
 * Start-up of the CLI over bare node: whole processes, interleaved, medians and ratios.
 * Usage: npm run bench:startup [-- RUNS]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machine, median } from './machine.ts';

const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const runs = Number(process.argv[2] ?? 15);
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['bare node', ['-e', '0']],
  ['--version', [cli, '--version']],
  ['--help', [cli, '--help']],
  ['sku check', [cli, 'sku', 'check', 'Standard_D4as_v4', '--for', 'inference', '--as-of', '2026-11-24']],
  ['card show --json', [cli, 'card', 'show', '--json']],
];

const times = new Map<string, number[]>(cases.map(([name]) => [name, []]));
for (let run = -1; run < runs; run += 1) {
  for (const [name, args] of cases) {
    const begin = performance.now();
    const result = spawnSync(process.execPath, args, { stdio: 'ignore' });
    const ms = performance.now() - begin;
    if (result.status !== 0) throw new Error(`${name} exited with ${String(result.status)}`);
    // Run -1 warms the compile cache and the disk.
    if (run >= 0) times.get(name)?.push(ms);
  }
}

console.log(machine());
const bare = median(times.get('bare node') ?? []);
for (const [name, values] of times) {
  console.log(
    `${name.padEnd(18)} ${median(values).toFixed(0).padStart(4)} ms  ×${(median(values) / bare).toFixed(2)} of bare node`,
  );
}
