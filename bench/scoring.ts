/**
 * The scoring server against bare ONNX Runtime on the same graph, session options and threads (ready tensors), and against
 * other servers on the same weights; then how it holds up: open loops, overload, liveness, large pictures. Runs are
 * interleaved, so that ratios stand where the machine's speed drifts. The client shares the machine's cores.
 * Usage: npm run bench:scoring [-- --quick] [--rounds N] [--threads N] [--peers int8,transformers-js,torch-export,openvino,torch]
 * int8 is this server on the int8 package of the same checkpoint; torch-export is transformers-js on torch's own export of
 * it. The other peers are installed below the temporary folder the first time; none is used unless it is named. --quick
 * takes less than four minutes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { InferenceSession } from 'onnxruntime-node';
import { exportModel } from '../src/actions/export-model.ts';
import { frugalAllocator } from '../src/io/index.ts';
import { availableThreads } from '../src/vision/available-threads.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { startServe } from '../test/helpers/serve-process.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { withBasePackage } from './base-package.ts';
import { cpuMsOf } from './cpu-time.ts';
import { closedLoop, openLoop, percentiles } from './load.ts';
import type { LoadResult } from './load.ts';
import { machine, median, packageVersions, quantile } from './machine.ts';
import { startOpenVino, startTorchServer, startTransformersJs } from './peers/start-peer.ts';
import type { BareOpenVino, Peer } from './peers/start-peer.ts';
import { profileOf } from './profile.ts';
import { connect, scoreBody } from './score-client.ts';

// Read by onnxruntime when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    threads: { type: 'string' },
    peers: { type: 'string', default: '' },
  },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 6));
const threads = Number(flags.threads ?? availableThreads());
const seconds = flags.quick ? 8 : 20;
const openSeconds = flags.quick ? 12 : 90;
const bareImages = flags.quick ? 16 : 48;
const connections = 16;
const wanted = new Set(flags.peers.split(','));
const imageLength = 3 * 224 * 224;
const { Tensor, InferenceSession: Session } = await import('onnxruntime-node');

interface Rate {
  /** Images a second. */
  readonly rate: number;
  /** CPU of the side under test for one image; NaN where it is not read. */
  readonly cpuMs: number;
}

async function runBare(session: InferenceSession, batch: number): Promise<Rate> {
  const pixels = Float32Array.from({ length: batch * imageLength }, (_, index) => Math.sin(index * 0.37));
  const cpuBefore = cpuMsOf([process.pid]);
  const begin = performance.now();
  for (let done = 0; done < bareImages; done += batch) {
    await session.run({ pixel_values: new Tensor('float32', pixels, [batch, 3, 224, 224]) });
  }
  const ms = performance.now() - begin;
  return { rate: (1000 * bareImages) / ms, cpuMs: (cpuMsOf([process.pid]) - cpuBefore) / bareImages };
}

async function runServer(port: number, body: Buffer, pids: readonly number[]): Promise<Rate & LoadResult> {
  const cpuBefore = cpuMsOf(pids);
  const begin = performance.now();
  const load = await closedLoop({ port }, [body], connections, seconds);
  // The CPU is that of the whole time, the filling of the loop included.
  const images = load.rate * ((performance.now() - begin) / 1000);
  return { ...load, cpuMs: (cpuMsOf(pids) - cpuBefore) / images };
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}

function report(name: string, text: string): void {
  console.log(`${name.padEnd(46)} ${text}`);
}

function ratio(runs: readonly Rate[], over: readonly Rate[]): string {
  const ratios = runs.map(({ rate }, round) => rate / (over[round]?.rate ?? NaN));
  return `${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`;
}

const int8Name = 'this server, int8';

/** This server on the int8 package of the same checkpoint. */
async function startInt8(directory: string): Promise<Peer> {
  const out = join(directory, '..', 'package-int8');
  await exportModel({ source: join(directory, '..', 'checkpoint'), out, precision: 'int8' });
  const int8 = await startServe({
    model: out,
    args: ['--threads', String(threads)],
    env: frugalAllocator,
  });
  return { name: int8Name, pid: int8.pid, port: int8.port, stop: () => void int8.stop() };
}

