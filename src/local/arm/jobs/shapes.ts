import type { BodyShape } from '../../http/validate.ts';
import { envelope, flag, ignored, looseMap, text, textMap } from '../body-members.ts';

const dataTypes = ['uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model'];

const inputs: BodyShape = {
  type: 'map',
  values: {
    type: 'object',
    required: ['jobInputType'],
    members: {
      jobInputType: { type: 'string', oneOf: ['literal', ...dataTypes] },
      value: text,
      uri: text,
      mode: {
        type: 'string',
        oneOf: ['ReadOnlyMount', 'ReadWriteMount', 'Download', 'Direct', 'EvalMount', 'EvalDownload'],
      },
      description: text,
      pathOnCompute: text,
    },
  },
};

const outputs: BodyShape = {
  type: 'map',
  values: {
    type: 'object',
    required: ['jobOutputType'],
    members: {
      jobOutputType: { type: 'string', oneOf: dataTypes },
      uri: text,
      mode: { type: 'string', oneOf: ['ReadWriteMount', 'Upload', 'Direct'] },
      description: text,
      assetName: text,
      assetVersion: text,
      autoDeleteSetting: ignored,
      pathOnCompute: text,
    },
  },
};

const identity: BodyShape = {
  type: 'object',
  required: ['identityType'],
  members: {
    identityType: { type: 'string', oneOf: ['AMLToken', 'Managed', 'UserIdentity'] },
    clientId: text,
    objectId: text,
    resourceId: text,
  },
};

/** Members of every job. What the service adds to them comes back from clients that read and write. */
const jobMembers = {
  jobType: text,
  displayName: text,
  description: text,
  experimentName: text,
  tags: textMap,
  properties: looseMap,
  isArchived: flag,
  computeId: text,
  componentId: text,
  identity,
  services: ignored,
  notificationSetting: ignored,
  secretsConfiguration: ignored,
  inputs,
  outputs,
  status: ignored,
} as const;

export const commandJobShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['jobType', 'command', 'environmentId'],
      members: {
        ...jobMembers,
        command: text,
        codeId: text,
        environmentId: text,
        environmentVariables: textMap,
        distribution: {
          type: 'object',
          required: ['distributionType'],
          members: {
            distributionType: { type: 'string', oneOf: ['PyTorch', 'Mpi', 'TensorFlow', 'Ray'] },
            processCountPerInstance: { type: 'integer', min: 1 },
            workerCount: { type: 'integer', min: 1 },
            parameterServerCount: { type: 'integer', min: 0 },
            port: ignored,
            address: ignored,
            includeDashboard: ignored,
            dashboardPort: ignored,
            headNodeAdditionalArgs: ignored,
            workerNodeAdditionalArgs: ignored,
          },
        },
        limits: {
          type: 'object',
          members: {
            jobLimitsType: { type: 'string', oneOf: ['Command'] },
            timeout: { type: 'duration', minMs: 1 },
          },
        },
        resources: {
          type: 'object',
          members: {
            instanceCount: { type: 'integer', min: 1 },
            instanceType: text,
            properties: ignored,
            shmSize: { type: 'string', pattern: /^\d+[bkmgBKMG]?$/, expected: 'a size such as 2g' },
            dockerArgs: text,
            dockerArgsList: ignored,
            locations: { type: 'array', items: text },
            maxInstanceCount: { type: 'integer', min: 1 },
          },
        },
        queueSettings: { type: 'object', members: { jobTier: text, priority: ignored } },
        autologgerSettings: ignored,
        parameters: ignored,
      },
    },
  },
};

const scalar: BodyShape = ignored;

/** A node is written in the words of files, in snake_case, but for its ids. */
const node: BodyShape = {
  type: 'object',
  members: {
    name: text,
    type: text,
    display_name: text,
    description: text,
    comment: text,
    tags: looseMap,
    properties: looseMap,
    _source: text,
    componentId: text,
    computeId: text,
    inputs: {
      type: 'map',
      values: {
        type: 'object',
        members: {
          job_input_type: { type: 'string', oneOf: ['literal', ...dataTypes] },
          value: scalar,
          uri: text,
          mode: text,
          description: text,
          path_on_compute: text,
        },
      },
    },
    outputs: {
      type: 'map',
      values: {
        type: 'object',
        members: {
          job_output_type: { type: 'string', oneOf: ['literal', ...dataTypes] },
          type: text,
          value: text,
          uri: text,
          mode: text,
          description: text,
          name: text,
          version: text,
          asset_name: text,
          asset_version: text,
          assetName: text,
          assetVersion: text,
          auto_delete_setting: ignored,
          path_on_compute: text,
        },
      },
    },
    resources: {
      type: 'object',
      members: {
        instance_count: scalar,
        instance_type: text,
        max_instance_count: scalar,
        properties: ignored,
        shm_size: text,
        docker_args: ignored,
        locations: ignored,
      },
    },
    distribution: ignored,
    limits: {
      type: 'object',
      members: { timeout: scalar, jobLimitsType: text, job_limits_type: text },
    },
    environment_variables: looseMap,
    services: ignored,
    identity: ignored,
    queue_settings: ignored,
    settings: ignored,
    // A node that carries its command itself.
    command: text,
    environmentId: text,
    environment: text,
    codeId: text,
    code: text,
  },
};

export const pipelineJobShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['jobType'],
      members: {
        ...jobMembers,
        jobs: { type: 'map', values: node },
        // Files may say more here than is known.
        settings: { type: 'map', values: ignored },
        sourceJobId: text,
      },
    },
  },
};
