import type { FastifyReply, FastifyRequest } from 'fastify';
import { scoringRoutes } from '../io/index.ts';
import type { BodyShare } from './body-budget.ts';
import type { Log } from './log.ts';
import type { ServerMetrics } from './server-metrics.ts';
import type { RequestIds } from './request-ids.ts';

/** What is known of a request by and by: for its line in the log. */
export interface RequestFacts {
  readonly startedAt: number;
  ids?: Pick<RequestIds, 'requestId'> & Partial<RequestIds>;
  images?: number;
  /** Why pictures have no scores although the request was answered. */
  refused?: readonly string[];
  body?: BodyShare;
  /** Of the error that was answered. */
  message?: string;
  /** What the answer does not tell: the error behind it. */
  cause?: { readonly code: string; readonly details?: unknown };
}

declare module 'fastify' {
  interface FastifyRequest {
    facts: RequestFacts;
  }
}

const unlogged: ReadonlySet<string> = new Set([scoringRoutes.liveness, scoringRoutes.readiness, '/metrics']);

/** Writes one line when the answer is out, or when the client has gone before. */
export function logWhenClosed(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const { facts, method } = request;
  const path = request.url.split('?')[0] ?? '';
  // They come every few seconds; what they see is logged when it changes.
  if (method === 'GET' && unlogged.has(path)) return;
  reply.raw.once('close', () => {
    const isAnswered = reply.raw.writableFinished;
    log({
      level: isAnswered && reply.statusCode < 500 ? 'info' : 'warning',
      event: 'request',
      method,
      path: path.slice(0, 200),
      status: isAnswered ? reply.statusCode : 'client gone',
      ms: Number((performance.now() - facts.startedAt).toFixed(3)),
      images: facts.images,
      refused: facts.refused,
      bodyBytes: facts.body?.bytes,
      requestId: facts.ids?.requestId,
      clientRequestId: facts.ids?.clientRequestId,
      message: facts.message,
      cause: facts.cause,
    });
  });
}

/** Counts by the routes that there are: a client cannot make new ones up. */
export function countWhenClosed(request: FastifyRequest, reply: FastifyReply, metrics: ServerMetrics): void {
  reply.raw.once('close', () => {
    const { facts } = request;
    const isAnswered = reply.raw.writableFinished;
    metrics.answered({
      route: request.routeOptions.url ?? 'none',
      status: isAnswered ? String(reply.statusCode) : 'gone',
      seconds: (performance.now() - facts.startedAt) / 1000,
    });
    const images = facts.images ?? 0;
    const refused =
      isAnswered && reply.statusCode === 200
        ? (facts.refused?.length ?? 0)
        : reply.statusCode === 400
          ? images
          : 0;
    if (isAnswered && reply.statusCode === 200) metrics.pictures('scored', images - refused);
    metrics.pictures('refused', refused);
  });
}
