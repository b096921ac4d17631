import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RefusalCode } from '../http/refusals.ts';
import { ServiceError } from '../http/service-error.ts';
import type { FaultEvent, FaultRule } from './fault-rule.ts';
import type { FaultRules } from './fault-rules.ts';

export type RequestVerdict =
  | { readonly verdict: 'go' }
  /** The connection is gone: there is nobody to answer. */
  | { readonly verdict: 'gone' }
  | { readonly verdict: 'refuse'; readonly refusal: ServiceError };

/** What the service says with a status that a rule asks for; the words of those that are recorded are its own. */
const usualRefusals: Readonly<Record<number, { readonly code: RefusalCode; readonly message: string }>> = {
  403: { code: 'AuthorizationFailed', message: 'The client does not have authorization to do this.' },
  408: { code: 'RequestTimeout', message: 'The request timed out.' },
  // Recorded: the service's 429 is a UserError too.
  429: { code: 'UserError', message: 'Too many requests. Please retry later.' },
  500: { code: 'InternalServerError', message: 'An internal server error occurred.' },
  // Recorded.
  502: { code: 'BadGatewayConnection', message: 'The network connectivity issue encountered.' },
  503: { code: 'ServiceUnavailable', message: 'The service is unavailable.' },
  // Recorded.
  504: { code: 'TransientError', message: 'The service did not answer in time.' },
};

const otherRefusal = { code: 'FaultInjected', message: 'The request was refused.' } as const;

function statusRefusal(id: string, rule: Extract<FaultRule, { kind: 'status' }>): ServiceError {
  const usual = usualRefusals[rule.status] ?? otherRefusal;
  // A rule may say what no service says.
  const code = (rule.code ?? usual.code) as RefusalCode;
  const message = rule.message ?? `${usual.message} (${id} of the local twin)`;
  return new ServiceError(rule.status, code, message, { headers: rule.headers ?? {} });
}

function quotaRefusal(id: string, event: FaultEvent): ServiceError {
  if (event.operation === 'compute.put')
    return new ServiceError(
      400,
      'ClusterCoreQuotaReached',
      `Operation results in exceeding quota limits of Core. (${id} of the local twin)`,
    );
  // As users of the service report it: the reason is text within a detail's text.
  const reason = `Not enough quota available for the instance type. Current usage/limit: 0/0. (${id} of the local twin)`;
  return new ServiceError(400, 'BadRequest', 'The request is invalid.', {
    details: [
      {
        code: 'InferencingClientCreateDeploymentFailed',
        message: `InferencingClient HttpRequest error, error detail: ${JSON.stringify({ errors: { VmSize: [reason] }, title: 'One or more validation errors occurred.', status: 400 })}`,
      },
    ],
  });
}

/** Whoever answers, nobody hears it: the connection is cut where the answer would have ended. */
function answerNobody(response: ServerResponse): void {
  Object.assign(response, {
    writeHead: () => response,
    write: () => true,
    end: () => response.destroy(),
  });
}

/** Lets a request feel the rules that hit it, before anything else looks at it. */
export async function guardRequest(
  rules: FaultRules,
  event: FaultEvent,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<RequestVerdict> {
  for (const { id, rule } of rules.take('request', event)) {
    switch (rule.kind) {
      case 'delay': {
        const gone = new AbortController();
        const leave = (): void => gone.abort();
        response.once('close', leave);
        await delay(rule.ms, undefined, { signal: gone.signal }).catch(() => undefined);
        response.off('close', leave);
        if (gone.signal.aborted) return { verdict: 'gone' };
        break;
      }
      case 'drop-before':
        incoming.socket.destroy();
        return { verdict: 'gone' };
      case 'drop-after':
        answerNobody(response);
        break;
      case 'status':
        return { verdict: 'refuse', refusal: statusRefusal(id, rule) };
      case 'sas-expired':
        return {
          verdict: 'refuse',
          refusal: new ServiceError(
            403,
            'AuthenticationFailed',
            'Server failed to authenticate the request. Signature not valid in the specified time frame.',
          ),
        };
      case 'quota':
        return { verdict: 'refuse', refusal: quotaRefusal(id, event) };
      default:
        // Faults of other places are not taken here.
        break;
    }
  }
  return { verdict: 'go' };
}
