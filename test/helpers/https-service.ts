import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TwinDescriptor } from '../../src/io/index.ts';
import { loadCertificates } from '../../src/local/lifecycle/certificates.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Instead of `body`: what is no JSON. */
  readonly text?: string;
  /** Closes the connection instead of answering. */
  readonly drop?: boolean;
}

export type Handler = (request: RecordedRequest, count: number) => Answer | Promise<Answer>;

export interface HttpsService extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly RecordedRequest[];
  /** What a client connects with: this server in the place of the twin. */
  readonly twin: TwinDescriptor;
  /** The latest handler wins; the token route is answered unless it is named. */
  on(method: string, path: string | RegExp, handler: Handler): void;
}

/** A small real HTTPS server with its own authority, whose answers a test writes. */
export async function startHttpsService(): Promise<HttpsService> {
  const directory = await mkdtemp(join(tmpdir(), 'aml-deit-https-'));
  const certificates = await loadCertificates(directory, Date.now());
  const requests: RecordedRequest[] = [];
  const handlers: { method: string; path: string | RegExp; handler: Handler; count: number }[] = [];
  const server = createServer(
    { cert: certificates.certificatePem, key: certificates.privateKeyPem },
    (request, response) => void answer(request, response),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', endpoint);
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      url,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    requests.push(recorded);
    const found = handlers
      .toReversed()
      .find(
        ({ method, path }) =>
          method === recorded.method &&
          (typeof path === 'string' ? url.pathname.endsWith(path) : path.test(url.pathname)),
      );
    let given: Answer = {
      status: 404,
      body: { error: { code: 'NotFound', message: `no ${recorded.path}` } },
    };
    if (found !== undefined) given = await found.handler(recorded, (found.count += 1));
    if (given.drop === true) {
      request.socket.destroy();
      return;
    }
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers });
    response.end(given.text ?? (given.body === undefined ? '' : JSON.stringify(given.body)));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `https://127.0.0.1:${port}`;
  const caFile = join(directory, 'service-ca.pem');
  await writeFile(caFile, certificates.caPem);
  handlers.push({
    method: 'GET',
    path: '/msi/token',
    count: 0,
    handler: (request) => ({
      body: {
        access_token: `token-for-${request.url.searchParams.get('resource')}`,
        expires_on: String(Math.floor(Date.now() / 1000) + 3600),
        token_type: 'Bearer',
      },
    }),
  });
  return {
    endpoint,
    requests,
    twin: {
      schemaVersion: 1,
      pid: process.pid,
      version: '0.0.0',
      endpoint,
      port,
      caFile,
      subscriptionId: 's',
      resourceGroup: 'g',
      workspaceName: 'w',
      tenantId: 't',
      identity: { endpoint: `${endpoint}/msi/token`, header: 'secret-header' },
      storageSuffix: `core.localhost:${port}`,
    },
    on(method, path, handler) {
      handlers.push({ method, path, handler, count: 0 });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
