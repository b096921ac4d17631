import type { IncomingMessage } from 'node:http';
import type { BodyShare } from './body-budget.ts';
import { collectPieces } from './body-pieces.ts';
import { ScoringError } from './scoring-error.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Is closed by the caller, once the request is answered. */
  readonly share: BodyShare;
  /** Ends what still sends a body that has been refused. */
  readonly closing: AbortSignal;
}

/** How long a client may go on sending a body that has been refused. */
const discardMs = 30_000;
/** How long a body may wait, together, until others make room for it. */
const waitMs = 30_000;

/**
 * Reads a request's body. It is counted as it arrives, not as it is announced: a client that announces much and sends
 * slowly takes nothing away from the others. What does not fit beside bodies that are being scored stays where it is,
 * unread, until they are answered: to refuse it at once would make the client send all of it again.
 *
 * @throws ScoringError 413 when it is too large, before it is read if its length says so; 503 when there is no room. The
 * rest is then read and thrown away, because a client sees no answer on a connection that is closed under it while it
 * sends.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const { maxBytes, share, closing } = limits;
  return new Promise((resolve, reject) => {
    const pieces = collectPieces();
    let length = 0;
    let waitedMs = 0;
    const refuse = (error: ScoringError): void => {
      request.off('data', onData);
      discardRest(request, closing);
      reject(error);
    };
    const refuseForOthers = (): void =>
      refuse(new ScoringError(503, 'too many request bodies are in memory', { retryAfterSeconds: 1 }));
    const keep = (piece: Buffer): void => {
      length += piece.length;
      pieces.add(piece);
    };
    const keepLater = async (piece: Buffer): Promise<void> => {
      request.pause();
      do {
        const begin = performance.now();
        const isHopeless = waitedMs > waitMs || !(await share.waitForRoom());
        waitedMs += performance.now() - begin;
        if (request.destroyed) return;
        if (isHopeless) {
          refuseForOthers();
          return;
        }
      } while (!share.take(piece.length));
      keep(piece);
      request.resume();
    };
    const onData = (piece: Buffer): void => {
      if (length + piece.length > maxBytes) refuse(tooLarge(maxBytes));
      else if (share.take(piece.length)) keep(piece);
      else void keepLater(piece);
    };
    request.once('error', () => reject(new ScoringError(400, 'the body broke off')));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      refuse(tooLarge(maxBytes));
      return;
    }
    share.gaveUp.addEventListener('abort', refuseForOthers, { once: true });
    request.once('end', () => {
      share.complete();
      resolve(pieces.whole());
    });
    request.on('data', onData);
  });
}

function tooLarge(maxBytes: number): ScoringError {
  return new ScoringError(413, `the body is larger than ${maxBytes} bytes`);
}

function discardRest(request: IncomingMessage, closing: AbortSignal): void {
  const destroy = (): void => {
    request.destroy();
  };
  const deadline = setTimeout(destroy, discardMs);
  closing.addEventListener('abort', destroy);
  const settle = (): void => {
    clearTimeout(deadline);
    closing.removeEventListener('abort', destroy);
  };
  request.once('end', settle).once('close', settle).resume();
}
