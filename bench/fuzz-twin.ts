/**
 * Requests of every kind at a local twin: 100,000 of them, drawn from a seed. Fails on a server error of the twin, on a
 * rejection that nobody handles, and when memory or handles keep growing.
 * Usage: npm run fuzz [-- REQUESTS [SEED]]
 */
import { createTwin } from '../src/testing.ts';
import { fuzzTwin } from '../test/helpers/fuzz-twin.ts';
import { machine } from './machine.ts';

const requests = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
const rounds = 5;
/** Node keeps what it needs; what is lost with every request shows in the later rounds. */
const allowedGrowthMiB = 48;

process.on('unhandledRejection', (reason) => {
  console.error('a rejection that nobody handles:', reason);
  process.exit(1);
});

console.log(machine());
await using twin = await createTwin();
const samples: { readonly heapMiB: number; readonly handles: number }[] = [];
const statuses: Record<string, number> = {};
let failed = false;
for (let round = 0; round < rounds; round += 1) {
  const startedAt = performance.now();
  const result = await fuzzTwin(twin, { requests: Math.ceil(requests / rounds), seed: seed + round });
  for (const [status, count] of Object.entries(result.statuses))
    statuses[status] = (statuses[status] ?? 0) + count;
  for (const { request, status } of result.failures.slice(0, 10)) console.error(`${status}: ${request}`);
  failed ||= result.failures.length > 0;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  globalThis.gc?.();
  const sample = {
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
  };
  samples.push(sample);
  const perSecond = result.requests / ((performance.now() - startedAt) / 1000);
  console.log(
    `round ${round + 1}: ${result.requests} requests, ${perSecond.toFixed(0)} a second, heap ${sample.heapMiB.toFixed(0)} MiB, ${sample.handles} handles`,
  );
}
console.log(
  `answers: ${Object.entries(statuses)
    .map(([status, count]) => `${status} × ${count}`)
    .join(', ')}`,
);
const [first] = samples;
const last = samples.at(-1);
if (first !== undefined && last !== undefined) {
  const grows = last.heapMiB - first.heapMiB > allowedGrowthMiB || last.handles - first.handles > 10;
  if (grows) console.error('memory or handles grow');
  failed ||= grows;
}
process.exitCode = failed ? 1 : 0;
