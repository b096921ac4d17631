import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseUrlPolicy, pictureFetcher } from '../../../src/web/index.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const picture = Buffer.from('a picture');
const answers: Readonly<Record<string, Answer>> = {
  '/good': (response) => response.setHeader('content-type', 'image/jpeg; charset=x').end(picture),
  '/no-type': (response) => response.end(picture),
  '/octets': (response) => response.setHeader('content-type', 'Application/Octet-Stream').end(picture),
  '/html': (response) => response.setHeader('content-type', 'text/html').end('<html>'),
  '/svg': (response) => response.setHeader('content-type', 'image/svg+xml').end('<svg/>'),
  '/json': (response) => response.setHeader('content-type', 'application/json').end('{}'),
  '/missing': (response) => response.writeHead(404).end('no'),
  '/partial': (response) => response.writeHead(206).end(picture),
  '/empty': (response) => response.writeHead(204).end(),
  '/gzip': (response) => response.setHeader('content-encoding', 'gzip').end(picture),
  '/announced': (response) => response.writeHead(200, { 'content-length': '1001' }).flushHeaders(),
  '/endless': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(400)));
    };
    response.on('drain', more);
    more();
  },
  '/silent': () => undefined,
  '/drip': (response) => {
    const drip = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(drip));
  },
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x');
    setTimeout(() => response.destroy(), 20);
  },
  '/head': (response) => response.writeHead(200, { 'x-large': 'y'.repeat(40_000) }).end(picture),
  '/three': (response) => response.writeHead(301, { location: '/two' }).end(),
  '/two': (response) => response.writeHead(307, { location: '/one' }).end(),
  '/one': (response) => response.writeHead(308, { location: 'good' }).end(),
  '/four': (response) => response.writeHead(302, { location: '/three' }).end(),
  '/circle': (response) => response.writeHead(303, { location: '/circle' }).end(),
  '/other-protocol': (response) =>
    response.writeHead(101, { upgrade: 'websocket', connection: 'upgrade' }).end(),
  '/hinted': (response) => {
    response.writeProcessing();
    response.end(picture);
  },
  '/hints': (response) => {
    for (let count = 0; count < 1000; count += 1) response.writeProcessing();
    response.end(picture);
  },
  '/nowhere': (response) => response.writeHead(302).end(),
  '/told': (response, { headers }) => response.end(JSON.stringify(headers)),
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const policy = parseUrlPolicy('127.0.0.1');
const fetch = (path: string): Promise<Uint8Array> =>
  pictureFetcher({ policy, limits: { maxBytes: 1000 } }).fetch(`${url}${path}`);

describe('a picture behind a web address', () => {
  it.each(['/good', '/no-type', '/octets', '/one', '/two', '/three', '/hinted'])(
    'is fetched from %s',
    async (path) => {
      expect(Buffer.from(await fetch(path)).equals(picture)).toBe(true);
    },
  );

  it.each([
    ['/html', /is "text\/html", expected a picture$/],
    ['/svg', /is "image\/svg\+xml", expected a picture$/],
    ['/json', /is "application\/json", expected a picture$/],
    ['/missing', /\/missing answered 404, expected 200$/],
    ['/partial', /answered 206, expected 200$/],
    ['/empty', /answered 204, expected 200$/],
    ['/gzip', /is sent in the encoding "gzip", which was not asked for$/],
    ['/announced', /is larger than 1000 bytes$/],
    ['/endless', /is larger than 1000 bytes$/],
    ['/cut', /broke off \(ECONNRESET\)$/],
    ['/head', /cannot be fetched \(HPE_HEADER_OVERFLOW\)$/],
    ['/four', /redirects more than 3 times$/],
    ['/circle', /redirects more than 3 times$/],
    ['/hints', /answered 102 more than 10 times, expected 200$/],
    ['/nowhere', /answered 302, expected 200$/],
    ['/other-protocol', /answered 101, expected 200$/],
  ])('is not taken from %s', async (path, message) => {
    await expect(fetch(path)).rejects.toThrow(
      expect.objectContaining({
        code: 'URL_UNREACHABLE',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it.each(['/silent', '/drip'])('has to come in time: %s', async (path) => {
    const fetcher = pictureFetcher({ policy, limits: { timeoutMs: 150 } });
    await expect(fetcher.fetch(`${url}${path}`)).rejects.toThrow(/did not answer within 150 ms$/);
  });

  it('has to resolve in time', async () => {
    const fetcher = pictureFetcher({
      policy: parseUrlPolicy('public'),
      limits: { timeoutMs: 50 },
      resolveHost: (_hostname, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cancelled')));
        }),
    });
    await expect(fetcher.fetch('http://slow.example/')).rejects.toThrow(/did not answer within 50 ms$/);
  });

  it('is given up when nobody waits for it any more', async () => {
    const gone = new AbortController();
    const fetched = pictureFetcher({ policy }).fetch(`${url}/silent`, gone.signal);
    const reason = new Error('the client has gone');
    setTimeout(() => gone.abort(reason), 20);
    await expect(fetched).rejects.toBe(reason);
  });

  it('is not there when nobody listens', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    const fetcher = pictureFetcher({ policy });
    await expect(fetcher.fetch(`http://127.0.0.1:${port}/a.png?sig=secret`)).rejects.toThrow(
      `http://127.0.0.1:${port}/a.png cannot be fetched (ECONNREFUSED)`,
    );
  });

  it('is asked for with nothing of ours but the address', async () => {
    const headers = JSON.parse(Buffer.from(await fetch('/told')).toString()) as Record<string, string>;
    expect(headers).toEqual({
      host: url.slice('http://'.length),
      accept: 'image/*',
      'accept-encoding': 'identity',
      'user-agent': 'aml-deit',
      connection: 'close',
    });
  });
});
