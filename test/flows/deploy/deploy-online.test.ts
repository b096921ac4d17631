import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importRegistryModel } from '../../../src/actions/import-registry-model.ts';
import { deployOnline } from '../../../src/actions/deploy-online.ts';
import { smokePicture } from '../../../src/actions/online/smoke-picture.ts';
import { planOnline } from '../../../src/actions/plan-online.ts';
import { deployBench, startClient } from '../../helpers/deploy-to-twin.ts';
import type { DeployBench } from '../../helpers/deploy-to-twin.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { recordingHost } from '../../helpers/recording-host.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let bench: DeployBench;
let cans: string;
let pets: string;
let broken: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-deploy-'));
  [bench, cans, pets] = await Promise.all([
    deployBench(),
    smallPackage(['can', 'carton', 'bottle']),
    smallPackage(['cat', 'dog', 'bird', 'fish']),
  ]);
  broken = join(folder, 'broken');
  await cp(cans, broken, { recursive: true });
  const graph = await readFile(join(broken, 'model.onnx'));
  await writeFile(join(broken, 'model.onnx'), graph.fill(0xff, 100, 400));
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  for (const directory of [folder, dirname(cans), dirname(pets)]) await rm(directory, { recursive: true });
});

const kinds = (steps: readonly { readonly kind: string }[]): string[] => steps.map((step) => step.kind);
const scorers = (endpoint: string): number =>
  bench.twin
    .report()
    .deployments.filter((deployment) => deployment.endpoint === endpoint)
    .flatMap((deployment) => deployment.instances).length;

