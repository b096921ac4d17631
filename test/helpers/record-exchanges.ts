import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TracedExchange } from './trace-recorder.ts';

const channel = 'http.server.request.start';

export interface ExchangeRecorder extends Disposable {
  /** In the order in which the requests came. */
  readonly exchanges: readonly TracedExchange[];
  /** What came since the last time. */
  take(): TracedExchange[];
}

/**
 * Records what a server of this process answers at one port, blobs excepted: at its edge, whatever client asks, and
 * without a word of it in the server. Headers of requests by name only, so that no credential is kept.
 */
export function recordExchanges(port: () => number): ExchangeRecorder {
  const exchanges: TracedExchange[] = [];
  let taken = 0;
  const listener = (message: unknown): void => {
    const { request, response, socket } = message as {
      request: IncomingMessage;
      response: ServerResponse;
      socket: Socket;
    };
    const host = request.headers.host ?? '';
    if (socket.localPort !== port() || host.includes('.blob.')) return;
    const place = exchanges.push(pending(request, host)) - 1;
    watchResponse(response, (answer) => {
      exchanges[place] = { ...pending(request, host), status: answer.status, response: answer };
    });
  };
  subscribe(channel, listener);
  return {
    get exchanges() {
      return exchanges;
    },
    take() {
      const from = taken;
      taken = exchanges.length;
      return exchanges.slice(from);
    },
    [Symbol.dispose]: () => void unsubscribe(channel, listener),
  };
}

function pending(request: IncomingMessage, host: string): TracedExchange {
  return {
    method: request.method ?? '',
    url: `https://${host}${request.url ?? ''}`,
    status: 0,
    headers: Object.keys(request.headers),
    response: { headers: {}, body: null, length: 0, streamed: false },
  };
}

/** Calls back with the whole answer when its last byte was handed over. */
function watchResponse(
  response: ServerResponse,
  onAnswer: (answer: TracedExchange['response'] & { readonly status: number }) => void,
): void {
  const chunks: Buffer[] = [];
  const headers: Record<string, string> = {};
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const keepHeaders = (given: object): void => {
    for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = String(value);
  };
  // Kept as they are, to be called with whatever overload they are called with.
  const writeHead = response.writeHead.bind(response) as (...parameters: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...parameters: unknown[]) => boolean;
  const end = response.end.bind(response) as (...parameters: unknown[]) => ServerResponse;
  const recorded = {
    writeHead(...parameters: unknown[]) {
      const given = parameters.find((parameter) => typeof parameter === 'object' && parameter !== null);
      if (given !== undefined) keepHeaders(given);
      return writeHead(...parameters);
    },
    write(...parameters: unknown[]) {
      keep(parameters[0]);
      return write(...parameters);
    },
    end(...parameters: unknown[]) {
      keep(parameters[0]);
      keepHeaders(response.getHeaders());
      const bytes = Buffer.concat(chunks);
      onAnswer({
        status: response.statusCode,
        headers,
        body: parseBody(bytes),
        length: bytes.length,
        streamed: false,
      });
      return end(...parameters);
    },
  };
  Object.assign(response, recorded);
}

/** Members whose values open something; a trace may be kept. */
const secretMember = /^(?:accessToken|access_token|key|primaryKey|secondaryKey|sasToken|sasUri|signedUri)$/;

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString(), (name, value: unknown) => {
      if (typeof value !== 'string') return value;
      return secretMember.test(name) ? 'hidden' : value.replace(/([?&]sig=)[^&]*/g, '$1hidden');
    }) as unknown;
  } catch {
    return bytes.toString();
  }
}
