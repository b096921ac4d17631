import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client may go on sending what nobody reads any more. */
const lingerMs = 30_000;

/**
 * For an answer that goes out before its request has come in whole, on a connection that ends with it. Node would close
 * the connection as soon as the answer is written, and a client that still sends would see a reset in place of the
 * answer. The connection stays until the rest has been read and thrown away, or for half a minute. Call it before the
 * headers are written; where there is nothing to wait for it does nothing.
 */
export function closeAfterRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || response.shouldKeepAlive || response.headersSent) return;
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const { socket } = request;
    const end = (): void => {
      socket.end();
    };
    const deadline = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(deadline));
    if (request.complete) end();
    else request.once('end', end).resume();
  });
}