describe('deployOnline', () => {
  it('leaves no empty endpoint behind where the first revision fails', async () => {
    const error = await failureOf(bench.deploy('half', broken, { modelName: 'half' }));
    expect(error.code).toBe('DEPLOYMENT_FAILED');
    expect(error.hint).toContain('the new endpoint half was removed');
    expect(await (await bench.aml()).onlineEndpoints.get('half')).toBeUndefined();
  });

  it('makes everything, then nothing, then a new revision that no client notices', async () => {
    const planned = await planOnline(bench.options('cans', cans));
    expect(await (await bench.aml()).onlineEndpoints.get('cans')).toBeUndefined();
    const first = await bench.deploy('cans', cans);
    expect(first).toMatchObject({
      changed: true,
      endpoint: 'cans',
      deployment: planned.deployment,
      image: expect.stringMatching(/^aml-deit\/scorer:/) as unknown,
      target: { kind: 'local' },
      leftAlone: [],
    });
    expect(first.steps).toEqual(planned.steps);
    expect(first.smoke?.classes.map(({ label }) => label).sort()).toEqual(['bottle', 'can', 'carton']);
    expect(await bench.state('cans')).toEqual({ [first.deployment]: 100 });

    const host = recordingHost();
    const second = await bench.deploy('cans', cans, { host });
    expect(second).toMatchObject({ changed: false, steps: [], smoke: null, scoringUri: first.scoringUri });
    expect(second.model).toEqual(first.model);
    expect(host.messages.map(({ code }) => code)).toEqual(['nothing-to-do']);
    expect((await planOnline(bench.options('cans', cans))).pending).toBe(false);

    const client = await startClient(await bench.aml(), 'cans');
    const third = await bench.deploy('cans', pets, { modelName: first.model?.name ?? '' });
    const { failures, deployments } = await client.stop();
    expect(failures).toEqual([]);
    expect(kinds(third.steps)).toEqual([
      'register-model',
      'create-deployment',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
    expect(third.smoke?.classes).toHaveLength(4);
    expect(third.model?.version).toBe('2');
    expect(deployments).toContain(first.deployment);
    expect(await bench.state('cans')).toEqual({ [third.deployment]: 100 });
    expect(scorers('cans')).toBe(1);

    // The first content is registered still: nothing is sent again.
    const fourth = await bench.deploy('cans', `azureml:${first.model?.name ?? ''}:1`);
    expect(kinds(fourth.steps)).not.toContain('register-model');
    expect(fourth.smoke?.classes).toHaveLength(3);
  });

  it('keeps the old revision serving when the new one is broken, and names the cause first', async () => {
    const good = await bench.deploy('sturdy', cans);
    const client = await startClient(await bench.aml(), 'sturdy');
    const host = recordingHost();
    const failure = await failureOf(bench.deploy('sturdy', broken, { host }));
    const { failures, answers, deployments } = await client.stop();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(5);
    expect([...deployments]).toEqual([good.deployment]);
    expect(failure).toMatchObject({ code: 'DEPLOYMENT_FAILED', exitCode: 1 });
    expect(failure.message).toMatch(/did not become healthy: .*model\.onnx cannot be loaded/);
    expect(failure.message).not.toContain('\n');
    expect(failure.hint).toContain(`${good.deployment} has served all along`);
    // The model was fetched: only what ran with it has something to say.
    expect(failure.details?.['logs']).toMatchObject([{ container: 'InferenceServer' }]);
    expect(host.progresses.find(({ state }) => state === 'failed')?.text).toContain(
      'model.onnx cannot be loaded',
    );
    expect(host.messages.map(({ code }) => code)).toContain('package-altered');
    expect(await bench.state('sturdy')).toEqual({ [good.deployment]: 100 });

    const kept = await failureOf(bench.deploy('sturdy', broken, { keepFailed: true }));
    expect(Object.keys(await bench.state('sturdy'))).toHaveLength(2);
    expect(kept.hint).toMatch(/is kept at 0 %: aml-deit endpoint logs .* --target local$/);
    const cleaned = await bench.deploy('sturdy', cans);
    expect(cleaned.steps).toMatchObject([{ kind: 'remove-deployment', why: 'failed' }]);
    expect(await bench.state('sturdy')).toEqual({ [good.deployment]: 100 });
  });

  it('gives traffic back when the new revision fails with traffic on it', async () => {
    const good = await bench.deploy('careful', cans);
    const picture = join(folder, 'smoke.png');
    await writeFile(picture, smokePicture());
    const failure = await failureOf(
      bench.deploy('careful', pets, {
        smokeImages: [picture],
        // The picture goes away between the test by header and the one by traffic.
        onStep: ({ when, step }) =>
          when === 'before' && step.kind === 'move-traffic' ? rm(picture) : undefined,
      }),
    );
    expect(failure.hint).toContain(`traffic is back on ${good.deployment} 100 %`);
    expect(await bench.state('careful')).toEqual({ [good.deployment]: 100 });
  });

  it('changes the instance count in place', async () => {
    const first = await bench.deploy('wide', cans);
    const second = await bench.deploy('wide', cans, { instanceCount: 2, tags: { team: 'vision' } });
    expect(second.steps).toMatchObject([{ kind: 'update-deployment', deployment: first.deployment }]);
    expect(scorers('wide')).toBe(2);
    expect((await planOnline(bench.options('wide', cans, { instanceCount: 2 }))).pending).toBe(false);
  });

  it('lets two runs of the same deployment meet', async () => {
    const [a, b] = await Promise.all([bench.deploy('twice', pets), bench.deploy('twice', pets)]);
    expect(a.deployment).toBe(b.deployment);
    expect(await bench.state('twice')).toEqual({ [a.deployment]: 100 });
    expect(scorers('twice')).toBe(1);
  });

  it("does not overwrite somebody else's change of traffic", async () => {
    const good = await bench.deploy('shared', cans);
    const aml = await bench.aml();
    const failure = await failureOf(
      bench.deploy('shared', pets, {
        async onStep({ when, step }) {
          if (when !== 'before' || step.kind !== 'move-traffic') return;
          await aml.onlineEndpoints.update('shared', (current) => ({
            ...current,
            properties: { ...current.properties, traffic: {} },
          }));
        },
      }),
    );
    expect(failure.code).toBe('DEPLOY_CONFLICT');
    expect((await bench.state('shared'))[good.deployment]).toBe(0);
    const again = await bench.deploy('shared', pets);
    expect(await bench.state('shared')).toEqual({ [again.deployment]: 100 });
  });

  it('serves the model of the registry by reference', async () => {
    await importRegistryModel({ directory: cans, env: { ...bench.twin.env } });
    const { model: _model, ...options } = bench.options('byref', '');
    const result = await deployOnline({ ...options, serving: 'registry' });
    expect(result).toMatchObject({
      image: null,
      model: { id: 'azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15' },
    });
    expect(kinds(result.steps)).not.toContain('create-environment');
    expect((await deployOnline({ ...options, serving: 'registry' })).changed).toBe(false);
  });
});

describe('deployOnline from files', () => {
  it('takes names and settings from YAML and makes revisions of its name', async () => {
    const endpointFile = join(folder, 'endpoint.yml');
    const deploymentFile = join(folder, 'deployment.yml');
    await writeFile(
      endpointFile,
      '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: filed\nauth_mode: aml_token\ntags: {team: vision}\n',
    );
    const deployment = (text: string): Promise<void> =>
      writeFile(
        deploymentFile,
        `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: filed
model: {name: filed-model, path: ${JSON.stringify(cans)}}
instance_type: Standard_D4as_v4
instance_count: 1
readiness_probe: {initial_delay: 1, period: 1}
${text}`,
      );
    await deployment('');
    const options = {
      target: 'local',
      env: { ...bench.twin.env },
      pollIntervalMs: 50,
      files: [endpointFile, deploymentFile],
    } as const;
    const first = await deployOnline(options);
    expect(first).toMatchObject({
      endpoint: 'filed',
      deployment: 'blue',
      model: { name: 'filed-model', version: '1' },
    });
    const endpoint = await (await bench.aml()).onlineEndpoints.get('filed');
    expect(endpoint).toMatchObject({ tags: { team: 'vision' }, properties: { authMode: 'AMLToken' } });
    expect((await deployOnline(options)).changed).toBe(false);

    await deployment('environment_variables: {GREETING: hello}\n');
    const plan = await planOnline(options);
    expect(plan.steps[0]).toMatchObject({
      kind: 'create-deployment',
      changes: [{ field: 'environmentVariables.GREETING', after: 'hello' }],
    });
    const second = await deployOnline(options);
    expect(second.deployment).toMatch(/^blue-[0-9a-f]{8}$/);
    expect(await bench.state('filed')).toEqual({ [second.deployment]: 100 });
  });

  it('prints every problem with its place and makes nothing', async () => {
    const file = join(folder, 'faulty.yml');
    await writeFile(file, 'name: blue\ninstance_type: Standard_D4as_v4\ninstance_cuont: 1\n');
    const failure = await failureOf(
      deployOnline({ target: 'local', env: { ...bench.twin.env }, endpoint: 'faulty', files: [file] }),
    );
    expect(failure).toMatchObject({ code: 'DOCUMENT_INVALID', exitCode: 3 });
    expect(failure.message).toContain(`${file}:3:1: error`);
  });
});

describe('refusals before anything is made', () => {
  it.each([
    ['an unknown size', { sku: 'Standard_Nothing' as never }, 'SKU_REFUSED'],
    ['a size that is not listed', { sku: 'Standard_B1s' as never }, 'SKU_REFUSED'],
    ['a retired size', { sku: 'Standard_NC6s_v3' as never }, 'SKU_REFUSED'],
    ['a bad name', { endpoint: 'no_good' }, 'NAME_INVALID'],
    ['a folder that is no package', { model: tmpdir() }, 'PACKAGE_NOT_FOUND'],
    ['a model that is not registered', { model: 'azureml:nobody:1' }, 'ASSET_NOT_FOUND'],
    ['a reference that is none', { model: 'azureml:nobody' }, 'DEPLOY_OPTIONS_INVALID'],
    ['too many instances', { instanceCount: 51 }, 'DEPLOY_OPTIONS_INVALID'],
    ['an image for the registry', { serving: 'registry' as const, image: 'a/b:1' }, 'DEPLOY_OPTIONS_INVALID'],
    ['a local folder for the registry', { serving: 'registry' as const }, 'DEPLOY_OPTIONS_INVALID'],
  ])('%s', async (_what, change, code) => {
    const failure = await failureOf(bench.deploy('refused', cans, change));
    expect(failure).toMatchObject({ code, exitCode: 3 });
    expect(await (await bench.aml()).onlineEndpoints.get('refused')).toBeUndefined();
  });

  it('an image that nobody pushed fails as it would on Azure, and goes again', async () => {
    const failure = await failureOf(bench.deploy('foreign', cans, { image: 'example.azurecr.io/other:1' }));
    expect(failure.exitCode).toBe(1);
    expect(await bench.state('foreign')).toEqual({});
  });
});

describe('the commands', () => {
  it('plan with 10, deploy with JSON on stdout alone, plan with 0', async () => {
    const what = ['--model', cans, '--endpoint', 'cli', '--sku', 'Standard_D4as_v4', '--target', 'local'];
    const run = (...args: readonly string[]) => runCli([...args, ...what], { env: { ...bench.twin.env } });
    const before = await run('plan', 'online', '--detailed-exitcode');
    expect(before.exitCode).toBe(10);
    expect(before.stdout).toContain('+ instanceType: Standard_D4as_v4');
    const deployed = await run('deploy', 'online', '--json');
    expect(deployed.exitCode).toBe(0);
    expect(JSON.parse(deployed.stdout)).toMatchObject({ schemaVersion: 1, changed: true, endpoint: 'cli' });
    expect(deployed.stderr).toContain('✓ move traffic to');
    const after = await run('plan', 'online', '--detailed-exitcode', '--json');
    expect(after.exitCode).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({ pending: false, steps: [] });
  });
});
