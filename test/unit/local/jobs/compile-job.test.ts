import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileJob } from '../../../../src/local/jobs/compile-job.ts';
import type { CompileContext } from '../../../../src/local/jobs/compile-job.ts';
import { createIdentity } from '../../../../src/local/lifecycle/identity.ts';
import { createTables } from '../../../../src/local/services.ts';
import { openDatabase } from '../../../../src/local/store/database.ts';

describe('compiling a job', () => {
  let folder: string;
  let database: DatabaseSync;
  let context: CompileContext;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-compile-'));
    database = await openDatabase(join(folder, 'state.db'));
    context = {
      identity: createIdentity(),
      tables: createTables(database, Date.now),
      registryComponent: ({ registry, name, version }) =>
        name === 'known'
          ? {
              name,
              type: 'command',
              command: `run ${registry} ${version} \${{inputs.data}} $[[\${{inputs.rate}}]] > \${{outputs.model}}`,
              inputs: {
                data: { type: 'mltable' },
                rate: { type: 'number', optional: 'True' },
                deep: { type: 'boolean', default: 'False' },
              },
              outputs: { model: { type: 'mlflow_model' } },
              resources: { instance_count: '2' },
            }
          : undefined,
    };
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const job = (node: object): Record<string, unknown> => ({
    jobType: 'Pipeline',
    inputs: { table: { jobInputType: 'mltable', uri: 'azureml://datastores/workspaceblobstore/paths/t' } },
    outputs: { best: { jobOutputType: 'mlflow_model', assetName: 'tuned' } },
    jobs: {
      tune: {
        type: 'command',
        componentId: 'azureml://registries/azureml/components/known/labels/latest',
        inputs: { data: { job_input_type: 'literal', value: '${{parent.inputs.table}}' } },
        outputs: { model: { value: '${{parent.outputs.best}}', type: 'literal' } },
        ...node,
      },
    },
  });

  it('looks the components of a registry up where it is told to', () => {
    const compiled = compileJob(job({ limits: { timeout: 60 }, environment_variables: { A: 1 } }), context);
    expect(compiled).toMatchObject({
      kind: 'pipeline',
      continueOnStepFailure: true,
      outputs: { best: { dataType: 'mlflow_model', asset: { name: 'tuned', version: null } } },
      nodes: [
        {
          name: 'tune',
          dependsOn: [],
          step: {
            kind: 'command',
            command: 'run azureml latest ${{inputs.data}} $[[${{inputs.rate}}]] > ${{outputs.model}}',
            environmentId: null,
            code: null,
            inputs: {
              data: { from: 'parentInput', name: 'table', mode: null },
              deep: { from: 'literal', text: 'False' },
            },
            outputs: { model: { dataType: 'mlflow_model', boundTo: 'best' } },
            environmentVariables: { A: '1' },
            instanceCount: 2,
            timeoutMs: 60_000,
          },
        },
      ],
    });
  });

  it.each([
    [{ limits: { timeout: 'soon' } }, 'limits.timeout is "soon"'],
    [{ resources: { instance_count: 1.5 } }, 'resources.instanceCount is "1.5"'],
    [
      { distribution: { type: 'tensorflow', worker_count: 1, parameter_server_count: -3 } },
      'asks for -2 processes',
    ],
    [
      { inputs: { data: { job_input_type: 'literal', value: '${{parent.jobs.tune}}' } } },
      'expected ${{parent.inputs.NAME}}',
    ],
    [{ inputs: { data: { job_input_type: 'mltable' } } }, 'has no uri'],
    [{ outputs: { model: { value: '${{parent.inputs.table}}' } } }, 'expected ${{parent.outputs.NAME}}'],
    [{ inputs: { constructor: { value: 'x' } } }, 'jobs.tune.inputs.constructor is no input'],
  ])('refuses %j', (node, message) => {
    expect(() => compileJob(job(node), context)).toThrow(message);
  });
});
