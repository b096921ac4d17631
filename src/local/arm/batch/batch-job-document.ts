import { membersOf } from '../../jobs/compile-values.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { trackingUri } from '../jobs/job-document.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { systemData } from '../system-data.ts';

const pascal: Readonly<Record<string, string>> = {
  uri_folder: 'UriFolder',
  uri_file: 'UriFile',
  mltable: 'MLTable',
  literal: 'Literal',
  mlflow_model: 'MLFlowModel',
  custom_model: 'CustomModel',
  triton_model: 'TritonModel',
};

function endpointDocument(type: string, endpoint: string): object {
  return { jobEndpointType: type, endpoint, port: null, properties: null };
}

/** A batch job as the data plane answers an invocation: the same run that run history knows as a pipeline job. */
export function batchJobDocument(services: TwinServices, stored: StoredResource<RunRecord>): object {
  const { body: run } = stored;
  const endpoint = run.tags['azureml.endpointname'] ?? '';
  const deployment = run.tags['azureml.deploymentname'] ?? '';
  const definition = run.definition ?? {};
  return {
    id: `${workspaceId(services.identity)}/batchEndpoints/${endpoint}/deployments/${deployment}/jobs/${run.runId}`,
    name: run.runId,
    type: resourceType('batchEndpoints/deployments/jobs'),
    properties: {
      name: run.displayName,
      status: run.status,
      provisioningState: 'Succeeded',
      compute: {
        target: run.compute ?? null,
        instanceCount: null,
        instanceType: null,
        isLocal: false,
        location: null,
        properties: null,
      },
      inputData: Object.fromEntries(
        Object.entries(membersOf(definition['inputs'])).map(([name, value]) => {
          const input = membersOf(value);
          const type = pascal[String(input['jobInputType'])] ?? String(input['jobInputType']);
          return [
            name,
            type === 'Literal'
              ? { jobInputType: type, value: input['value'], description: null }
              : { jobInputType: type, uri: input['uri'], mode: 'ReadOnlyMount', description: null },
          ];
        }),
      ),
      outputData: Object.fromEntries(
        Object.entries(membersOf(definition['outputs'])).map(([name, value]) => {
          const output = membersOf(value);
          const type = String(output['jobOutputType']);
          return [
            name,
            {
              jobOutputType: pascal[type] ?? type,
              uri: output['uri'] ?? '',
              mode: 'ReadWriteMount',
              description: null,
            },
          ];
        }),
      ),
      interactionEndpoints: {
        Tracking: endpointDocument('Tracking', trackingUri(services)),
        Studio: endpointDocument('Studio', `${services.endpoint()}/runs/${run.runId}`),
      },
      tags: run.tags,
      properties: run.properties,
    },
    systemData: systemData(services.identity, stored),
  };
}
