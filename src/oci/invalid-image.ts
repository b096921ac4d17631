import { AmlDeitError } from '../errors/index.ts';

/** An image that is damaged, contradicts itself, or is of a kind that is not supported. */
export function invalidImage(message: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('OCI_IMAGE_INVALID', message, cause === undefined ? {} : { cause });
}
