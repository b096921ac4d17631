/**
 * Scoring over HTTP against bare ONNX Runtime: the same graph, session options and threads; bare gets ready tensors,
 * HTTP gets a JPEG as base64 JSON. Interleaved: bare, HTTP, bare, HTTP, … The client shares the machine's cores.
 * Usage: npm run bench:scoring [-- ROUNDS [THREADS]]
 */
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { availableThreads } from '../src/vision/available-threads.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { startServe } from '../test/helpers/serve-process.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { withBasePackage } from './base-package.ts';
import { cpuMsOf } from './cpu-time.ts';
import { machine, median, packageVersions, quantile } from './machine.ts';
import { connect, scoreBody } from './score-client.ts';
import type { Connection } from './score-client.ts';

// Read by onnxruntime when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const rounds = Number(process.argv[2] ?? 9);
const threads = Number(process.argv[3] ?? availableThreads());
const connections = 16;
const imageLength = 3 * 224 * 224;
const { Tensor, InferenceSession: Session } = await import('onnxruntime-node');

interface Run {
  /** Images a second. */
  readonly rate: number;
  /** CPU of the side under test for one image, the client's not counted; NaN where it cannot be read. */
  readonly cpuMs: number;
  /** Of each request, in milliseconds. */
  readonly latencies: readonly number[];
}

async function runBare(session: InferenceSession, batch: number, images: number): Promise<Run> {
  const pixels = Float32Array.from({ length: batch * imageLength }, (_, index) => Math.sin(index * 0.37));
  const cpuBefore = cpuMsOf([process.pid]);
  const begin = performance.now();
  for (let done = 0; done < images; done += batch) {
    await session.run({ pixel_values: new Tensor('float32', pixels, [batch, 3, 224, 224]) });
  }
  const ms = performance.now() - begin;
  return { rate: (1000 * images) / ms, cpuMs: (cpuMsOf([process.pid]) - cpuBefore) / images, latencies: [] };
}

/**
 * A closed loop: each connection sends its next request when it has its answer. The rate is taken from when every
 * connection has had one.
 */
async function runHttp(
  pool: readonly Connection[],
  body: Buffer,
  images: number,
  pids: readonly number[],
): Promise<Run> {
  const target = pool.length + images;
  const latencies: number[] = [];
  let sent = 0;
  let answered = 0;
  let begin = 0;
  let end = 0;
  const cpuBefore = cpuMsOf(pids);
  await Promise.all(
    pool.map(async (connection) => {
      // The last ones keep the others company, so that the loop is full until the rate is taken.
      while (answered < target) {
        sent += 1;
        latencies.push(await connection.send('/score', body));
        answered += 1;
        if (answered === pool.length) begin = performance.now();
        if (answered === target) end = performance.now();
      }
    }),
  );
  return { rate: (1000 * images) / (end - begin), cpuMs: (cpuMsOf(pids) - cpuBefore) / sent, latencies };
}

function line(name: string, runs: readonly Run[], bare: readonly Run[]): void {
  const ratios = runs.map(({ rate }, round) => rate / bare[round]!.rate);
  const cpu = runs.map(({ cpuMs }, round) => bare[round]!.cpuMs / cpuMs);
  console.log(
    `${name.padEnd(40)} ${median(runs.map(({ rate }) => rate)).toFixed(2)} img/s  ` +
      `ratio ${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})  ` +
      `CPU ${median(runs.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms/img, ratio ${median(cpu).toFixed(3)}`,
  );
}

await withBasePackage(async (directory) => {
  const jpeg = await encodeImage(syntheticPicture(640, 480, 'waves'), { format: 'jpeg', quality: 70 });
  const body = scoreBody([jpeg]);
  const session = await Session.create(join(directory, 'model.onnx'), sessionOptions(threads));
  const server = await startServe({ model: directory, args: ['--threads', String(threads)] });
  const pids = [server.pid, (await server.line('ready'))['inferencePid'] as number];
  const pool = Array.from({ length: connections }, () => connect(server.port));
  try {
    console.log(machine());
    console.log(
      `${packageVersions(['onnxruntime-node', 'sharp', 'fastify'])}; ${threads} threads; ` +
        `JPEG 640x480, ${(jpeg.length / 1000).toFixed(0)} kB; ${rounds} rounds`,
    );
    const bareOne: Run[] = [];
    const bareEight: Run[] = [];
    const httpOne: Run[] = [];
    const httpFull: Run[] = [];
    // Round -1 warms everything up.
    for (let round = -1; round < rounds; round += 1) {
      const runs = [
        [bareOne, await runBare(session, 1, 16)],
        [httpOne, await runHttp(pool.slice(0, 1), body, 16, pids)],
        [bareEight, await runBare(session, 8, 32)],
        [httpFull, await runHttp(pool, body, 48, pids)],
      ] as const;
      if (round >= 0) for (const [list, run] of runs) list.push(run);
    }
    line('bare ONNX Runtime, batch 1', bareOne, bareOne);
    line('HTTP, 1 connection, over batch 1', httpOne, bareOne);
    line('bare ONNX Runtime, batch 8', bareEight, bareEight);
    line(`HTTP, ${connections} connections, over batch 8`, httpFull, bareEight);
    line(`HTTP, ${connections} connections, over batch 1`, httpFull, bareOne);
    for (const [name, runs] of [
      ['1 connection', httpOne],
      [`${connections} connections`, httpFull],
    ] as const) {
      const latencies = runs.flatMap((run) => run.latencies);
      const at = (q: number): string => quantile(latencies, q).toFixed(0);
      console.log(`latency, ${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    }
  } finally {
    for (const connection of pool) connection.close();
    await server.stop();
  }
});
