import { userError } from '../http/service-error.ts';
import type { ArmRequest } from './handler.ts';

function wholeNumber(request: ArmRequest, name: string, fallback: number): number {
  const text = request.query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw userError(`${name} is "${text}", expected a whole number.`);
  return value;
}

/** What links give as `$skipToken`, as recorded: where the next page starts, for nobody to read. */
function tokenOf(start: number): string {
  return Buffer.from(`from:${start}`).toString('base64url');
}

function startOf(request: ArmRequest): number {
  const token = request.query.get('$skipToken');
  // The specifications call the same thing `$skip`, a number in their examples.
  if (token === null) return wholeNumber(request, '$skip', 0);
  const start = Number(
    /^from:(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())?.[1] ?? Number.NaN,
  );
  if (!Number.isInteger(start)) throw userError(`$skipToken is "${token}", which no page's link has.`);
  return start;
}

/**
 * One page of a list and the link to the next. `$top` limits a page here; the link repeats the request with a
 * `$skipToken`.
 */
export function pageOf<T>(
  request: ArmRequest,
  items: readonly T[],
  pageSize: number,
): { readonly items: readonly T[]; readonly nextLink?: string } {
  // Lists of endpoints, datastores and containers call it `count`.
  const top = wholeNumber(request, '$top', wholeNumber(request, 'count', pageSize));
  if (top === 0) throw userError('$top and count are at least 1.');
  const size = Math.min(top, pageSize);
  const start = startOf(request);
  const page = items.slice(start, start + size);
  if (start + size >= items.length) return { items: page };
  const next = new URL(request.url, request.baseUrl);
  next.searchParams.delete('$skip');
  next.searchParams.set('$skipToken', tokenOf(start + size));
  return { items: page, nextLink: next.href };
}

/** Newest created first unless `$orderBy` says `createdtime asc`. */
export function inOrder<T extends { readonly sequence: number }>(
  request: ArmRequest,
  items: readonly T[],
): T[] {
  const order = request.query.get('$orderBy') ?? request.query.get('orderBy');
  if (order !== null && !/^createdtime(\s+(asc|desc))?$/i.test(order.trim()))
    throw userError(`$orderBy is "${order}", expected "createdtime asc" or "createdtime desc".`);
  const ascending = order !== null && /^createdtime(\s+asc)?$/i.test(order.trim());
  return items.toSorted((a, b) => (ascending ? a.sequence - b.sequence : b.sequence - a.sequence));
}

export function inView<T extends { readonly body: { readonly isArchived: boolean } }>(
  request: ArmRequest,
  items: readonly T[],
): T[] {
  const view = request.query.get('listViewType') ?? 'ActiveOnly';
  switch (view.toLowerCase()) {
    case 'all':
      return [...items];
    case 'archivedonly':
      return items.filter((item) => item.body.isArchived);
    case 'activeonly':
      return items.filter((item) => !item.body.isArchived);
    default:
      throw userError(`listViewType is "${view}", expected ActiveOnly, ArchivedOnly or All.`);
  }
}
