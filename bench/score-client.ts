import { Agent, request } from 'node:http';

/** Sends one request after the other on one connection of its own. */
export interface Connection {
  /** Milliseconds until the whole answer is there. Throws for any other answer than 200. */
  send(path: string, body?: Buffer): Promise<number>;
  close(): void;
}

export function connect(port: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (path, body) =>
      new Promise((resolve, reject) => {
        const begin = performance.now();
        const headers =
          body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length };
        const method = body === undefined ? 'GET' : 'POST';
        const sent = request({ agent, host: '127.0.0.1', port, path, method, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode === 200) resolve(performance.now() - begin);
            else
              reject(new Error(`${response.statusCode}: ${Buffer.concat(chunks).toString().slice(0, 300)}`));
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** The card's request, as it goes over the wire. */
export function scoreBody(pictures: readonly Uint8Array[]): Buffer {
  const data = pictures.map((picture) => Buffer.from(picture).toString('base64'));
  return Buffer.from(
    JSON.stringify({ input_data: { columns: ['image'], index: data.map((_, row) => row), data } }),
  );
}
