import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface ExchangeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A connection of its own by default. */
  readonly agent?: Agent;
}

export interface ExchangeResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Throws when the body is no JSON. */
  readonly json: unknown;
}

/** One HTTP request, with nothing added and nothing followed. */
export function exchange(url: string, options: ExchangeOptions = {}): Promise<ExchangeResult> {
  const { method = 'GET', headers = {}, body, agent } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: agent ?? new Agent() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get json() {
            return JSON.parse(text) as unknown;
          },
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** `POST /score` with the JSON of a value. */
export function postScore(
  url: string,
  value: unknown,
  options: Omit<ExchangeOptions, 'body' | 'method'> = {},
): Promise<ExchangeResult> {
  return exchange(`${url}/score`, {
    ...options,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify(value),
  });
}

/** A bare connection for what an HTTP client does not do. */
export function openSocket(port: number): { readonly socket: Socket; readonly received: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const received = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
  return { socket, received };
}
