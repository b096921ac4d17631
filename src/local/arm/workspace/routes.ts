import { groupPath, providerPath, subscriptionPath, workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

export const workspaceRoutes = {
  'workspace.get': ['GET', workspacePath],
  'workspace.list': ['GET', `${groupPath}/${providerPath}/workspaces`],
  'workspace.listInSubscription': ['GET', `${subscriptionPath}/${providerPath}/workspaces`],
  'workspace.listKeys': ['POST', `${workspacePath}/listKeys`],
  'workspace.listStorageAccountKeys': ['POST', `${workspacePath}/listStorageAccountKeys`],
  'connection.list': ['GET', `${workspacePath}/connections`],
  'connection.get': ['GET', `${workspacePath}/connections/{name}`],
  'connection.delete': ['DELETE', `${workspacePath}/connections/{name}`],
  'permission.list': ['GET', `${workspacePath}/providers/Microsoft.Authorization/permissions`],
  'datastore.list': ['GET', `${workspacePath}/datastores`],
  'datastore.get': ['GET', `${workspacePath}/datastores/{name}`],
  'datastore.put': ['PUT', `${workspacePath}/datastores/{name}`],
  'datastore.delete': ['DELETE', `${workspacePath}/datastores/{name}`],
  'datastore.listSecrets': ['POST', `${workspacePath}/datastores/{name}/listSecrets`],
} as const satisfies Record<string, Route>;
