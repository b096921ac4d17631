import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const job = `${workspacePath}/jobs/{job}`;

export const jobRoutes = {
  'job.list': ['GET', `${workspacePath}/jobs`],
  'job.get': ['GET', job],
  'job.put': ['PUT', job],
  'job.delete': ['DELETE', job],
  'job.cancel': ['POST', `${job}/cancel`],
} as const satisfies Record<string, Route>;
