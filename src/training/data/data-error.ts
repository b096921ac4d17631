import { AmlDeitError } from '../../errors/index.ts';

/** A source of labelled pictures that cannot be understood: `what` names the place and what was expected. */
export function dataError(
  what: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): AmlDeitError {
  return new AmlDeitError('DATA_INVALID', what, options);
}
