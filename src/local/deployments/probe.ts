import { request } from 'node:http';

/** One HTTP probe: 200 to 399 within the timeout is a success, as Kubernetes has it. Never rejects. */
export function probe(port: number, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'GET', agent: false }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      finish(statusCode >= 200 && statusCode < 400);
    });
    const timer = setTimeout(() => finish(false), timeoutMs);
    const finish = (ok: boolean): void => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve(ok);
    };
    outgoing.on('error', () => finish(false));
    outgoing.end();
  });
}
