import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { scoringRoutes } from '../io/index.ts';
import { ScoringError } from './scoring-error.ts';

/** Methods of each route, for 405. */
const allowedMethods: Readonly<Record<string, string>> = {
  [scoringRoutes.liveness]: 'GET, HEAD',
  [scoringRoutes.readiness]: 'GET, HEAD',
  [scoringRoutes.scoring]: 'POST, OPTIONS',
  '/swagger.json': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
};

/** True for what is answered with a reason; anything else is a defect, and belongs in the log with its stack. */
export function isExpected(error: unknown): boolean {
  const { statusCode } = error as { readonly statusCode?: number };
  return error instanceof ScoringError || (statusCode !== undefined && statusCode < 500);
}

/** Every error is JSON with one member, `message`, as Azure ML's inference server answers. */
export function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ScoringError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds);
    return reply.code(error.status).send({ message: error.message });
  }
  const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return reply.code(415).send({ message: 'the content type has to be application/json' });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return reply.code(statusCode).send({ message: (error as Error).message });
  }
  // What went wrong inside is for the log, not for the caller.
  return reply
    .code(500)
    .send({ message: 'scoring failed unexpectedly; the log of the server has the cause' });
}

export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const allowed = allowedMethods[request.url.split('?')[0] ?? ''];
  if (allowed === undefined) return reply.code(404).send({ message: 'there is nothing at this path' });
  reply.header('allow', allowed);
  return reply
    .code(405)
    .send({ message: `the method ${request.method} is not allowed here, expected ${allowed}` });
}

const clientErrors: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
};

/** What is no HTTP is answered before there is a request. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = clientErrors[error.code ?? ''] ?? ['400 Bad Request', 'this is no HTTP request'];
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
