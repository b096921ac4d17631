export { AmlDeitError, errorMessage, systemErrorCode } from './aml-deit-error.ts';
export type { AmlDeitErrorOptions } from './aml-deit-error.ts';
export { errorCodes, exitCodes } from './codes.ts';
export type { ErrorCode, ErrorKind } from './codes.ts';
export { redact, redactValue } from './redact.ts';
export { errorRemedies } from './remedies.ts';
