import type { BodyShape } from '../../http/validate.ts';
import { envelope, flag, ignored, text, textMap, managedIdentity } from '../body-members.ts';

const nodes: BodyShape = { type: 'integer', min: 0, max: 65_000 };

const scaleSettings: BodyShape = {
  type: 'object',
  required: ['maxNodeCount'],
  members: {
    minNodeCount: nodes,
    maxNodeCount: nodes,
    nodeIdleTimeBeforeScaleDown: { type: 'duration', maxMs: 30 * 24 * 3600 * 1000 },
  },
};

export const computeShape: BodyShape = {
  type: 'object',
  required: ['location', 'properties'],
  members: {
    ...envelope,
    location: text,
    tags: textMap,
    identity: managedIdentity,
    sku: ignored,
    properties: {
      type: 'object',
      required: ['computeType'],
      members: {
        computeType: text,
        computeLocation: text,
        description: text,
        disableLocalAuth: flag,
        resourceId: text,
        createdOn: ignored,
        modifiedOn: ignored,
        isAttachedCompute: ignored,
        provisioningState: ignored,
        provisioningErrors: ignored,
        provisioningWarnings: ignored,
        properties: {
          type: 'object',
          required: ['vmSize', 'scaleSettings'],
          members: {
            vmSize: text,
            vmPriority: { type: 'string', oneOf: ['Dedicated', 'LowPriority'] },
            osType: { type: 'string', oneOf: ['Linux', 'Windows'] },
            scaleSettings,
            remoteLoginPortPublicAccess: {
              type: 'string',
              oneOf: ['Enabled', 'Disabled', 'NotSpecified'],
            },
            userAccountCredentials: ignored,
            subnet: ignored,
            virtualMachineImage: ignored,
            isolatedNetwork: flag,
            enableNodePublicIp: flag,
            enableBatchPrivateLink: flag,
            propertyBag: ignored,
            provisionPrivateEndpoint: flag,
            allocationState: ignored,
            allocationStateTransitionTime: ignored,
            currentNodeCount: ignored,
            targetNodeCount: ignored,
            nodeStateCounts: ignored,
            errors: ignored,
          },
        },
      },
    },
  },
};

/** The scale settings only: the service takes nothing else in a compute's PATCH. */
export const computePatchShape: BodyShape = {
  type: 'object',
  members: {
    properties: {
      type: 'object',
      members: { properties: { type: 'object', members: { scaleSettings } }, scaleSettings },
    },
  },
};
