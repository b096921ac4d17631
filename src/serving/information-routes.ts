import type { FastifyInstance } from 'fastify';
import { scoringRoutes } from '../io/index.ts';
import { prometheusContentType } from './prometheus.ts';
import type { ScoringServer } from './server.ts';
import type { ServingSettings } from './serving-settings.ts';
import { readinessOf } from './serving-state.ts';
import { swaggerDocument } from './swagger.ts';

export interface InformationOptions {
  readonly server: ScoringServer;
  readonly settings: ServingSettings;
  readonly heldBodyBytes: () => number;
}

/** What the server says about itself: liveness, readiness, `/swagger.json`, `/metrics`. */
export function addInformationRoutes(app: FastifyInstance, options: InformationOptions): void {
  const { server } = options;
  app.get(scoringRoutes.liveness, (_request, reply) => reply.type('text/plain').send('Healthy'));
  app.get(scoringRoutes.readiness, (_request, reply) => {
    const { isReady, text } = readinessOf(server.state);
    return isReady ? reply.type('text/plain').send(text) : reply.code(503).send({ message: text });
  });
  app.get('/swagger.json', (request, reply) => {
    const { version = '2' } = request.query as { readonly version?: string | string[] };
    return reply.send(swaggerDocument(String(version), options.settings));
  });
  app.get('/metrics', (_request, reply) =>
    reply.type(prometheusContentType).send(
      server.metrics.text({
        isReady: readinessOf(server.state).isReady,
        admittedPictures: server.scorer?.admitted ?? 0,
        bodyBytes: options.heldBodyBytes(),
      }),
    ),
  );
}
