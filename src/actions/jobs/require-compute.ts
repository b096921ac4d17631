import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { checkSkus } from '../../card/index.ts';
import type { SkuTask } from '../../card/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';

export interface RequireComputeOptions extends ActionContext {
  readonly name: string;
  readonly task: SkuTask;
  /** Made when there is none: a cluster of this size that scales down to nothing. */
  readonly create?: { readonly sku: string; readonly maxInstances: number };
  readonly asOf?: Date;
}

const idleTime = 'PT120S';

/**
 * A job whose cluster is missing or of a wrong size waits or fails after minutes: both are found out first.
 * Throws COMPUTE_NOT_FOUND, SKU_REFUSED.
 */
export async function requireCompute(aml: AzureMl, options: RequireComputeOptions): Promise<void> {
  const { name, create, task } = options;
  const host = options.host ?? silentHost;
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  if (name.toLowerCase() === 'serverless') return;
  const known = await aml.computes.get(name, call);
  if (known === undefined) {
    if (create === undefined)
      throw new AmlDeitError('COMPUTE_NOT_FOUND', `there is no compute "${name}" in ${aml.description}`, {
        hint: 'have it made: --create-compute; it scales down to nothing and costs nothing while it is idle',
      });
    checkSize(name, create.sku, task, options);
    const progress = {
      id: 'compute',
      text: `make the cluster ${name} (${create.sku}, 0 to ${create.maxInstances})`,
    };
    host.progress({ ...progress, state: 'running' });
    const { location } = await aml.workspace.get(call);
    await aml.computes.put(
      name,
      {
        location,
        properties: {
          computeType: 'AmlCompute',
          properties: {
            vmSize: create.sku,
            scaleSettings: {
              minNodeCount: 0,
              maxNodeCount: create.maxInstances,
              nodeIdleTimeBeforeScaleDown: idleTime,
            },
          },
        },
      },
      call,
    );
    host.progress({ ...progress, state: 'done' });
    return;
  }
  const { computeType, properties } = known.properties;
  // Attached clusters and instances have no size that could be judged.
  if (computeType !== 'AmlCompute' || typeof properties?.vmSize !== 'string') return;
  checkSize(name, properties.vmSize, task, options);
}

function checkSize(name: string, sku: string, task: SkuTask, options: RequireComputeOptions): void {
  const findings = checkSkus({ names: [sku], task, asOf: options.asOf ?? new Date() });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new AmlDeitError(
      'SKU_REFUSED',
      `the cluster "${name}": ${errors.map(({ message }) => message).join('; ')}`,
      {
        hint: `\`aml-deit sku recommend --for ${task}\` names sizes that are good for it`,
        details: { sku, findings },
      },
    );
  for (const { code, message } of findings)
    (options.host ?? silentHost).message({ code, level: 'warning', text: message });
}
