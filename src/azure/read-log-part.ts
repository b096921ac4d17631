import { responseError } from './azure-error.ts';
import type { LogPart } from './azure-ml.ts';
import type { OpenGet } from './data-plane.ts';

type Part = { readonly from: number; readonly maxBytes: number } | { readonly tailBytes: number };

const empty = (nextOffset: number): LogPart => ({ bytes: new Uint8Array(), nextOffset });

/**
 * Part of a log in the blob store, so that nothing is read twice and a long one does not fill the memory. The store has
 * no ranges from the end: for a tail it is asked for its first byte, and answers how long it is.
 */
export async function readLogPart(
  openGet: OpenGet,
  url: string,
  part: Part,
  signal: AbortSignal | undefined,
): Promise<LogPart> {
  const what = `the log ${decodeURIComponent(new URL(url).pathname.split('/').pop() ?? '')}`;
  const get = async (range: string, maxBytes: number) => {
    const { response, bytes } = await openGet(url, { what, range, maxBytes, signal });
    // 416: there is nothing at that place yet. 404: the run has not written it yet.
    if (response.status === 416 || response.status === 404) return undefined;
    if (response.status !== 200 && response.status !== 206) throw responseError(response, what);
    return { isPart: response.status === 206, headers: response.headers, bytes };
  };
  if ('tailBytes' in part) {
    const first = await get('bytes=0-0', 1);
    if (first === undefined) return empty(0);
    const total = Number(/\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1] ?? 0);
    const from = Math.max(0, total - part.tailBytes);
    return readLogPart(openGet, url, { from, maxBytes: part.tailBytes }, signal);
  }
  // A store that does not know ranges sends it from the beginning.
  const answer = await get(`bytes=${part.from}-${part.from + part.maxBytes - 1}`, part.from + part.maxBytes);
  if (answer === undefined) return empty(part.from);
  const bytes = answer.isPart ? answer.bytes : answer.bytes.subarray(part.from);
  return { bytes, nextOffset: part.from + bytes.length };
}
