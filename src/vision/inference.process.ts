/**
 * The process that holds ONNX Runtime: one session, one batch at a time. ONNX Runtime's binding computes on the
 * thread that calls it, so it would stop the server's event loop; and a crash in native code ends this process only.
 */
import { constants, setPriority } from 'node:os';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { peerMissing } from '../io/index.ts';
import type { InferenceReply, InferenceRequest } from './inference-protocol.ts';
import { providersToTry, sessionOptions } from './session-options.ts';
import type { Provider } from './provider.ts';

type LoadRequest = Extract<InferenceRequest, { type: 'load' }>;
type RunRequest = Extract<InferenceRequest, { type: 'run' }>;
type Runtime = typeof OnnxRuntime;

/** The parent decides when this ends: a Ctrl-C reaches the whole group, and the parent still drains. */
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
process.on('disconnect', () => process.exit(0));

try {
  // The server's own thread answers probes and decodes pictures: it goes first where cores are few.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not every system lets a process lower itself; then it competes as an equal.
}

/** On a CPU an image costs the same in any batch: larger ones would only take longer to warm up, and to wait for. */
const maxCpuBatch = 4;

let runtime: Runtime | undefined;
let session: InferenceSession | undefined;
let shape: Pick<LoadRequest, 'input' | 'labels' | 'hiddenSize'> | undefined;
/** The session is not re-entrant: each message waits for the one before. */
let turn: Promise<void> = Promise.resolve();

process.on('message', (message: InferenceRequest) => {
  turn = turn.then(() => (message.type === 'load' ? load(message) : answer(message)));
});

function reply(message: InferenceReply): void {
  if (process.connected) process.send?.(message);
}

async function load(request: LoadRequest): Promise<void> {
  try {
    runtime = await importRuntime();
    const { provider, warning } = await createSession(runtime, request);
    shape = request;
    const warmUp: { images: number; ms: number }[] = [];
    const [channels, height, width] = request.input;
    const sizes = request.warmUpBatches.filter((images) => provider !== 'cpu' || images <= maxCpuBatch);
    for (const images of sizes) {
      const pixels = new Float32Array(images * channels * height * width);
      // The first run of a size also finds memory, and a GPU's kernels.
      if (warmUp.length === 0 || provider !== 'cpu') await run(pixels, images);
      const { ms } = await run(pixels, images);
      warmUp.push({ images, ms });
    }
    reply({
      type: 'ready',
      provider,
      warmUp,
      ...(warning === undefined ? {} : { providerWarning: warning }),
    });
  } catch (error) {
    if (error instanceof AmlDeitError) {
      const { code, message, hint } = error;
      reply({ type: 'load-failed', code, message, ...(hint === undefined ? {} : { hint }) });
    } else {
      const message = `${request.graphFile} cannot be loaded: ${runtimeWords(error, request.graphFile)}`;
      reply({ type: 'load-failed', code: 'MODEL_LOAD_FAILED', message });
    }
  }
}

/** The first provider that takes the graph; a GPU that cannot be used is a warning, and the CPU computes. */
async function createSession(
  { InferenceSession: Session }: Runtime,
  { graphFile, threads, provider: asked }: LoadRequest,
): Promise<{ readonly provider: Exclude<Provider, 'auto'>; readonly warning: string | undefined }> {
  let warning: string | undefined;
  for (const provider of providersToTry(asked)) {
    try {
      session = await Session.create(graphFile, sessionOptions(threads, provider));
      return { provider, warning };
    } catch (error) {
      if (provider === 'cpu') throw error;
      const [words] = runtimeWords(error, graphFile).split('\n');
      warning = `${provider} cannot be used (${words?.trim()}); the CPU computes`;
    }
  }
  throw new Error('no provider was tried');
}

/** ONNX Runtime's own words, without the path that stands before them already. */
function runtimeWords(error: unknown, graphFile: string): string {
  return errorMessage(error).replace(`Load model from ${graphFile} failed:`, '');
}

async function importRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw peerMissing('onnxruntime-node', error);
  }
}

async function answer(request: RunRequest): Promise<void> {
  try {
    reply({ type: 'output', id: request.id, ...(await run(request.pixels, request.count)) });
  } catch (error) {
    reply({ type: 'run-failed', id: request.id, message: errorMessage(error) });
  }
}

async function run(
  pixels: Float32Array,
  count: number,
): Promise<{ logits: Float32Array; features: Float32Array; ms: number }> {
  if (runtime === undefined || session === undefined || shape === undefined)
    throw new Error('no model is loaded');
  const { input: pictureShape, labels, hiddenSize } = shape;
  const input = new runtime.Tensor('float32', pixels, [count, ...pictureShape]);
  const begin = performance.now();
  const outputs = await session.run({ pixel_values: input });
  const ms = performance.now() - begin;
  return {
    logits: readOutput('logits', outputs['logits'], [count, labels]),
    features: readOutput('features', outputs['features'], [count, hiddenSize]),
    ms,
  };
}

function readOutput(name: string, tensor: Tensor | undefined, dims: readonly number[]): Float32Array {
  if (tensor === undefined) throw new Error(`the graph has no output "${name}"`);
  if (tensor.type !== 'float32' || tensor.dims.join() !== dims.join()) {
    throw new Error(
      `the graph's output "${name}" is ${tensor.type} [${tensor.dims.join(', ')}], ` +
        `the manifest says float32 [${dims.join(', ')}]`,
    );
  }
  return tensor.data as Float32Array;
}
