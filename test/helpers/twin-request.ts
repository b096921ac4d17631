import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Twin } from '../../src/testing.ts';

export interface TwinAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface TwinRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and text are sent as they are, anything else as JSON. */
  readonly body?: string | Uint8Array | object;
}

/** One raw HTTPS request to a twin, trusted through its own CA. */
export function requestTwin(twin: Twin, url: string, options: TwinRequest = {}): Promise<TwinAnswer> {
  const { body: given = '' } = options;
  const body = typeof given === 'string' || given instanceof Uint8Array ? given : JSON.stringify(given);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(url, twin.endpoint),
      {
        method: options.method ?? 'GET',
        ca: twin.caPem,
        agent: false,
        headers: {
          ...(body.length === 0 ? {} : { 'content-type': 'application/json' }),
          'content-length': String(Buffer.byteLength(body)),
          ...options.headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            get json() {
              return JSON.parse(text) as Record<string, unknown>;
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The ARM path of something in the twin's workspace, with an api-version. */
export function workspacePath(twin: Twin, rest: string): string {
  const path = `/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}${rest}`;
  return `${path}${path.includes('?') ? '&' : '?'}api-version=2024-10-01`;
}

/** An ARM request with a good token. */
export function requestArm(twin: Twin, rest: string, options: TwinRequest = {}): Promise<TwinAnswer> {
  return requestTwin(twin, workspacePath(twin, rest), {
    ...options,
    headers: { authorization: `Bearer ${twin.token()}`, ...options.headers },
  });
}
