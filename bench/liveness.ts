/**
 * How long liveness takes while batches of 8 run without a pause, beside what it takes when nothing runs. Probes come
 * one after the other over one connection; the client shares the machine's cores.
 * Usage: npm run bench:liveness [-- BATCHES [THREADS]]
 */
import { availableThreads } from '../src/vision/available-threads.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { startServe } from '../test/helpers/serve-process.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions, quantile } from './machine.ts';
import { connect, scoreBody } from './score-client.ts';

const batches = Number(process.argv[2] ?? 20);
const threads = Number(process.argv[3] ?? availableThreads());
const probeEveryMs = 10;

await withBasePackage(async (directory) => {
  const jpeg = await encodeImage(syntheticPicture(640, 480, 'waves'), { format: 'jpeg', quality: 70 });
  const body = scoreBody(Array.from({ length: 8 }, () => jpeg));
  const server = await startServe({ model: directory, args: ['--threads', String(threads)] });
  const prober = connect(server.port);
  // Two, so that the next batch is decoded while one runs.
  const scorers = [connect(server.port), connect(server.port)];

  const probeUntil = async (isOver: () => boolean): Promise<number[]> => {
    const latencies: number[] = [];
    while (!isOver()) {
      latencies.push(await prober.send('/'));
      await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
    }
    return latencies;
  };
  const report = (name: string, latencies: readonly number[]): void => {
    const at = (q: number): string => quantile(latencies, q).toFixed(1);
    console.log(
      `${name.padEnd(30)} ${String(latencies.length).padStart(5)} probes   ` +
        `p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   max ${Math.max(...latencies).toFixed(1)} ms`,
    );
  };

  try {
    console.log(machine());
    console.log(
      `${packageVersions(['onnxruntime-node', 'sharp', 'fastify'])}; ${threads} threads; ` +
        `8 JPEGs 640x480 of ${(jpeg.length / 1000).toFixed(0)} kB a request`,
    );
    await Promise.all(scorers.map((scorer) => scorer.send('/score', body)));
    const idleEnd = performance.now() + 5000;
    const idle = await probeUntil(() => performance.now() > idleEnd);
    let left = batches;
    let running = scorers.length;
    const batchTimes: number[] = [];
    const scoring = scorers.map(async (scorer) => {
      while (left > 0) {
        left -= 1;
        batchTimes.push(await scorer.send('/score', body));
      }
      running -= 1;
    });
    const busy = await probeUntil(() => running === 0);
    await Promise.all(scoring);
    report('nothing runs', idle);
    report(`${batches} batches of 8 run`, busy);
    console.log(`a request of 8, waiting for the one before: ${median(batchTimes).toFixed(0)} ms median`);
  } finally {
    for (const connection of [prober, ...scorers]) connection.close();
    await server.stop();
  }
});
