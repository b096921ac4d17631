import type { Provider } from './provider.ts';

/**
 * What computes a package's graph. ONNX Runtime is the one there is (`onnxruntime-engine.ts`); another runtime is put
 * beside it by a module with a `load` of this shape, and by naming it in `inference.process.ts`.
 */
export interface Engine {
  /**
   * Reads the graph and makes it ready to run.
   *
   * @throws AmlDeitError PEER_MISSING when the runtime is not installed; otherwise the runtime's own error, which the caller
   * reports as MODEL_LOAD_FAILED.
   */
  load(options: EngineOptions): Promise<LoadedGraph>;
}

export interface EngineOptions {
  /** ONNX, with its weights beside it. */
  readonly graphFile: string;
  /** Threads of one batch. */
  readonly threads: number;
  readonly provider: Provider;
}

/** Not re-entrant: a call waits for the one before. */
export interface LoadedGraph {
  /** What computes, after `auto` and a GPU that cannot be used have been settled. */
  readonly provider: Exclude<Provider, 'auto'>;
  /** Why it is not the provider that was asked for. */
  readonly providerWarning?: string;
  /** The outputs by name, for `pixels`: float32 of shape `dims` ([count, channels, height, width]), row-major. */
  run(pixels: Float32Array, dims: readonly number[]): Promise<Readonly<Record<string, EngineTensor>>>;
}

/** Row-major. `type` as ONNX names it. */
export interface EngineTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}
