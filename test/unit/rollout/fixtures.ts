import { createHash } from 'node:crypto';
import { revisionSpecification } from '../../../src/rollout/index.ts';
import type {
  ActualDeployment,
  ActualOnline,
  DesiredDeployment,
  DesiredOnline,
} from '../../../src/rollout/index.ts';

export const workspaceId =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w';

export const routes = {
  livenessRoute: { path: '/', port: 5001 },
  readinessRoute: { path: '/ready', port: 5001 },
  scoringRoute: { path: '/score', port: 5001 },
};

export const baseDeployment: DesiredDeployment = {
  model: { kind: 'package', name: 'deit', contentHash: 'aaaa' },
  environment: { kind: 'image', name: 'aml-deit-scorer', image: 'aml-deit/scorer:1', routes },
  instanceType: 'Standard_D4as_v4',
  instanceCount: 1,
  requestSettings: { requestTimeoutMs: 30_000, maxConcurrentRequestsPerInstance: 8 },
  livenessProbe: { initialDelaySeconds: 10 },
  readinessProbe: { initialDelaySeconds: 5 },
  environmentVariables: { A: '1' },
  appInsightsEnabled: false,
  tags: {},
};

export function desiredOnline(change: Partial<DesiredDeployment> = {}): DesiredOnline {
  const deployment = { ...baseDeployment, ...change };
  return {
    endpoint: { name: 'deit', tags: {} },
    deployment,
    specHash: createHash('sha256').update(revisionSpecification(deployment)).digest('hex'),
  };
}

/** What the service shows when exactly this was deployed. */
export function deployed(
  desired: DesiredOnline,
  name: string,
  change: Partial<ActualDeployment> = {},
): ActualDeployment {
  const { deployment } = desired;
  return {
    name,
    state: 'Succeeded',
    specHash: desired.specHash,
    modelId:
      deployment.model?.kind === 'package'
        ? `${workspaceId}/models/deit/versions/${deployment.model.contentHash}`
        : (deployment.model?.id ?? ''),
    environmentId: `${workspaceId}/environments/aml-deit-scorer/versions/1`,
    instanceType: deployment.instanceType.toUpperCase(),
    instanceCount: deployment.instanceCount,
    requestSettings: { maxQueueWaitMs: 0, ...deployment.requestSettings },
    livenessProbe: { periodSeconds: 10, ...deployment.livenessProbe },
    readinessProbe: { periodSeconds: 10, ...deployment.readinessProbe },
    environmentVariables: { ...deployment.environmentVariables, AZUREML_SOMETHING: 'x' },
    appInsightsEnabled: deployment.appInsightsEnabled,
    tags: deployment.tags,
    ...change,
  };
}

export function actualOnline(
  deployments: readonly ActualDeployment[],
  traffic: Readonly<Record<string, number>>,
): ActualOnline {
  return {
    endpoint: { name: 'deit', state: 'Succeeded', authMode: 'Key', tags: {}, traffic, mirrorTraffic: {} },
    deployments,
    models: ['aaaa', 'bbbb'].map((hash) => ({
      id: `${workspaceId}/models/deit/versions/${hash}`,
      name: 'deit',
      version: hash,
      contentHash: hash,
    })),
    environments: [
      {
        id: `${workspaceId}/environments/aml-deit-scorer/versions/1`,
        name: 'aml-deit-scorer',
        version: '1',
        image: 'aml-deit/scorer:1',
        routes,
      },
    ],
  };
}
