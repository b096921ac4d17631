import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateDocuments } from '../../../src/actions/validate-documents.ts';
import type { ValidateResult } from '../../../src/actions/validate-documents.ts';
import { checkFile } from '../../../src/documents/check-file.ts';
import { listDocumentFixtures } from '../../helpers/document-fixtures.ts';

/** Files of other tools, each with keys that documents of Azure ML have too, or as those tools' own guides write them. */
const foreign: Readonly<Record<string, string>> = {
  'train-fp16.yml': 'fp16: true\noptimizer: {name: adamw, lr: 1e-3}\nscheduler: cosine\n',
  'train-batch.yml': 'train_batch_size: 3\noptimizer: adam\n',
  'train-schedule.yml': 'optimizer: {type: Adam}\nscheduler: {type: x}\n',
  'train-args.yml':
    'fp16: true\ngradient_accumulation_steps: 4\nnum_train_epochs: 3\noptimizer: adamw_torch\n',
  'train-bf16.yml': 'bf16: true\noptimizer: {type: AdamW, params: {lr: 1}}\n',
  'ds_config.json': '{"train_batch_size": 1, "optimizer": "adam"}',
  'k8s/container.yml': 'name: a\nimage: b\ncommand: [sh, -c]\nresources: {limits: {cpu: 1}}\n',
  'k8s/run.yml': 'name: train\ncommand: [python, t.py]\n',
  'k8s/pod.yml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n',
  'k8s/probe.yml': 'liveness_probe: {path: /health}\n',
  'k8s/probe-container.yml': 'name: svc\nreadiness_probe: {http_get: {path: /}}\nimage: a\n',
  'k8s/kustomization.yaml': 'resources: [a.yml]\nimages: [{name: a, newTag: b}]\n',
  'argo/template.yml': 'name: whalesay\nimage: docker/whalesay\ncommand: [cowsay]\nargs: [hello]\n',
  'argo/workflow.yml':
    'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {entrypoint: a, templates: []}\n',
  'procs.yml': 'command: npm start\n',
  'launch.yml': 'command: python x.py\nname: launch\nenvironment: {A: b}\n',
  'launch-code.yml': 'name: x\ncommand: make\ncode: ./src\n',
  'gpu-job.yml': 'command: python train.py\nimage: pytorch\nresources: {gpus: 1}\n',
  'supervised.yml': 'command: tar\nuser: root\ntype: command\n',
  'cron.yml': 'jobs: {backup: {type: command, command: tar}}\n',
  'cron-list.yml': 'jobs:\n  a: {command: x, schedule: "* *"}\n  b: {command: y}\n',
  'jobs-environment.yml': 'jobs: {a: {command: b, environment: c}}\n',
  'hydra/config.yaml': 'defaults: [{model: a}, _self_]\nmodel: {name: deit}\n',
  'hydra/sagemaker.yaml': 'model: resnet50\nenvironment: prod\ninstance_type: ml.m5.large\n',
  'hydra/experiment.yaml': 'name: exp1\nmodel: resnet\nbatch_size: 3\ndata: {path: x}\n',
  'hydra/stage.yaml': 'model: resnet\nenvironment: dev\n',
  'sagemaker/endpoint.yml': 'endpoint_name: a\nmodel: b\ninstance_type: ml.g4dn.xlarge\ninstance_count: 2\n',
  'sagemaker/workers.yml': 'name: workers\ninstance_type: t3.micro\ninstance_count: 2\n',
  'ec2.yml': 'instance_type: t3.micro\nami: x\nregion: us-east-1\n',
  'vertex.yml': 'display_name: a\nmachine_type: n1-standard-4\ncontainer_spec: {image_uri: x}\n',
  'gcp.yml': 'name: a\ninstance_type: n1-standard-4\n',
  'autoscaling.yml': 'size: large\nmin_instances: 1\nmax_instances: 4\n',
  'globs.yml': 'paths: [a, b]\n',
  'globs-mixed.yml': 'paths:\n  - src/**\n  - file: b\n',
  'rollout.yml': 'traffic: {blue: 5}\n',
  'rollout-named.yml': 'name: b\nidentity: {type: a}\ntraffic: {a: 1}\n',
  'crossing.yml': 'name: crossing\ntraffic: heavy\n',
  'login.yml': 'auth_mode: local_db\n',
  'login-client.yml': 'auth_mode: oauth2\nname: abc\nclient_id: x\n',
  'skaffold.yml': 'build: {artifacts: [{image: a}]}\n',
  'netlify.yml': 'build: {command: x}\n',
  'compose-build.yml': 'build: .\n',
  'compose-context.yml': 'build: {context: ., dockerfile: Dockerfile}\nname: x\n',
  'compose.yml': 'services: {a: {image: b, environment: {A: b}, command: x}}\n',
  'helm/Chart.yaml': 'apiVersion: v2\nname: c\ndescription: x\ntype: application\nversion: 0.1.0\n',
  'helm/values.yaml': 'image: {repository: nginx, tag: latest}\nreplicaCount: 1\nresources: {}\n',
  'helm/values-image.yaml': 'image: {repository: nginx}\nname: web\n',
  'helm/values-text.yaml': 'image: nginx:1\nname: web\nreplicas: 1\n',
  'helm/templates/a.yaml': 'endpoint_name: {{ .Values.name }}\n{{- end }}\n',
  'workflows/ci.yml': 'name: CI\non: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n',
  'workflows/reuse.yml': 'on: push\njobs: {a: {uses: x/y/.github/workflows/z.yml@v1, with: {command: a}}}\n',
  'action.yml':
    'name: A\ninputs: {a: {description: b, required: true, default: "1"}}\noutputs: {b: {value: c}}\nruns: {using: composite, steps: []}\n',
  'gitlab-ci.yml': 'image: python:3.11\nstages: [test]\ntest: {stage: test, script: [pytest]}\n',
  'gitlab-default.yml': 'default: {image: x}\nstages: [a]\n',
  'circle.yml':
    'version: 2.1\njobs: {build: {docker: [{image: a}], steps: [checkout]}}\nworkflows: {w: {jobs: [build]}}\n',
  'circle-command.yml':
    'description: x\nparameters: {to: {type: string, default: a}}\nsteps: [{run: echo}]\n',
  'azure-pipelines.yml':
    'trigger: [main]\npool: {vmImage: ubuntu-latest}\njobs:\n  - job: a\n    steps: [{script: x}]\n',
  'azure-pipelines-parameters.yml':
    'parameters: [{name: a, type: string}]\nsteps: [{task: AzureCLI@2, inputs: {scriptType: bash}}]\n',
  'drone.yml': 'kind: pipeline\ntype: docker\nname: default\nsteps: [{name: a, image: b, commands: [x]}]\n',
  'woodpecker.yml': 'type: pipeline\nname: x\nsteps: []\n',
  'bitbucket-pipelines.yml': 'image: node:20\npipelines: {default: [{step: {script: [npm test]}}]}\n',
  'appveyor.yml': 'image: Visual Studio 2022\nenvironment: {nodejs_version: "6"}\nbuild: off\n',
  'buildkite.yml': 'steps: [{command: x}]\nenv: {}\n',
  'cloudbuild.yaml': 'steps: [{name: a, args: [b]}]\nimages: [x]\n',
  'buildspec.yml': 'version: 0.2\nphases: {build: {commands: [x]}}\n',
  'travis.yml': 'language: python\nscript: x\njobs: {include: [{stage: a}]}\n',
  'semaphore.yml': 'version: v1.0\nname: x\nagent: {}\nblocks: []\n',
  'readthedocs.yml': 'version: 2\nbuild: {os: ubuntu-22.04, tools: {python: "3.11"}}\n',
  'environment.yml':
    'name: e\nchannels: [conda-forge]\ndependencies: [python=3.11, {pip: [azureml-mlflow]}]\n',
  'pre-commit-config.yaml': 'repos: [{repo: x, rev: y, hooks: [{id: z}]}]\n',
  'mkdocs.yml': 'site_name: x\nnav: [{a: b.md}]\n',
  'jekyll.yml': 'name: abc\npath: x\n',
  'openapi.yaml':
    'openapi: 3.0.0\ninfo: {title: Pets, version: 1.0.0}\npaths: {/pets: {get: {responses: {"200": {description: ok}}}}}\n',
  'swagger.yml': 'swagger: "2.0"\ninfo: {title: x, version: "1"}\npaths: {}\n',
  'playbook.yml': '- hosts: all\n  tasks: [{command: ls}]\n',
  'ansible-vars.yml': 'instance_type: {{ type }}\nimage: {{ image }}\n',
  'ansible-quoted.yml': 'instance_type: "{{ type }}"\nname: x\n',
  'ansible-task.yml': 'name: run\ncommand: ls\nenvironment: {PATH: x}\nregister: y\n',
  'dbt_project.yml': 'name: x\nversion: 1.0.0\nprofile: p\nmodel-paths: [models]\nmodels: {}\n',
  'dvc.yaml': 'stages: {a: {cmd: x, deps: [b]}}\n',
  'data.dvc.yml': 'outs: [{md5: x, path: data}]\n',
  'serverless.yml': 'service: x\nprovider: {name: aws, environment: {A: b}}\nfunctions: {}\n',
  'cloudformation.yml': 'AWSTemplateFormatVersion: "2010-09-09"\nResources: {A: {Type: AWS::S3::Bucket}}\n',
  'prometheus.yml': 'global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a}]\n',
  'pubspec.yaml': 'name: my_app\nversion: 1.0.0\nenvironment: {sdk: ">=3"}\ndependencies: {a: 1}\n',
  'renovate.yml': '$schema: https://docs.renovatebot.com/renovate-schema.json\nextends: [a]\n',
  'dependabot.yml': 'version: 2\nupdates: [{package-ecosystem: npm, directory: /}]\n',
  'zero1-tsconfig.json': '{"compilerOptions": {}, "paths": {"a": ["b"]}}',
  'deepspeedless_zero2.json': '{"name": "x", "version": "1.0.0", "type": "module"}',
  'cog.yaml': 'build: {gpu: true, python_version: "3.8"}\nimage: r8.im/x\npredict: "predict.py:P"\n',
  'determined.yaml':
    'name: x_y\nenvironment: {image: "a/b:c"}\nentrypoint: python3 t.py\nresources: {slots_per_trial: 1}\n',
  'kfp.yaml':
    'name: Train\ninputs: [{name: a, type: String}]\nimplementation: {container: {image: x, command: [a]}}\n',
  'sky.yaml': 'name: t\nresources: {accelerators: "V100:1"}\nsetup: pip install\nrun: python t.py\n',
  'sweep.yaml': 'program: train.py\nmethod: bayes\ncommand: [a, b]\nparameters: {}\n',
  'accelerate.yaml':
    'compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nmixed_precision: fp16\n',
  'yolo.yaml': 'path: ../datasets\ntrain: images\nval: images\nnames: {0: a}\n',
  'model-card.yaml': 'type: model\nname: x\npath: ./y\n',
  'mlproject.yml':
    'name: x\nconda_env: c.yml\nentry_points: {main: {parameters: {a: float}, command: "python t.py {a}"}}\n',
  'snapcraft.yml': 'name: x\nversion: "1"\nsummary: s\ndescription: d\n',
  'eslint.yml': 'settings: {a: 1}\nenv: {}\n',
  'bot.yml': 'type: command\ndescription: x\noptions: []\n',
  'plugin.yml': 'type: command\nname: say\nrun: echo\n',
  'crossing-counts.yml': 'name: crossing\ntraffic: {cars: 5, buses: 3}\n',
  'cluster.yml': 'compute: {provider: aws}\nname: y\nsize: large\ntype: vm\n',
};

