import type { TwinServices } from '../../services.ts';
import { membersOf } from '../../jobs/compile-values.ts';
import { outputPlace, placeUri } from '../../jobs/output-place.ts';
import { RunFailure } from '../../jobs/run-failure.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { StoredResource } from '../../store/resources.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { isoTime } from '../system-data.ts';
import { executionProperty } from './job-properties.ts';

type Members = Readonly<Record<string, unknown>>;

/** Where MLflow clients find a run's workspace, in the form of the service. */
export function trackingUri(services: TwinServices): string {
  return `azureml://${new URL(services.endpoint()).host}/mlflow/v1.0${workspaceId(services.identity)}?`;
}

function jobServices(services: TwinServices, runId: string): object {
  const service = (type: string, endpoint: string): object => ({
    jobServiceType: type,
    port: null,
    endpoint,
    status: null,
    errorMessage: null,
    properties: null,
    nodes: null,
  });
  return {
    Tracking: service('Tracking', trackingUri(services)),
    // There is no studio here: the address says where it would be, on this twin.
    Studio: service('Studio', `${services.endpoint()}/runs/${runId}?wsid=${workspaceId(services.identity)}`),
  };
}

function inputDocuments(inputs: unknown): object {
  return Object.fromEntries(
    Object.entries(membersOf(inputs)).map(([name, value]) => {
      const input = membersOf(value);
      const shared = { description: input['description'] ?? null };
      return [
        name,
        String(input['jobInputType']).toLowerCase() === 'literal'
          ? { ...shared, jobInputType: 'literal', value: input['value'] ?? '' }
          : {
              ...shared,
              jobInputType: input['jobInputType'],
              uri: input['uri'] ?? '',
              mode: input['mode'] ?? 'ReadOnlyMount',
            },
      ];
    }),
  );
}

/** A command's outputs have their addresses from the start; a pipeline's never have, as recorded. */
function outputUri(services: TwinServices, run: RunRecord, name: string, uri: unknown): string | null {
  if (typeof uri === 'string' && uri !== '') return uri;
  if (run.kind === 'pipeline') return null;
  const known = run.outputs[name];
  try {
    const place = known?.place ?? outputPlace(services, run.runId, name, { uri: null });
    return placeUri(services, place, known?.dataType !== 'uri_file') ?? null;
  } catch (error) {
    if (error instanceof RunFailure) return null;
    throw error;
  }
}

function outputDocuments(services: TwinServices, run: RunRecord, outputs: unknown): object {
  return Object.fromEntries(
    Object.entries(membersOf(outputs)).map(([name, value]) => {
      const output = membersOf(value);
      return [
        name,
        {
          description: output['description'] ?? null,
          jobOutputType: output['jobOutputType'],
          mode: output['mode'] ?? 'ReadWriteMount',
          uri: outputUri(services, run, name, output['uri']),
          assetName: output['assetName'] ?? null,
          assetVersion: run.outputs[name]?.asset?.version ?? output['assetVersion'] ?? null,
          autoDeleteSetting: null,
        },
      ];
    }),
  );
}

function commandProperties(definition: Members): object {
  const resources = membersOf(definition['resources']);
  return {
    command: definition['command'],
    codeId: definition['codeId'] ?? null,
    environmentId: definition['environmentId'],
    environmentVariables: definition['environmentVariables'] ?? {},
    distribution: definition['distribution'] ?? null,
    limits: definition['limits'] ?? null,
    autologgerSettings: null,
    parameters: {},
    queueSettings: definition['queueSettings'] ?? null,
    resources: {
      instanceCount: resources['instanceCount'] ?? 1,
      instanceType: resources['instanceType'] ?? null,
      maxInstanceCount: resources['maxInstanceCount'] ?? null,
      locations: resources['locations'] ?? null,
      properties: resources['properties'] ?? {},
      shmSize: resources['shmSize'] ?? '2g',
      dockerArgs: resources['dockerArgs'] ?? null,
    },
  };
}

function pipelineProperties(definition: Members, tags: RunRecord['tags']): object {
  return {
    // Nodes that carry their command themselves are the twin's own; clients cannot read one without a component.
    jobs: tags['azureml.jobtype'] === 'azureml.batchjob' ? {} : (definition['jobs'] ?? {}),
    settings: definition['settings'] ?? {},
    sourceJobId: definition['sourceJobId'] ?? null,
  };
}

/** A job as the control plane shows it. */
export function jobDocument(services: TwinServices, stored: StoredResource<RunRecord>): object {
  const { body: run } = stored;
  const definition = run.definition ?? {};
  return {
    ...jobEnvelope(services, stored),
    properties: {
      jobType: run.kind === 'command' ? 'Command' : 'Pipeline',
      displayName: run.displayName,
      description: run.description,
      experimentName: run.experimentName,
      tags: run.tags,
      properties: { ...run.properties, ...executionProperty(run) },
      isArchived: run.hidden,
      computeId: definition['computeId'] ?? null,
      componentId: definition['componentId'] ?? null,
      identity: definition['identity'] ?? null,
      notificationSetting: null,
      secretsConfiguration: null,
      services: jobServices(services, run.runId),
      status: run.status,
      inputs: inputDocuments(definition['inputs']),
      outputs: outputDocuments(services, run, definition['outputs']),
      ...(run.kind === 'command' ? commandProperties(definition) : pipelineProperties(definition, run.tags)),
    },
  };
}

function jobEnvelope(services: TwinServices, stored: StoredResource<RunRecord>): object {
  return {
    id: `${workspaceId(services.identity)}/jobs/${stored.body.runId}`,
    name: stored.body.runId,
    type: resourceType('jobs'),
    systemData: {
      createdAt: isoTime(stored.createdAt),
      createdBy: services.identity.objectId,
      createdByType: 'User',
    },
  };
}

/** A step of a pipeline: without `properties`, which is how clients know that they must ask run history. */
export function childJobDocument(services: TwinServices, stored: StoredResource<RunRecord>): object {
  return jobEnvelope(services, stored);
}
