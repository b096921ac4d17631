import { once } from 'node:events';
import { Agent } from 'node:http';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeImage } from '../../../src/vision/index.ts';
import { exchange, openSocket, postScore } from '../../helpers/http-exchange.ts';
import type { ExchangeOptions } from '../../helpers/http-exchange.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeProcess } from '../../helpers/serve-process.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

const maxBodyBytes = 200_000;

let tiny: TinyPackage;
let server: ServeProcess;
let good: string;
beforeAll(async () => {
  tiny = await makeTinyPackage();
  server = await startServe({
    model: tiny.directory,
    args: ['--max-body-bytes', String(maxBodyBytes)],
  });
  good = await pictureText('waves');
});
afterAll(async () => {
  await server.stop();
  await tiny.remove();
});

function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as string).toString('base64');
}

/** A PNG whose header says how large it is, with data that would have to be inflated to find out that it lies. */
function pngOfSize(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    frame.writeUInt32BE(crc32(content), 4);
    return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = chunk('IDAT', deflateSync(Buffer.alloc(4_000_000)));
  return Buffer.concat([signature, chunk('IHDR', header), data, chunk('IEND', Buffer.alloc(0))]);
}

describe('a picture that cannot be scored', () => {
  it.each([
    ['text', () => base64('no picture at all'), /^picture 0: not an accepted picture but .*; expected JPEG/],
    ['SVG', () => base64('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^picture 0: not an accepted picture/],
    ['a PDF', () => base64('%PDF-1.7\n%âãÏÓ\n'), /^picture 0: not an accepted picture/],
    ['nothing', () => '', /^picture 0: the picture is empty$/],
    ['white space', () => ' \n', /^picture 0: the picture is empty$/],
    ['no base64', () => 'not*base64!', /^picture 0: the picture is not base64$/],
    ['broken padding', () => 'aGVsbG8=======', /^picture 0: the picture is not base64$/],
    ['a data URI without base64', () => 'data:image/png,abc', /^picture 0: the data URI is not in base64$/],
    [
      'the address of the host',
      () => 'http://169.254.169.254/latest',
      /^picture 0: 169\.254\.169\.254 has no address that pictures may be fetched from$/,
    ],
    [
      'an address of this machine',
      () => ` HTTP://localhost:${server.port}/`,
      /^picture 0: localhost:\d+ has no address that pictures may be fetched from$/,
    ],
    ['a file', () => 'file:///etc/passwd', /^picture 0: only http and https addresses are .* not "file:"$/],
    ['a head only', () => base64(Buffer.from(good, 'base64').subarray(0, 40)), /^picture 0: the PNG /],
    [
      'a pixel bomb',
      () => base64(pngOfSize(30_000, 30_000)),
      /^picture 0: the picture is 30000x30000 pixels \(900000000\), at most 64000000 are accepted$/,
    ],
    [
      'a header that lies',
      () => base64(pngOfSize(2_000, 2_000)),
      /^picture 0: the PNG is damaged or truncated/,
    ],
  ])('is answered 400 for %s', async (_, text, message) => {
    const answer = await postScore(server.url, cardRequest(text()));
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: expect.stringMatching(message) as string });
  });

  it.each(['png', 'jpeg'] as const)('is answered 400 for a truncated %s', async (format) => {
    const whole = await encodeImage(syntheticPicture(120, 90, 'noise'), { format });
    const answer = await postScore(server.url, cardRequest(base64(whole.subarray(0, whole.length * 0.6))));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(new RegExp(`picture 0: the ${format.toUpperCase()} is damaged or truncated`));
  });

  it('is named by its position, and answers for the whole request', async () => {
    const answer = await postScore(server.url, cardRequest(good, good, base64('no picture'), good));
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: expect.stringMatching(/^picture 2: not an accepted picture/) });
  });
});

