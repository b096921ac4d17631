import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import { findDeployment, findEndpoint } from './find-endpoint.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

export interface ScaleOptions extends EndpointOptions {
  readonly deployment?: string;
  /** 1 to 50, Azure's limit for a deployment. */
  readonly instances: number;
}

/** Changes the instance count of a deployment and waits until it holds. */
export function scaleDeployment(options: ScaleOptions): Promise<{
  readonly endpoint: string;
  readonly deployment: string;
  readonly before: number | undefined;
  readonly after: number;
  readonly changed: boolean;
}> {
  const { instances } = options;
  if (!Number.isInteger(instances) || instances < 1 || instances > 50) {
    throw new AmlDeitError('USAGE', `instances is ${instances}: expected a whole number from 1 to 50`);
  }
  return withConnection(options, async (aml, call) => {
    const endpoint = await findEndpoint(aml, options.endpoint, call);
    const deployment = await findDeployment(aml, endpoint, options.deployment, call);
    const before = deployment.sku?.capacity ?? undefined;
    const changed = before !== instances;
    if (changed) {
      const text = `scaling ${deployment.name} from ${before ?? 'unknown'} to ${instances}`;
      const host = options.host ?? silentHost;
      host.progress({ id: 'scale', text, state: 'running' });
      await aml.onlineDeployments.patch(
        endpoint.name,
        deployment.name,
        { sku: { name: 'Default', capacity: instances } },
        call,
      );
      host.progress({ id: 'scale', text, state: 'done' });
    }
    return { endpoint: endpoint.name, deployment: deployment.name, before, after: instances, changed };
  });
}
