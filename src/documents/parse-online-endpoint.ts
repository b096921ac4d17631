import { checkSupplied } from './check-supplied.ts';
import type { ParseResult } from './diagnostic.ts';
import type {
  EndpointAuthMode,
  EndpointIdentity,
  OnlineEndpointDocument,
  OnlineEndpointOverrides,
} from './online-endpoint-document.ts';
import { withoutUndefined } from './without-undefined.ts';

/** The document as its schema leaves it: coerced, checked, keys as in the file. */
interface RawOnlineEndpoint {
  readonly name: string;
  readonly description?: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly auth_mode?: keyof typeof authModes;
  readonly identity?: {
    readonly type?: keyof typeof identityTypes;
    readonly user_assigned_identities?: readonly { readonly resource_id: string }[];
  };
  readonly traffic?: Readonly<Record<string, number>>;
  readonly mirror_traffic?: Readonly<Record<string, number>>;
  readonly public_network_access?: 'enabled' | 'disabled';
}

const authModes = { key: 'Key', aml_token: 'AMLToken', aad_token: 'AADToken' } as const;
const identityTypes = {
  system_assigned: 'SystemAssigned',
  user_assigned: 'UserAssigned',
  none: 'None',
} as const;

/**
 * Reads a managed online endpoint's YAML as Azure ML's own tools read it, and checks what they leave to the service.
 * `overrides` stand in the place of the file's values; required keys are judged after them. The document is absent
 * when a diagnostic is an error.
 */
export function parseOnlineEndpoint(
  text: string,
  file: string,
  overrides: OnlineEndpointOverrides = {},
): ParseResult<OnlineEndpointDocument> {
  const { document, diagnostics } = checkSupplied({
    kind: 'managedOnlineEndpoint',
    text,
    file,
    supplied: endpointToYaml(overrides),
    required: ['name'],
  });
  if (document === undefined) return { diagnostics };
  return { document: toDocument(document.value as unknown as RawOnlineEndpoint), diagnostics };
}

function toDocument(raw: RawOnlineEndpoint): OnlineEndpointDocument {
  return {
    name: raw.name,
    ...withoutUndefined({
      description: raw.description,
      location: raw.location,
      identity: raw.identity === undefined ? undefined : toIdentity(raw.identity),
    }),
    tags: raw.tags ?? {},
    properties: raw.properties ?? {},
    authMode: authModes[raw.auth_mode ?? 'key'],
    traffic: raw.traffic ?? {},
    mirrorTraffic: raw.mirror_traffic ?? {},
    publicNetworkAccess: raw.public_network_access === 'disabled' ? 'Disabled' : 'Enabled',
  };
}

function toIdentity(raw: NonNullable<RawOnlineEndpoint['identity']>): EndpointIdentity {
  return {
    type: identityTypes[raw.type ?? 'system_assigned'],
    userAssignedIdentities: (raw.user_assigned_identities ?? []).map((identity) => identity.resource_id),
  };
}

/** A document, or part of one, with the keys and values that its YAML has. */
export function endpointToYaml(document: OnlineEndpointOverrides): Record<string, unknown> {
  return withoutUndefined({
    name: document.name,
    description: document.description,
    location: document.location,
    tags: document.tags,
    properties: document.properties,
    auth_mode: document.authMode === undefined ? undefined : keyOf(authModes, document.authMode),
    identity:
      document.identity === undefined
        ? undefined
        : {
            type: keyOf(identityTypes, document.identity.type),
            user_assigned_identities: document.identity.userAssignedIdentities.map((id) => ({
              resource_id: id,
            })),
          },
    traffic: document.traffic,
    mirror_traffic: document.mirrorTraffic,
    public_network_access: document.publicNetworkAccess?.toLowerCase(),
  } satisfies Partial<Record<keyof RawOnlineEndpoint, unknown>>);
}

/** The YAML word for a value of the service; the value itself where there is none, for the schema to refuse. */
function keyOf(
  words: Readonly<Record<string, string>>,
  value: EndpointAuthMode | EndpointIdentity['type'],
): string {
  return Object.keys(words).find((word) => words[word] === value) ?? value;
}
