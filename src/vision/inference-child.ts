import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { AmlDeitError } from '../errors/index.ts';
import {
  frugalAllocator,
  interrupted,
  processEntry,
  smallYoungGeneration,
  throwIfAborted,
} from '../io/index.ts';
import type { InferenceOutput } from './inference.ts';
import type { InferenceReply, InferenceRequest } from './inference-protocol.ts';
import { startWatchdog } from './watchdog.ts';

/** One inference process with its model loaded. */
export interface InferenceChild {
  readonly pid: number | undefined;
  /** What it said when it was ready. */
  readonly ready: InferenceReady;
  /** Resolves, never rejects, when the process has ended, with the error that says how. */
  readonly ended: Promise<AmlDeitError>;
  run(pixels: Float32Array, count: number): Promise<InferenceOutput>;
  close(): Promise<void>;
}

export type InferenceReady = Omit<Extract<InferenceReply, { type: 'ready' }>, 'type'>;

interface PendingRun {
  readonly resolve: (output: InferenceOutput) => void;
  readonly reject: (error: AmlDeitError) => void;
}

/** Nobody waits for a batch that still runs; a process that hangs must not take the time that its parent has for its end. */
const closeDeadlineMs = 2_000;
const keptErrorOutputChars = 4_000;

/** Starts a process, has it load and warm up, and resolves when it is ready. */
export async function startInferenceProcess(
  load: Extract<InferenceRequest, { type: 'load' }>,
  options: { readonly batchTimeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<InferenceChild> {
  const { batchTimeoutMs, signal } = options;
  throwIfAborted(signal);
  const child = fork(processEntry('vision/inference'), [], {
    // The environment is read by native code when it is loaded, so it has to be there from the start.
    env: { ...frugalAllocator, ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    execArgv: [...smallYoungGeneration],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  });
  const pending = new Map<number, PendingRun>();
  const errorOutput = keepErrorOutput(child);
  const watchdog = startWatchdog(batchTimeoutMs, () => child.kill('SIGKILL'));
  const ended = new Promise<AmlDeitError>((resolve) => {
    const settle = (how: string): void => {
      watchdog.stop();
      const error = ending(how, errorOutput());
      for (const run of pending.values()) run.reject(error);
      pending.clear();
      resolve(error);
    };
    // Not `close`: that one waits for every pipe, and is never emitted when the channel was closed by this side.
    child.once('exit', (code, signalName) => {
      const byItself = signalName === null ? `exit code ${code}` : `signal ${signalName}`;
      settle(watchdog.hasBitten ? `it did not finish a batch within ${batchTimeoutMs} ms` : byItself);
    });
    child.once('error', (error) => {
      child.kill('SIGKILL');
      settle(error.message);
    });
  });

  const onAbort = (): void => {
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let ready: InferenceReady;
  try {
    ready = await Promise.race([
      loaded(child, load),
      ended.then((error) => Promise.reject(endedWhileLoading(error))),
    ]);
    throwIfAborted(signal);
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw signal?.aborted === true ? interrupted(signal) : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }

  child.on('message', (reply: InferenceReply) => {
    if (reply.type !== 'output' && reply.type !== 'run-failed') return;
    const run = pending.get(reply.id);
    pending.delete(reply.id);
    watchdog.progress(pending.size > 0);
    if (reply.type === 'output')
      run?.resolve({ logits: reply.logits, features: reply.features, ms: reply.ms });
    else run?.reject(new AmlDeitError('INTERNAL', `the model could not be run: ${reply.message}`));
  });
  let lastId = 0;
  return {
    pid: child.pid,
    ready,
    ended,
    run: (pixels, count) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        const id = lastId;
        pending.set(id, { resolve, reject });
        if (pending.size === 1) watchdog.progress(true);
        // An error here means that the process is going; `ended` then rejects the run and says why.
        child.send({ type: 'run', id, pixels, count } satisfies InferenceRequest, () => undefined);
        if (child.exitCode !== null || child.signalCode !== null) {
          pending.delete(id);
          reject(ending('it has ended', errorOutput()));
        }
      }),
    async close() {
      // Without its parent's channel the process ends by itself, after the batch that it is running.
      if (child.connected) child.disconnect();
      const deadline = setTimeout(() => child.kill('SIGKILL'), closeDeadlineMs);
      await ended;
      clearTimeout(deadline);
    },
  };
}

async function loaded(child: ChildProcess, load: InferenceRequest): Promise<InferenceReady> {
  child.send(load, () => undefined);
  const [reply] = (await once(child, 'message')) as [InferenceReply];
  if (reply.type === 'ready') return reply;
  if (reply.type !== 'load-failed') throw new AmlDeitError('INTERNAL', `unexpected reply ${reply.type}`);
  throw new AmlDeitError(reply.code, reply.message, reply.hint === undefined ? {} : { hint: reply.hint });
}

/** The end of what native code writes before it gives up. */
function keepErrorOutput(child: ChildProcess): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-keptErrorOutputChars);
  });
  return () => kept.trim();
}

function ending(how: string, errorOutput: string): AmlDeitError {
  const options = errorOutput === '' ? {} : { details: { errorOutput } };
  return new AmlDeitError('INFERENCE_CRASHED', `the inference process ended (${how})`, options);
}

function endedWhileLoading(error: AmlDeitError): AmlDeitError {
  const details = error.details === undefined ? {} : { details: error.details };
  return new AmlDeitError('MODEL_LOAD_FAILED', `${error.message} while it loaded the model`, {
    hint: 'it may need more memory than the machine or container allows',
    cause: error,
    ...details,
  });
}
