import { batchJobHandlers } from './batch/batch-jobs.ts';
import { batchDeploymentHandlers } from './batch/batch-deployments.ts';
import { batchEndpointHandlers } from './batch/batch-endpoints.ts';
import { computeHandlers } from './compute/computes.ts';
import { quotaHandlers } from './compute/quotas.ts';
import { runArtifactHandlers } from './history/artifacts.ts';
import { historyHandlers } from './history/runs.ts';
import { resolvedUriHandlers } from './history/resolved-uris.ts';
import { jobHandlers } from './jobs/jobs.ts';
import { codeHandlers } from './assets/codes.ts';
import { componentHandlers } from './assets/components.ts';
import { dataHandlers } from './assets/data.ts';
import { pendingUploadHandlers } from './assets/pending-uploads.ts';
import { connectionHandlers } from './workspace/connections.ts';
import { datastoreHandlers } from './workspace/datastores.ts';
import { environmentHandlers } from './assets/environments.ts';
import type { ArmHandler } from './handler.ts';
import { modelHandlers } from './assets/models.ts';
import { artifactHandlers } from './mlflow/artifacts.ts';
import { experimentHandlers } from './mlflow/experiments.ts';
import { loggingHandlers } from './mlflow/logging.ts';
import { mlflowRunHandlers } from './mlflow/runs.ts';
import { runSearchHandlers } from './mlflow/search-runs.ts';
import { onlineDeploymentHandlers } from './online/online-deployments.ts';
import { onlineEndpointHandlers } from './online/online-endpoints.ts';
import { operationHandlers } from './operations.ts';
import { permissionHandlers } from './workspace/permissions.ts';
import { registryHandlers } from './registry/registry.ts';
import { registryComponentHandlers } from './registry/registry-components.ts';
import { registryModelHandlers } from './registry/registry-models.ts';
import type { ArmOperation } from './routes.ts';
import { workspaceHandlers } from './workspace/workspace.ts';

/** One handler an operation: a missing one does not compile. */
export const handlers: Readonly<Record<ArmOperation, ArmHandler>> = {
  ...workspaceHandlers,
  ...datastoreHandlers,
  ...connectionHandlers,
  ...permissionHandlers,
  ...modelHandlers,
  ...environmentHandlers,
  ...dataHandlers,
  ...codeHandlers,
  ...componentHandlers,
  ...pendingUploadHandlers,
  ...computeHandlers,
  ...batchEndpointHandlers,
  ...batchDeploymentHandlers,
  ...batchJobHandlers,
  ...quotaHandlers,
  ...jobHandlers,
  ...historyHandlers,
  ...runArtifactHandlers,
  ...resolvedUriHandlers,
  ...experimentHandlers,
  ...mlflowRunHandlers,
  ...loggingHandlers,
  ...runSearchHandlers,
  ...artifactHandlers,
  ...onlineEndpointHandlers,
  ...onlineDeploymentHandlers,
  ...operationHandlers,
  ...registryHandlers,
  ...registryModelHandlers,
  ...registryComponentHandlers,
};
