import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { summarizeEndpoint } from './endpoint-summary.ts';
import type { EndpointSummary } from './endpoint-summary.ts';
import { withConnection } from './with-connection.ts';

/** Every online endpoint of the workspace. */
export function listEndpoints(
  options: ConnectOptions & ActionContext,
): Promise<{ readonly endpoints: readonly EndpointSummary[] }> {
  return withConnection(options, async (aml, call) => ({
    endpoints: (await aml.onlineEndpoints.list(call)).map(summarizeEndpoint),
  }));
}
