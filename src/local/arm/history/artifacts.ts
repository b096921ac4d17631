import { notFound, userError } from '../../http/service-error.ts';
import { artifactFolder } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import { readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { artifactContainer, isArtifactPath } from '../mlflow/artifact-paths.ts';
import { pageOf } from '../paging.ts';
import { requireRun } from './runs.ts';
import { artifactPathsShape } from './shapes.ts';

const pageSize = 500;
const readLifetimeMs = 60 * 60 * 1000;
/** Of one request for places to write to. */
const maxPaths = 1000;

function checkPath(path: string): string {
  if (!isArtifactPath(path)) throw userError(`The artifact path "${path.slice(0, 80)}" is invalid.`);
  return path;
}

interface Found {
  readonly path: string;
  readonly container: string;
}

function artifactDocument({ path, container }: Found): object {
  return {
    artifactId: `ExperimentRun/${container}/${path}`,
    origin: 'ExperimentRun',
    container,
    path,
    etag: null,
    createdTime: null,
    dataPath: {
      dataStoreName: 'workspaceartifactstore',
      relativePath: `ExperimentRun/${container}/${path}`,
      sqlDataPath: null,
    },
    tags: {},
  };
}

/** Where an artifact is read or written, signed for that. */
function contentInformation(services: TwinServices, { path, container }: Found, permissions: 'r' | 'rcw') {
  const { account } = services.identity;
  const sas = services.blobs.createSas(readLifetimeMs, permissions);
  const place = `ExperimentRun/${container}/${path}`.split('/').map(encodeURIComponent).join('/');
  return {
    contentUri: `https://${account}.blob.core.localhost:${services.port()}/${artifactContainer}/${place}?${sas}`,
    origin: 'ExperimentRun',
    container,
    path,
    tags: null,
  };
}

/** The artifacts of a run at or below a path of its own, all of them, by name. */
async function find(request: ArmRequest, services: TwinServices, path: string | null): Promise<Found[]> {
  const { name } = requireRun(request, services);
  const root = `${artifactFolder(name)}/`;
  const below = path === null || path === '' ? '' : checkPath(path.replace(/\/$/, ''));
  await services.jobs.flushLogs(name);
  const found: Found[] = [];
  for await (const blob of services.blobs.list(artifactContainer, `${root}${below}`)) {
    const own = blob.name.slice(root.length);
    if (below === '' || own === below || own.startsWith(`${below}/`))
      found.push({ path: own, container: `dcid.${name}` });
  }
  return found;
}

function page<T>(request: ArmRequest, found: readonly Found[], view: (artifact: Found) => T) {
  const { items, nextLink } = pageOf(request, found, pageSize);
  return {
    status: 200,
    body: {
      value: items.map(view),
      continuationToken: null,
      ...(nextLink === undefined ? {} : { nextLink }),
    },
  };
}

const list: ArmHandler = async (request, services) =>
  page(request, await find(request, services, request.query.get('path')), artifactDocument);

export const runArtifactHandlers = {
  'history.artifacts.list': list,
  'history.artifacts.listPath': list,
  'history.artifacts.contentInfo': async (request, services) => {
    const path = request.query.get('path') ?? '';
    const artifact = (await find(request, services, path)).find((known) => known.path === path);
    if (artifact === undefined) throw notFound(`The artifact "${path.slice(0, 300)}" was not found.`);
    return { status: 200, body: contentInformation(services, artifact, 'r') };
  },
  'history.artifacts.prefixContentInfo': async (request, services) =>
    page(request, await find(request, services, request.query.get('path')), (artifact) =>
      contentInformation(services, artifact, 'r'),
    ),
  'history.artifacts.create': (request, services) => {
    const { name } = requireRun(request, services);
    const { paths } = readBody(request, artifactPathsShape) as { paths: readonly { path: string }[] };
    if (paths.length > maxPaths)
      throw userError(`The request names ${paths.length} artifacts, expected at most ${maxPaths}.`);
    const artifacts = paths.map(({ path }) => ({ path: checkPath(path), container: `dcid.${name}` }));
    return {
      status: 200,
      body: {
        artifacts: Object.fromEntries(artifacts.map((one) => [one.path, artifactDocument(one)])),
        artifactContentInformation: Object.fromEntries(
          artifacts.map((one) => [one.path, contentInformation(services, one, 'rcw')]),
        ),
        errors: {},
      },
    };
  },
} as const satisfies Record<string, ArmHandler>;
