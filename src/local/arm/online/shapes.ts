import type { BodyShape } from '../../http/validate.ts';
import { envelope, flag, ignored, managedIdentity, text, textMap } from '../body-members.ts';

const weights: BodyShape = { type: 'map', values: { type: 'integer', min: 0, max: 100 } };

export const onlineEndpointShape: BodyShape = {
  type: 'object',
  required: ['location', 'properties'],
  members: {
    ...envelope,
    location: text,
    tags: textMap,
    kind: text,
    sku: ignored,
    identity: managedIdentity,
    properties: {
      type: 'object',
      required: ['authMode'],
      members: {
        authMode: { type: 'string', oneOf: ['Key', 'AMLToken', 'AADToken'] },
        description: text,
        properties: textMap,
        traffic: weights,
        mirrorTraffic: { type: 'map', values: { type: 'integer', min: 0, max: 50 } },
        publicNetworkAccess: { type: 'string', oneOf: ['Enabled', 'Disabled'] },
        compute: text,
        keys: { type: 'object', members: { primaryKey: text, secondaryKey: text } },
        provisioningState: ignored,
        scoringUri: ignored,
        swaggerUri: ignored,
      },
    },
  },
};

/** `tags` and `identity` only: the service takes nothing else in an endpoint's PATCH. */
export const onlineEndpointPatchShape: BodyShape = {
  type: 'object',
  members: { tags: textMap, identity: managedIdentity },
};

export const regenerateKeysShape: BodyShape = {
  type: 'object',
  required: ['keyType'],
  members: { keyType: { type: 'string', oneOf: ['Primary', 'Secondary'] }, keyValue: text },
};

const count = { type: 'integer', min: 1, max: 1_000_000 } as const;
const second = 1000;
const longestProbeMs = 24 * 3600 * second;

function probe(success: BodyShape): BodyShape {
  const duration = { type: 'duration', minMs: second, maxMs: longestProbeMs } as const;
  return {
    type: 'object',
    members: {
      initialDelay: duration,
      period: duration,
      timeout: duration,
      successThreshold: success,
      failureThreshold: count,
    },
  };
}

const sku: BodyShape = {
  type: 'object',
  members: {
    name: text,
    // How many instances a deployment may have without a raised limit.
    capacity: { type: 'integer', min: 1, max: 50 },
    tier: ignored,
    size: ignored,
    family: ignored,
  },
};

export const onlineDeploymentShape: BodyShape = {
  type: 'object',
  required: ['location', 'properties', 'sku'],
  members: {
    ...envelope,
    location: text,
    tags: textMap,
    kind: text,
    identity: managedIdentity,
    sku,
    properties: {
      type: 'object',
      required: ['endpointComputeType', 'instanceType'],
      members: {
        endpointComputeType: { type: 'string', oneOf: ['Managed'] },
        instanceType: text,
        model: text,
        modelMountPath: { type: 'string', pattern: /^\//, expected: 'an absolute path' },
        environmentId: text,
        environmentVariables: textMap,
        codeConfiguration: {
          type: 'object',
          required: ['scoringScript'],
          members: { codeId: text, scoringScript: text },
        },
        description: text,
        properties: textMap,
        appInsightsEnabled: flag,
        egressPublicNetworkAccess: { type: 'string', oneOf: ['Enabled', 'Disabled'] },
        privateNetworkConnection: flag,
        dataCollector: ignored,
        scaleSettings: {
          type: 'object',
          required: ['scaleType'],
          members: { scaleType: { type: 'string', oneOf: ['Default'] } },
        },
        requestSettings: {
          type: 'object',
          members: {
            requestTimeout: { type: 'duration', maxMs: 180_000 },
            maxConcurrentRequestsPerInstance: count,
            maxQueueWait: { type: 'duration', maxMs: 180_000 },
          },
        },
        livenessProbe: probe({ type: 'integer', min: 1, max: 1 }),
        readinessProbe: probe(count),
        provisioningState: ignored,
      },
    },
  },
};

/** `tags` and `sku` only. */
export const onlineDeploymentPatchShape: BodyShape = { type: 'object', members: { tags: textMap, sku } };

export const getLogsShape: BodyShape = {
  type: 'object',
  members: {
    containerType: { type: 'string', oneOf: ['InferenceServer', 'StorageInitializer'] },
    tail: { type: 'integer', min: 1 },
  },
};
