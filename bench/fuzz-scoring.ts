/**
 * Mutated requests and pictures at a scoring server: 200,000 of them, drawn from a seed. Fails on an answer of 500 and
 * above (but 503 of a busy server), on a request without an answer, on a crash of the server or of the model's process, on
 * an error in its log, on places or bodies that are not given back, and when memory keeps growing.
 * Usage: npm run fuzz:scoring [-- REQUESTS [SEED]]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { frugalAllocator } from '../src/io/index.ts';
import { fuzzScoring } from '../test/helpers/fuzz-scoring.ts';
import { exchange } from '../test/helpers/http-exchange.ts';
import { startServe } from '../test/helpers/serve-process.ts';
import { makeTinyPackage } from '../test/helpers/tiny-package.ts';
import { machine } from './machine.ts';

const requests = Number(process.argv[2] ?? 200_000);
const seed = Number(process.argv[3] ?? 1);
const rounds = 10;
/**
 * From the fifth round to the last: by then the largest picture that is accepted has been met, and memory has taken its
 * size. What is lost with every request goes on growing.
 */
const allowedGrowthMiB = 64;
/** After a round, for the collector and for what gives memory back to the system. */
const restMs = 2000;

/** Resident memory of a process; NaN where there is no /proc. */
function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function metric(url: string, name: string): Promise<number> {
  const { text } = await exchange(`${url}/metrics`);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

console.log(machine());
const tiny = await makeTinyPackage();
const server = await startServe({
  model: tiny.directory,
  cli: fileURLToPath(new URL('serve-collecting.mjs', import.meta.url)),
  // As the image has it.
  env: frugalAllocator,
});
const inferencePid = Number((await server.line('ready'))['inferencePid']);
const faults: string[] = [];
const statuses: Record<string, number> = {};
const samples: { readonly server: number; readonly model: number }[] = [];
for (let round = 0; round < rounds; round += 1) {
  const startedAt = performance.now();
  const result = await fuzzScoring({
    port: server.port,
    requests: Math.ceil(requests / rounds),
    seed: seed + round,
  });
  const perSecond = result.requests / ((performance.now() - startedAt) / 1000);
  for (const [status, count] of Object.entries(result.statuses))
    statuses[status] = (statuses[status] ?? 0) + count;
  for (const { request, status } of result.failures) faults.push(`${status ?? 'no answer'}: ${request}`);
  // What a busy server leaves lying is not what it holds.
  for (let times = 0; times < 2; times += 1) {
    server.kill('SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  const sample = { server: residentMiB(server.pid), model: residentMiB(inferencePid) };
  samples.push(sample);
  console.log(
    `round ${round + 1}: ${result.requests} requests, ${perSecond.toFixed(0)} a second, ` +
      `resident ${sample.server.toFixed(0)} MiB (server), ${sample.model.toFixed(0)} MiB (model)`,
  );
}
console.log(
  `answers: ${Object.entries(statuses)
    .map(([status, count]) => `${status} × ${count}`)
    .join(', ')}`,
);
for (const name of ['aml_deit_pictures_admitted', 'aml_deit_body_bytes', 'aml_deit_model_restarts_total']) {
  const value = await metric(server.url, name);
  if (value !== 0) faults.push(`${name} is ${value} when all is answered`);
}
const settled = samples[rounds / 2 - 1];
const last = samples.at(-1);
if (settled !== undefined && last !== undefined) {
  for (const part of ['server', 'model'] as const) {
    const growth = last[part] - settled[part];
    if (growth > allowedGrowthMiB) faults.push(`the memory of the ${part} grew by ${growth.toFixed(0)} MiB`);
  }
}
for (const line of server.log.filter(({ level }) => level === 'error')) faults.push(JSON.stringify(line));
const end = await server.stop();
if (end.exitCode !== 0 || end.stderr !== '') faults.push(`the server ended with ${JSON.stringify(end)}`);
await tiny.remove();
for (const fault of faults.slice(0, 20)) console.error(fault);
console.log(faults.length === 0 ? 'no fault' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
