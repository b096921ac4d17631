import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const endpoint = `${workspacePath}/batchEndpoints/{endpoint}`;
const deployment = `${endpoint}/deployments/{deployment}`;

const dataPlane = { surface: 'data-plane', apiVersion: false } as const;
const listed = { surface: 'data-plane' } as const;

export const batchRoutes = {
  'batchEndpoint.list': ['GET', `${workspacePath}/batchEndpoints`],
  'batchEndpoint.get': ['GET', endpoint],
  'batchEndpoint.put': ['PUT', endpoint],
  'batchEndpoint.patch': ['PATCH', endpoint],
  'batchEndpoint.delete': ['DELETE', endpoint],
  'batchEndpoint.listKeys': ['POST', `${endpoint}/listKeys`],
  'batchDeployment.list': ['GET', `${endpoint}/deployments`],
  'batchDeployment.get': ['GET', deployment],
  'batchDeployment.put': ['PUT', deployment],
  'batchDeployment.patch': ['PATCH', deployment],
  'batchDeployment.delete': ['DELETE', deployment],
  // The address of an endpoint's jobs: its scoring URI.
  'batch.invoke': ['POST', '/batch/{endpoint}/jobs', dataPlane],
  'batch.job.get': ['GET', '/batch/{endpoint}/jobs/{job}', dataPlane],
  'batchEndpoint.jobs.list': ['GET', `/mferp/managementfrontend${endpoint}/jobs`, listed],
  'batchDeployment.jobs.list': ['GET', `/mferp/managementfrontend${deployment}/jobs`, listed],
} as const satisfies Record<string, Route>;
