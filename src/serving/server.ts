import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { closeAfterRest } from '../io/index.ts';
import { createBodyBudget } from './body-budget.ts';
import { corsHeaders } from './cors-headers.ts';
import { answerClientError, answerError, answerUnknownRoute, isExpected } from './error-answers.ts';
import { createHealthServer } from './health-server.ts';
import { addInformationRoutes } from './information-routes.ts';
import type { Log } from './log.ts';
import { countWhenClosed, logWhenClosed } from './request-facts.ts';
import { readRequestId, readRequestIds, requestIdHeaders } from './request-ids.ts';
import { addScoringRoute } from './scoring-route.ts';
import type { Scorer } from './scorer.ts';
import { ScoringError } from './scoring-error.ts';
import { createServerMetrics } from './server-metrics.ts';
import type { ServerMetrics } from './server-metrics.ts';
import { readServingSettings } from './serving-settings.ts';
import type { ServingSettings } from './serving-settings.ts';
import type { ServingState } from './serving-state.ts';

export interface ServerLimits {
  /** Of one request's body; a larger one is answered 413. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are in memory together; what does not fit waits, and is answered 503 when it waits in vain. */
  readonly maxBodyBytesTogether: number;
  readonly maxImagesPerRequest: number;
  /** How long a client may take to send a request, so that slow ones do not hold connections for good: 408. */
  readonly requestTimeoutMs: number;
}

export interface ScoringServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  readonly limits: ServerLimits;
  /** For the header `x-ms-server-version`. */
  readonly version: string;
  readonly log: Log;
  /** What the environment says; by default as with none. */
  readonly settings?: ServingSettings;
}

export interface ScoringServer {
  /** Of the probes alone, where the settings ask for one. */
  readonly healthPort: number | undefined;
  readonly metrics: ServerMetrics;
  readonly port: number;
  state: ServingState;
  /** What answers `/score`; until it is given the answer is 503. */
  scorer: Scorer | undefined;
  /** Stops listening and resolves when the last request is answered; at the deadline the rest is cut off. */
  close(deadlineMs: number): Promise<{ readonly cutOff: number }>;
}

const maxConnections = 1024;
const maxHeadersTimeoutMs = 20_000;
const maxCheckingIntervalMs = 10_000;
const silentCheckMs = 100;

/**
 * The HTTP side of the scoring server. It listens when this resolves, and is alive from then on.
 *
 * @throws AmlDeitError PORT_IN_USE, LISTEN_FAILED
 */
