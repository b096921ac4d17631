import { AmlDeitError } from '../../src/errors/index.ts';

/** What a call throws, as our error. */
export async function failureOf(run: Promise<unknown>): Promise<AmlDeitError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof AmlDeitError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
