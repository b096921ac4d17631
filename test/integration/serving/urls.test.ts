import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postScore } from '../../helpers/http-exchange.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

let tiny: TinyPackage;
let picture: string;
let pictures: Server;
let host: string;
let fetched: string[];
/** Answers that are not given until a test does. */
const slow: ServerResponse[] = [];
beforeAll(async () => {
  tiny = await makeTinyPackage();
  picture = await pictureText('waves');
  fetched = [];
  pictures = createServer((request, response) => {
    fetched.push(request.url ?? '');
    if (request.url === '/cat.png')
      response.setHeader('content-type', 'image/png').end(Buffer.from(picture, 'base64'));
    else if (request.url === '/svg.png')
      response.setHeader('content-type', 'image/png').end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    else if (request.url === '/slow') slow.push(response);
    else if (request.url === '/inside')
      response.writeHead(302, { location: 'http://169.254.169.254/metadata' }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  host = `localhost:${(pictures.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => pictures.close(resolve));
  await tiny.remove();
});

describe('a web address in the place of a picture', () => {
  let server: ServeProcess;
  beforeAll(async () => {
    server = await startServe({ model: tiny.directory, env: { AML_DEIT_URLS: `public,${host}` } });
  });
  afterAll(() => server.stop());

  it('of a host that is named is the picture behind it, in any request', async () => {
    const expected = (await postScore(server.url, cardRequest(picture))).json;
    const url = `http://${host}/cat.png`;
    for (const request of [cardRequest(url), { input_data: [url] }, { input_data: ` ${url}\n` }]) {
      const answer = await postScore(server.url, request);
      expect([answer.status, answer.json]).toEqual([200, expected]);
    }
    const mixed = await postScore(server.url, cardRequest(picture, url, picture));
    expect((mixed.json as unknown[]).length).toBe(3);
  });

  it.each([
    ['/svg.png', /^picture 1: not an accepted picture but SVG; expected/],
    ['/missing', /^picture 1: http:\/\/localhost:\d+\/missing answered 404, expected 200$/],
    ['/inside', /^picture 1: 169\.254\.169\.254 has no address that pictures may be fetched from$/],
  ])('is answered 400 with its position for %s', async (path, message) => {
    const answer = await postScore(server.url, cardRequest(picture, `http://${host}${path}`));
    expect([answer.status, answer.json]).toEqual([
      400,
      { message: expect.stringMatching(message) as string },
    ]);
    expect(answer.headers['x-ms-run-function-failed']).toBe('True');
  });

  it('takes only half of the places, however slowly it comes', async () => {
    const many = cardRequest(...Array.from({ length: 60 }, () => `http://${host}/slow`));
    const waiting = postScore(server.url, many);
    await expect.poll(() => slow.length).toBe(16);
    const more = await postScore(
      server.url,
      cardRequest(...Array.from({ length: 5 }, () => `http://${host}/slow`)),
    );
    expect([more.status, more.headers['retry-after'], more.json]).toEqual([
      429,
      '1',
      { message: '60 pictures are being fetched, 5 more do not fit (at most 64)' },
    ]);
    const others = cardRequest(...Array.from({ length: 60 }, () => picture));
    expect((await postScore(server.url, others)).status).toBe(200);
    // One bad picture answers for the request, and what waited behind it is not fetched any more.
    for (const response of slow) response.writeHead(404).end();
    expect((await waiting).status).toBe(400);
    expect((await postScore(server.url, cardRequest(`http://${host}/cat.png`))).status).toBe(200);
    expect(slow.length).toBe(16);
  });

  it('that is refused is answered 400, and the log alone says why', async () => {
    const headers = { 'x-request-id': 'refused-1' };
    const answer = await postScore(server.url, cardRequest('https://127.0.0.1:8443/cat.png'), { headers });
    expect([answer.status, answer.json]).toEqual([
      400,
      { message: 'picture 0: 127.0.0.1:8443 has no address that pictures may be fetched from' },
    ]);
    expect(await server.line('request', 0, ({ requestId }) => requestId === 'refused-1')).toMatchObject({
      status: 400,
      cause: { code: 'URL_REFUSED', details: { address: '127.0.0.1', reason: 'loopback' } },
    });
  });
});

describe('AML_DEIT_URLS of the server', () => {
  it.each([
    ['off', 'http://127.0.0.1:1/', /web addresses are not fetched here; send the picture itself as base64$/],
    [undefined, 'http://HOST/cat.png', /localhost:\d+ has no address that pictures may be fetched from$/],
  ])('%j keeps the server from its own machine', async (urls, url, message) => {
    fetched = [];
    const env = urls === undefined ? {} : { AML_DEIT_URLS: urls };
    const server = await startServe({ model: tiny.directory, env });
    try {
      const answer = await postScore(server.url, cardRequest(url.replace('HOST', host)));
      expect([answer.status, answer.json]).toEqual([
        400,
        { message: expect.stringMatching(message) as string },
      ]);
      expect(fetched).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('that cannot be understood is said before the server listens', async () => {
    const { exitCode, stdout, stderr } = await runCli(['serve', '--model', tiny.directory, '--port', '0'], {
      env: { AML_DEIT_URLS: 'http://a.example' },
    });
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^error SERVING_CONFIG_INVALID: AML_DEIT_URLS names "http:\/\/a\.example", expected/,
    );
  });
});
