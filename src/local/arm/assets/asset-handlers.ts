import type { RefusalCode } from '../../http/refusals.ts';
import { notFound, userError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import type { ResourceTable, StoredResource } from '../../store/resources.ts';
import type { BodyShape } from '../../http/validate.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest, ArmResponse } from '../handler.ts';
import { inOrder, inView, pageOf } from '../paging.ts';
import { matchesQuery } from './match-query.ts';
import type { AssetContainerRecord } from './records.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { assetContainerShape } from './shapes.ts';
import { systemData } from '../system-data.ts';

/** Assets come back twenty at a time. */
const pageSize = 20;

/** What differs between the kinds of assets; containers, versions, paging and archiving are the same. */
export interface AssetKind<V extends AssetContainerRecord> {
  /** Path segment: `models`. */
  readonly segment: string;
  /** For messages: `Model`. */
  readonly title: string;
  readonly missingContainerCode: RefusalCode;
  readonly missingVersionCode: RefusalCode;
  readonly versionShape: BodyShape;
  readonly containers: (services: TwinServices) => ResourceTable<AssetContainerRecord>;
  readonly versions: (services: TwinServices) => ResourceTable<V>;
  /** Status of a PUT that replaces: environments answer 201 always. */
  readonly replaceStatus: 200 | 201;
  /**
   * The record of a checked body; `known` is what is there already, `version` the name of the version. Throws when the
   * path would change.
   */
  readonly toRecord: (
    properties: Record<string, unknown>,
    known: V | undefined,
    services: TwinServices,
    version: string,
  ) => V;
  readonly toProperties: (
    record: V,
    context: { readonly isLatest: boolean; readonly services: TwinServices },
  ) => object;
  /** Where containers of this kind take other members than all do. */
  readonly containerShape?: BodyShape;
  /** What the container of this kind has besides, or instead of, what all have. */
  readonly containerProperties?: (newest: V | undefined, record: AssetContainerRecord) => object;
  /** A version that stands for the newest one, as long as nobody registered it. */
  readonly defaultVersion?: string;
  /** A list of versions of a name that is not there is empty, not a 404; and may search beyond the name. */
  readonly searchVersions?: (
    request: ArmRequest,
    services: TwinServices,
  ) => readonly StoredResource<V>[] | undefined;
}

export interface AssetHandlers {
  readonly listContainers: ArmHandler;
  readonly getContainer: ArmHandler;
  readonly putContainer: ArmHandler;
  readonly deleteContainer: ArmHandler;
  readonly listVersions: ArmHandler;
  readonly getVersion: ArmHandler;
  readonly putVersion: ArmHandler;
  readonly deleteVersion: ArmHandler;
  readonly getLabel: ArmHandler;
}

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/;

function assetName(request: ArmRequest, parameterName: string): string {
  const name = parameter(request, parameterName);
  if (!namePattern.test(name))
    throw userError(
      `The asset ${parameterName} "${name}" is invalid: 1 to 255 letters, digits, '-', '_' or '.', starting with a letter or digit.`,
    );
  return name;
}

export function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([key, member]) => [key, String(member)]),
  );
}

export function containerRecord(properties: Record<string, unknown>): AssetContainerRecord {
  return {
    description: (properties['description'] as string | null | undefined) ?? null,
    tags: textMap(properties['tags']),
    properties: textMap(properties['properties']),
    isArchived: properties['isArchived'] === true,
    ...(typeof properties['dataType'] === 'string' ? { dataType: properties['dataType'] } : {}),
  };
}

/** One more than the greatest whole-number version. */
function nextVersion(versions: readonly string[]): string {
  const greatest = versions.reduce(
    (most, name) => (/^\d+$/.test(name) ? Math.max(most, Number(name)) : most),
    0,
  );
  return String(greatest + 1);
}

