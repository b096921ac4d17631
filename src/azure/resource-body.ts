import type { OnlineEndpointResource } from './wire/online.ts';
import type { TrackedResource } from './wire/resource.ts';

/** A resource with a state, and properties of its own that the service adds to. */
export type WritableResource = TrackedResource<{
  readonly provisioningState?: string | null;
  readonly properties?: object | null;
}>;

/** What the service computes itself and refuses or ignores in a write. Everything else travels, known to us or not. */
const envelopeReadOnly = new Set(['id', 'name', 'type', 'systemData']);
const propertiesReadOnly = new Set(['provisioningState', 'scoringUri', 'swaggerUri']);
const identityReadOnly = new Set(['principalId', 'tenantId']);

function without(value: object, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.has(key)));
}

/** A resource as it was read, changed or not, as the body of the PUT that writes it back. */
export function resourceBody(resource: WritableResource | OnlineEndpointResource): object {
  const body = without(resource, envelopeReadOnly);
  body['properties'] = without(resource.properties, propertiesReadOnly);
  if (resource.identity !== null && resource.identity !== undefined) {
    body['identity'] = without(resource.identity, identityReadOnly);
  }
  return body;
}
