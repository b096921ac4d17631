import type { AzureMl, CallOptions } from '../azure/index.ts';
import type { OnlineDeploymentResource, OnlineEndpointResource } from '../azure/wire/online.ts';
import { AmlDeitError } from '../errors/index.ts';

/** The endpoint, or ENDPOINT_NOT_FOUND with the names that there are. */
export async function findEndpoint(
  aml: AzureMl,
  name: string,
  options: CallOptions = {},
): Promise<OnlineEndpointResource> {
  const endpoint = await aml.onlineEndpoints.get(name, options);
  if (endpoint !== undefined) return endpoint;
  const names = (await aml.onlineEndpoints.list(options)).map((known) => known.name);
  throw new AmlDeitError(
    'ENDPOINT_NOT_FOUND',
    `there is no online endpoint "${name}" in ${aml.description}`,
    {
      hint:
        names.length === 0
          ? 'there is none yet: aml-deit deploy online'
          : `there is: ${names.slice(0, 10).join(', ')}`,
      details: { endpoints: names },
    },
  );
}

/** The named deployment; without a name the one with the most traffic, or the only one. */
export async function findDeployment(
  aml: AzureMl,
  endpoint: OnlineEndpointResource,
  name: string | undefined,
  options: CallOptions = {},
): Promise<OnlineDeploymentResource> {
  const deployments = await aml.onlineDeployments.list(endpoint.name, options);
  const names = deployments.map((deployment) => deployment.name);
  const traffic = endpoint.properties.traffic ?? {};
  const chosen =
    name === undefined
      ? [...deployments].sort((a, b) => (traffic[b.name] ?? 0) - (traffic[a.name] ?? 0))[0]
      : deployments.find((deployment) => deployment.name === name);
  if (chosen === undefined) {
    throw new AmlDeitError(
      'DEPLOYMENT_NOT_FOUND',
      name === undefined
        ? `endpoint "${endpoint.name}" has no deployment`
        : `endpoint "${endpoint.name}" has no deployment "${name}"`,
      {
        hint: names.length === 0 ? 'aml-deit deploy online makes one' : `there is: ${names.join(', ')}`,
        details: { deployments: names },
      },
    );
  }
  if (name === undefined && deployments.length > 1 && (traffic[chosen.name] ?? 0) === 0) {
    throw new AmlDeitError(
      'DEPLOYMENT_NOT_FOUND',
      `endpoint "${endpoint.name}" has ${deployments.length} deployments and no traffic: say which with --deployment`,
      { hint: `there is: ${names.join(', ')}`, details: { deployments: names } },
    );
  }
  return chosen;
}