let directory = '';
let scanned: ValidateResult;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'foreign-'));
  for (const [file, text] of Object.entries(foreign)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  scanned = await validateDocuments({ workingDirectory: directory });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("another tool's file", () => {
  it('is found, so that passing over it means something', () => {
    expect(scanned.files.map(({ file }) => file).sort()).toEqual(Object.keys(foreign).sort());
  });

  it.each(Object.keys(foreign))('gives nothing in a folder: %s', (file) => {
    expect(scanned.findings.filter((finding) => finding.file === file)).toEqual([]);
  });

  it.each(['train-batch.yml', 'procs.yml', 'cron.yml', 'hydra/sagemaker.yaml', 'login.yml', 'netlify.yml'])(
    'is of an unknown kind where it is named, and no more is said: %s',
    async (file) => {
      const { findings } = await validateDocuments({ workingDirectory: directory, paths: [file] });
      expect(findings).toMatchObject([{ severity: 'info', code: 'unknown-kind' }]);
    },
  );
});

describe('a document of Azure ML without a $schema', () => {
  // A name alone is no sign of anything, and aml-deit.yml is known by its name.
  const withoutSchema = listDocumentFixtures().filter(({ verdict, folder, stem }) => {
    const text = readFileSync(`${stem}.yml`, 'utf8');
    const isOpen = text.includes('$schema:') || /^name: .*\n$/.test(text);
    return verdict === 'valid' && folder !== 'yaml' && folder !== 'config' && !isOpen;
  });

  it.each(withoutSchema.map((fixture) => [`${fixture.folder}/${fixture.name}`, fixture] as const))(
    'is known for what it is: %s',
    (_, { folder, stem, name }) => {
      const { kind } = checkFile({
        text: readFileSync(`${stem}.yml`),
        file: `${name}.yml`,
        asOf: '2026-11-23',
      });
      expect(kind).toBe(folder);
    },
  );
});
