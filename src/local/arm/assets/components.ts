import { isDeepStrictEqual } from 'node:util';
import { userError } from '../../http/service-error.ts';
import type { ArmHandler } from '../handler.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import { componentSpecOf } from './component-spec.ts';
import type { ComponentVersionRecord } from './records.ts';
import { componentVersionShape } from './shapes.ts';

const handlers = createAssetHandlers<ComponentVersionRecord>({
  segment: 'components',
  title: 'Component',
  missingContainerCode: 'ComponentNotFound',
  missingVersionCode: 'ComponentNotFound',
  // What azure-ai-ml asks for where no version is given; that it means the newest one is a guess.
  defaultVersion: 'azureml_default',
  versionShape: componentVersionShape,
  containers: (services) => services.tables.components,
  versions: (services) => services.tables.componentVersions,
  replaceStatus: 200,
  containerProperties: (newest) => {
    const description = newest?.componentSpec['description'];
    return { description: typeof description === 'string' ? description : '' };
  },
  toRecord(properties, known, _services, version) {
    // Recorded: a spec that was sent without its version comes back with it; azure-ai-ml reads the version there.
    const componentSpec = {
      ...componentSpecOf(properties['componentSpec'] as Record<string, unknown>),
      version,
    };
    if (known !== undefined && !isDeepStrictEqual(known.componentSpec, componentSpec))
      throw userError('A version of a component cannot be changed: register another version.', [
        { code: 'ComponentImmutable', message: 'The componentSpec differs from the registered one.' },
      ]);
    return {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: null,
      componentSpec,
    };
  },
  toProperties: (record) => ({
    description: null,
    tags: record.tags,
    properties: record.properties,
    isArchived: record.isArchived,
    isAnonymous: record.isAnonymous,
    componentSpec: record.componentSpec,
  }),
});

export const componentHandlers = {
  'component.containers.list': handlers.listContainers,
  'component.container.get': handlers.getContainer,
  'component.container.put': handlers.putContainer,
  'component.container.delete': handlers.deleteContainer,
  'component.versions.list': handlers.listVersions,
  'component.version.get': handlers.getVersion,
  'component.version.put': handlers.putVersion,
  'component.version.delete': handlers.deleteVersion,
  'component.label.get': handlers.getLabel,
} as const satisfies Record<string, ArmHandler>;
