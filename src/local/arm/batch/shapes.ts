import type { BodyShape } from '../../http/validate.ts';
import { envelope, ignored, managedIdentity, text, textMap } from '../body-members.ts';

const defaults: BodyShape = { type: 'object', members: { deploymentName: text } };

export const batchEndpointShape: BodyShape = {
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
        authMode: { type: 'string', oneOf: ['AADToken'] },
        description: text,
        properties: textMap,
        defaults,
        keys: ignored,
        provisioningState: ignored,
        scoringUri: ignored,
        swaggerUri: ignored,
      },
    },
  },
};

export const batchEndpointPatchShape: BodyShape = {
  type: 'object',
  members: {
    tags: textMap,
    identity: managedIdentity,
    properties: { type: 'object', members: { defaults, description: text } },
  },
};

const count = { type: 'integer', min: 1, max: 1_000_000 } as const;
const second = 1000;

const modelReference: BodyShape = {
  type: 'object',
  required: ['referenceType'],
  members: { referenceType: { type: 'string', oneOf: ['Id'] }, assetId: text },
};

export const batchDeploymentShape: BodyShape = {
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
      members: {
        description: text,
        properties: textMap,
        model: modelReference,
        compute: text,
        environmentId: text,
        environmentVariables: textMap,
        codeConfiguration: {
          type: 'object',
          required: ['scoringScript'],
          members: { codeId: text, scoringScript: text },
        },
        resources: {
          type: 'object',
          members: { instanceCount: count, instanceType: text, properties: ignored },
        },
        miniBatchSize: count,
        maxConcurrencyPerInstance: count,
        errorThreshold: { type: 'integer', min: -1 },
        retrySettings: {
          type: 'object',
          members: {
            maxRetries: { type: 'integer', min: 0, max: 1_000_000 },
            timeout: { type: 'duration', minMs: second, maxMs: 24 * 3600 * second },
          },
        },
        loggingLevel: { type: 'string', oneOf: ['Info', 'Warning', 'Debug'] },
        outputAction: { type: 'string', oneOf: ['AppendRow', 'SummaryOnly', 'append_row', 'summary_only'] },
        outputFileName: text,
        deploymentConfiguration: {
          type: 'object',
          required: ['deploymentConfigurationType'],
          members: {
            deploymentConfigurationType: { type: 'string', oneOf: ['PipelineComponent'] },
            componentId: modelReference,
            settings: ignored,
            description: text,
            tags: textMap,
          },
        },
        provisioningState: ignored,
      },
    },
  },
};

export const batchDeploymentPatchShape: BodyShape = {
  type: 'object',
  members: { tags: textMap, properties: { type: 'object', members: { description: text } } },
};

/** What an invocation gives: names of inputs and outputs are the deployment's own. */
export const invokeShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    properties: {
      type: 'object',
      members: {
        inputData: {
          type: 'map',
          values: {
            type: 'object',
            required: ['jobInputType'],
            members: { jobInputType: text, uri: text, value: ignored, mode: text, description: text },
          },
        },
        outputData: {
          type: 'map',
          values: {
            type: 'object',
            members: { jobOutputType: text, uri: text, mode: text, description: text },
          },
        },
        properties: textMap,
        tags: textMap,
        description: text,
      },
    },
  },
};
