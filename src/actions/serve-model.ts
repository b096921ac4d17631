import { resolve } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { packageVersion, scoringRoutes, sleep } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { Log } from '../serving/index.ts';
import type { Provider } from '../vision/index.ts';

export interface ServeModelOptions extends ActionContext {
  /** A model package, or a folder above one; without it `AZUREML_MODEL_DIR`. */
  readonly model?: string;
  /** SERVER_PORT or else 5001 by default, 0 for any free one. */
  readonly port?: number;
  /** 127.0.0.1 by default; a container needs 0.0.0.0. */
  readonly address?: string;
  /** Threads of one batch; by default what the machine or container allows. */
  readonly threads?: number;
  /** What computes; `auto` by default: a GPU where there is one. A GPU that cannot be used is a warning in the log. */
  readonly provider?: Provider;
  /** 32 MiB by default. */
  readonly maxBodyBytes?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** One JSON line each. */
  readonly log: Log;
  readonly onListening?: (port: number) => void;
}

const defaultMaxBodyBytes = 32 * 2 ** 20;
const maxImagesPerRequest = 64;
const maxQueuedImages = 128;
/**
 * Shorter than the drain, so that what was accepted is answered before the end, and than the time that the deployments which
 * this package writes give a request (`request_timeout_ms`).
 */
const deadlineMs = 24_000;
const requestTimeoutMs = 120_000;
/** After readiness goes to 503 the platform still sends requests for a moment. */
const lameDuckMs = 500;
const drainDeadlineMs = 25_000;

/**
 * Serves one model package over HTTP until the signal fires, then drains: readiness 503, no new connections, what is in
 * flight is answered. It is alive as soon as it listens, and ready when the model is loaded and warm.
 *
 * @throws AmlDeitError PORT_IN_USE, LISTEN_FAILED; PACKAGE_NOT_FOUND, PACKAGE_INVALID, MODEL_LOAD_FAILED (exit code 3, with the tree of
 * the model folder in the log); SERVING_CONFIG_INVALID; INFERENCE_CRASHED when the model keeps crashing.
 */
export async function serveModel(options: ServeModelOptions): Promise<void> {
  const { signal, env = process.env } = options;
  const root = options.model ?? env['AZUREML_MODEL_DIR'];
  if (root === undefined || root === '') {
    throw new AmlDeitError('USAGE', 'no model to serve: expected --model DIR or AZUREML_MODEL_DIR');
  }
  const serving = await import('../serving/index.ts');
  const vision = await import('../vision/index.ts');
  const { pictureFetcher } = await import('../web/index.ts');
  const settings = serving.readServingSettings(env);
  const log = serving.logFrom(settings.logLevel, options.log);
  const fetcher = pictureFetcher({ policy: settings.urls });
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const server = await serving.startScoringServer({
    port: options.port ?? settings.port ?? scoringRoutes.port,
    host: options.address ?? '127.0.0.1',
    limits: { maxBodyBytes, maxBodyBytesTogether: 4 * maxBodyBytes, maxImagesPerRequest, requestTimeoutMs },
    version: `aml-deit/${packageVersion()}`,
    log,
    settings,
  });
  log({ level: 'info', event: 'listening', port: server.port, healthPort: server.healthPort });
  options.onListening?.(server.port);

  const gaveUp = new AbortController();
  const end = AbortSignal.any(signal === undefined ? [gaveUp.signal] : [signal, gaveUp.signal]);
  try {
    const packageDirectory = await vision.findModelPackage(resolve(root));
    const startedAt = performance.now();
    const inference = await vision.startInference({
      packageDirectory,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      warmUpBatches: serving.batchSizes,
      ...(options.provider === undefined ? {} : { provider: options.provider }),
      batchTimeoutMs: settings.batchTimeoutMs,
      signal: end,
      onEvent(event) {
        if (event.type === 'restarted') {
          if (server.state === 'recovering') server.state = 'ready';
          server.metrics.modelRestarted();
          log({ level: 'info', event: 'model-restarted', inferencePid: event.pid });
          return;
        }
        log({
          level: 'error',
          event: `model-${event.type}`,
          code: event.error.code,
          message: event.error.message,
        });
        if (event.type === 'failed') gaveUp.abort(event.error);
        else if (server.state === 'ready') server.state = 'recovering';
      },
    });
    const scorer = serving.createScorer({
      inference,
      decodeLimits: vision.defaultDecodeLimits,
      maxQueuedImages,
      deadlineMs: Math.min(deadlineMs, settings.scoringTimeoutMs),
      fetcher,
      answer: settings.answer,
    });
    try {
      await serving.warmUp(scorer, end);
      server.scorer = scorer;
      if (inference.providerWarning !== undefined) {
        log({ level: 'warning', event: 'provider', message: inference.providerWarning });
      }
      server.state = 'ready';
      log({
        level: 'info',
        event: 'ready',
        model: inference.manifest.name,
        labels: inference.manifest.labels.length,
        threads: inference.threads,
        provider: inference.provider,
        inferencePid: inference.pid,
        loadMs: Math.round(performance.now() - startedAt),
      });
      await aborted(end);
      server.state = 'draining';
      log({ level: 'info', event: 'draining' });
      await sleep(lameDuckMs);
      const { cutOff } = await server.close(drainDeadlineMs);
      log({ level: cutOff === 0 ? 'info' : 'warning', event: 'ended', cutOff });
    } finally {
      await scorer.close();
      await inference.close();
    }
  } catch (thrown) {
    await server.close(1000);
    const error: unknown = gaveUp.signal.aborted ? gaveUp.signal.reason : thrown;
    if (!(error instanceof AmlDeitError)) throw error;
    if (error.kind === 'interrupted') return;
    const tree = await vision
      .listTree(resolve(root))
      .catch((treeError: unknown) => [errorMessage(treeError)]);
    log({
      level: 'error',
      event: 'start-failed',
      code: error.code,
      message: error.message,
      modelFolder: root,
      tree,
    });
    throw error;
  }
  if (gaveUp.signal.aborted) throw gaveUp.signal.reason;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
