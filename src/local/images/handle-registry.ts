import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isDigest } from '../../oci/descriptors.ts';
import type { ImageIndex, ImageManifest } from '../../oci/index.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { acceptedManifests } from './image-store.ts';
import type { ImageStore } from './image-store.ts';
import { RegistryRefusal, replyJson, replyRefusal } from './registry-error.ts';
import { accessToken, checkRegistryToken, exchangeToken } from './registry-tokens.ts';
import type { RegistryTokenContext } from './registry-tokens.ts';
import type { RegistryUploads } from './registry-uploads.ts';

export interface RegistryServices {
  readonly identity: TwinIdentity;
  readonly images: ImageStore;
  readonly uploads: RegistryUploads;
  readonly now: () => number;
  readonly port: () => number;
}

/** Whether a path belongs to the registry. */
export function isRegistryPath(pathname: string): boolean {
  return pathname === '/v2' || pathname.startsWith('/v2/') || /^\/oauth2\/(?:exchange|token)$/.test(pathname);
}

interface Call {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly repository: string;
  readonly services: RegistryServices;
}

const maxManifestBytes = 4 * 2 ** 20;
const repositoryPattern = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

function reply(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': '0', ...headers });
  response.end();
}

function wantedDigest(text: string): string {
  if (isDigest(text)) return text;
  throw new RegistryRefusal(400, 'DIGEST_INVALID', `"${text}" is no digest`);
}

function uploadPlace(repository: string, id: string, size: number): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  };
}

