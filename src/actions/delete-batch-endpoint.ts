import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

export interface DeleteBatchEndpointOptions extends EndpointOptions {
  /** Does not ask. */
  readonly yes?: boolean;
}

/**
 * Deletes a batch endpoint with its deployments; jobs that it started go on, and clusters stay. Asks first. That there
 * is none is no error.
 */
export function deleteBatchEndpoint(
  options: DeleteBatchEndpointOptions,
): Promise<{ readonly endpoint: string; readonly deleted: boolean }> {
  return withConnection(options, async (aml, call) => {
    const { endpoint, host = silentHost } = options;
    if ((await aml.batchEndpoints.get(endpoint, call)) === undefined) return { endpoint, deleted: false };
    const text = `delete batch endpoint "${endpoint}" with its deployments in ${aml.description}?`;
    if (
      options.yes !== true &&
      !(await host.confirm({ code: 'delete-endpoint', text, defaultAnswer: false }))
    )
      throw new AmlDeitError('NOT_CONFIRMED', 'nothing was deleted: it was not confirmed', {
        hint: 'answer y, or give --yes where nobody can be asked',
      });
    return { endpoint, deleted: await aml.batchEndpoints.delete(endpoint, call) };
  });
}
