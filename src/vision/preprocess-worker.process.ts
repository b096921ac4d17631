/**
 * The thread that makes tensors of pictures: tens of milliseconds for a camera's picture, which the server's event loop
 * must not be without.
 */
import { parentPort } from 'node:worker_threads';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { decodeImage } from './decode-image.ts';
import { checkOutputSize, preprocess } from './preprocess.ts';
import type { PreprocessReply, PreprocessRequest } from './preprocessor.ts';

parentPort?.on('message', (request: PreprocessRequest) => {
  void answer(request);
});

/** sharp decodes on libuv's threads, so that the next picture is decoded while this one is resized. */
async function answer(request: PreprocessRequest): Promise<void> {
  const { id, picture, preprocessing, decodeLimits, imageSize, into } = request;
  try {
    const image = picture instanceof Uint8Array ? await decodeImage(picture, decodeLimits) : picture;
    if (imageSize !== undefined) checkOutputSize(image, preprocessing, imageSize);
    const tensor = preprocess(image, preprocessing, into);
    free(image.data);
    parentPort?.postMessage({ id, tensor } satisfies PreprocessReply, [tensor.buffer]);
  } catch (error) {
    const reply: PreprocessReply =
      error instanceof AmlDeitError
        ? { id, code: error.code, message: error.message, hint: error.hint }
        : { id, code: 'INTERNAL', message: errorMessage(error), hint: undefined };
    parentPort?.postMessage(reply, []);
  }
}

/**
 * A decoded picture's memory, megabytes that the collector knows little of, goes back at once: this thread makes so little
 * else that it would hardly ever collect.
 */
function free({ buffer, byteLength }: Uint8Array): void {
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  if (isAlone && !buffer.detached) buffer.transfer(0);
}
