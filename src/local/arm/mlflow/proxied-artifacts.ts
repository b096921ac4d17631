import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '../../../errors/index.ts';
import { authenticate } from '../../http/authenticate.ts';
import { requestUrl } from '../../http/request-url.ts';
import { ServiceError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { checkScope } from '../workspace/workspace.ts';
import { artifactContainer, artifactPlace } from './artifact-paths.ts';
import { MlflowError, doesNotExist, invalidParameter, mlflowRefusal } from './mlflow-error.ts';

const artifactPath =
  /^\/mlflow\/[^/]+\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)\/api\/2\.0\/mlflow-artifacts\/artifacts\/(.+)$/i;

/** Files of the proxied store are streams of any size: they do not go through the control plane's pipeline. */
export function isProxiedArtifact(path: string): boolean {
  return artifactPath.test(path.replace(/\/{2,}/g, '/'));
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(text.length),
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

function placeOf(pathname: string, services: TwinServices): string {
  const [, ...parts] = artifactPath.exec(pathname.replace(/\/{2,}/g, '/')) ?? [];
  let decoded: string[];
  try {
    decoded = parts.map(decodeURIComponent);
  } catch {
    throw invalidParameter('Invalid path: it has a malformed escape');
  }
  const [subscription = '', resourceGroup = '', workspace = '', path = ''] = decoded;
  checkScope({ parameters: { subscription, resourceGroup, workspace } }, services);
  return artifactPlace(services, path);
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  services: TwinServices,
): Promise<void> {
  authenticate(incoming.headers.authorization, {
    identity: services.identity,
    port: services.port(),
    now: services.now(),
    surface: 'data-plane',
  });
  const place = placeOf(pathname, services);
  switch (incoming.method) {
    case 'PUT':
      await services.blobs.uploadStream(artifactContainer, place, incoming);
      return answerJson(response, 200, {});
    case 'GET': {
      const blob = await services.blobs.open(artifactContainer, place);
      if (blob === undefined) throw doesNotExist(`No such artifact: '${place}'`);
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': String(blob.bytes),
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
      });
      return pipeline(blob.content, response);
    }
    case 'DELETE':
      if (!(await services.blobs.delete(artifactContainer, place)))
        await services.blobs.deletePrefix(artifactContainer, `${place}/`);
      return answerJson(response, 200, {});
    default:
      throw new MlflowError('ENDPOINT_NOT_FOUND', `No operation ${incoming.method} on artifacts`);
  }
}

/** One upload, download or deletion of an artifact through the tracking server. */
export async function handleProxiedArtifact(
  incoming: IncomingMessage,
  response: ServerResponse,
  services: TwinServices,
  fault?: ServiceError,
): Promise<void> {
  const { pathname } = requestUrl(incoming, services.endpoint());
  try {
    if (fault !== undefined) throw fault;
    await answer(incoming, response, pathname, services);
  } catch (error) {
    if (response.headersSent || incoming.destroyed) {
      response.destroy();
      return;
    }
    const refusal =
      error instanceof MlflowError || error instanceof ServiceError
        ? error
        : new MlflowError('INTERNAL_ERROR', 'The local twin failed while it handled the artifact.');
    if (refusal !== error) services.log(`${incoming.method} ${pathname} failed: ${errorMessage(error)}`);
    answerJson(response, refusal.status, mlflowRefusal(refusal));
  } finally {
    incoming.resume();
  }
}
