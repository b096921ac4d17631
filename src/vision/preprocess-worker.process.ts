/**
 * The thread that resizes and normalises pictures: tens of milliseconds for a camera's picture, which the server's event
 * loop must not be without.
 */
import { parentPort } from 'node:worker_threads';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { preprocess } from './preprocess.ts';
import type { PreprocessReply, PreprocessRequest } from './preprocessor.ts';

parentPort?.on('message', ({ id, image, preprocessing }: PreprocessRequest) => {
  try {
    const tensor = preprocess(image, preprocessing);
    parentPort?.postMessage({ id, tensor } satisfies PreprocessReply, [tensor.buffer as ArrayBuffer]);
  } catch (error) {
    const code = error instanceof AmlDeitError ? error.code : 'INTERNAL';
    parentPort?.postMessage({ id, code, message: errorMessage(error) } satisfies PreprocessReply, []);
  }
});
