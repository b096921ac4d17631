import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { errorMessage } from '../errors/index.ts';
import { peerMissing } from '../io/index.ts';
import type { Engine, EngineOptions } from './engine.ts';
import type { Provider } from './provider.ts';
import { providersToTry, sessionOptions } from './session-options.ts';

type Runtime = typeof OnnxRuntime;

/** onnxruntime-node. Its binding computes on the thread that calls it. */
export const onnxRuntimeEngine: Engine = {
  async load(options) {
    const runtime = await importRuntime();
    const { session, provider, warning } = await createSession(runtime, options);
    return {
      provider,
      ...(warning === undefined ? {} : { providerWarning: warning }),
      run: (pixels, dims) => session.run({ pixel_values: new runtime.Tensor('float32', pixels, dims) }),
    };
  },
};

/** The first provider that takes the graph; a GPU that cannot be used is a warning, and the CPU computes. */
async function createSession(
  { InferenceSession: Session }: Runtime,
  { graphFile, threads, provider: asked }: EngineOptions,
): Promise<{
  readonly session: InferenceSession;
  readonly provider: Exclude<Provider, 'auto'>;
  readonly warning: string | undefined;
}> {
  let warning: string | undefined;
  for (const provider of providersToTry(asked)) {
    try {
      const session = await Session.create(graphFile, sessionOptions(threads, provider));
      return { session, provider, warning };
    } catch (error) {
      // Its own words, without the path that stands before them already.
      const words = errorMessage(error).replace(`Load model from ${graphFile} failed:`, '');
      if (provider === 'cpu') throw new Error(words, { cause: error });
      warning = `${provider} cannot be used (${words.split('\n')[0]?.trim()}); the CPU computes`;
    }
  }
  throw new Error('no provider was tried');
}

async function importRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw peerMissing('onnxruntime-node', error);
  }
}