describe('a body that is no request', () => {
  const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['nothing', '', /^the body is empty, expected a JSON object with "input_data"$/],
    ['no JSON', '{"input_data": [', /^the body is not JSON: /],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), /^the body is not UTF-8$/],
    ['a list', '[]', /^the body is a list of 0, expected a JSON object/],
    ['null', 'null', /^the body is null, expected a JSON object/],
    ['no input', '{"data": []}', /^the body has no "input_data"$/],
    ['a number', '{"input_data": 3}', /^"input_data" is a number, expected/],
    ['an empty list', '{"input_data": []}', /^"input_data" holds no picture$/],
    ['no rows', '{"input_data": {"columns": ["image"], "data": []}}', /holds no picture$/],
    [
      'another column',
      '{"input_data": {"columns": ["text"], "data": ["x"]}}',
      /"input_data.columns" is \["text"\], expected \["image"\]$/,
    ],
    [
      'two columns',
      '{"input_data": {"columns": ["image", "text"], "data": [["x", "y"]]}}',
      /expected \["image"\]$/,
    ],
    [
      'a row that is none',
      '{"input_data": [{"image": "x"}]}',
      /"input_data\[0\]" is an object, expected a picture/,
    ],
    ['a row of two', '{"input_data": [["x", "y"]]}', /"input_data\[0\]" is a list of 2, expected a picture/],
    [
      'an index of another length',
      '{"input_data": {"columns": ["image"], "index": [0, 1], "data": ["x"]}}',
      /"input_data.index" has 2 entries for 1 rows of data$/,
    ],
    [
      'a parameter',
      '{"input_data": ["x"], "params": {"top-k": 3}}',
      /"params.top-k" is not known, expected any/,
    ],
    ['deep JSON', `{"input_data": ${'['.repeat(10_000)}`, /nested more than 32 levels deep$/],
    ['much JSON', `{"input_data": [${'[],'.repeat(60_000)}[]]}`, /holds more than 50000 values$/],
    [
      'too many pictures',
      JSON.stringify({ input_data: Array.from({ length: 65 }, () => 'x') }),
      /holds 65 pictures, at most 64 are accepted in one request$/,
    ],
  ];
  it.each(cases)('is answered 400 for %s', async (_, body, message) => {
    const answer = await exchange(`${server.url}/score`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.json]).toEqual([
      400,
      { message: expect.stringMatching(message) as string },
    ]);
  });
});

describe('a request that is refused', () => {
  const json = { 'content-type': 'application/json' };
  const cases: readonly (readonly [string, string, ExchangeOptions, number, RegExp])[] = [
    ['an unknown path', '/nothing', {}, 404, /^there is nothing at this path$/],
    ['an unknown path with a body', '/nothing', { method: 'POST', body: 'x' }, 404, /^there is nothing/],
    ['GET /score', '/score', {}, 405, /^the method GET is not allowed here, expected POST, OPTIONS$/],
    ['DELETE /', '/', { method: 'DELETE' }, 405, /expected GET, HEAD$/],
    ['POST /ready', '/ready?x=1', { method: 'POST', headers: json, body: '{}' }, 405, /expected GET, HEAD$/],
    ['a path that is none', '/%zz', {}, 400, /not a valid url/],
    [
      'another content type',
      '/score',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' },
      415,
      /^the content type has to be application\/json$/,
    ],
    ['no content type', '/score', { method: 'POST', body: '{}' }, 415, /^the content type has to be/],
    [
      'a content encoding',
      '/score',
      { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' },
      415,
      /^the content encoding "gzip" is not supported$/,
    ],
    [
      'a long request id',
      '/',
      { headers: { 'x-request-id': 'y'.repeat(101) } },
      431,
      /^the header x-request-id has 101 characters, at most 100 are accepted$/,
    ],
    [
      'a long client request id',
      '/score',
      { method: 'POST', headers: { ...json, 'x-ms-client-request-id': 'y'.repeat(101) }, body: '{}' },
      431,
      /^the header x-ms-client-request-id has 101 characters/,
    ],
    [
      'large headers',
      '/',
      { headers: { 'x-large': 'y'.repeat(20_000) } },
      431,
      /^the headers are too large$/,
    ],
  ];
  it.each(cases)('has a JSON body for %s', async (_, path, options, status, message) => {
    const answer = await exchange(`${server.url}${path}`, options);
    expect([answer.status, answer.json]).toEqual([
      status,
      { message: expect.stringMatching(message) as string },
    ]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.stringify(answer.headers)).not.toContain('yyyy');
  });

  it("for the caller's id still has the platform's, and no other", async () => {
    const long = { 'x-ms-client-request-id': 'y'.repeat(101) };
    const known = await exchange(`${server.url}/`, { headers: { ...long, 'x-request-id': 'known' } });
    expect([known.status, known.headers['x-request-id']]).toEqual([431, 'known']);
    const made = await exchange(`${server.url}/`, { headers: long });
    expect([made.status, made.headers['x-request-id']]).toEqual([
      431,
      expect.stringMatching(/^[\da-f-]{36}$/),
    ]);
    const none = await exchange(`${server.url}/`, { headers: { 'x-request-id': 'y'.repeat(101) } });
    for (const { headers } of [known, made, none]) {
      expect(Object.keys(headers).filter((name) => /^x-ms-.*request-id$/.test(name))).toEqual([]);
    }
    expect(none.headers).not.toHaveProperty('x-request-id');
  });

  it('for its method says which are allowed', async () => {
    expect((await exchange(`${server.url}/score`)).headers['allow']).toBe('POST, OPTIONS');
    expect((await exchange(`${server.url}/`, { method: 'PUT' })).headers['allow']).toBe('GET, HEAD');
  });

  it.each([
    ['a path that is none', 'GET /%zz HTTP/1.1\r\nHost: x\r\n', "'/%zz' is not a valid url component"],
    ['no host', 'GET /score HTTP/1.1\r\n', 'the request has no header "host"'],
    [
      'an expectation',
      'GET /score HTTP/1.1\r\nHost: x\r\nExpect: much\r\n',
      'the method GET is not allowed here, expected POST, OPTIONS',
    ],
  ])('has ids, a message and a line in the log for %s', async (_, head, message) => {
    const { socket, received } = openSocket(server.port);
    const requestId = `id of ${message}`;
    socket.write(`${head}X-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n`);
    const text = await received;
    expect(text).toMatch(/^HTTP\/1\.1 40[05] /);
    expect(text).toContain(`\r\nx-request-id: ${requestId}\r\n`);
    expect(text).toContain('\r\nx-ms-run-function-failed: False\r\n');
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toEqual({ message });
    expect(await server.line('request', 0, (line) => line['requestId'] === requestId)).toMatchObject({
      method: 'GET',
    });
  });

  it('is answered 400 when it is no HTTP', async () => {
    const { socket, received } = openSocket(server.port);
    socket.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    expect(await received).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n.*\{"message":"this is no HTTP request"\}$/s,
    );
  });
});

