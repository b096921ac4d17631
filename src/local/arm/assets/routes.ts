import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const models = `${workspacePath}/models`;
const environments = `${workspacePath}/environments`;
const data = `${workspacePath}/data`;
const codes = `${workspacePath}/codes`;
const components = `${workspacePath}/components`;

export const assetRoutes = {
  'model.containers.list': ['GET', models],
  'model.container.get': ['GET', `${models}/{name}`],
  'model.container.put': ['PUT', `${models}/{name}`],
  'model.container.delete': ['DELETE', `${models}/{name}`],
  'model.versions.list': ['GET', `${models}/{name}/versions`],
  'model.version.get': ['GET', `${models}/{name}/versions/{version}`],
  'model.version.put': ['PUT', `${models}/{name}/versions/{version}`],
  'model.version.delete': ['DELETE', `${models}/{name}/versions/{version}`],
  'environment.containers.list': ['GET', environments],
  'environment.container.get': ['GET', `${environments}/{name}`],
  'environment.container.put': ['PUT', `${environments}/{name}`],
  'environment.container.delete': ['DELETE', `${environments}/{name}`],
  'environment.versions.list': ['GET', `${environments}/{name}/versions`],
  'environment.version.get': ['GET', `${environments}/{name}/versions/{version}`],
  'environment.version.put': ['PUT', `${environments}/{name}/versions/{version}`],
  'environment.version.delete': ['DELETE', `${environments}/{name}/versions/{version}`],
  'data.containers.list': ['GET', data],
  'data.container.get': ['GET', `${data}/{name}`],
  'data.container.put': ['PUT', `${data}/{name}`],
  'data.container.delete': ['DELETE', `${data}/{name}`],
  'data.versions.list': ['GET', `${data}/{name}/versions`],
  'data.version.get': ['GET', `${data}/{name}/versions/{version}`],
  'data.version.put': ['PUT', `${data}/{name}/versions/{version}`],
  'data.version.delete': ['DELETE', `${data}/{name}/versions/{version}`],
  'code.containers.list': ['GET', codes],
  'code.container.get': ['GET', `${codes}/{name}`],
  'code.container.put': ['PUT', `${codes}/{name}`],
  'code.container.delete': ['DELETE', `${codes}/{name}`],
  'code.versions.list': ['GET', `${codes}/{name}/versions`],
  'code.version.get': ['GET', `${codes}/{name}/versions/{version}`],
  'code.version.put': ['PUT', `${codes}/{name}/versions/{version}`],
  'code.version.delete': ['DELETE', `${codes}/{name}/versions/{version}`],
  'component.containers.list': ['GET', components],
  'component.container.get': ['GET', `${components}/{name}`],
  'component.container.put': ['PUT', `${components}/{name}`],
  'component.container.delete': ['DELETE', `${components}/{name}`],
  'component.versions.list': ['GET', `${components}/{name}/versions`],
  'component.version.get': ['GET', `${components}/{name}/versions/{version}`],
  'component.version.put': ['PUT', `${components}/{name}/versions/{version}`],
  'component.version.delete': ['DELETE', `${components}/{name}/versions/{version}`],
  'model.label.get': ['GET', `${models}/{name}/labels/{label}`],
  'environment.label.get': ['GET', `${environments}/{name}/labels/{label}`],
  'data.label.get': ['GET', `${data}/{name}/labels/{label}`],
  'component.label.get': ['GET', `${components}/{name}/labels/{label}`],
  'model.startPendingUpload': ['POST', `${models}/{name}/versions/{version}/startPendingUpload`],
  'data.startPendingUpload': ['POST', `${data}/{name}/versions/{version}/startPendingUpload`],
  'code.startPendingUpload': ['POST', `${codes}/{name}/versions/{version}/startPendingUpload`],
} as const satisfies Record<string, Route>;
