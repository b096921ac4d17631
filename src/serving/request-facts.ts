import type { FastifyReply, FastifyRequest } from 'fastify';
import { scoringRoutes } from '../io/index.ts';
import type { Log } from './log.ts';
import type { RequestIds } from './request-ids.ts';

/** What is known of a request by and by: for its line in the log. */
export interface RequestFacts {
  readonly startedAt: number;
  ids?: RequestIds;
  images?: number;
  bodyBytes?: number;
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

/** Writes one line when the answer is out, or when the client has gone before. */
export function logWhenClosed(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const { facts, method } = request;
  const path = request.url.split('?')[0] ?? '';
  // Probes come every few seconds; what they see is logged when it changes.
  if (method === 'GET' && (path === scoringRoutes.liveness || path === scoringRoutes.readiness)) return;
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
      bodyBytes: facts.bodyBytes,
      requestId: facts.ids?.requestId,
      clientRequestId: facts.ids?.clientRequestId,
      message: facts.message,
      cause: facts.cause,
    });
  });
}
