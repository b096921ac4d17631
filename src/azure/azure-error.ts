import { isRestError } from '@azure/core-rest-pipeline';
import type { PipelineResponse, RestError } from '@azure/core-rest-pipeline';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import type { AzureErrorDetails } from './azure-ml.ts';
import type { ArmErrorBody } from './wire/resource.ts';

/** The error of an ARM answer's body; undefined when the body is none. */
export function parseErrorBody(text: string | null | undefined): ArmErrorBody | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  try {
    return errorBodyOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function errorBodyOf(value: unknown): ArmErrorBody | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const error = 'error' in value ? value.error : value;
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? (error as ArmErrorBody) : undefined;
}

/** The service's own words in one line: the outer message, then the first detail that is short and says something else. */
export function describeErrorBody(error: ArmErrorBody): string {
  const detail = firstDetail(error);
  const outer = `${error.code}: ${error.message}`;
  return detail === undefined ? outer : `${outer} (${detail.code}: ${detail.message})`;
}

function firstDetail(error: ArmErrorBody): ArmErrorBody | undefined {
  // A detail may be a whole log: `details.azure` has it, the message does not.
  return (error.details ?? []).find(
    ({ message }) =>
      message !== '' && message !== error.message && message.length < 300 && !/[\r\n]/.test(message),
  );
}

function codeForStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'AUTH_DENIED';
  if (status === 404) return 'AZURE_NOT_FOUND';
  if (status === 409 || status === 412) return 'AZURE_CONFLICT';
  return 'AZURE_REQUEST_FAILED';
}

export const deniedHint =
  'the identity needs the role AzureML Data Scientist or more on the workspace; see who you are with `az account show`';

const hints: Partial<Record<ErrorCode, string>> = {
  AUTH_DENIED: deniedHint,
  AZURE_UNREACHABLE:
    'check the network, the proxy variables and the name of the cloud; running again continues',
  AUTH_NO_CREDENTIAL:
    'log in with `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET or a federated token',
};

/** An HTTP answer that is no success. `what` says what was tried: `GET onlineEndpoints/deit`. */
export function responseError(response: PipelineResponse, what: string): AmlDeitError {
  return serviceError({
    what,
    status: response.status,
    requestId: response.headers.get('x-ms-request-id') ?? response.headers.get('x-request-id'),
    body: parseErrorBody(response.bodyAsText),
    fallback: response.bodyAsText ?? '',
  });
}

interface ServiceFailure {
  readonly what: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly body: ArmErrorBody | undefined;
  readonly fallback: string;
  readonly cause?: unknown;
}

function serviceError(failure: ServiceFailure): AmlDeitError {
  const code = codeForStatus(failure.status);
  const words =
    failure.body === undefined ? failure.fallback.trim().slice(0, 500) : describeErrorBody(failure.body);
  const azure: AzureErrorDetails = {
    status: failure.status,
    ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    ...(failure.body === undefined ? {} : { error: failure.body }),
  };
  const hint = hints[code];
  return new AmlDeitError(
    code,
    `${failure.what} was answered by ${failure.status}${words === '' ? '' : `: ${words}`}`,
    {
      ...(hint === undefined ? {} : { hint }),
      details: { azure },
      cause: failure.cause,
    },
  );
}

/** Names of `@azure/identity`'s errors: no credential at all, or the authority refused it. */
const credentialErrors = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

/** Anything that a call to Azure can throw, as our own error, wrapped once. */
export function azureError(error: unknown, what: string, signal?: AbortSignal): unknown {
  if (error instanceof AmlDeitError) return error;
  if (signal?.aborted === true || (error instanceof Error && error.name === 'AbortError')) {
    return new AmlDeitError('INTERRUPTED', 'interrupted', {
      hint: 'run the same command again to continue',
      cause: error,
    });
  }
  if (error instanceof Error && credentialErrors.has(error.name)) {
    return new AmlDeitError(
      'AUTH_NO_CREDENTIAL',
      `no credential gave a token for ${what}: ${errorMessage(error).split('\n')[0] ?? ''}`,
      {
        hint: hints.AUTH_NO_CREDENTIAL ?? '',
        details: { reason: errorMessage(error) },
        cause: error,
      },
    );
  }
  if (isRestError(error)) {
    if (error.statusCode !== undefined) {
      const text = error.response?.bodyAsText ?? '';
      return serviceError({
        what,
        status: error.statusCode,
        requestId: error.response?.headers.get('x-ms-request-id'),
        body: parseErrorBody(text) ?? errorBodyOf(error.details) ?? storageErrorBody(error),
        fallback: text === '' ? error.message : text,
        cause: error,
      });
    }
    return unreachable(error, what, error.code, error.request?.url);
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return unreachable(error, what, error.code);
  }
  return error;
}

/** The blob store answers XML, or nothing to a HEAD; its code is in a header. */
function storageErrorBody(error: RestError): ArmErrorBody | undefined {
  const code = error.response?.headers.get('x-ms-error-code');
  if (code === undefined) return undefined;
  const [message = ''] = error.message.split('\n');
  return { code, message: message === '' ? 'refused by the blob store' : message };
}

function unreachable(error: Error, what: string, code: string | undefined, url?: string): AmlDeitError {
  const isTwin = url !== undefined && /^https:\/\/(?:127\.|[^/]*localhost[:/])/.test(url);
  const twinHint =
    code === 'ECONNREFUSED'
      ? 'the local twin has ended; running the same command again starts it and continues'
      : 'the local twin did not answer; running the same command again continues';
  return new AmlDeitError('AZURE_UNREACHABLE', `${what} got no answer: ${errorMessage(error)}`, {
    hint: isTwin ? twinHint : (hints.AZURE_UNREACHABLE ?? ''),
    details: { azure: {}, ...(code === undefined ? {} : { systemCode: code }) },
    cause: error,
  });
}