export function createAssetHandlers<V extends AssetContainerRecord>(kind: AssetKind<V>): AssetHandlers {
  const requireContainer = (
    request: ArmRequest,
    services: TwinServices,
  ): StoredResource<AssetContainerRecord> => {
    const name = parameter(request, 'name');
    const container = kind.containers(services).get('', name);
    if (container === undefined)
      throw notFound(`${kind.title} container with name: ${name} not found.`, kind.missingContainerCode);
    return container;
  };

  const containerDocument = (
    services: TwinServices,
    container: StoredResource<AssetContainerRecord>,
  ): object => {
    const versions = kind.versions(services).names(container.name);
    return {
      id: `${workspaceId(services.identity)}/${kind.segment}/${container.name}`,
      name: container.name,
      type: resourceType(kind.segment),
      properties: {
        ...container.body,
        latestVersion: versions.at(-1) ?? null,
        nextVersion: nextVersion(versions),
        ...kind.containerProperties?.(kind.versions(services).newest(container.name)?.body, container.body),
      },
      systemData: systemData(services.identity, container),
    };
  };

  const versionDocument = (
    services: TwinServices,
    version: StoredResource<V>,
    isLatest: boolean,
  ): object => ({
    id: `${workspaceId(services.identity)}/${kind.segment}/${version.parent}/versions/${version.name}`,
    name: version.name,
    type: resourceType(`${kind.segment}/versions`),
    properties: kind.toProperties(version.body, { isLatest, services }),
    systemData: systemData(services.identity, version),
  });

  const isLatest = (services: TwinServices, version: StoredResource<V>): boolean =>
    kind.versions(services).newest(version.parent)?.name === version.name;

  /** An archived container counts for its versions where a view is asked for; the newest one is still found. */
  const versionsInView = (request: ArmRequest, services: TwinServices): readonly StoredResource<V>[] => {
    const container = requireContainer(request, services);
    const all = kind.versions(services).list(container.name);
    if (!container.body.isArchived || request.query.get('listViewType') === null) return inView(request, all);
    const archived = all.map((version) => ({ version, body: { isArchived: true } }));
    return inView(request, archived).map(({ version }) => version);
  };

  const listed = (documents: readonly object[], nextLink?: string): ArmResponse => ({
    status: 200,
    body: { value: documents, ...(nextLink === undefined ? {} : { nextLink }) },
  });

  return {
    listContainers: (request, services) => {
      const all = inOrder(request, inView(request, kind.containers(services).list('')));
      const page = pageOf(request, all, pageSize);
      return listed(
        page.items.map((container) => containerDocument(services, container)),
        page.nextLink,
      );
    },
    getContainer: (request, services) => ({
      status: 200,
      body: containerDocument(services, requireContainer(request, services)),
    }),
    putContainer: (request, services) => {
      const name = assetName(request, 'name');
      const body = readBody(request, kind.containerShape ?? assetContainerShape) as {
        properties: Record<string, unknown>;
      };
      const put = kind.containers(services).put('', name, containerRecord(body.properties));
      const document = containerDocument(services, put.stored);
      if (!put.created) return { status: 200, body: document };
      return { status: 201, body: document, headers: { location: `${request.baseUrl}${request.url}` } };
    },
    deleteContainer: (request, services) => {
      const name = parameter(request, 'name');
      for (const version of kind.versions(services).list(name))
        kind.versions(services).delete(name, version.name);
      return { status: kind.containers(services).delete('', name) ? 200 : 204 };
    },
    listVersions: (request, services) => {
      const found = kind.searchVersions?.(request, services) ?? versionsInView(request, services);
      const stored = found.filter((version) => matchesQuery(request, version));
      const page = pageOf(request, inOrder(request, stored), pageSize);
      return listed(
        page.items.map((version) => versionDocument(services, version, isLatest(services, version))),
        page.nextLink,
      );
    },
    getLabel: (request, services) => {
      const container = requireContainer(request, services);
      const label = parameter(request, 'label');
      const newest = kind.versions(services).newest(container.name);
      // The one label that every asset has; the service lets users set others, which the twin does not.
      if (label.toLowerCase() !== 'latest' || newest === undefined)
        throw notFound(
          `${kind.title} ${container.name} with label: ${label} not found.`,
          kind.missingVersionCode,
        );
      return { status: 200, body: versionDocument(services, newest, true) };
    },
    getVersion: (request, services) => {
      const container = requireContainer(request, services);
      const name = parameter(request, 'version');
      const version =
        kind.versions(services).get(container.name, name) ??
        (name === kind.defaultVersion ? kind.versions(services).newest(container.name) : undefined);
      if (version === undefined)
        throw notFound(
          `${kind.title} ${container.name} with version: ${name} not found.`,
          kind.missingVersionCode,
        );
      return {
        status: 200,
        body: versionDocument(services, version, isLatest(services, version)),
      };
    },
    putVersion: (request, services) => {
      const name = assetName(request, 'name');
      const version = assetName(request, 'version');
      const body = readBody(request, kind.versionShape) as { properties: Record<string, unknown> };
      const known = kind.versions(services).get(name, version);
      const record = kind.toRecord(body.properties, known?.body, services, version);
      if (kind.containers(services).get('', name) === undefined)
        kind.containers(services).put('', name, containerRecord({}));
      const put = kind.versions(services).put(name, version, record);
      const document = versionDocument(services, put.stored, isLatest(services, put.stored));
      const location = `${request.baseUrl}${request.url}`;
      if (put.created || kind.replaceStatus === 201)
        return { status: 201, body: document, headers: { location } };
      return { status: 200, body: document };
    },
    deleteVersion: (request, services) => {
      const deleted = kind
        .versions(services)
        .delete(parameter(request, 'name'), parameter(request, 'version'));
      return { status: deleted ? 200 : 204 };
    },
  };
}
