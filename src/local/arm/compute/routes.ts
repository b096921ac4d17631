import { locationPathTemplate, workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const compute = `${workspacePath}/computes/{name}`;

export const computeRoutes = {
  'compute.list': ['GET', `${workspacePath}/computes`],
  'compute.get': ['GET', compute],
  'compute.put': ['PUT', compute],
  'compute.patch': ['PATCH', compute],
  'compute.delete': ['DELETE', compute],
  'compute.listNodes': ['POST', `${compute}/listNodes`],
  'location.vmSizes': ['GET', `${locationPathTemplate}/vmSizes`],
  'location.usages': ['GET', `${locationPathTemplate}/usages`],
  'location.quotas': ['GET', `${locationPathTemplate}/quotas`],
  'async.computeOperationsStatus': ['GET', `${locationPathTemplate}/computeOperationsStatus/{operation}`],
  'async.computeOperationResults': ['GET', `${locationPathTemplate}/computeOperationResults/{operation}`],
} as const satisfies Record<string, Route>;
