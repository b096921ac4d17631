import type { BodyShape } from '../../http/validate.ts';
import { envelope, flag, ignored, looseMap, text, textMap } from '../body-members.ts';

const assetMembers = {
  description: text,
  tags: textMap,
  properties: looseMap,
  isArchived: flag,
} as const;

export const assetVersionMembers = {
  ...assetMembers,
  isAnonymous: flag,
  stage: text,
  autoDeleteSetting: ignored,
  intellectualProperty: ignored,
  provisioningState: ignored,
} as const;

const containerMembers = {
  ...assetMembers,
  latestVersion: ignored,
  nextVersion: ignored,
  provisioningState: ignored,
} as const;

export const assetContainerShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: { ...envelope, properties: { type: 'object', members: containerMembers } },
};

const dataType: BodyShape = { type: 'string', oneOf: ['uri_file', 'uri_folder', 'mltable'] };

/** The specification asks for the type here too. */
export const dataContainerShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: { type: 'object', required: ['dataType'], members: { ...containerMembers, dataType } },
  },
};

export const modelVersionShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['modelUri'],
      members: {
        ...assetVersionMembers,
        modelUri: text,
        modelType: { type: 'string', oneOf: ['custom_model', 'mlflow_model', 'triton_model'] },
        flavors: { type: 'map', values: ignored },
        jobName: text,
        defaultDeploymentTemplate: ignored,
      },
    },
  },
};

const route: BodyShape = {
  type: 'object',
  required: ['path', 'port'],
  members: {
    path: { type: 'string', pattern: /^\//, expected: 'a path that starts with /' },
    port: { type: 'integer', min: 1, max: 65_535 },
  },
};

export const environmentVersionShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      members: {
        ...assetVersionMembers,
        image: text,
        build: {
          type: 'object',
          required: ['contextUri'],
          members: { contextUri: text, dockerfilePath: text },
        },
        condaFile: text,
        inferenceConfig: {
          type: 'object',
          required: ['livenessRoute', 'readinessRoute', 'scoringRoute'],
          members: { livenessRoute: route, readinessRoute: route, scoringRoute: route },
        },
        osType: { type: 'string', oneOf: ['Linux', 'Windows'] },
        autoRebuild: { type: 'string', oneOf: ['Disabled', 'OnBaseImageUpdate'] },
        environmentType: ignored,
      },
    },
  },
};

export const dataVersionShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['dataType', 'dataUri'],
      members: {
        ...assetVersionMembers,
        dataType,
        dataUri: text,
        referencedUris: { type: 'array', items: text },
      },
    },
  },
};

export const codeVersionShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: { type: 'object', required: ['codeUri'], members: { ...assetVersionMembers, codeUri: text } },
  },
};

export const componentVersionShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['componentSpec'],
      members: { ...assetVersionMembers, componentSpec: looseMap },
    },
  },
};

export const pendingUploadShape: BodyShape = {
  type: 'object',
  members: {
    pendingUploadId: text,
    pendingUploadType: { type: 'string', oneOf: ['None', 'TemporaryBlobReference'] },
  },
};
