import { AmlDeitError } from '../errors/index.ts';
import { withoutZeros } from './endpoint-summary.ts';
import type { Traffic } from './endpoint-summary.ts';
import { findEndpoint } from './find-endpoint.ts';
import { withConnection } from './with-connection.ts';
import type { EndpointOptions } from './with-connection.ts';

export interface SetTrafficOptions extends EndpointOptions {
  /** Deployment name → percent; a deployment that is not named gets 0. Sums to 100, or to 0. */
  readonly traffic: Traffic;
}

/** Splits the traffic of an endpoint. Throws TRAFFIC_INVALID before anything is sent. */
export function setTraffic(options: SetTrafficOptions): Promise<{
  readonly endpoint: string;
  readonly before: Traffic;
  readonly after: Traffic;
  readonly changed: boolean;
}> {
  const weights = Object.entries(options.traffic);
  for (const [name, percent] of weights) {
    if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
      throw new AmlDeitError(
        'TRAFFIC_INVALID',
        `traffic of "${name}" is ${percent}: expected a whole number from 0 to 100`,
      );
    }
  }
  const sum = weights.reduce((total, [, percent]) => total + percent, 0);
  if (sum !== 100 && sum !== 0) {
    throw new AmlDeitError(
      'TRAFFIC_INVALID',
      `the traffic sums to ${sum}: expected 100, or 0 to take all away`,
    );
  }
  return withConnection(options, async (aml, call) => {
    const endpoint = await findEndpoint(aml, options.endpoint, call);
    const known = (await aml.onlineDeployments.list(endpoint.name, call)).map(({ name }) => name);
    for (const [name] of weights) {
      if (!known.includes(name)) {
        throw new AmlDeitError('TRAFFIC_INVALID', `endpoint "${endpoint.name}" has no deployment "${name}"`, {
          hint: `there is: ${known.join(', ')}`,
        });
      }
    }
    const before = withoutZeros(endpoint.properties.traffic ?? {});
    const after = withoutZeros(options.traffic);
    const changed = JSON.stringify(sorted(before)) !== JSON.stringify(sorted(after));
    if (changed) {
      await aml.onlineEndpoints.update(
        endpoint.name,
        (current) => ({ ...current, properties: { ...current.properties, traffic: after } }),
        call,
      );
    }
    return { endpoint: endpoint.name, before, after, changed };
  });
}

function sorted(traffic: Traffic): [string, number][] {
  return Object.entries(traffic).sort(([a], [b]) => (a < b ? -1 : 1));
}
