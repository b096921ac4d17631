import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { withConnection } from './with-connection.ts';

export interface DeleteComputeOptions extends ConnectOptions, ActionContext {
  readonly compute: string;
  /** Does not ask. */
  readonly yes?: boolean;
}

/** Deletes a cluster with its machines; jobs on it end. Asks first. That there is none is no error. */
export function deleteCompute(
  options: DeleteComputeOptions,
): Promise<{ readonly compute: string; readonly deleted: boolean }> {
  return withConnection(options, async (aml, call) => {
    const { compute, host = silentHost } = options;
    if ((await aml.computes.get(compute, call)) === undefined) return { compute, deleted: false };
    const text = `delete the cluster "${compute}" in ${aml.description}?`;
    if (options.yes !== true && !(await host.confirm({ code: 'delete-compute', text, defaultAnswer: false })))
      throw new AmlDeitError('NOT_CONFIRMED', 'nothing was deleted: it was not confirmed', {
        hint: 'answer y, or give --yes where nobody can be asked',
      });
    return { compute, deleted: await aml.computes.delete(compute, call) };
  });
}
