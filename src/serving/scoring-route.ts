import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { scoringRoutes } from '../io/index.ts';
import type { BodyBudget } from './body-budget.ts';
import { preflightHeaders } from './cors-headers.ts';
import { answerUnknownRoute } from './error-answers.ts';
import { parseScoreRequest, readScoreRequest } from './parse-score-request.ts';
import type { ScoreRequest } from './parse-score-request.ts';
import { queryAsBody } from './query-as-body.ts';
import { readBody } from './read-body.ts';
import { ScoringError } from './scoring-error.ts';
import type { ScoringServer, ServerLimits } from './server.ts';
import type { ServingSettings } from './serving-settings.ts';
import { readinessOf } from './serving-state.ts';

export interface ScoringRouteOptions {
  readonly server: ScoringServer;
  readonly limits: ServerLimits;
  readonly budget: BodyBudget;
  readonly settings: ServingSettings;
  /** Fires when the server begins to close. */
  readonly closing: AbortSignal;
}

/**
 * `/score`: a body by POST; by GET the same members in the query, as Azure ML's inference server takes them. A GET
 * without any has nothing to score: 405.
 */
export function addScoringRoute(app: FastifyInstance, options: ScoringRouteOptions): void {
  const { server, limits, settings } = options;
  app.options(scoringRoutes.scoring, (request, reply) =>
    reply
      .header('allow', 'POST, OPTIONS')
      .headers(preflightHeaders(settings.corsOrigins, request.headers))
      .send(),
  );
  app.get(scoringRoutes.scoring, (request, reply) =>
    request.url.includes('?')
      ? answer(request, reply, readScoreRequest(queryAsBody(request.url), limits.maxImagesPerRequest))
      : answerUnknownRoute(request, reply),
  );
  app.post(scoringRoutes.scoring, async (request, reply) => {
    const share = options.budget.open();
    request.facts.body = share;
    const body = await readBody(request.raw, {
      maxBytes: limits.maxBodyBytes,
      share,
      closing: options.closing,
    });
    return answer(request, reply, parseScoreRequest(body, limits.maxImagesPerRequest));
  });

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    asked: ScoreRequest,
  ): Promise<FastifyReply> => {
    request.facts.images = asked.images.length;
    const { scorer } = server;
    if (scorer === undefined) {
      throw new ScoringError(503, readinessOf(server.state).text, { retryAfterSeconds: 1 });
    }
    const end = endOf(reply, settings.scoringTimeoutMs);
    const start = performance.now();
    // The names and forms of Azure ML's inference server.
    const tell = (hasFailed: boolean): void => {
      reply.header('x-ms-run-fn-exec-ms', (performance.now() - start).toFixed(3));
      reply.header('x-ms-run-function-failed', hasFailed ? 'True' : 'False');
    };
    try {
      const { json, refused } = await scorer.score(asked, end.signal);
      if (refused.length > 0) request.facts.refused = refused;
      tell(false);
      return await reply.type('application/json').send(json);
    } catch (error) {
      tell(true);
      throw error;
    } finally {
      end.clear();
    }
  };
}

/** Fires when the client has gone or the time is up. */
function endOf(reply: FastifyReply, timeoutMs: number): { readonly signal: AbortSignal; clear(): void } {
  const end = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) end.abort(new ScoringError(499, 'the client has gone'));
  });
  const timer = setTimeout(
    () => end.abort(new ScoringError(500, `Scoring timeout after ${timeoutMs} ms`)),
    timeoutMs,
  );
  return { signal: end.signal, clear: () => clearTimeout(timer) };
}
