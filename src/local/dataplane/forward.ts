import { request } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { closeAfterRest } from '../../io/index.ts';
import type { Instance } from '../deployments/instance.ts';
import type { InstanceGroup, Lease } from '../deployments/instance-group.ts';
import { NoInstance } from '../deployments/instance-group.ts';
import { replyPlatformError } from './reply.ts';

export interface ForwardOptions {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly group: InstanceGroup;
  readonly path: string;
  /** `azureml-model-deployment`, `x-request-id`: on every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** Sees the body as it passes by. */
  readonly copy?: BodyCopy;
}

export interface BodyCopy {
  write(chunk: Buffer): void;
  /** The body was whole. */
  end(): void;
  /** It never will be. */
  abandon(): void;
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'host',
]);
/** The platform's own: the container never sees the caller's key. */
const withheld = new Set([...hopByHop, 'authorization', 'azureml-model-deployment', 'expect']);

function headersOf(
  message: IncomingMessage,
  dropped: ReadonlySet<string>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(message.headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !dropped.has(entry[0]),
    ),
  );
}

/** What of a request's headers a container sees. */
export function containerHeaders(
  incoming: IncomingMessage,
  requestId: string,
): Record<string, string | string[]> {
  return { ...headersOf(incoming, withheld), 'x-request-id': requestId };
}

/** A connection to an instance, open, with nothing sent on it yet: so far another instance may still be tried. */
function connect(options: ForwardOptions, instance: Instance, signal: AbortSignal): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const { port } = instance;
    if (port === undefined) {
      reject(new Error('the instance is gone'));
      return;
    }
    const headers = {
      ...containerHeaders(options.incoming, options.headers['x-request-id'] ?? ''),
      // A server that is told to close does so as soon as it has answered. Where the body is still being sent the reset
      // can overtake that answer, and Node gives up a socket whose write failed with the answer unread.
      connection: 'keep-alive',
    };
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method: options.incoming.method ?? 'POST',
      path: options.path,
      headers,
      agent: false,
      signal,
    });
    outgoing.once('error', reject);
    outgoing.once('socket', (socket) => {
      const opened = (): void => {
        outgoing.off('error', reject);
        resolve(outgoing);
      };
      if (socket.connecting) socket.once('connect', opened);
      else opened();
    });
  });
}

async function openConnection(
  options: ForwardOptions,
  signal: AbortSignal,
): Promise<{ readonly lease: Lease; readonly outgoing: ClientRequest }> {
  const tried = new Set<Instance>();
  for (;;) {
    const lease = await options.group.acquire(signal, tried);
    try {
      return { lease, outgoing: await connect(options, lease.instance, signal) };
    } catch (error) {
      lease.release();
      if (signal.aborted) throw error;
      tried.add(lease.instance);
    }
  }
}

/**
 * Passes each piece on after the sockets have been read once more: an answer that came while the body is still being
 * sent is then seen before the error of writing to a connection that its sender has closed behind it.
 */
function afterReads(): Transform {
  return new Transform({
    transform: (piece, _encoding, done) => {
      setImmediate(done, null, piece);
    },
  });
}

/** Sends the body, relays the answer. Resolves when the exchange is over, however it ended. */
function exchange(options: ForwardOptions, outgoing: ClientRequest): Promise<void> {
  const { incoming, response, headers } = options;
  return new Promise((resolve) => {
    let bytes = 0;
    let isAnswered = false;
    const stopSending = (): void => {
      if (!incoming.readableEnded) options.copy?.abandon();
      incoming.unpipe();
      outgoing.destroy();
      incoming.resume();
    };
    const abandon = (status: number, code: string, message: string): void => {
      stopSending();
      replyPlatformError(response, status, code, message, headers);
      resolve();
    };
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      options.copy?.write(chunk);
      if (bytes > options.maxBodyBytes)
        abandon(413, 'RequestTooLarge', `The request body exceeds ${options.maxBodyBytes} bytes.`);
    });
    incoming.on('end', () => options.copy?.end());
    incoming.on('error', () => outgoing.destroy());
    incoming.pipe(afterReads()).pipe(outgoing);
    outgoing.on('error', (error) => {
      const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
      if (timedOut)
        abandon(408, 'RequestTimeout', `The model took longer than ${options.requestTimeoutMs} ms.`);
      // What the container has answered counts, whatever became of the rest of the body; an answer that breaks off tells
      // so itself.
      else if (isAnswered) stopSending();
      else abandon(502, 'BadGateway', 'The container closed the connection before it answered.');
    });
    outgoing.on('response', (answer) => {
      isAnswered = true;
      const status = answer.statusCode ?? 502;
      const passed = { ...headersOf(answer, hopByHop), ...headers };
      // Whatever is not 200 in the container is a 424 of the platform, with the container's status beside it.
      const outer =
        status === 200
          ? { status, headers: passed }
          : {
              status: 424,
              headers: {
                ...passed,
                'ms-azureml-model-error-statuscode': String(status),
                'ms-azureml-model-error-reason': answer.statusMessage ?? 'model_error',
              },
            };
      closeAfterRest(incoming, response);
      response.writeHead(outer.status, outer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    response.on('close', () => {
      stopSending();
      resolve();
    });
  });
}

/** One scoring request to one instance of a deployment. */
export async function forward(options: ForwardOptions): Promise<void> {
  const { response, headers } = options;
  const timeout = AbortSignal.timeout(options.requestTimeoutMs);
  let opened: { readonly lease: Lease; readonly outgoing: ClientRequest };
  try {
    opened = await openConnection(options, timeout);
  } catch (error) {
    options.incoming.resume();
    if (timeout.aborted)
      replyPlatformError(
        response,
        408,
        'RequestTimeout',
        `No instance took the request within ${options.requestTimeoutMs} ms.`,
        headers,
      );
    else if (error instanceof NoInstance && error.why === 'full')
      replyPlatformError(
        response,
        429,
        'TooManyRequests',
        'Too many requests are pending on this deployment.',
        {
          ...headers,
          'retry-after': '1',
        },
      );
    else
      replyPlatformError(
        response,
        503,
        'ServiceUnavailable',
        'No instance of this deployment is ready.',
        headers,
      );
    return;
  }
  try {
    await exchange(options, opened.outgoing);
  } finally {
    opened.lease.release();
  }
}
