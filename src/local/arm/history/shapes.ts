import type { BodyShape } from '../../http/validate.ts';
import { flag, ignored, text, textMap } from '../body-members.ts';

/** A change to a run. What only its own program may say (status, times) is taken and not looked at. */
export const runPatchShape: BodyShape = {
  type: 'object',
  members: {
    runId: text,
    displayName: text,
    name: text,
    description: text,
    tags: textMap,
    properties: textMap,
    hidden: flag,
    ...Object.fromEntries(
      [
        'parentRunId',
        'status',
        'startTimeUtc',
        'endTimeUtc',
        'options',
        'isVirtual',
        'heartbeatEnabled',
        'settings',
        'parameters',
        'scriptName',
        'target',
        'uniqueChildRunComputeTargets',
        'runType',
        'runTypeV2',
        'dataContainerId',
        'primaryMetricName',
        'inputDatasets',
        'outputDatasets',
        'runDefinition',
        'jobSpecification',
        'cancelUri',
        'completeUri',
        'diagnosticsUri',
        'actionUris',
        'computeRequest',
        'compute',
        'services',
        'retainForLifetimeOfWorkspace',
        'queueingInfo',
        'activeChildRunId',
        'inputs',
        'outputs',
        'createdFrom',
        'warnings',
      ].map((name) => [name, ignored]),
    ),
  },
};

export const runDataShape: BodyShape = {
  type: 'object',
  required: ['runId'],
  members: {
    runId: text,
    selectRunMetadata: flag,
    selectRunDefinition: flag,
    selectJobSpecification: flag,
  },
};

export const eventShape: BodyShape = {
  type: 'object',
  required: ['name'],
  members: { timestamp: text, name: text, data: ignored },
};

export const assetIdsShape: BodyShape = {
  type: 'object',
  required: ['values'],
  members: { values: { type: 'array', items: text } },
};

export const artifactPathsShape: BodyShape = {
  type: 'object',
  required: ['paths'],
  members: {
    paths: {
      type: 'array',
      items: { type: 'object', required: ['path'], members: { path: text, tags: textMap } },
    },
  },
};
