import { groupPath, providerPath, registryPath, subscriptionPath } from '../paths.ts';
import type { Route } from '../route.ts';

const dataPlane = { surface: 'data-plane' } as const;
const models = `${registryPath}/models`;
const components = `${registryPath}/components`;

export const registryRoutes = {
  'registry.list': ['GET', `${groupPath}/${providerPath}/registries`],
  'registry.listInSubscription': ['GET', `${subscriptionPath}/${providerPath}/registries`],
  'registry.get': ['GET', `${groupPath}/${providerPath}/registries/{registry}`],
  'registry.model.containers.list': ['GET', models, dataPlane],
  'registry.model.container.get': ['GET', `${models}/{name}`, dataPlane],
  'registry.model.versions.list': ['GET', `${models}/{name}/versions`, dataPlane],
  'registry.model.version.get': ['GET', `${models}/{name}/versions/{version}`, dataPlane],
  'registry.model.label.get': ['GET', `${models}/{name}/labels/{label}`, dataPlane],
  'registry.component.containers.list': ['GET', components, dataPlane],
  'registry.component.container.get': ['GET', `${components}/{name}`, dataPlane],
  'registry.component.versions.list': ['GET', `${components}/{name}/versions`, dataPlane],
  'registry.component.version.get': ['GET', `${components}/{name}/versions/{version}`, dataPlane],
  'registry.component.label.get': ['GET', `${components}/{name}/labels/{label}`, dataPlane],
  'registry.dataReference': ['POST', `${registryPath}/datarefs/{name}/versions/{version}`, dataPlane],
} as const satisfies Record<string, Route>;
