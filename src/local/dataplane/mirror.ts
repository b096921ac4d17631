import { request } from 'node:http';
import type { Instance } from '../deployments/instance.ts';
import type { InstanceGroup } from '../deployments/instance-group.ts';
import type { OnlineEndpointRecord } from '../arm/online/records.ts';
import type { BodyCopy } from './forward.ts';

/** A greater body is not mirrored, and no copy is begun while so many bytes wait: a laptop's memory is the limit. */
const maxCopyBytes = 16 * 1024 * 1024;
const maxBytesInFlight = 64 * 1024 * 1024;

/** The deployment that gets a copy of a request: by its percentage. `draw` is from 0 up to, not including, 1. */
export function chooseMirror(
  mirrorTraffic: OnlineEndpointRecord['mirrorTraffic'],
  draw: number,
): string | undefined {
  return Object.entries(mirrorTraffic).find(([, percent]) => draw * 100 < percent)?.[0];
}

export interface MirroredRequest {
  readonly group: InstanceGroup;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/**
 * Sends copies of requests to deployments that are being tried out. The caller never waits for one: a copy begins when
 * the request's own body is through, its answer is dropped, and where the mirror is busy the copy is dropped too.
 */
export class Mirror {
  #bytesInFlight = 0;

  /** Takes the body as it passes by. */
  copy(target: MirroredRequest): BodyCopy {
    let chunks: Buffer[] | undefined = [];
    let bytes = 0;
    const forget = (): void => {
      chunks = undefined;
      this.#bytesInFlight -= bytes;
      bytes = 0;
    };
    return {
      write: (chunk) => {
        if (chunks === undefined) return;
        bytes += chunk.length;
        this.#bytesInFlight += chunk.length;
        chunks.push(chunk);
        if (bytes > maxCopyBytes || this.#bytesInFlight > maxBytesInFlight) forget();
      },
      end: () => {
        if (chunks === undefined) return;
        const body = Buffer.concat(chunks);
        // Whatever becomes of the copy, nobody is told.
        send(target, body).then(forget, forget);
      },
      abandon: forget,
    };
  }
}

async function send(target: MirroredRequest, body: Buffer): Promise<void> {
  const signal = AbortSignal.timeout(target.group.spec.requestTimeoutMs);
  const lease = await target.group.acquire(signal);
  try {
    await exchange(target, lease.instance, body, signal);
  } finally {
    lease.release();
  }
}

function exchange(
  { method, path, headers }: MirroredRequest,
  instance: Instance,
  body: Buffer,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port } = instance;
    if (port === undefined) {
      reject(new Error('the instance is gone'));
      return;
    }
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers, 'content-length': String(body.length) },
      agent: false,
      signal,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      answer.on('error', reject);
      answer.on('end', resolve);
      answer.resume();
    });
    outgoing.end(body);
  });
}
