import type { KnownComponent } from '../../../card/known-components/index.ts';
import type { TwinServices } from '../../services.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { systemData } from '../system-data.ts';
import { findStandIn, standInComponents, standInSpec } from './registry-component-spec.ts';
import { checkRegistry, missingInRegistry, registryName } from './registry-scope.ts';

/** One fixed day: the stand-ins are as old as the twin's own registry. */
const createdAt = Date.UTC(2024, 0, 1);

const idOf = (component: KnownComponent): string =>
  `azureml://registries/${registryName}/components/${component.name}`;

function versionDocument(services: TwinServices, component: KnownComponent): object {
  return {
    id: `${idOf(component)}/versions/${component.version}`,
    name: component.version,
    type: 'Microsoft.MachineLearningServices/registries/components/versions',
    properties: {
      description: null,
      tags: { 'aml-deit.stand-in': 'true' },
      properties: {},
      isArchived: false,
      isAnonymous: false,
      componentSpec: standInSpec(component),
    },
    systemData: systemData(services.identity, { createdAt, modifiedAt: createdAt }),
  };
}

function containerDocument(services: TwinServices, component: KnownComponent): object {
  return {
    id: idOf(component),
    name: component.name,
    type: 'Microsoft.MachineLearningServices/registries/components',
    properties: {
      description: `local stand-in for ${component.name}`,
      tags: { 'aml-deit.stand-in': 'true' },
      properties: {},
      isArchived: false,
      latestVersion: component.version,
      nextVersion: null,
    },
    systemData: systemData(services.identity, { createdAt, modifiedAt: createdAt }),
  };
}

function requireComponent(request: ArmRequest): KnownComponent {
  checkRegistry(request);
  const name = parameter(request, 'name');
  const component = findStandIn(registryName, name, 'latest');
  if (component === undefined) throw missingInRegistry(`Component container with name: ${name} not found.`);
  return component;
}

const getVersion =
  (which: 'version' | 'label'): ArmHandler =>
  (request, services) => {
    const { name } = requireComponent(request);
    const wanted = parameter(request, which);
    // A version is not a label: `latest` is none of the versions.
    const isOther = (which === 'label') !== (wanted.toLowerCase() === 'latest');
    const component = isOther ? undefined : findStandIn(registryName, name, wanted);
    if (component === undefined)
      throw missingInRegistry(`Component ${name} with ${which}: ${wanted} not found.`);
    return { status: 200, body: versionDocument(services, component) };
  };

export const registryComponentHandlers = {
  'registry.component.containers.list': (request, services) => {
    checkRegistry(request);
    const value = standInComponents.map((component) => containerDocument(services, component));
    return { status: 200, body: { value } };
  },
  'registry.component.container.get': (request, services) => ({
    status: 200,
    body: containerDocument(services, requireComponent(request)),
  }),
  'registry.component.versions.list': (request, services) => ({
    status: 200,
    body: { value: [versionDocument(services, requireComponent(request))] },
  }),
  'registry.component.version.get': getVersion('version'),
  'registry.component.label.get': getVersion('label'),
} as const satisfies Record<string, ArmHandler>;