describe('a body that is too large', () => {
  const large = Buffer.alloc(30 * 2 ** 20, 0x20);
  const headers = { 'content-type': 'application/json' };

  it('is answered 413 although the client still sends, and the connection goes on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 3; round += 1) {
      const refused = await exchange(`${server.url}/score`, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': String(large.length) },
        body: large,
      });
      expect([refused.status, refused.json]).toEqual([
        413,
        { message: `the body is larger than ${maxBodyBytes} bytes` },
      ]);
      expect((await postScore(server.url, cardRequest(good), { agent })).status).toBe(200);
    }
    agent.destroy();
  });

  it('is answered 413 on a connection that ends with the answer, every time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const refused = await exchange(`${server.url}/score`, {
        method: 'POST',
        headers: { ...headers, connection: 'close', 'content-length': String(large.length) },
        body: large,
      });
      expect(refused.status).toBe(413);
    }
  });

  it.each([
    ['application/json', 413],
    ['text/plain', 415],
  ])('of %s is answered %i, and what still comes on a connection that ends is read', async (type, status) => {
    const { socket, received } = openSocket(server.port);
    const piece = Buffer.alloc(2 ** 20, 0x20);
    socket.write(
      `POST /score HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${4 * piece.length}\r\n\r\n`,
    );
    // Each piece goes out after the answer has come: a connection that is closed by then answers with a reset.
    await once(socket, 'data');
    for (let sent = 0; sent < 4; sent += 1) {
      await new Promise<void>((resolve, reject) => {
        socket.write(piece, (error) => (error ? reject(error) : setImmediate(resolve)));
      });
    }
    expect(await received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('is answered 413 without a length as well', async () => {
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    const refused = await exchange(`${server.url}/score`, { method: 'POST', headers: chunked, body: large });
    expect(refused.status).toBe(413);
  });

  it('may be just as large as is said', async () => {
    const request = JSON.stringify(cardRequest(good));
    const body = request + ' '.repeat(maxBodyBytes - request.length);
    expect((await exchange(`${server.url}/score`, { method: 'POST', headers, body })).status).toBe(200);
    expect(
      (await exchange(`${server.url}/score`, { method: 'POST', headers, body: `${body} ` })).status,
    ).toBe(413);
  });
});

describe('all that is refused', () => {
  it('is no defect in the log, and stops nothing', async () => {
    expect((await exchange(`${server.url}/ready`)).status).toBe(200);
    expect((await postScore(server.url, cardRequest(good))).status).toBe(200);
    expect(
      server.log.filter(({ event, level }) => level === 'error' || /failed|crashed/.test(event)),
    ).toEqual([]);
    expect(await server.stop()).toEqual({ exitCode: 0, signal: null, stderr: '' });
  });
});
