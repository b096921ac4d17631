import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import type { TwinCertificates } from '../lifecycle/certificates.ts';
import { isBlobHost } from '../storage/blob-proxy.ts';

export type RequestHandler = (incoming: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface TwinServerOptions {
  readonly certificates: TwinCertificates;
  readonly handleBlob: RequestHandler;
  /** Everything that is no blob. */
  readonly handle: RequestHandler;
}

export interface TwinServer {
  listen(port: number): Promise<number>;
  /** Stops taking connections, lets what is being answered end, then closes. */
  close(graceMs: number): Promise<void>;
  /** Cuts every connection. */
  destroy(): void;
}

/** One TLS port for everything: blob hosts go to the proxy before fastify sees them, all else is fastify's. */
export async function createTwinServer(options: TwinServerOptions): Promise<TwinServer> {
  const { default: fastify } = await import('fastify');
  const made: { server?: Server } = {};
  const app = fastify({
    logger: false,
    serverFactory(handler) {
      const server = createServer(
        { key: options.certificates.privateKeyPem, cert: options.certificates.certificatePem },
        (incoming, response) => {
          if (isBlobHost(incoming.headers.host)) void options.handleBlob(incoming, response);
          else handler(incoming, response);
        },
      );
      // Uploads and long scoring requests have their own limits.
      server.requestTimeout = 0;
      server.headersTimeout = 30_000;
      made.server = server;
      return server;
    },
  });
  // Bodies stay streams: each handler reads its own, within its own bound.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.all('/*', async (request, reply) => {
    reply.hijack();
    await options.handle(request.raw, reply.raw);
  });
  await app.ready();
  const listening = made.server;
  if (listening === undefined) throw new Error('fastify made no server');
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        const onError = (error: Error): void => {
          reject(
            systemErrorCode(error) === 'EADDRINUSE' || systemErrorCode(error) === 'EACCES'
              ? new AmlDeitError('TWIN_PORT_TAKEN', `port ${port} on 127.0.0.1 is taken or not allowed`, {
                  hint: 'choose another with --port, or leave --port out and a free one is taken',
                  details: { port },
                  cause: error,
                })
              : error,
          );
        };
        listening.once('error', onError);
        listening.listen(port, '127.0.0.1', () => {
          listening.off('error', onError);
          resolve((listening.address() as AddressInfo).port);
        });
      }),
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => {
        listening.close(() => resolve());
      });
      listening.closeIdleConnections();
      const timer = setTimeout(() => listening.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
      await app.close();
    },
    destroy() {
      listening.closeAllConnections();
      listening.close();
    },
  };
}
