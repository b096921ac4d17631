import type { ContainerType } from '../azure/wire/online.ts';
import { AmlDeitError } from '../errors/index.ts';
import { findDeployment, findEndpoint } from './find-endpoint.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

export interface EndpointLogsOptions extends EndpointOptions {
  readonly deployment?: string;
  /** `inference-server` by default. */
  readonly container?: 'inference-server' | 'storage-initializer';
  /** Lines from the end; 500 by default. */
  readonly tail?: number;
}

const containerTypes = {
  'inference-server': 'InferenceServer',
  'storage-initializer': 'StorageInitializer',
} as const satisfies Record<string, ContainerType>;

/** The end of a deployment's container log. */
export function endpointLogs(options: EndpointLogsOptions): Promise<{
  readonly endpoint: string;
  readonly deployment: string;
  readonly container: string;
  readonly content: string;
}> {
  const { container = 'inference-server', tail = 500 } = options;
  if (!Number.isInteger(tail) || tail < 1)
    throw new AmlDeitError('USAGE', `tail is ${tail}: expected 1 or more lines`);
  return withConnection(options, async (aml, call) => {
    const endpoint = await findEndpoint(aml, options.endpoint, call);
    const deployment = await findDeployment(aml, endpoint, options.deployment, call);
    const content = await aml.onlineDeployments.getLogs(
      endpoint.name,
      deployment.name,
      { containerType: containerTypes[container], tail },
      call,
    );
    return { endpoint: endpoint.name, deployment: deployment.name, container, content };
  });
}