export async function startScoringServer(options: ScoringServerOptions): Promise<ScoringServer> {
  const { limits, log, settings = readServingSettings({}) } = options;
  const budget = createBodyBudget(limits.maxBodyBytesTogether);
  const inFlight = new Set<FastifyRequest>();
  const open = new Set<Socket>();
  const closing = new AbortController();
  const app = fastify({
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    // A client that does not take its answer would hold it in memory for good.
    connectionTimeout: limits.requestTimeoutMs + settings.scoringTimeoutMs,
    http: {
      // Node's own refusal has no body.
      requireHostHeader: false,
      headersTimeout: Math.min(limits.requestTimeoutMs, maxHeadersTimeoutMs),
      connectionsCheckingInterval: Math.min(limits.requestTimeoutMs, maxCheckingIntervalMs),
    },
    forceCloseConnections: 'idle',
    // A request that comes over an open connection while the server drains is answered like the others.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      refusePath(error, request, reply);
    },
  });
  app.server.maxConnections = maxConnections;
  // Connections that are kept for a next request make room for those that have one, probes among them.
  app.server.on('drop', () => app.server.closeIdleConnections());
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // Node would answer 417 without a body to an expectation that it does not know.
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));
  app.decorateRequest('facts');
  app.removeAllContentTypeParsers();
  // The route reads the body itself: fastify closes the connection when a parser refuses.
  app.addContentTypeParser('application/json', (_request, payload, done) => done(null, payload));
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler(answerUnknownRoute);

  const health = settings.healthPort === undefined ? undefined : createHealthServer(app);
  const server: ScoringServer & { port: number; healthPort: number | undefined } = {
    port: 0,
    healthPort: undefined,
    metrics: createServerMetrics(),
    state: 'loading',
    scorer: undefined,
    async close(deadlineMs) {
      server.state = 'draining';
      closing.abort();
      const closed = await closeServer(app, { inFlight, open, deadlineMs });
      // The last to go: until then it can be seen that the server drains.
      health?.close();
      health?.closeAllConnections();
      return closed;
    },
  };

  const begin = (request: FastifyRequest, reply: FastifyReply): void => {
    request.facts = { startedAt: performance.now() };
    logWhenClosed(request, reply, log);
    countWhenClosed(request, reply, server.metrics);
    inFlight.add(request);
    reply.raw.once('close', () => {
      inFlight.delete(request);
      request.facts.body?.close();
    });
    if (settings.tellsVersion) reply.header('x-ms-server-version', options.version);
    reply.headers(corsHeaders(settings.corsOrigins, request.headers));
    const requestId = readRequestId(request.headers, randomUUID);
    request.facts.ids = { requestId };
    reply.header('x-request-id', requestId);
    const ids = readRequestIds(request.headers, requestId);
    request.facts.ids = ids;
    reply.headers(requestIdHeaders(ids));
    refuseHead(request.raw);
  };
  const finish = (request: FastifyRequest, reply: FastifyReply): void => {
    closeAfterRest(request.raw, reply.raw);
    if (reply.statusCode >= 400 && !reply.hasHeader('x-ms-run-function-failed')) {
      reply.header('x-ms-run-function-failed', 'False');
    }
    // While the server drains, clients have to take their next request elsewhere; a connection that is kept for it
    // would hold up the end.
    if (server.state === 'draining') reply.header('connection', 'close');
  };
  /** A path that is none: fastify calls no hook for it. */
  const refusePath = (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    let refusal = error;
    try {
      begin(request, reply);
      request.facts.message = error.message;
    } catch (headRefusal) {
      refusal = headRefusal as Error;
    }
    reply.code(400);
    finish(request, reply);
    answerError(refusal, reply);
  };
  app.addHook('onRequest', async (request, reply) => begin(request, reply));
  app.addHook('onSend', async (request, reply) => finish(request, reply));
  app.addHook('onError', async (request, _reply, error) => {
    const { facts } = request;
    facts.message = error.message;
    if (error.cause instanceof AmlDeitError) {
      const { code, details } = error.cause;
      facts.cause = details === undefined ? { code } : { code, details };
    }
    if (isExpected(error)) return;
    const requestId = facts.ids?.requestId;
    log({ level: 'error', event: 'request-failed', requestId, message: error.message, stack: error.stack });
  });

  addInformationRoutes(app, { server, settings, heldBodyBytes: () => budget.held });
  addScoringRoute(app, { server, limits, budget, settings, closing: closing.signal });

  const { port, host } = options;
  server.port = await listening(app.server, { port, host }, () => app.listen({ port, host }));
  if (health !== undefined && settings.healthPort !== undefined) {
    const place = { port: settings.healthPort, host };
    const listen = (): Promise<unknown> => once(health.listen(place), 'listening');
    server.healthPort = await listening(health, place, listen).catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
  }
  return server;
}

function refuseHead({ headers, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') {
    throw new ScoringError(400, 'the request has no header "host"');
  }
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new ScoringError(415, `the content encoding "${encoding.slice(0, 50)}" is not supported`);
}

/** The port that it became. */
async function listening(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
  listen: () => Promise<unknown>,
): Promise<number> {
  try {
    await listen();
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') {
      throw new AmlDeitError('LISTEN_FAILED', `cannot listen on ${host}:${port}: ${errorMessage(error)}`, {
        hint: 'name an address of this machine with --host and a port that this user may take with --port',
        cause: error,
      });
    }
    throw new AmlDeitError('PORT_IN_USE', `another process listens on ${host}:${port}`, {
      hint: 'end it, or choose another port with --port (0 takes any free one)',
      cause: error,
    });
  }
}

async function closeServer(
  app: FastifyInstance,
  options: {
    readonly inFlight: ReadonlySet<FastifyRequest>;
    readonly open: ReadonlySet<Socket>;
    readonly deadlineMs: number;
  },
): Promise<{ readonly cutOff: number }> {
  let cutOff = 0;
  const deadline = setTimeout(() => {
    cutOff = options.inFlight.size;
    app.server.closeAllConnections();
  }, options.deadlineMs);
  // A client that connects ahead of its request, as browsers do, has asked for nothing; Node waits for it.
  const silent = setInterval(() => {
    for (const socket of options.open) if (socket.bytesRead === 0) socket.destroy();
  }, silentCheckMs);
  await app.close();
  clearTimeout(deadline);
  clearInterval(silent);
  return { cutOff };
}
