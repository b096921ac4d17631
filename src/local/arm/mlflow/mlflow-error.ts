import type { ServiceError } from '../../http/service-error.ts';

/** The words of MLflow and the statuses that its server sends with them. Source: MLflow's `databricks.proto` and REST documentation. */
const statuses = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type MlflowErrorCode = keyof typeof statuses;

/** A refusal in MLflow's form: `{"error_code", "message"}`. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';
  readonly code: MlflowErrorCode;
  readonly status: number;

  constructor(code: MlflowErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = statuses[code];
  }
}

export function invalidParameter(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message);
}

export function doesNotExist(message: string): MlflowError {
  return new MlflowError('RESOURCE_DOES_NOT_EXIST', message);
}

/** Whether a request speaks MLflow, and is answered so even when it is refused before MLflow sees it. */
export function isMlflowPath(path: string): boolean {
  return /^\/mlflow\//i.test(path);
}

/** What the rest of the twin refuses, in MLflow's form: the status stays, the code is the one that MLflow has for it. */
export function mlflowRefusal(error: MlflowError | ServiceError): {
  readonly error_code: MlflowErrorCode;
  readonly message: string;
} {
  if (error instanceof MlflowError) return { error_code: error.code, message: error.message };
  const usual = { 400: 'BAD_REQUEST', 401: 'UNAUTHENTICATED', 404: 'RESOURCE_DOES_NOT_EXIST' } as const;
  const code =
    (usual as Readonly<Record<number, MlflowErrorCode>>)[error.status] ??
    (Object.keys(statuses) as MlflowErrorCode[]).find((known) => statuses[known] === error.status) ??
    (error.status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR');
  return { error_code: code, message: error.message };
}
