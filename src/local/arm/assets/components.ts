import { isDeepStrictEqual } from 'node:util';
import { userError } from '../../http/service-error.ts';
import type { ArmHandler } from '../handler.ts';
import { containerRecord, createAssetHandlers } from './asset-handlers.ts';
import { componentSpecOf } from './component-spec.ts';
import type { ComponentSpec } from './component-spec.ts';
import type { ComponentVersionRecord } from './records.ts';
import { componentVersionShape } from './shapes.ts';

/** What a second PUT may change, as `az ml component update` does: how a component is described, not what it does. */
const changeable = ['description', 'display_name', 'tags'];
/** What azure-ai-ml sends besides of a component that it has read, or makes up. */
const notDefining = new Set([...changeable, '$schema', '_source', 'id', 'creation_context']);

function definition(spec: ComponentSpec): ComponentSpec {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !notDefining.has(key)));
}

/** A registered spec with what may change taken from a new one that is otherwise the same. */
function changed(known: ComponentSpec, given: ComponentSpec): ComponentSpec {
  if (!isDeepStrictEqual(definition(known), definition(given)))
    throw userError('A version of a component cannot be changed: register another version.', [
      { code: 'ComponentImmutable', message: 'The componentSpec differs from the registered one.' },
    ]);
  const rest = Object.entries(known).filter(([key]) => !changeable.includes(key));
  const described = Object.entries(given).filter(([key]) => changeable.includes(key));
  return Object.fromEntries([...rest, ...described]);
}

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
    return {
      ...containerRecord(properties),
      isAnonymous: properties['isAnonymous'] === true,
      stage: null,
      componentSpec: known === undefined ? componentSpec : changed(known.componentSpec, componentSpec),
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
