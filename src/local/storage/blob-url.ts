import type { TwinIdentity } from '../lifecycle/identity.ts';

/** A place in the blob store; `path` without a leading slash, empty for the container itself. */
export interface BlobPlace {
  readonly container: string;
  readonly path: string;
}

/** `https://ACCOUNT.blob.core.localhost[:port]/CONTAINER/PATH` of the twin's own account; undefined for any other. */
export function parseBlobUrl(identity: TwinIdentity, url: string): BlobPlace | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, protocol, pathname } = new URL(url);
  if (protocol !== 'https:' || hostname !== `${identity.account}.blob.core.localhost`) return undefined;
  const [, container = '', ...rest] = pathname.split('/');
  if (container === '') return undefined;
  try {
    return { container, path: rest.map(decodeURIComponent).join('/') };
  } catch {
    return undefined;
  }
}

/** Of the port that the twin has now: what is kept is the place, not the URL. */
export function formatBlobUrl(identity: TwinIdentity, port: number, { container, path }: BlobPlace): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `https://${identity.account}.blob.core.localhost:${port}/${container}${path === '' ? '' : `/${encoded}`}`;
}
