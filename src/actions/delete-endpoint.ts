import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import { findDeployment } from './find-endpoint.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

export interface DeleteEndpointOptions extends EndpointOptions {
  /** Only this deployment; the endpoint stays. */
  readonly deployment?: string;
  /** Does not ask. */
  readonly yes?: boolean;
}

/** Deletes an endpoint with all its deployments, or one deployment that has no traffic. Asks first. */
export function deleteEndpoint(
  options: DeleteEndpointOptions,
): Promise<{ readonly endpoint: string; readonly deployment?: string; readonly deleted: boolean }> {
  return withConnection(options, async (aml, call) => {
    const endpoint = await aml.onlineEndpoints.get(options.endpoint, call);
    // Gone already is what was asked for: running it again is no error.
    if (endpoint === undefined) return { endpoint: options.endpoint, deleted: false };
    if (options.deployment !== undefined) {
      const deployment = await findDeployment(aml, endpoint, options.deployment, call);
      const percent = endpoint.properties.traffic?.[deployment.name] ?? 0;
      if (percent > 0) {
        throw new AmlDeitError(
          'TRAFFIC_INVALID',
          `deployment "${deployment.name}" has ${percent} % of the traffic`,
          {
            hint: `move it first: aml-deit endpoint traffic ${endpoint.name} OTHER=100`,
          },
        );
      }
      await confirm(options, `delete deployment "${deployment.name}" of endpoint "${endpoint.name}"?`);
      const deleted = await aml.onlineDeployments.delete(endpoint.name, deployment.name, call);
      return { endpoint: endpoint.name, deployment: deployment.name, deleted };
    }
    const deployments = await aml.onlineDeployments.list(endpoint.name, call);
    await confirm(
      options,
      `delete endpoint "${endpoint.name}" with ${deployments.length} deployment(s) in ${aml.description}?`,
    );
    return { endpoint: endpoint.name, deleted: await aml.onlineEndpoints.delete(endpoint.name, call) };
  });
}

async function confirm(options: DeleteEndpointOptions, text: string): Promise<void> {
  if (options.yes === true) return;
  const host = options.host ?? silentHost;
  if (await host.confirm({ code: 'delete-endpoint', text, defaultAnswer: false })) return;
  throw new AmlDeitError('NOT_CONFIRMED', 'nothing was deleted: it was not confirmed', {
    hint: 'answer y, or give --yes where nobody can be asked',
  });
}
