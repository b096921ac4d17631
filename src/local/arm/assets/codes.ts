import { userError } from '../../http/service-error.ts';
import { formatBlobUrl, parseBlobUrl } from '../../storage/blob-url.ts';
import type { ArmHandler } from '../handler.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import type { CodeVersionRecord } from './records.ts';
import { codeVersionShape } from './shapes.ts';

const handlers = createAssetHandlers<CodeVersionRecord>({
  segment: 'codes',
  title: 'Code',
  missingContainerCode: 'CodeNotFound',
  missingVersionCode: 'CodeNotFound',
  versionShape: codeVersionShape,
  containers: (services) => services.tables.codes,
  versions: (services) => services.tables.codeVersions,
  replaceStatus: 200,
  // Clients look for the content under a name that they have just drawn: the search is over all names.
  searchVersions(request, services) {
    const hash = request.query.get('hash');
    if (hash === null) return undefined;
    const version = request.query.get('hashVersion');
    return services.tables.codeVersions
      .list()
      .filter(
        ({ body: { properties } }) =>
          properties['hash_sha256'] === hash && (version === null || properties['hash_version'] === version),
      );
  },
  toRecord(properties, known, services) {
    const given = String(properties['codeUri']);
    const place = parseBlobUrl(services.identity, given);
    if (place === undefined)
      throw userError(`The code address "${given}" is no address in the workspace's blob store.`);
    if (known !== undefined && (known.place.container !== place.container || known.place.path !== place.path))
      throw userError('Asset paths cannot be updated.');
    return {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: null,
      place,
    };
  },
  toProperties: (record, { services }) => ({
    description: record.description,
    tags: record.tags,
    properties: record.properties,
    isArchived: record.isArchived,
    isAnonymous: record.isAnonymous,
    codeUri: formatBlobUrl(services.identity, services.port(), record.place),
    provisioningState: 'Succeeded',
  }),
});

export const codeHandlers = {
  'code.containers.list': handlers.listContainers,
  'code.container.get': handlers.getContainer,
  'code.container.put': handlers.putContainer,
  'code.container.delete': handlers.deleteContainer,
  'code.versions.list': handlers.listVersions,
  'code.version.get': handlers.getVersion,
  'code.version.put': handlers.putVersion,
  'code.version.delete': handlers.deleteVersion,
} as const satisfies Record<string, ArmHandler>;
