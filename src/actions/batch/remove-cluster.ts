import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { BatchDeploymentResource } from '../../azure/wire/batch.ts';
import type { Host } from '../../io/index.ts';

/** The name of the cluster that is gone; null where the deployment has none. */
export async function removeCluster(
  aml: AzureMl,
  { properties }: BatchDeploymentResource,
  host: Host,
  call: CallOptions,
): Promise<string | null> {
  const given = properties.compute ?? properties.deploymentConfiguration?.settings?.['default_compute'];
  const name = typeof given === 'string' ? (given.split('/').at(-1) ?? '').replace(/^azureml:/, '') : '';
  if (name === '' || name.toLowerCase() === 'serverless') return null;
  const existed = await aml.computes.delete(name, call);
  host.message({ code: 'cluster-deleted', level: 'info', text: `cluster ${name} is deleted` });
  return existed ? name : null;
}
