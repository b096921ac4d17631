import type { AzureMl, CallOptions } from '../azure/index.ts';
import { summarizeDeployment, summarizeEndpoint } from './endpoint-summary.ts';
import type { EndpointDetails } from './endpoint-summary.ts';
import { findEndpoint } from './find-endpoint.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

/** One endpoint with its deployments. Throws ENDPOINT_NOT_FOUND. */
export function showEndpoint(options: EndpointOptions): Promise<EndpointDetails> {
  return withConnection(options, (aml, call) => readEndpoint(aml, options.endpoint, call));
}

async function readEndpoint(aml: AzureMl, name: string, call: CallOptions): Promise<EndpointDetails> {
  const endpoint = await findEndpoint(aml, name, call);
  const deployments = await aml.onlineDeployments.list(name, call);
  const traffic = endpoint.properties.traffic ?? {};
  return {
    ...summarizeEndpoint(endpoint),
    deployments: deployments.map((deployment) =>
      summarizeDeployment(deployment, traffic[deployment.name] ?? 0),
    ),
  };
}
