/**
 * Whether the scoring server's memory stays where it is: at saturation, with pictures of several sizes and formats, one
 * broken one among them, and clients that go away. Fails when the last third's memory is more than 5 % above the first's.
 * Usage: npm run bench:soak [-- MINUTES | --quick]   30 minutes by default; --quick two, which says little
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { frugalAllocator } from '../src/io/index.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { startServe } from '../test/helpers/serve-process.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { withBasePackage } from './base-package.ts';
import { closedLoop } from './load.ts';
import { machine, median } from './machine.ts';
import { scoreBody } from './score-client.ts';

const isQuick = process.argv.includes('--quick');
const minutes = isQuick ? 2 : Number(process.argv[2] ?? 30);
const sampleEveryMs = 5000;
/** Memory is found in the first minutes; a quick run has no time for that. */
const warmUpMs = isQuick ? 20_000 : 120_000;
const allowedGrowth = 0.05;

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}

await withBasePackage(async (directory) => {
  const encode = (width: number, height: number, format: 'jpeg' | 'png'): Promise<Uint8Array> =>
    encodeImage(syntheticPicture(width, height, 'waves'), { format });
  const bodies = [
    scoreBody([await encode(640, 480, 'jpeg')]),
    scoreBody([await encode(300, 900, 'png')]),
    scoreBody([await encode(3000, 2000, 'jpeg')]),
    scoreBody([await encode(224, 224, 'jpeg'), await encode(500, 400, 'jpeg')]),
    scoreBody([Buffer.from('no picture')]),
  ];
  const server = await startServe({ model: directory, env: frugalAllocator });
  const pids = [server.pid, (await server.line('ready'))['inferencePid'] as number];
  const end = performance.now() + minutes * 60_000;
  const leave = setInterval(() => {
    const left = request({ host: '127.0.0.1', port: server.port, path: '/score', method: 'POST' });
    left.setHeader('content-type', 'application/json').on('error', () => undefined);
    left.end(bodies[0]);
    setTimeout(() => left.destroy(), 50);
  }, 1000);
  const samples: number[] = [];
  let isOver = false;
  try {
    console.log(machine());
    const load = closedLoop(server, bodies, 8, minutes * 60).then((result) => {
      isOver = true;
      return result;
    });
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    while (!isOver && performance.now() < end) {
      samples.push(pids.reduce((sum, pid) => sum + residentMiB(pid), 0));
      await new Promise((resolve) => setTimeout(resolve, sampleEveryMs));
    }
    const { rate, refused } = await load;
    const third = Math.ceil(samples.length / 3);
    const first = median(samples.slice(0, third));
    const last = median(samples.slice(-third));
    console.log(
      `${minutes} minutes, ${rate.toFixed(1)} requests a second, refused ${JSON.stringify(refused)}; ` +
        `resident ${first.toFixed(0)} MiB in the first third, ${last.toFixed(0)} in the last (${((last / first - 1) * 100).toFixed(1)} %), ` +
        `${Math.min(...samples).toFixed(0)} to ${Math.max(...samples).toFixed(0)}`,
    );
    if (last > first * (1 + allowedGrowth)) process.exitCode = 1;
  } finally {
    clearInterval(leave);
    await server.stop();
  }
});
