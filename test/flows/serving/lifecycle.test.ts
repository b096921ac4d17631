import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveModel } from '../../../src/actions/serve-model.ts';
import { exchange, postScore } from '../../helpers/http-exchange.ts';
import type { ExchangeResult } from '../../helpers/http-exchange.ts';
import { modelGate } from '../../helpers/model-gate.ts';
import type { ModelGate } from '../../helpers/model-gate.ts';
import { processExists, signalProcess } from '../../helpers/processes.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeOptions, ServeProcess } from '../../helpers/serve-process.ts';
import { makeSlowPackage } from '../../helpers/slow-package.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

/** Windows knows no signals: there a process is ended at once, whatever it is asked for. */
const hasSignals = process.platform !== 'win32';

let tiny: TinyPackage;
let slow: TinyPackage;
let picture: string;
const gates: ModelGate[] = [];
beforeAll(async () => {
  // Where a process can be held any model does; elsewhere it has to be one that takes its time.
  const makeSlow = hasSignals ? makeTinyPackage : makeSlowPackage;
  [tiny, slow, picture] = await Promise.all([makeTinyPackage(), makeSlow(), pictureText('waves')]);
});
afterAll(() => Promise.all([tiny.remove(), slow.remove()]));

const started: ServeProcess[] = [];
async function start(options: ServeOptions): Promise<ServeProcess> {
  const server = await startServe(options);
  started.push(server);
  return server;
}
afterEach(async () => {
  const inferencePids = started.flatMap(({ log }) =>
    log.flatMap((line) => (line['inferencePid'] as number | undefined) ?? []),
  );
  await Promise.all(started.splice(0).map((server) => server.stop()));
  for (const gate of gates.splice(0)) gate.remove();
  // Whatever a test did: no process is left.
  const left = inferencePids.filter((pid) => processExists(pid));
  if (left.length > 0) throw new Error(`inference processes are left: ${left.join(', ')}`);
});

async function inferencePid(server: ServeProcess): Promise<number> {
  return (await server.line('ready'))['inferencePid'] as number;
}

function gateOfModel(): ModelGate {
  const gate = modelGate();
  gates.push(gate);
  return gate;
}

/** Stops the process of the model: what is sent meanwhile stays under way until it goes on. */
async function hold(server: ServeProcess): Promise<() => void> {
  if (!hasSignals) return () => undefined;
  const pid = await inferencePid(server);
  signalProcess(pid, 'SIGSTOP');
  return () => signalProcess(pid, 'SIGCONT');
}

/** Pictures that are with the server, and not yet answered. */
async function underWay(server: ServeProcess): Promise<number> {
  const { text } = await exchange(`${server.url}/metrics`);
  return Number(/^aml_deit_pictures_admitted (\d+)$/m.exec(text)?.[1]);
}

/** Waits until just so many are. Without signals the model cannot be held: there they are answered meanwhile. */
async function untilUnderWay(server: ServeProcess, pictures: number): Promise<void> {
  while (hasSignals && (await underWay(server)) !== pictures) await sleep(20);
}

const eight = (): object => cardRequest(...Array.from({ length: 8 }, () => picture));

describe('readiness', () => {
  it('comes with the loaded model, liveness before', async () => {
    const gate = gateOfModel();
    const server = await start({ model: tiny.directory, until: 'listening', env: gate.env });
    const [alive, notReady, refused] = await Promise.all([
      exchange(`${server.url}/`),
      exchange(`${server.url}/ready`),
      postScore(server.url, cardRequest(picture)),
    ]);
    expect([alive.status, alive.text]).toEqual([200, 'Healthy']);
    expect([notReady.status, notReady.json]).toEqual([503, { message: 'the model is being loaded' }]);
    expect([refused.status, refused.json, refused.headers['retry-after']]).toEqual([
      503,
      { message: 'the model is being loaded' },
      '1',
    ]);
    gate.open();
    await server.line('ready');
    expect((await exchange(`${server.url}/ready`)).status).toBe(200);
    expect((await postScore(server.url, cardRequest(picture))).status).toBe(200);
  });

  it('does not hold up an end that is asked for while the model is loaded', async () => {
    const server = await start({ model: tiny.directory, until: 'listening', env: gateOfModel().env });
    expect(await server.stop()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.log.map(({ event }) => event)).not.toContain('ready');
  });
});

describe('liveness', () => {
  it('is answered while a batch of 8 runs', async () => {
    const server = await start({ model: slow.directory });
    const goOn = await hold(server);
    const answers: string[] = [];
    const scored = postScore(server.url, eight()).finally(() => answers.push('batch'));
    await untilUnderWay(server, 8);
    for (let probe = 0; probe < 10; probe += 1) answers.push((await exchange(`${server.url}/`)).text);
    goOn();
    expect((await scored).status).toBe(200);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 'Healthy'), 'batch']);
  });
});

