import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { scoringRoutes } from '../io/index.ts';

const paths: ReadonlySet<string> = new Set([scoringRoutes.liveness, scoringRoutes.readiness, '/metrics']);

/** Probes on a port of their own: the same routes by the same code, and nothing else. */
export function createHealthServer(app: FastifyInstance): Server {
  const health = createServer((request, response) => {
    if (paths.has(request.url?.split('?')[0] ?? '')) {
      app.routing(request, response);
      return;
    }
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'only probes are answered here' }));
  });
  health.maxConnections = 64;
  health.headersTimeout = 5000;
  health.requestTimeout = 10_000;
  return health;
}
