import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const endpoint = `${workspacePath}/onlineEndpoints/{endpoint}`;
const deployment = `${endpoint}/deployments/{deployment}`;

export const onlineRoutes = {
  'onlineEndpoint.list': ['GET', `${workspacePath}/onlineEndpoints`],
  'onlineEndpoint.get': ['GET', endpoint],
  'onlineEndpoint.put': ['PUT', endpoint],
  'onlineEndpoint.patch': ['PATCH', endpoint],
  'onlineEndpoint.delete': ['DELETE', endpoint],
  'onlineEndpoint.listKeys': ['POST', `${endpoint}/listKeys`],
  'onlineEndpoint.token': ['POST', `${endpoint}/token`],
  'onlineEndpoint.regenerateKeys': ['POST', `${endpoint}/regenerateKeys`],
  'onlineDeployment.list': ['GET', `${endpoint}/deployments`],
  'onlineDeployment.get': ['GET', deployment],
  'onlineDeployment.put': ['PUT', deployment],
  'onlineDeployment.patch': ['PATCH', deployment],
  'onlineDeployment.delete': ['DELETE', deployment],
  'onlineDeployment.getLogs': ['POST', `${deployment}/getLogs`],
  'onlineDeployment.skus': ['GET', `${deployment}/skus`],
} as const satisfies Record<string, Route>;
