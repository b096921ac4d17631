/** Why a run failed, in the words of its error document. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  readonly code: string;

  constructor(code: 'UserError' | 'SystemError' | 'ServiceError', message: string) {
    super(message);
    this.code = code;
  }
}

export type StopReason = 'canceled' | 'timeout' | 'closing';

/** The reason of an abort: what the one who waits does next depends on it. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`the run was stopped: ${reason}`);
    this.reason = reason;
  }
}

export function stopReason(signal: AbortSignal): StopReason | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof RunStopped ? signal.reason.reason : 'canceled';
}
