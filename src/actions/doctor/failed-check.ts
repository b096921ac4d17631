import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import type { DoctorCheck, DoctorCheckId } from './check.ts';

/** An error as the outcome of a check; its hint is the fix. */
export function failedCheck(id: DoctorCheckId, error: unknown, fix?: string): DoctorCheck {
  const known = error instanceof AmlDeitError ? error : undefined;
  return {
    id,
    status: 'failed',
    summary: errorMessage(error),
    fix: fix ?? known?.hint ?? 'see what the message names, and run aml-deit doctor again',
    ...(known === undefined ? {} : { details: { code: known.code } }),
  };
}
