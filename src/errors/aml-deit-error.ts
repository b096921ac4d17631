import { errorCodes, exitCodes } from './codes.ts';
import type { ErrorCode, ErrorKind } from './codes.ts';
import { redact, redactValue } from './redact.ts';

export interface AmlDeitErrorOptions {
  /** What the reader can do about it: one sentence, lower-case. */
  readonly hint?: string;
  /** Facts for machines (a status, a request id, a list of findings). Secrets are redacted. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class. `code` is stable and documented; `message` is lower-case, names the offending value
 * and says what was expected.
 */
export class AmlDeitError extends Error {
  override readonly name = 'AmlDeitError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: AmlDeitErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.details =
      options.details === undefined
        ? undefined
        : (redactValue(options.details) as Readonly<Record<string, unknown>>);
  }

  get kind(): ErrorKind {
    return errorCodes[this.code].kind;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** Node's system errors and the like: `ENOENT`, `EADDRINUSE`; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