await withBasePackage(async (directory) => {
  const jpegOf = (width: number, height: number, quality: number): Promise<Uint8Array> =>
    encodeImage(syntheticPicture(width, height, 'waves'), { format: 'jpeg', quality });
  const jpeg = await jpegOf(640, 480, 60);
  const body = scoreBody([jpeg]);
  const session = await Session.create(join(directory, 'model.onnx'), sessionOptions(threads));
  // As the image has it.
  const env = frugalAllocator;
  const server = await startServe({ model: directory, args: ['--threads', String(threads)], env });
  const ready = await server.line('ready');
  const pids = [server.pid, ready['inferencePid'] as number];
  const peers: Peer[] = [];
  let openVino: BareOpenVino | undefined;
  try {
    console.log(machine());
    console.log(
      `${packageVersions(['onnxruntime-node', 'sharp', 'fastify'])}; ${threads} threads; provider ${String(ready['provider'])}; ` +
        `JPEG 640x480, ${(jpeg.length / 1000).toFixed(0)} kB; ${rounds} rounds of ${seconds} s`,
    );
    if (wanted.has('int8')) peers.push(await startInt8(directory));
    if (wanted.has('transformers-js')) peers.push(await startTransformersJs(directory, threads));
    const checkpoint = join(directory, '..', 'checkpoint');
    if (wanted.has('torch-export')) peers.push(await startTransformersJs(directory, threads, { checkpoint }));
    if (wanted.has('torch')) peers.push(await startTorchServer(checkpoint, threads));
    if (wanted.has('openvino')) openVino = await startOpenVino(directory, threads);

    const one: Rate[] = [];
    const eight: Rate[] = [];
    const own: (Rate & LoadResult)[] = [];
    const vino: Rate[] = [];
    const others = peers.map(() => [] as (Rate & LoadResult)[]);
    for (let round = -1; round < rounds; round += 1) {
      const bareOne = await runBare(session, 1);
      const served = await runServer(server.port, body, pids);
      const bareEight = await runBare(session, 8);
      const open = await openVino?.rate(1, bareImages);
      const rivals: (Rate & LoadResult)[] = [];
      for (const peer of peers) rivals.push(await runServer(peer.port, body, [peer.pid]));
      // Round -1 warms everything up.
      if (round < 0) continue;
      one.push(bareOne);
      eight.push(bareEight);
      own.push(served);
      if (open !== undefined) vino.push({ rate: open, cpuMs: NaN });
      for (const [index, rival] of rivals.entries()) others[index]?.push(rival);
    }
    const line = (name: string, runs: readonly Rate[]): void =>
      report(
        name,
        `${median(runs.map(({ rate }) => rate)).toFixed(2)} img/s  CPU ${median(runs.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms/img`,
      );
    line('bare ONNX Runtime, batch 1', one);
    line('bare ONNX Runtime, batch 8', eight);
    line(`this server, ${connections} connections`, own);
    const better = one.map((run, round) => (run.rate > eight[round]!.rate ? run : eight[round]!));
    report('  over bare, the better batch of each round', ratio(own, better));
    report(
      '  latency, refused',
      `${percentiles({ latencies: own.flatMap(({ latencies }) => latencies) })}, ${JSON.stringify(own[0]?.refused)}`,
    );
    for (const [index, peer] of peers.entries()) {
      line(peer.name, others[index] ?? []);
      if (peer.name === int8Name) report('  int8 over float32', ratio(others[index] ?? [], own));
      else report('  this server over it', ratio(own, others[index] ?? []));
    }
    if (openVino !== undefined) {
      line(`bare OpenVINO ${openVino.version}, batch 1`, vino);
      report('  this server over it', ratio(own, vino));
    }
    for (const peer of peers) peer.stop();
    openVino?.stop();

    const profile = await profileOf({ server: server.pid, model: ready['inferencePid'] as number }, () =>
      closedLoop(server, [body], connections, seconds),
    );
    report('profile at saturation', profile);
    const single = await closedLoop(server, [body], 1, seconds);
    report('1 connection', `${single.rate.toFixed(2)} img/s, ${percentiles(single)}`);
    if (!flags.quick) {
      for (const count of [4, 64]) {
        const load = await closedLoop(server, [body], count, seconds);
        report(`${count} connections`, `${load.rate.toFixed(2)} img/s, ${percentiles(load)}`);
      }
      for (const [width, height, quality] of [
        [320, 240, 30],
        [1600, 1200, 85],
        [4000, 3000, 87],
      ] as const) {
        const picture = await jpegOf(width, height, quality);
        const load = await closedLoop(server, [scoreBody([picture])], connections, seconds);
        report(
          `JPEG ${width}x${height}, ${(picture.length / 1000).toFixed(0)} kB`,
          `${load.rate.toFixed(2)} img/s, ${percentiles(load)}, refused ${JSON.stringify(load.refused)}`,
        );
      }
    }

    // Peak and service time are measured anew beside each open loop, because the machine's speed drifts: a load of 70 % of
    // another minute's peak may be 80 % of this one's.
    let peak = NaN;
    for (const arrivals of ['even', 'poisson'] as const) {
      const alone = await closedLoop(server, [body], 1, seconds);
      peak = (await closedLoop(server, [body], connections, seconds)).rate;
      const load = await openLoop(server, [body], 0.7 * peak, openSeconds, arrivals);
      const aloneAfter = await closedLoop(server, [body], 1, seconds);
      const serviceMs = median([...alone.latencies, ...aloneAfter.latencies]);
      const multiple = quantile(load.latencies, 0.99) / serviceMs;
      report(
        `open loop, 70 % of ${peak.toFixed(2)} img/s, ${arrivals}`,
        `${percentiles(load)}, p99 ${multiple.toFixed(1)} x the ${serviceMs.toFixed(0)} ms of one request`,
      );
    }
    // Between two closed loops, because the machine's speed drifts: their mean is the peak that it is held against.
    const before = await closedLoop(server, [body], connections, seconds);
    const over = await openLoop(server, [body], 3 * peak, openSeconds, 'poisson');
    const after = await closedLoop(server, [body], connections, seconds);
    const goodput = over.rate / ((before.rate + after.rate) / 2);
    report(
      'open loop, 3 x overload',
      `goodput ${goodput.toFixed(3)} of the peak before and after, ${percentiles(over)}, refused ${JSON.stringify(over.refused)}`,
    );

    const prober = connect(server.port);
    const probes: number[] = [];
    const load = closedLoop(server, [body], connections, seconds);
    const probesEnd = performance.now() + seconds * 1000;
    while (performance.now() < probesEnd) {
      probes.push(await prober.send('/'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await load;
    prober.close();
    report('liveness at saturation', `${percentiles({ latencies: probes })} of ${probes.length} probes`);
    report('resident', pids.map((pid) => `${residentMiB(pid).toFixed(0)} MiB`).join(' + '));
  } finally {
    for (const peer of peers) peer.stop();
    openVino?.stop();
    await server.stop();
  }
});
