import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildImage,
  deleteEndpoint,
  deployBatch,
  deployOnline,
  endpointLogs,
  invokeBatch,
  pushImage,
} from '../../src/index.ts';
import type { BuildImageResult } from '../../src/index.ts';
import { packageVersion } from '../../src/io/index.ts';
import { ImageLayout } from '../../src/oci/index.ts';
import type { ImageConfig } from '../../src/oci/index.ts';
import { createTwin } from '../../src/testing.ts';
import type { Twin } from '../../src/testing.ts';
import { encodeImage } from '../../src/vision/index.ts';
import {
  installContainerTools,
  makeDebianBase,
  runBundle,
  runTool,
  startRegistry,
} from '../helpers/container-tools.ts';
import type { RunningRegistry } from '../helpers/container-tools.ts';
import { failureOf } from '../helpers/failure-of.ts';
import { writePictures } from '../helpers/picture-folder.ts';
import { startServe } from '../helpers/serve-process.ts';
import { smallPackage } from '../helpers/small-package.ts';
import { syntheticPicture } from '../helpers/synthetic-picture.ts';
import { putBlob } from '../helpers/twin-assets.ts';
import {
  blobText,
  childrenOf,
  endOf,
  jobProperties,
  logOf,
  prepareJobs,
  putJob,
  requestDataPlane,
  runJob,
} from '../helpers/twin-jobs.ts';
import { requestArm } from '../helpers/twin-request.ts';

/** An image is unpacked before its first command runs. */
const patienceMs = 240_000;
const user = { name: 'ann', password: 'a secret' };

/** Processes that run a container of a twin with this home: runc is started in the folder of its bundle. */
async function containersOf(home: string): Promise<number> {
  const found = await Promise.all(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => {
        const [folder, command] = await Promise.all([
          readlink(`/proc/${pid}/cwd`).catch(() => ''),
          readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        ]);
        return folder.startsWith(home) && /runc\0.*\0run\0/.test(command);
      }),
  );
  return found.filter(Boolean).length;
}

/** The control groups of a container, as runc wrote them down: one that is killed leaves them. */
function controlGroups(bundle: string): readonly string[] {
  const [id = ''] = readdirSync(join(bundle, 'state'));
  const { cgroup_paths: paths } = JSON.parse(
    readFileSync(join(bundle, 'state', id, 'state.json'), 'utf8'),
  ) as { cgroup_paths: Record<string, string> };
  return [...new Set(Object.values(paths))];
}