describe('an end that is asked for', () => {
  interface Sent {
    readonly id: string;
    readonly outcome: ExchangeResult | Error;
  }

  /** Clients that send one request after the other until nobody listens any more. */
  function load(server: ServeProcess): { readonly done: Promise<Sent[]> } {
    const client = async (name: number): Promise<Sent[]> => {
      const agent = new Agent({ keepAlive: name % 2 === 0, maxSockets: 1 });
      const sent: Sent[] = [];
      for (let count = 0; ; count += 1) {
        const id = `${name}-${count}`;
        const outcome = await postScore(server.url, cardRequest(picture), {
          agent,
          headers: { 'x-ms-client-request-id': id },
        }).catch((error: unknown) => error as Error);
        sent.push({ id, outcome });
        if (outcome instanceof Error) break;
      }
      agent.destroy();
      return sent;
    };
    const clients = Promise.all(Array.from({ length: 6 }, (_, name) => client(name)));
    return { done: clients.then((all) => all.flat()) };
  }

  it.each([
    ['a supervisor', (server: ServeProcess) => server.stop()],
    [
      'SIGTERM',
      (server: ServeProcess) => {
        // Where there are no signals the process would be ended at once.
        if (!hasSignals) return server.stop();
        server.kill('SIGTERM');
        return server.ended;
      },
    ],
  ])('by %s leaves no accepted request without its answer', async (_, end) => {
    const server = await start({ model: slow.directory });
    const { done } = load(server);
    await server.line('request');
    // When it is asked for, each of the six clients has a request under way.
    const goOn = await hold(server);
    await untilUnderWay(server, 6);
    const ended = end(server);
    await server.line('draining');
    goOn();
    expect(await ended).toEqual({ exitCode: 0, signal: null, stderr: '' });
    const answered = (await done).filter(({ outcome }) => !(outcome instanceof Error));
    expect(new Set(answered.map(({ outcome }) => (outcome as ExchangeResult).status))).toEqual(
      new Set([200]),
    );
    // What the server has begun is exactly what the clients have an answer to.
    const requests = server.log.filter(({ event }) => event === 'request');
    expect(new Set(requests.map((line) => line['clientRequestId']))).toEqual(
      new Set(answered.map(({ id }) => id)),
    );
    expect(new Set(requests.map(({ status }) => status))).toEqual(new Set([200]));
    expect(server.log.at(-1)).toMatchObject({ event: 'ended', cutOff: 0 });
    const asked = server.log.findIndex(({ event }) => event === 'draining');
    expect(server.log.slice(asked).filter(({ event }) => event === 'request').length).toBeGreaterThan(3);
  });

  it('is announced by readiness before connections are refused', async () => {
    // In this process, where connections are begun at the moment at which the log says that it drains.
    const asked = new AbortController();
    let url = '';
    let answers: Promise<readonly ExchangeResult[]> = Promise.resolve([]);
    await serveModel({
      model: tiny.directory,
      port: 0,
      signal: asked.signal,
      onListening: (port) => {
        url = `http://127.0.0.1:${port}`;
      },
      log: ({ event }) => {
        if (event === 'ready') asked.abort();
        if (event !== 'draining') return;
        const scored = postScore(url, cardRequest(picture));
        answers = Promise.all([exchange(`${url}/ready`), exchange(`${url}/`), scored]);
      },
    });
    const [ready, alive, scored] = await answers;
    expect([ready?.status, ready?.json]).toEqual([503, { message: 'the server is shutting down' }]);
    expect([alive?.status, alive?.headers['connection']]).toEqual([200, 'close']);
    expect(scored?.status).toBe(200);
    await expect(exchange(`${url}/`)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for connections that are kept for a next request', async () => {
    const server = await start({ model: slow.directory });
    const agent = new Agent({ keepAlive: true });
    // One is idle when the end comes, the other becomes so during it.
    await exchange(`${server.url}/`, { agent });
    const goOn = await hold(server);
    const inFlight = postScore(server.url, eight(), { agent: new Agent({ keepAlive: true }) });
    await untilUnderWay(server, 8);
    const stopping = server.stop();
    await server.line('draining');
    goOn();
    const answer = await inFlight;
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    await stopping;
    expect(server.log.at(-1)).toMatchObject({ event: 'ended', cutOff: 0 });
    agent.destroy();
  });

  it.runIf(hasSignals)('by a second SIGTERM comes at once', async () => {
    const server = await start({ model: slow.directory });
    const pid = await inferencePid(server);
    const goOn = await hold(server);
    const inFlight = postScore(server.url, eight()).catch((error: unknown) => error);
    await untilUnderWay(server, 8);
    server.kill('SIGTERM');
    await server.line('draining');
    server.kill('SIGTERM');
    expect((await server.ended).exitCode).toBe(130);
    goOn();
    expect(await inFlight).toBeInstanceOf(Error);
    await expect.poll(() => processExists(pid)).toBe(false);
  });
});

describe("the model's process", () => {
  it.runIf(hasSignals)('is started again when it is killed: 503 for what it ran, then answers', async () => {
    const gate = gateOfModel();
    gate.open();
    const server = await start({ model: tiny.directory, env: gate.env });
    const before = (await postScore(server.url, cardRequest(picture))).json;
    let pid = await inferencePid(server);
    let running: Promise<ExchangeResult>;
    // Time for the picture to be decoded and handed over: tens of milliseconds where nothing else runs.
    for (const ms of [500, 5000, 30_000]) {
      // Stopped, it cannot answer before it is killed; and the next one waits until all has been looked at.
      signalProcess(pid, 'SIGSTOP');
      gate.close();
      const seen = server.log.length;
      running = postScore(server.url, cardRequest(picture));
      await sleep(ms);
      signalProcess(pid, 'SIGKILL');
      await server.line('model-crashed', seen);
      if ((await underWay(server)) === 0) break;
      // It was not handed over yet: the next process has it. Another time.
      gate.open();
      expect((await running).json).toEqual(before);
      pid = (await server.line('model-restarted', seen))['inferencePid'] as number;
    }
    const failed = await running!;
    expect([failed.status, failed.json, failed.headers['retry-after']]).toEqual([
      503,
      { message: 'the model stopped before this request was scored' },
      '1',
    ]);
    expect(failed.headers['x-ms-run-function-failed']).toBe('True');
    const recovering = await exchange(`${server.url}/ready`);
    expect([recovering.status, recovering.json]).toEqual([
      503,
      { message: 'the model is being started again' },
    ]);
    expect((await exchange(`${server.url}/`)).status).toBe(200);
    // What comes meanwhile waits for the new process.
    const restarts = server.log.length;
    const meanwhile = postScore(server.url, cardRequest(picture));
    await untilUnderWay(server, 1);
    gate.open();
    expect((await meanwhile).json).toEqual(before);
    const restarted = await server.line('model-restarted', restarts);
    expect(restarted['inferencePid']).not.toBe(pid);
    expect((await exchange(`${server.url}/ready`)).status).toBe(200);
    expect(processExists(pid)).toBe(false);
  });

  it.runIf(hasSignals)(
    'is started again when it hangs: 503 for what it ran, and readiness says so',
    async () => {
      const server = await start({ model: tiny.directory, env: { AML_DEIT_BATCH_TIMEOUT_MS: '5000' } });
      const before = (await postScore(server.url, cardRequest(picture))).json;
      const pid = await inferencePid(server);
      // It lives, holds the model, and does nothing any more.
      signalProcess(pid, 'SIGSTOP');
      const hung = await postScore(server.url, cardRequest(picture));
      expect([hung.status, hung.json]).toEqual([
        503,
        { message: 'the model stopped before this request was scored' },
      ]);
      expect(await server.line('model-crashed')).toMatchObject({
        code: 'INFERENCE_CRASHED',
        message: 'the inference process ended (it did not finish a batch within 5000 ms)',
      });
      expect((await postScore(server.url, cardRequest(picture))).json).toEqual(before);
      await server.line('model-restarted');
      expect((await exchange(`${server.url}/ready`)).status).toBe(200);
      expect(processExists(pid)).toBe(false);
    },
  );

  it.runIf(hasSignals)('is given up when it keeps crashing: one error, exit code 1', async () => {
    const server = await start({ model: tiny.directory });
    let pid = await inferencePid(server);
    for (let crash = 0; crash < 4; crash += 1) {
      const seen = server.log.length;
      signalProcess(pid, 'SIGKILL');
      if (crash < 3) pid = (await server.line('model-restarted', seen))['inferencePid'] as number;
    }
    const { exitCode, stderr } = await server.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error INFERENCE_CRASHED: the inference process ended 4 times within a minute.*\n {2}.*\n$/,
    );
  });

  it.runIf(hasSignals)('ends when the server is killed, in the middle of a batch', async () => {
    const server = await start({ model: slow.directory });
    const pid = await inferencePid(server);
    const goOn = await hold(server);
    const inFlight = postScore(server.url, eight()).catch((error: unknown) => error);
    await untilUnderWay(server, 8);
    server.kill('SIGKILL');
    expect(await inFlight).toBeInstanceOf(Error);
    expect((await server.ended).signal).toBe('SIGKILL');
    goOn();
    await expect.poll(() => processExists(pid)).toBe(false);
  });
});
