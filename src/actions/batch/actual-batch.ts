import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { BatchDeploymentResource, ComputeResource } from '../../azure/wire/batch.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { parseIsoDuration } from '../../rollout/index.ts';
import type { ActualBatch, DesiredBatch } from '../../rollout/index.ts';
import { assetTags, isOwnTag } from '../online/asset-tags.ts';
import { actualEnvironment, actualModel } from '../online/actual-online.ts';

/** What the service has of all that the desired state touches. Waits for an endpoint that is being changed. */
export async function readActualBatch(
  aml: AzureMl,
  desired: DesiredBatch,
  cluster: ComputeResource | undefined,
  call: CallOptions,
): Promise<ActualBatch> {
  const { name } = desired.endpoint;
  const endpoint = await aml.batchEndpoints.waitUntilSettled(name, call).catch((error: unknown) => {
    if (error instanceof AmlDeitError && error.code === 'OPERATION_FAILED')
      return aml.batchEndpoints.get(name, call);
    throw error;
  });
  const deployments = endpoint === undefined ? [] : await aml.batchDeployments.list(name, call);
  const { model, environment } = desired.deployment;
  const models = model.kind === 'package' ? await aml.models.list(model.name, call) : [];
  const environments =
    environment.kind === 'image' ? await aml.environments.list(environment.name, call) : [];
  const defaultDeployment = endpoint?.properties.defaults?.deploymentName ?? '';
  const clusterNow = cluster === undefined ? undefined : actualCluster(cluster);
  return {
    ...(endpoint === undefined
      ? {}
      : {
          endpoint: {
            state: endpoint.properties.provisioningState ?? 'Succeeded',
            tags: Object.fromEntries(Object.entries(endpoint.tags ?? {}).filter(([tag]) => !isOwnTag(tag))),
            description: endpoint.properties.description ?? '',
            ...(defaultDeployment === '' ? {} : { defaultDeployment }),
          },
        }),
    deployments: deployments.map(actualDeployment),
    ...(clusterNow === undefined ? {} : { cluster: clusterNow }),
    models: models.map(actualModel),
    environments: environments.map(actualEnvironment),
  };
}

function actualDeployment({
  name,
  properties,
  tags,
}: BatchDeploymentResource): ActualBatch['deployments'][number] {
  const specHash = tags?.[assetTags.specification];
  const state = properties.provisioningState ?? 'Succeeded';
  return specHash === undefined ? { name, state } : { name, state, specHash };
}

/** What is not known of it, or of compute that is no cluster, is 0 and empty. */
export function actualCluster({ properties }: ComputeResource): NonNullable<ActualBatch['cluster']> {
  const inner = properties.properties;
  const scale = inner?.scaleSettings;
  return {
    state: properties.provisioningState ?? 'Succeeded',
    size: inner?.vmSize ?? '',
    minNodes: scale?.minNodeCount ?? 0,
    maxNodes: scale?.maxNodeCount ?? 0,
    idleSeconds: (parseIsoDuration(scale?.nodeIdleTimeBeforeScaleDown ?? '') ?? 0) / 1000,
  };
}