async function startUpload(
  { url, response, repository, services }: Call,
  incoming: IncomingMessage,
): Promise<void> {
  const { images, uploads } = services;
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  if (mount !== null && from !== null) {
    const size = await images.hasBlob(from, wantedDigest(mount));
    if (size !== undefined) {
      images.linkBlob(repository, mount, size);
      reply(response, 201, { location: `/v2/${repository}/blobs/${mount}`, 'docker-content-digest': mount });
      return;
    }
  }
  const id = await uploads.start(repository);
  const digest = url.searchParams.get('digest');
  if (digest === null) {
    reply(response, 202, uploadPlace(repository, id, 0));
    return;
  }
  await uploads.append(repository, id, incoming);
  await uploads.finish(repository, id, wantedDigest(digest));
  reply(response, 201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
}

async function handleUpload(call: Call, id: string): Promise<void> {
  const { incoming, response, url, repository, services } = call;
  const { uploads } = services;
  switch (incoming.method) {
    case 'GET':
      reply(response, 204, uploadPlace(repository, id, await uploads.size(repository, id)));
      return;
    case 'PATCH':
      reply(response, 202, uploadPlace(repository, id, await uploads.append(repository, id, incoming)));
      return;
    case 'PUT': {
      const digest = wantedDigest(url.searchParams.get('digest') ?? '');
      await uploads.append(repository, id, incoming);
      await uploads.finish(repository, id, digest);
      reply(response, 201, {
        location: `/v2/${repository}/blobs/${digest}`,
        'docker-content-digest': digest,
      });
      return;
    }
    case 'DELETE':
      await uploads.cancel(repository, id);
      reply(response, 204);
      return;
    default:
      throw new RegistryRefusal(405, 'UNSUPPORTED', `${incoming.method} is not supported here`);
  }
}

async function giveBlob({ incoming, response, repository, services }: Call, text: string): Promise<void> {
  const digest = wantedDigest(text);
  const size = await services.images.hasBlob(repository, digest);
  if (size === undefined)
    throw new RegistryRefusal(404, 'BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  const start = Number(/^bytes=(\d+)-$/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
  if (start > size) throw new RegistryRefusal(416, 'BLOB_UPLOAD_INVALID', `the blob has ${size} bytes`);
  response.writeHead(start === 0 ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': String(size - start),
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${size - 1}/${size}` }),
  });
  if (incoming.method === 'HEAD' || start === size) response.end();
  else await pipeline(services.images.blobs.read(digest, start), response);
}

async function giveManifest(
  { incoming, response, repository, services }: Call,
  reference: string,
): Promise<void> {
  const found = services.images.name(repository, reference);
  if (found === undefined)
    throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', `${repository} has no manifest ${reference}`);
  response.writeHead(200, {
    'content-type': found.mediaType,
    'content-length': String(found.size),
    'docker-content-digest': found.digest,
  });
  if (incoming.method === 'HEAD') response.end();
  else await pipeline(services.images.blobs.read(found.digest), response);
}

async function takeManifest(
  { incoming, response, repository, services }: Call,
  reference: string,
): Promise<void> {
  const { images } = services;
  const mediaType = incoming.headers['content-type']?.split(';')[0]?.trim() ?? '';
  const invalid = (message: string): RegistryRefusal => new RegistryRefusal(400, 'MANIFEST_INVALID', message);
  if (!acceptedManifests.includes(mediaType)) throw invalid(`a manifest of the unknown kind "${mediaType}"`);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > maxManifestBytes) throw invalid('the manifest is too large');
    parts.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(parts);
  let document: ImageManifest | ImageIndex;
  try {
    document = JSON.parse(bytes.toString('utf8')) as ImageManifest | ImageIndex;
    if (document.schemaVersion !== 2) throw new Error('another schemaVersion');
    if ('manifests' in document ? !Array.isArray(document.manifests) : !Array.isArray(document.layers))
      throw new Error('no list');
  } catch {
    throw invalid('the manifest is no image manifest and no index');
  }
  const missing = await images.missing(repository, document);
  if (missing.length > 0)
    throw new RegistryRefusal(
      400,
      'MANIFEST_BLOB_UNKNOWN',
      `the manifest names what is not here: ${missing.join(', ')}`,
    );
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (isDigest(reference) ? reference !== digest : !tagPattern.test(reference))
    throw new RegistryRefusal(
      400,
      isDigest(reference) ? 'DIGEST_INVALID' : 'MANIFEST_INVALID',
      `the manifest cannot be named ${reference}`,
    );
  await images.blobs.write([bytes], { expected: { digest, size } });
  for (const name of new Set([digest, reference]))
    images.tables.imageNames.put(repository, name, { digest, mediaType, size });
  reply(response, 201, {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
  });
}

async function dispatch(call: Call, path: string): Promise<void> {
  const { incoming } = call;
  const method = incoming.method ?? 'GET';
  const isRead = method === 'GET' || method === 'HEAD';
  const [, repository = '', kind, rest = ''] =
    /^(.+?)\/(blobs\/uploads|blobs|manifests|tags)(?:\/(.*))?$/.exec(path) ?? [];
  if (!repositoryPattern.test(repository) || repository.length > 255)
    throw new RegistryRefusal(404, 'NAME_INVALID', `"${path.slice(0, 200)}" names no repository`);
  const named = { ...call, repository };
  if (kind === 'blobs/uploads' && rest === '' && method === 'POST') return startUpload(named, incoming);
  if (kind === 'blobs/uploads' && rest !== '') return handleUpload(named, rest);
  if (kind === 'blobs' && isRead) return giveBlob(named, rest);
  if (kind === 'manifests' && isRead) return giveManifest(named, rest);
  if (kind === 'manifests' && method === 'PUT') return takeManifest(named, rest);
  if (kind === 'tags' && rest === 'list' && method === 'GET') {
    const tags = call.services.images.tables.imageNames.names(repository).filter((name) => !isDigest(name));
    replyJson(call.response, 200, { name: repository, tags: tags.sort() });
    return;
  }
  throw new RegistryRefusal(405, 'UNSUPPORTED', `${method} is not supported here`);
}

/**
 * The twin's container registry: the OCI distribution protocol with the token exchange of Azure Container Registry.
 * Manifests and blobs are never deleted but by `local reset`.
 */
export async function handleRegistry(
  incoming: IncomingMessage,
  response: ServerResponse,
  url: URL,
  services: RegistryServices,
): Promise<void> {
  const isLocalhost = incoming.headers.host?.startsWith('localhost:') === true;
  const context: RegistryTokenContext = {
    identity: services.identity,
    port: services.port(),
    now: services.now(),
    host: `${isLocalhost ? 'localhost' : '127.0.0.1'}:${services.port()}`,
  };
  try {
    if (url.pathname === '/oauth2/exchange') {
      if (incoming.method !== 'POST') throw new RegistryRefusal(405, 'UNSUPPORTED', 'expected POST');
      replyJson(response, 200, await exchangeToken(incoming, context));
      return;
    }
    if (url.pathname === '/oauth2/token') {
      if (incoming.method !== 'POST' && incoming.method !== 'GET')
        throw new RegistryRefusal(405, 'UNSUPPORTED', 'expected GET or POST');
      replyJson(response, 200, await accessToken(incoming, context));
      return;
    }
    checkRegistryToken(incoming, context);
    const path = url.pathname.replace(/^\/v2\/?/, '');
    if (path === '') replyJson(response, 200, {}, { 'docker-distribution-api-version': 'registry/2.0' });
    else await dispatch({ incoming, response, url, repository: '', services }, path);
  } catch (error) {
    if (!(error instanceof RegistryRefusal) || response.headersSent) throw error;
    incoming.resume();
    replyRefusal(response, error);
  }
}
