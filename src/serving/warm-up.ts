import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { encodeImage } from '../vision/index.ts';
import type { Scorer } from './scorer.ts';

/** Pixels: any crop of a picture of this size fits where the picture is resized first. */
const size = 64;

/**
 * Scores a small picture before a client's: the thread that decodes is started and its native code loaded, which would
 * take the first request a second.
 *
 * @throws AmlDeitError PEER_MISSING when pictures cannot be decoded here; INTERRUPTED when the signal fires.
 */
export async function warmUp(scorer: Scorer, signal: AbortSignal): Promise<void> {
  const picture = { width: size, height: size, data: new Uint8Array(size * size * 3) };
  const bytes = await encodeImage(picture, { format: 'jpeg' });
  const image = Buffer.from(bytes).toString('base64');
  try {
    await scorer.score({ images: [image], parameters: { onError: 'null' } }, signal);
  } catch (error) {
    // What fails otherwise, a model that ended meanwhile for one, is started again as at any other time.
    if (error instanceof AmlDeitError) throw error;
    throwIfAborted(signal);
  }
}
