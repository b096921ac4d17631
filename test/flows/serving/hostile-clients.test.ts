import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readServingSettings, startScoringServer } from '../../../src/serving/index.ts';
import type { LogRecord, Scorer, ScoringServer } from '../../../src/serving/index.ts';
import { exchange, openSocket, postScore } from '../../helpers/http-exchange.ts';

/** The HTTP side alone: what is scored is of no interest here. */
const scorer: Scorer = {
  admitted: 0,
  score: ({ images }, signal) =>
    images[0] === 'endless'
      ? new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        })
      : Promise.resolve({
          json: images[0] === 'large' ? `"${'x'.repeat(64 * 2 ** 20)}"` : JSON.stringify(images.length),
          refused: [],
        }),
  close: () => Promise.resolve(),
};

let server: ScoringServer;
let url: string;
let log: LogRecord[];
async function open(requestTimeoutMs: number): Promise<void> {
  log = [];
  server = await startScoringServer({
    port: 0,
    host: '127.0.0.1',
    limits: {
      maxBodyBytes: 100_000,
      maxBodyBytesTogether: 400_000,
      maxImagesPerRequest: 4,
      requestTimeoutMs,
    },
    version: 'test',
    log: (record) => log.push(record),
    settings: readServingSettings({ SCORING_TIMEOUT_MS: '500' }),
  });
  server.scorer = scorer;
  server.state = 'ready';
  url = `http://127.0.0.1:${server.port}`;
}
afterEach(async () => {
  await server.close(100);
  const errors = log.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
});

function head(length: number): string {
  return `POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Bodies that are in memory: nothing when all is well again. */
async function heldBytes(): Promise<number> {
  const { text } = await exchange(`${url}/metrics`);
  return Number(/^aml_deit_body_bytes (\d+)$/m.exec(text)?.[1]);
}

describe('a server with hostile clients', () => {
  it('answers others while hundreds send their requests byte by byte, and ends those', async () => {
    await open(1500);
    const starts = ['GET / HTTP/1.1\r\nHost: x\r\nX-', `${head(1000)}{"input_data":"`, 'G', ''];
    const slow = Array.from({ length: 300 }, (_, index) => {
      const { socket, received } = openSocket(server.port);
      socket.write(starts[index % starts.length]!);
      const drip = setInterval(() => socket.write('a'), 100);
      socket.once('close', () => clearInterval(drip));
      return received.catch(() => 'reset');
    });
    for (let round = 0; round < 5; round += 1) {
      expect((await exchange(`${url}/`)).text).toBe('Healthy');
      expect((await postScore(url, { input_data: 'x' })).json).toBe(1);
    }
    // Every one is ended, whatever it goes on sending.
    const answers = await Promise.all(slow);
    expect(answers.filter((text) => text !== 'reset' && !/^HTTP\/1\.1 4\d\d /.test(text))).toEqual([]);
    await expect.poll(heldBytes).toBe(0);
  });

  it('takes a client that closes its half of the connection for gone, and drops its work', async () => {
    await open(60_000);
    const body = JSON.stringify({ input_data: ['endless'] });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.end(head(body.length) + body);
    await once(socket, 'close');
    await expect.poll(() => log.find(({ status }) => status === 'client gone')).toBeDefined();
    await expect.poll(heldBytes).toBe(0);
  });

  it('lets go of a client that closes its half in the middle of its body', async () => {
    await open(60_000);
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.end(`${head(1000)}{"input_data":`);
    await once(socket, 'close');
    await expect.poll(heldBytes).toBe(0);
  });

  it('ends although a client has connected ahead of its request', async () => {
    await open(60_000);
    const { socket, received } = openSocket(server.port);
    await once(socket, 'connect');
    // By then the server has that connection as well.
    await exchange(`${url}/`);
    expect(await server.close(60_000)).toEqual({ cutOff: 0 });
    expect(await received).toBe('');
  });

  it('gives back what aborted uploads have sent', async () => {
    await open(60_000);
    const sockets = Array.from({ length: 40 }, (): Socket => {
      const { socket, received } = openSocket(server.port);
      received.catch(() => undefined);
      socket.write(`${head(90_000)}${' '.repeat(5000)}`);
      return socket;
    });
    await expect.poll(heldBytes).toBeGreaterThan(100_000);
    for (const socket of sockets) socket.resetAndDestroy();
    await expect.poll(heldBytes).toBe(0);
    expect((await postScore(url, { input_data: 'x' })).status).toBe(200);
  });

  it('ends a client that does not take its answer', async () => {
    await open(1500);
    const body = JSON.stringify({ input_data: 'large' });
    const { socket, received } = openSocket(server.port);
    received.catch(() => undefined);
    socket.pause();
    socket.write(head(body.length) + body);
    await expect.poll(() => log.find(({ status }) => status === 'client gone')).toBeDefined();
    expect((await exchange(`${url}/`)).status).toBe(200);
    socket.destroy();
  });

  it('answers a thousand requests that come at once on one connection, each once', async () => {
    await open(60_000);
    const { socket, received } = openSocket(server.port);
    const body = JSON.stringify({ input_data: 'x' });
    socket.write((head(body.length) + body).repeat(999));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await received).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1000);
  });

  it('refuses what two readers could read in two ways', async () => {
    await open(60_000);
    for (const headers of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Content-Length: 5\r\nContent-Length: 6',
      'Transfer-Encoding: chunked, identity',
      'Content-Length: +5',
    ]) {
      const { socket, received } = openSocket(server.port);
      socket.write(
        `POST /score HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n`,
      );
      const text = await received.catch(() => '');
      expect([headers, text.match(/HTTP\/1\.1 \d+/g)]).toEqual([headers, ['HTTP/1.1 400']]);
    }
  });
});
