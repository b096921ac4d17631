import type { AzureMl, ScoringResponse } from '../azure/index.ts';
import type { OnlineEndpointResource } from '../azure/wire/online.ts';
import { AmlDeitError } from '../errors/index.ts';
import { sleep } from '../io/index.ts';
import { readScoringResponse } from './scoring-response.ts';
import type { ClassScore } from './scoring-response.ts';

/** `card`: version 15's split form with a column. `list`: the bare list of version 16 and later. */
export type RequestForm = 'card' | 'list';

export interface ScoredImage {
  /** Best first. */
  readonly classes: readonly ClassScore[];
  /** The deployment that answered, as the endpoint names it. */
  readonly deployment: string | undefined;
  readonly durationMs: number;
}

export interface ImageScorer {
  /** A text is a web address, for the endpoint to fetch. Throws SCORING_FAILED, RESPONSE_INVALID, AUTH_DENIED or AZURE_UNREACHABLE. */
  score(image: Uint8Array | string, signal?: AbortSignal): Promise<ScoredImage>;
}

export interface ImageScorerOptions {
  readonly endpoint: OnlineEndpointResource;
  /** Sends it to this deployment, whatever the traffic says. */
  readonly deployment?: string;
  readonly requestForm: RequestForm;
  readonly maxAttempts?: number;
}

/** Classifies pictures through one endpoint: authorization once (and anew after a 401), back-off when it is busy. */
export function imageScorer(aml: AzureMl, options: ImageScorerOptions): ImageScorer {
  const { endpoint, deployment, requestForm, maxAttempts = 5 } = options;
  const scoringUri = endpoint.properties.scoringUri;
  if (scoringUri === undefined || scoringUri === null || scoringUri === '') {
    throw new AmlDeitError('SCORING_FAILED', `endpoint "${endpoint.name}" has no scoring URL yet`, {
      hint: `its state is ${endpoint.properties.provisioningState ?? 'unknown'}: wait until it is Succeeded`,
    });
  }
  let authorization: Promise<string> | undefined;

  return {
    async score(image, signal) {
      const body = requestBody(image, requestForm);
      let refreshed = false;
      for (let attempt = 1; ; attempt += 1) {
        authorization ??= aml.onlineEndpoints.authorization(endpoint, signal === undefined ? {} : { signal });
        const begin = performance.now();
        const response = await aml.score(
          {
            scoringUri,
            authorization: await authorization,
            body,
            contentType: 'application/json',
            ...(deployment === undefined ? {} : { deployment }),
          },
          signal === undefined ? {} : { signal },
        );
        const durationMs = performance.now() - begin;
        if (response.status >= 200 && response.status < 300) {
          const [classes = []] = readScoringResponse(response.body, 1).rows;
          return { classes, deployment: response.headers['azureml-model-deployment'], durationMs };
        }
        if (response.status === 401 && !refreshed) {
          // The keys may have been regenerated, or the token have run out, since they were read.
          refreshed = true;
          authorization = undefined;
          continue;
        }
        const waitMs = attempt < maxAttempts ? retryDelayMs(response, attempt) : undefined;
        if (waitMs === undefined) throw scoringError(response, endpoint.name);
        await sleep(waitMs, signal);
      }
    },
  };
}

export function requestBody(image: Uint8Array | string, form: RequestForm): string {
  const text =
    typeof image === 'string'
      ? image
      : Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64');
  return JSON.stringify(
    form === 'card'
      ? { input_data: { columns: ['image'], index: [0], data: [text] } }
      : { input_data: [text] },
  );
}

/** The container's own status: a non-200 reaches the caller as 424 with the original in a header. */
export function modelStatus(response: ScoringResponse): number | undefined {
  if (response.status !== 424) return undefined;
  const status = Number(response.headers['ms-azureml-model-error-statuscode']);
  return Number.isInteger(status) && status > 0 ? status : undefined;
}

/** How long to wait before the next attempt; undefined when another attempt would be useless. */
export function retryDelayMs(response: ScoringResponse, attempt: number): number | undefined {
  const status = modelStatus(response) ?? response.status;
  if (status !== 429 && status !== 503 && status !== 502) return undefined;
  const retryAfter = Number(response.headers['retry-after']);
  return Number.isFinite(retryAfter) && retryAfter > 0
    ? Math.min(retryAfter * 1000, 30_000)
    : Math.min(200 * 2 ** attempt, 5000);
}

function scoringError(response: ScoringResponse, endpoint: string): AmlDeitError {
  const ofModel = modelStatus(response);
  const message =
    messageOf(response.body) ?? response.headers['ms-azureml-model-error-reason'] ?? 'no message';
  const requestId = response.headers['x-request-id'] ?? response.headers['x-ms-request-id'];
  const details = {
    status: response.status,
    ...(ofModel === undefined ? {} : { modelStatus: ofModel }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  if (response.status === 401 || response.status === 403) {
    return new AmlDeitError('AUTH_DENIED', `endpoint "${endpoint}" refused the credential: ${message}`, {
      hint: 'the key may have been regenerated; reading keys needs the role Azure ML Data Scientist or more',
      details,
    });
  }
  if (ofModel !== undefined) {
    return new AmlDeitError('SCORING_FAILED', `the model answered ${ofModel}: ${message}`, { details });
  }
  const hints: Readonly<Record<number, string>> = {
    404: 'no deployment with traffic answers: see aml-deit endpoint show',
    408: 'the model took longer than request_timeout_ms: raise it in the deployment',
    429: 'too many requests are pending: scale, or raise max_concurrent_requests_per_instance',
  };
  const hint = hints[response.status];
  return new AmlDeitError('SCORING_FAILED', `the endpoint answered ${response.status}: ${message}`, {
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** `{"message"}` of a scoring server, `{"error":{"message"}}` of the platform, or the text itself. */
function messageOf(body: string): string | undefined {
  try {
    const parsed = JSON.parse(body) as { message?: unknown; error?: { message?: unknown } } | null;
    const message = parsed?.message ?? parsed?.error?.message;
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not JSON: the text itself is the message.
  }
  const text = body.trim().slice(0, 300);
  return text === '' ? undefined : text;
}
