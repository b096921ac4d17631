import type { RefusalCode } from './refusals.ts';

/** The members of Azure ML's error envelope: `{"error": ServiceErrorBody}`. */
export interface ServiceErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details: readonly ServiceErrorBody[];
  readonly additionalInfo: readonly { readonly type: string; readonly info: unknown }[];
}

export interface ServiceErrorDetail {
  readonly code: RefusalCode;
  readonly message: string;
}

/**
 * A refusal in the service's own form. `source` says who refuses: Azure ML itself (`service`: the full envelope),
 * or the ARM gateway before it (`gateway`: code and message only, header `x-ms-failure-cause: gateway`).
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: RefusalCode;
  readonly details: readonly ServiceErrorDetail[];
  readonly source: 'service' | 'gateway';
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    options: {
      readonly details?: readonly ServiceErrorDetail[];
      readonly source?: 'service' | 'gateway';
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = options.details ?? [];
    this.source = options.source ?? 'service';
    this.headers = options.headers ?? {};
  }
}

/** 400 of the service: `UserError`, with what exactly is wrong in `details`. */
export function userError(message: string, details: readonly ServiceErrorDetail[] = []): ServiceError {
  return new ServiceError(400, 'UserError', message, { details });
}

/** 404 of the service for something inside the workspace. */
export function notFound(message: string, detailCode?: RefusalCode): ServiceError {
  return new ServiceError(404, 'UserError', 'The specified resource was not found.', {
    details: [{ code: detailCode ?? 'ResourceNotFound', message }],
  });
}

/** 501: Azure ML knows this, the twin does not: the code says so, in the service's own form. */
export function notBuilt(what: string): ServiceError {
  return new ServiceError(
    501,
    'NotBuiltInLocalTwin',
    `${what} is known to Azure ML, but not to the local twin.`,
  );
}

/** 409: an operation on the same resource is under way. */
export function conflict(message: string): ServiceError {
  return new ServiceError(409, 'Conflict', message);
}

/** What a refusal looks like on the wire. */
export function errorBody(
  error: ServiceError,
  context: {
    readonly location: string;
    readonly correlationId: string;
    readonly requestId: string;
    readonly now: number;
  },
): ServiceErrorBody | { readonly code: string; readonly message: string } {
  if (error.source === 'gateway') return { code: error.code, message: error.message };
  return {
    code: error.code,
    message: error.message,
    details: error.details.map((detail) => ({ ...detail, details: [], additionalInfo: [] })),
    additionalInfo: [
      { type: 'ComponentName', info: { value: 'managementfrontend' } },
      {
        type: 'Correlation',
        info: { value: { operation: context.correlationId.replaceAll('-', ''), request: context.requestId } },
      },
      { type: 'Environment', info: { value: context.location } },
      { type: 'Location', info: { value: context.location } },
      { type: 'Time', info: { value: new Date(context.now).toISOString() } },
    ],
  };
}

/** The error of an operation that failed after it had been accepted. */
export function operationError(
  code: RefusalCode,
  message: string,
  details: readonly ServiceErrorDetail[] = [],
): ServiceErrorBody {
  return {
    code,
    message,
    details: details.map((detail) => ({ ...detail, details: [], additionalInfo: [] })),
    additionalInfo: [],
  };
}