/** The image on a real base, in Debian's registry, read by skopeo, unpacked by umoci, run by runc. */
describe('the scoring image among other tools', () => {
  let root: string;
  let base: string;
  let model: string;
  let layout: string;
  let built: BuildImageResult;
  let open: RunningRegistry;
  let closed: RunningRegistry;
  let env: NodeJS.ProcessEnv;
  let twin: Twin;
  let reference: string;
  const home = (): string => twin.env['AML_DEIT_HOME'] ?? '';
  const local = () => ({ target: 'local', env: { ...env, ...twin.env } }) as const;
  /** A command job in the image. */
  const shell = async (command: string, more: object = {}): Promise<object> => {
    const environment = await requestArm(twin, '/environments/shell/versions/1', {
      method: 'PUT',
      body: { properties: { image: reference } },
    });
    return { jobType: 'Command', command, environmentId: environment.json['id'], ...more };
  };

  beforeAll(async () => {
    await installContainerTools();
    root = mkdtempSync(join(tmpdir(), 'aml-deit-container-'));
    env = { ...process.env, AML_DEIT_HOME: join(root, 'home'), DOCKER_CONFIG: join(root, 'docker') };
    mkdirSync(join(root, 'docker'));
    base = await makeDebianBase(root, 'amd64');
    model = await smallPackage();
    layout = join(root, 'image');
    built = await buildImage({ base: `oci:${base}`, out: layout, model, env });
    open = await startRegistry(join(root, 'open'));
    closed = await startRegistry(join(root, 'closed'), user);
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    ({ reference } = await pushImage({ ...local(), reference: 'team/scorer:1', from: layout }));
  });
  afterAll(async () => {
    await twin?.close();
    await open?.stop();
    await closed?.stop();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
    if (model !== undefined) rmSync(dirname(model), { recursive: true, force: true });
  });

  it('adds at most 120 MB to its base, Node included', () => {
    expect(built.images[0]?.node.from).toBe('npm');
    expect(built.images[0]?.addedBytes).toBeLessThan(120e6);
  });

  it('is the same when it is built from copies in another folder', async () => {
    const elsewhere = join(root, 'elsewhere');
    cpSync(base, join(elsewhere, 'base'), { recursive: true });
    cpSync(model, join(elsewhere, 'model'), { recursive: true });
    const again = await buildImage({
      base: `oci:${join(elsewhere, 'base')}`,
      out: join(elsewhere, 'image'),
      model: join(elsewhere, 'model'),
      env: { ...env, AML_DEIT_HOME: join(elsewhere, 'home') },
    });
    expect(again.digest).toBe(built.digest);
    rmSync(elsewhere, { recursive: true });
  });

  it('is pushed to a registry where skopeo finds it, and the second time nothing is sent', async () => {
    const reference = `${open.host}/team/scorer:1`;
    const pushed = await pushImage({ reference, from: layout, env });
    expect(pushed).toMatchObject({ digest: built.digest, unchanged: false });
    expect(await pushImage({ reference, from: layout, env })).toMatchObject({
      sentBytes: 0,
      unchanged: true,
    });
    const seen = JSON.parse(
      await runTool('skopeo', ['inspect', '--tls-verify=false', `docker://${reference}`]),
    ) as { Digest: string; Architecture: string; Labels: Record<string, string> };
    expect([seen.Digest, seen.Architecture]).toEqual([built.digest, 'amd64']);
    expect(seen.Labels['aml-deit.model']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives its layers to another repository of the registry', async () => {
    const pushed = await pushImage({
      reference: `${open.host}/other/scorer:1`,
      from: layout,
      env,
      mountFrom: ['team/scorer'],
    });
    expect(pushed.sentBytes).toBe(0);
    expect(pushed.blobs.map(({ how }) => how)).toEqual(pushed.blobs.map(() => 'mounted'));
  });

  it('is refused by a registry with users, until docker is logged in there', async () => {
    const reference = `${closed.host}/team/scorer:1`;
    const refused = await failureOf(pushImage({ reference, from: layout, env }));
    expect([refused.code, refused.exitCode]).toEqual(['REGISTRY_DENIED', 4]);
    const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    writeFileSync(
      join(root, 'docker', 'config.json'),
      JSON.stringify({ auths: { [closed.host]: { auth } } }),
    );
    expect((await pushImage({ reference, from: layout, env })).digest).toBe(built.digest);
    const raw = await runTool('skopeo', [
      'inspect',
      '--raw',
      '--tls-verify=false',
      '--creds',
      `${user.name}:${user.password}`,
      `docker://${reference}`,
    ]);
    expect(JSON.parse(raw)).toMatchObject({ mediaType: 'application/vnd.oci.image.manifest.v1+json' });
  });

  it('runs: copied by skopeo, unpacked by umoci, started by runc, it answers as serve does', async () => {
    const copy = join(root, 'copy');
    await runTool('skopeo', [
      'copy',
      '--src-tls-verify=false',
      `docker://${open.host}/team/scorer:1`,
      `oci:${copy}:1`,
    ]);
    const bundle = join(root, 'bundle');
    await runTool('umoci', ['unpack', '--image', `${copy}:1`, bundle]);
    const picture = await encodeImage(syntheticPicture(40, 30, 'waves'), { format: 'png' });
    const body = JSON.stringify({
      input_data: { columns: ['image'], index: [0], data: [Buffer.from(picture).toString('base64')] },
    });
    const score = async (port: number): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${port}/score`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(200);
      return answer.json();
    };
    const container = await runBundle(bundle, `aml-deit-${process.pid}`);
    let inside: unknown;
    try {
      inside = await score(container.port);
    } finally {
      await container.stop();
    }
    expect(container.output()).toContain('"event":"draining"');
    const served = await startServe({ model });
    let outside: unknown;
    try {
      outside = await score(served.port);
    } finally {
      await served.stop();
    }
    expect(inside).toEqual(outside);
    // Nobody's files: the server cannot change its own program.
    expect(readFileSync(join(bundle, 'config.json'), 'utf8')).toContain('"uid":10001');
    rmSync(bundle, { recursive: true });
  });

  it('serves a deployment of the twin in a container, which ends with the twin however that ends', async () => {
    const connection = { ...local(), endpoint: 'pets' } as const;
    await deployOnline({ ...connection, model, sku: 'Standard_D4as_v4', image: reference });
    const [deployment] = twin.report().deployments;
    expect(deployment?.instances.map(({ runs, ready }) => [runs, ready])).toEqual([['container', true]]);
    const { content } = await endpointLogs(connection);
    expect(content).toMatch(/team\/scorer:1 \(sha256:[0-9a-f]{12}\) is run by runc/);
    expect(await containersOf(home())).toBe(1);
    await twin.crash();
    await expect.poll(() => containersOf(home())).toBe(0);
    await twin.restart();
    await expect
      .poll(() => twin.report().deployments[0]?.instances.map(({ ready }) => ready))
      .toEqual([true]);
    await deleteEndpoint({ ...connection, yes: true });
    await expect.poll(() => containersOf(home())).toBe(0);
  });

  it('runs commands of jobs in the image, with their files, variables and the way to the twin', async () => {
    const { client } = await prepareJobs(twin);
    await putBlob(twin, client, 'raw/a.txt', 'A');
    const command = [
      'cat /etc/debian_version; pwd; aml-deit --version; touch /usr/written /tmp/written && echo written',
      'cat ${{inputs.raw}}/a.txt > ${{outputs.copy}}/$RANK-of-$WORLD_SIZE.txt',
      `node -e 'fetch(process.env.AZUREML_SERVICE_ENDPOINT + "/discovery").then((answer) => console.log("twin", answer.status))'`,
      'exit $((RANK * 7))',
    ].join('; ');
    const job = await shell(command, {
      inputs: {
        raw: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/raw/' },
      },
      outputs: { copy: { jobOutputType: 'uri_folder' } },
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 1 },
    });
    expect(await runJob(twin, 'contained', job, patienceMs)).toBe('Completed');
    const log = await logOf(twin, 'contained');
    expect(log).toMatch(
      /^\[local twin\] run contained is a container of \S+team\/scorer:1 \(sha256:[0-9a-f]{12}\), run by runc/,
    );
    expect(log).toMatch(/\n12\..*\n\/mnt\/azureml\/cr\/j\/[0-9a-f]{32}\/exe\/wd\n/);
    expect(log).toContain(`aml-deit/${packageVersion()}`);
    expect(log).toContain('\nwritten\n');
    expect(log).toContain('\ntwin 200\n');
    expect(await blobText(twin, 'azureml/contained/copy/0-of-1.txt')).toBe('A');
    expect((await jobProperties(twin, 'contained')).properties['aml-deit.execution']).toMatch(
      /^container of /,
    );
    // Nothing that it wrote is in the image that others use.
    const unpacked = join(home(), 'local', 'images', 'unpacked');
    expect(readdirSync(unpacked).map((digest) => existsSync(join(unpacked, digest, 'usr/written')))).toEqual([
      false,
    ]);

    const two = { ...job, resources: { instanceCount: 2 } };
    expect(await runJob(twin, 'two-nodes', two, patienceMs)).toBe('Failed');
    const document = await requestDataPlane(twin, 'history', '/runs/two-nodes/details');
    expect(JSON.stringify(document.json['error'])).toContain('exit code 7');
    expect(await logOf(twin, 'two-nodes', 'user_logs/std_log_process_01.txt')).toContain('is a container of');
  });

  it('ends commands of jobs with their containers: by request, with their node, and with the twin', async () => {
    const waiting = await shell(`trap 'echo asked; exit 3' TERM; echo begun; sleep 1000 & wait`);
    const begun = (name: string) =>
      expect
        .poll(() => logOf(twin, name).catch(() => ''), { timeout: patienceMs, interval: 250 })
        .toContain('\nbegun\n');
    twin.faults.add({ kind: 'node-killed', path: 'jobs/lost' });
    expect(await runJob(twin, 'lost', waiting, patienceMs)).toBe('Failed');
    await expect.poll(() => containersOf(home())).toBe(0);
    await putJob(twin, 'endless', waiting);
    await begun('endless');
    expect(await containersOf(home())).toBe(1);
    const groups = controlGroups(join(home(), 'local/jobs/runs/endless/containers/0'));
    expect(groups.filter((path) => existsSync(path))).not.toEqual([]);
    await twin.crash();
    await expect.poll(() => containersOf(home())).toBe(0);
    await twin.restart();
    // It is continued, which is to say begun again.
    await expect.poll(() => containersOf(home()), { timeout: patienceMs }).toBe(1);
    await begun('endless');
    await requestArm(twin, '/jobs/endless/cancel', { method: 'POST' });
    expect(await endOf(twin, 'endless', patienceMs)).toBe('Canceled');
    expect(await logOf(twin, 'endless')).toContain('\nasked\n');
    await expect.poll(() => containersOf(home())).toBe(0);
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
  });

  it('scores batches in the image on every node', async () => {
    const input = join(root, 'pictures');
    await writePictures(input, 6, () => false);
    const connection = { ...local(), endpoint: 'bulk' } as const;
    await deployBatch({ ...connection, model, image: reference, instanceCount: 2 });
    const result = await invokeBatch({ ...connection, input, output: join(root, 'scores') });
    expect(result).toMatchObject({ status: 'Completed', counts: { rows: 6, failed: 0 } });
    // The job runs the deployment's component, a pipeline of one step.
    const [component] = await childrenOf(twin, result.job ?? '');
    const [step] = await childrenOf(twin, component?.runId ?? '');
    expect(step?.properties['aml-deit.execution']).toMatch(/^container of \S+team\/scorer:1 /);
  });

  it('is built for arm64, whose Node starts under emulation', async () => {
    const out = join(root, 'image-arm64');
    const arm = await makeDebianBase(root, 'arm64');
    const { images } = await buildImage({
      base: `oci:${arm}`,
      out,
      platforms: ['linux/arm64'],
      compression: 1,
      env,
    });
    expect(images[0]?.platform).toBe('linux/arm64');
    const found = await new ImageLayout(out).resolve('linux/arm64');
    const config: ImageConfig = found.config;
    expect(config.architecture).toBe('arm64');
    const bundle = join(root, 'bundle-arm64');
    await runTool('umoci', [
      'unpack',
      '--image',
      `${out}:${config.config?.Labels?.['aml-deit.version'] ?? ''}`,
      bundle,
    ]);
    const modules = join(bundle, 'rootfs', 'opt', 'aml-deit', 'node_modules');
    const native = [
      '@img/sharp-linux-arm64',
      '@img/sharp-libvips-linux-arm64',
      'onnxruntime-node/bin/napi-v6/linux/arm64',
      'onnxruntime-node/bin/napi-v6/linux/x64',
    ];
    expect(native.filter((path) => existsSync(join(modules, path)))).toEqual(native.slice(0, 3));
    const rootfs = join(bundle, 'rootfs');
    const version = await runTool('qemu-aarch64-static', [
      '-L',
      rootfs,
      join(rootfs, 'opt/aml-deit/node/bin/node'),
      '--version',
    ]);
    expect(version.trim()).toBe(`v${images[0]?.node.version ?? ''}`);
  });
});
