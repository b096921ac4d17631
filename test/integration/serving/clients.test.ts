import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScoringServer } from '../../../src/serving/index.ts';
import type { LogRecord, ScoringServer, ServerLimits } from '../../../src/serving/index.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { exchange, openSocket, postScore } from '../../helpers/http-exchange.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeLogLine, ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

function scoreHead(length: number, more = ''): string {
  return `POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
}

const isGone = (line: ServeLogLine): boolean => line['status'] === 'client gone';

/** Windows knows no signals, and nothing else that makes a process wait. */
const hasSignals = process.platform !== 'win32';

describe('a client', () => {
  let tiny: TinyPackage;
  let server: ServeProcess;
  let picture: string;
  beforeAll(async () => {
    // So fast that a full queue is refused for its length, not for its time.
    tiny = await makeTinyPackage();
    server = await startServe({ model: tiny.directory });
    picture = await pictureText('waves');
  });
  afterAll(async () => {
    await server.stop();
    await tiny.remove();
  });

  it.runIf(hasSignals)('that goes away before its answer leaves its place to the others', async () => {
    const seen = server.log.length;
    // The model does nothing until all have come.
    const pid = (await server.line('ready'))['inferencePid'] as number;
    signalProcess(pid, 'SIGSTOP');
    const body = JSON.stringify(cardRequest(...Array.from({ length: 64 }, () => picture)));
    // Two of three fill the queue of 128 pictures: whichever comes last is refused.
    const sockets = [0, 1, 2].map(() => openSocket(server.port));
    for (const { socket } of sockets) socket.write(scoreHead(Buffer.byteLength(body)) + body);
    const [refused] = await Promise.race(sockets.map(({ socket }) => once(socket, 'data')));
    expect(refused).toMatch(
      /^HTTP\/1\.1 429 .*\r\nretry-after: \d+\r\n.*\{"message":"128 pictures are being scored or waiting, 64 more do not fit \(at most 128\)"\}$/s,
    );
    for (const { socket, received } of sockets) {
      received.catch(() => undefined);
      socket.destroy();
    }
    await expect.poll(() => server.log.slice(seen).filter(isGone).length).toBe(2);
    signalProcess(pid, 'SIGCONT');
    // The next picture waits for the batches that have begun, and for no others.
    await expect.poll(async () => (await postScore(server.url, cardRequest(picture))).status).toBe(200);
    expect(server.log.slice(seen).find(isGone)).toMatchObject({ images: 64, level: 'warning' });
  });

  it('that goes away in the middle of its body leaves nothing behind', async () => {
    const seen = server.log.length;
    const { socket, received } = openSocket(server.port);
    received.catch(() => undefined);
    socket.write(`${scoreHead(1000)}{"input_data": [`);
    await exchange(`${server.url}/`);
    socket.destroy();
    expect(await server.line('request', seen, isGone)).toMatchObject({ bodyBytes: 16 });
    expect((await postScore(server.url, cardRequest(picture))).status).toBe(200);
  });

  it('that sends slowly is answered, and holds up nobody', async () => {
    const body = JSON.stringify(cardRequest(picture));
    const { socket, received } = openSocket(server.port);
    socket.write(scoreHead(Buffer.byteLength(body), 'Connection: close\r\n'));
    const pieces = body.match(/.{1,200}/gs) ?? [];
    let other: ReturnType<typeof postScore> | undefined;
    for (const piece of pieces) {
      socket.write(piece);
      other ??= postScore(server.url, cardRequest(picture));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await other)?.status).toBe(200);
    expect(await received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"probs"/s);
  });

  it('that sends many large pictures leaves turns to the others', async () => {
    const side = 2200;
    const flat = { width: side, height: side, data: new Uint8Array(side * side * 3).fill(90) };
    const large = Buffer.from(await encodeImage(flat, { format: 'jpeg' })).toString('base64');
    const many = postScore(server.url, cardRequest(...Array.from({ length: 24 }, () => large)));
    await expect
      .poll(async () => (await exchange(`${server.url}/metrics`)).text)
      .toContain('\naml_deit_pictures_admitted 24\n');
    const one = postScore(server.url, cardRequest(picture));
    expect((await Promise.race([one, many])).text).toBe((await one).text);
    expect([(await one).status, (await many).status]).toEqual([200, 200]);
  });

  it('that sends two requests at once has both answers in order', async () => {
    const { socket, received } = openSocket(server.port);
    const body = JSON.stringify(cardRequest(picture));
    socket.write(scoreHead(Buffer.byteLength(body)) + body);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await received).toMatch(/^HTTP\/1\.1 200 OK.*"probs".*HTTP\/1\.1 200 OK.*Healthy$/s);
  });

  it('of whatever kind is no defect in the log, and stops nothing', async () => {
    expect((await postScore(server.url, cardRequest(picture))).status).toBe(200);
    expect(
      server.log.filter(({ event, level }) => level === 'error' || /failed|crashed/.test(event)),
    ).toEqual([]);
    expect(await server.stop()).toEqual({ exitCode: 0, signal: null, stderr: '' });
  });
});

describe('the limits on what is on its way', () => {
  async function open(limits: Partial<ServerLimits>): Promise<{ server: ScoringServer; log: LogRecord[] }> {
    const log: LogRecord[] = [];
    const server = await startScoringServer({
      port: 0,
      host: '127.0.0.1',
      limits: {
        maxBodyBytes: 1000,
        maxBodyBytesTogether: 4000,
        maxImagesPerRequest: 4,
        requestTimeoutMs: 60_000,
        ...limits,
      },
      version: 'test',
      log: (record) => log.push(record),
    });
    return { server, log };
  }

  it('end a request that does not arrive in time with 408', async () => {
    const { server } = await open({ requestTimeoutMs: 300 });
    const sockets = ['POST /sc', `${scoreHead(100)}{"input`].map((text) => {
      const { socket, received } = openSocket(server.port);
      socket.write(text);
      return received;
    });
    for (const received of sockets) {
      expect(await received).toMatch(
        /^HTTP\/1\.1 408 Request Timeout\r\n.*\{"message":"the request did not arrive in time"\}$/s,
      );
    }
    expect(await server.close(1000)).toEqual({ cutOff: 0 });
  });

  it('count the bytes that are there, not those that are announced', async () => {
    const { server } = await open({ maxBodyBytesTogether: 1500 });
    const url = `http://127.0.0.1:${server.port}`;
    const slow = Array.from({ length: 5 }, () => openSocket(server.port));
    for (const { socket } of slow) {
      socket.write(`${scoreHead(1000)}{"input_data": `);
      await once(socket, 'connect');
    }
    // No model is loaded, and the body was read: all five together have announced more than there is room for.
    expect((await postScore(url, cardRequest('x'))).status).toBe(503);
    expect((await postScore(url, cardRequest('x'))).json).toEqual({ message: 'the model is being loaded' });
    for (const { socket, received } of slow) {
      received.catch(() => undefined);
      socket.destroy();
    }
    await server.close(1000);
  });

  it('refuse with 503 what does not fit, and take it when there is room again', async () => {
    const { server, log } = await open({ maxBodyBytesTogether: 1500 });
    const url = `http://127.0.0.1:${server.port}`;
    const { socket, received } = openSocket(server.port);
    received.catch(() => undefined);
    socket.write(`${scoreHead(1000)}${' '.repeat(990)}`);
    const large = cardRequest('x'.repeat(700));
    await expect
      .poll(async () => (await postScore(url, large)).json)
      .toEqual({ message: 'too many request bodies are in memory' });
    socket.destroy();
    await expect
      .poll(async () => (await postScore(url, large)).json)
      .toEqual({ message: 'the model is being loaded' });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    await server.close(1000);
  });

  it('let a body wait, unread, for the bodies that are being scored', async () => {
    const { server, log } = await open({ maxBodyBytesTogether: 1500 });
    const url = `http://127.0.0.1:${server.port}`;
    const held = async (): Promise<string | undefined> =>
      /^aml_deit_body_bytes (\d+)$/m.exec((await exchange(`${url}/metrics`)).text)?.[1];
    const scored = Promise.withResolvers<{ json: string; refused: readonly string[] }>();
    server.scorer = { admitted: 0, score: () => scored.promise, close: () => Promise.resolve() };
    server.state = 'ready';
    const first = postScore(url, cardRequest('x'.repeat(800)));
    await expect.poll(held).toMatch(/^8\d\d$/);
    const second = JSON.stringify(cardRequest('x'.repeat(800)));
    const { socket, received } = openSocket(server.port);
    socket.write(scoreHead(second.length, 'Connection: close\r\n') + second.slice(0, 500));
    await expect.poll(held).toMatch(/^13\d\d$/);
    socket.write(second.slice(500));
    await exchange(url);
    expect(await held()).toMatch(/^13\d\d$/);
    scored.resolve({ json: '[]', refused: [] });
    expect((await first).status).toBe(200);
    expect(await received).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    await server.close(1000);
  });

  it('cut off at the deadline what does not end', async () => {
    const { server } = await open({});
    const { socket, received } = openSocket(server.port);
    const broken = received.catch(() => 'reset');
    socket.write(scoreHead(100));
    await exchange(`http://127.0.0.1:${server.port}/`);
    expect(await server.close(50)).toEqual({ cutOff: 1 });
    expect(await broken).not.toContain('200 OK');
  });
});
