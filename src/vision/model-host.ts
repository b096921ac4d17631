import { AmlDeitError, errorMessage } from '../errors/index.ts';
import type { Engine, EngineTensor, LoadedGraph } from './engine.ts';
import type { InferenceReply, InferenceRequest } from './inference-protocol.ts';

type LoadRequest = Extract<InferenceRequest, { type: 'load' }>;
type RunRequest = Extract<InferenceRequest, { type: 'run' }>;
interface BatchOutput {
  readonly logits: Float32Array;
  readonly features: Float32Array;
  readonly ms: number;
}

/** On a CPU an image costs the same in any batch: larger ones would only take longer to warm up, and to wait for. */
const maxCpuBatch = 4;

/**
 * One model in an engine: loads it, warms it up, and answers batches in the order of the calls, one at a time. It says
 * `load-failed` or `run-failed` for what the engine throws, and for outputs that are not as the manifest says.
 */
export function createModelHost(
  engine: Engine,
  reply: (message: InferenceReply) => void,
): (request: InferenceRequest) => void {
  let run: ((pixels: Float32Array, count: number) => Promise<BatchOutput>) | undefined;

  const load = async (request: LoadRequest): Promise<void> => {
    try {
      const graph = await engine.load(request);
      const runBatch = batchRunner(graph, request);
      const warmUp = await warmUpModel(runBatch, graph.provider, request);
      run = runBatch;
      const { provider, providerWarning } = graph;
      const warning = providerWarning === undefined ? {} : { providerWarning };
      reply({ type: 'ready', provider, warmUp, ...warning });
    } catch (error) {
      if (error instanceof AmlDeitError) {
        const { code, message, hint } = error;
        reply({ type: 'load-failed', code, message, ...(hint === undefined ? {} : { hint }) });
      } else {
        const message = `${request.graphFile} cannot be loaded: ${errorMessage(error)}`;
        reply({ type: 'load-failed', code: 'MODEL_LOAD_FAILED', message });
      }
    }
  };

  const answer = async ({ id, pixels, count }: RunRequest): Promise<void> => {
    try {
      if (run === undefined) throw new Error('no model is loaded');
      reply({ type: 'output', id, ...(await run(pixels, count)) });
    } catch (error) {
      reply({ type: 'run-failed', id, message: errorMessage(error) });
    }
  };

  let turn: Promise<void> = Promise.resolve();
  return (request) => {
    turn = turn.then(() => (request.type === 'load' ? load(request) : answer(request)));
  };
}

function batchRunner(
  graph: LoadedGraph,
  { input, labels, hiddenSize }: LoadRequest,
): (pixels: Float32Array, count: number) => Promise<BatchOutput> {
  return async (pixels, count) => {
    const begin = performance.now();
    const outputs = await graph.run(pixels, [count, ...input]);
    const ms = performance.now() - begin;
    return {
      logits: readOutput('logits', outputs['logits'], [count, labels]),
      features: readOutput('features', outputs['features'], [count, hiddenSize]),
      ms,
    };
  };
}

async function warmUpModel(
  run: (pixels: Float32Array, count: number) => Promise<BatchOutput>,
  provider: LoadedGraph['provider'],
  { input: [channels, height, width], warmUpBatches }: LoadRequest,
): Promise<readonly { readonly images: number; readonly ms: number }[]> {
  const warmUp: { images: number; ms: number }[] = [];
  const sizes = warmUpBatches.filter((images) => provider !== 'cpu' || images <= maxCpuBatch);
  for (const images of sizes) {
    const pixels = new Float32Array(images * channels * height * width);
    // The first run of a size also finds memory, and a GPU's kernels.
    if (warmUp.length === 0 || provider !== 'cpu') await run(pixels, images);
    const { ms } = await run(pixels, images);
    warmUp.push({ images, ms });
  }
  return warmUp;
}

function readOutput(name: string, tensor: EngineTensor | undefined, dims: readonly number[]): Float32Array {
  if (tensor === undefined) throw new Error(`the graph has no output "${name}"`);
  if (tensor.type !== 'float32' || tensor.dims.join() !== dims.join()) {
    throw new Error(
      `the graph's output "${name}" is ${tensor.type} [${tensor.dims.join(', ')}], ` +
        `the manifest says float32 [${dims.join(', ')}]`,
    );
  }
  return tensor.data as Float32Array;
}
