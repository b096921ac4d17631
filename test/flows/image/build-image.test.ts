import { execFile } from 'node:child_process';
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../../../src/index.ts';
import type { BuildImageOptions, BuildImageResult } from '../../../src/index.ts';
import { ImageLayout, openLayer, readTar } from '../../../src/oci/index.ts';
import type { ResolvedImage } from '../../../src/oci/index.ts';
import { packageVersion } from '../../../src/io/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { cliPath, runCli } from '../../helpers/run-cli.ts';
import { makeSmallBase, nodeInBase } from '../../helpers/small-base.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

describe('image build', () => {
  let root: string;
  let baseDigest: string;
  let model: TinyPackage;
  let built: BuildImageResult;
  let image: ResolvedImage;
  const options = (changes: Partial<BuildImageOptions> = {}): BuildImageOptions => ({
    base: `oci:${join(root, 'base')}`,
    out: join(root, 'out'),
    compression: 1,
    env: { AML_DEIT_HOME: join(root, 'home') },
    ...changes,
  });

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-image-'));
    // With a Node of its own, so that compressing ours does not take the time of the whole suite.
    baseDigest = await makeSmallBase(join(root, 'base'), { files: nodeInBase });
    model = await makeTinyPackage();
    built = await buildImage(options({ model: model.directory }));
    image = await new ImageLayout(join(root, 'out')).resolve('linux/amd64');
  });
  afterAll(async () => {
    await model.remove();
    rmSync(root, { recursive: true, force: true });
  });

  async function entriesOf(index: number): Promise<Map<string, { type: string; mode: number; uid: number }>> {
    const layer = image.manifest.layers[index];
    if (layer === undefined) throw new Error(`there is no layer ${index}`);
    const { blobs } = new ImageLayout(join(root, 'out'));
    const found = new Map<string, { type: string; mode: number; uid: number }>();
    for await (const { path, type, mode, uid } of readTar(
      openLayer(blobs.read(layer.digest), layer.mediaType),
    ))
      found.set(path, { type, mode, uid });
    return found;
  }

  it('makes one layer each of what changes at its own pace, and says how large each is', () => {
    const [first] = built.images;
    expect(first?.layers.map(({ name }) => name)).toEqual(['base', 'dependencies', 'server', 'model']);
    expect(first?.node).toEqual({ version: '24.3.1', from: 'base' });
    expect(first?.base).toEqual({ digest: baseDigest });
    const [, dependencies, server, weights] = first?.layers ?? [];
    expect(first?.addedBytes).toBe((dependencies?.bytes ?? 0) + (server?.bytes ?? 0));
    // The weights do not compress: their layer is the archive itself.
    expect(weights?.bytes).toBe(weights?.unpackedBytes);
    expect(image.descriptor.digest).toBe(built.digest);
    expect(image.config.rootfs.diff_ids).toHaveLength(4);
    expect(image.config.history).toHaveLength(4);
  });

  it('runs the server as nobody, on its port, with its own variables over those of the base', () => {
    const { config } = image.config;
    expect(config).toMatchObject({
      User: '10001:10001',
      ExposedPorts: { '5001/tcp': {} },
      Entrypoint: ['/usr/local/bin/node', '/opt/aml-deit/bin/run.js'],
      Cmd: ['serve', '--host', '0.0.0.0', '--port', '5001'],
      StopSignal: 'SIGTERM',
    });
    expect(config?.Env).toEqual(
      expect.arrayContaining([
        'LANG=C.UTF-8',
        'PATH=/opt/aml-deit/bin:/usr/local/bin:/usr/bin:/bin',
        'ORT_DISABLE_TELEMETRY=1',
        'AZUREML_MODEL_DIR=/opt/aml-deit/model',
      ]),
    );
    expect(config?.Labels).toMatchObject({
      'aml-deit.version': packageVersion(),
      'org.opencontainers.image.base.digest': baseDigest,
    });
  });

  it('takes the native libraries of the one platform, and nothing that is only for installing', async () => {
    const paths = [...(await entriesOf(1)).keys()];
    const modules = 'opt/aml-deit/node_modules';
    expect(paths.filter((path) => /\.(?:so[\d.]*|node|dylib|dll)$/.test(path)).sort()).toEqual([
      expect.stringMatching(`^${modules}/@img/sharp-libvips-linux-x64/lib/libvips-cpp\\.so\\.`),
      expect.stringMatching(`^${modules}/@img/sharp-linux-x64/lib/sharp-linux-x64-.*\\.node$`),
      `${modules}/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1`,
      `${modules}/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node`,
    ]);
    const packages = new Set(
      paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []),
    );
    expect(packages).toContain('fastify');
    expect(packages).not.toContain('adm-zip');
    expect(packages).not.toContain('azurite');
  });

  it('has a program on its path, an SBOM, and no owner, time or mode of this machine', async () => {
    const server = await entriesOf(2);
    expect(server.get('opt/aml-deit/bin/aml-deit')).toEqual({ type: 'file', mode: 0o755, uid: 0 });
    expect(server.get('opt/aml-deit/dist/cli/main.js')).toEqual({ type: 'file', mode: 0o644, uid: 0 });
    expect([...server.keys()].filter((path) => path.includes('/dist/types/'))).toEqual([]);
    expect([...(await entriesOf(3)).keys()]).toContain('opt/aml-deit/model/model.onnx');
    const { blobs } = new ImageLayout(join(root, 'out'));
    const layer = image.manifest.layers[2];
    let sbom = '';
    for await (const entry of readTar(openLayer(blobs.read(layer?.digest ?? ''), layer?.mediaType ?? '')))
      if (entry.path === 'opt/aml-deit/sbom.cdx.json')
        for await (const part of entry.content()) sbom += part.toString();
    const { components, specVersion } = JSON.parse(sbom) as {
      specVersion: string;
      components: { name: string; version: string; purl?: string }[];
    };
    expect(specVersion).toBe('1.6');
    const names = components.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['fastify', 'onnxruntime-node', 'sharp', '@oclif/core', 'base']),
    );
    expect(components.find(({ name }) => name === 'sharp')?.purl).toMatch(/^pkg:npm\/sharp@\d/);
  });

  it('is the same to the byte in another folder, with another umask, time zone and locale', async () => {
    const place = join(root, 'elsewhere', 'ünder');
    mkdirSync(place, { recursive: true });
    cpSync(join(root, 'base'), join(place, 'b'), { recursive: true });
    cpSync(model.directory, join(place, 'm'), { recursive: true });
    const command = `umask 077; exec "$NODE" "$CLI" image build --base oci:b --out o --with-model m --compression 1 --json`;
    const { stdout } = await promisify(execFile)('sh', ['-c', command], {
      cwd: place,
      env: {
        PATH: process.env['PATH'],
        NODE: process.execPath,
        CLI: cliPath,
        TZ: 'Pacific/Auckland',
        LC_ALL: 'tr_TR.UTF-8',
        HOME: place,
        AML_DEIT_HOME: join(place, 'home'),
      },
    });
    expect((JSON.parse(stdout) as BuildImageResult).digest).toBe(built.digest);
    expect(readFileSync(join(place, 'o', 'index.json'))).toEqual(
      readFileSync(join(root, 'out', 'index.json')),
    );
  });

  it.each([
    ['no shell', { 'bin/sh': undefined }, /no \/bin\/sh/],
    ['no C++ library', { 'usr/lib/x86_64-linux-gnu/libstdc++.so.6': undefined }, /libstdc\+\+/],
    ['musl', { 'lib/ld-musl-x86_64.so.1': '' }, /musl/],
    ['an old glibc', { 'lib/x86_64-linux-gnu/libc-2.24.so': '' }, /glibc 2\.24/],
  ])('refuses a base with %s before it writes anything', async (what, files, message) => {
    const base = join(root, `bad-${what.replaceAll(' ', '-')}`);
    await makeSmallBase(base, { files });
    const failure = await failureOf(buildImage(options({ base: `oci:${base}`, out: join(root, 'never') })));
    expect([failure.code, failure.exitCode]).toEqual(['IMAGE_BASE_UNFIT', 3]);
    expect(failure.message).toMatch(message);
  });

  it.each([
    ['a base for another platform', { platforms: ['linux/arm64' as const] }, 'OCI_IMAGE_INVALID'],
    ['no layout', { base: 'oci:/nowhere' }, 'FILE_NOT_FOUND'],
    ['a name that is none', { base: 'Not A Name' }, 'IMAGE_REFERENCE_INVALID'],
    ['a compression that is none', { compression: 12 }, 'IMAGE_OPTIONS_INVALID'],
    ['a model that is none', { model: '/nowhere' }, 'PACKAGE_NOT_FOUND'],
  ])('refuses %s', async (_what, changes, code) => {
    expect((await failureOf(buildImage(options({ out: join(root, 'never'), ...changes })))).code).toBe(code);
  });

  it('touches no folder that holds anything but a layout', async () => {
    const foreign = join(root, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.txt'), 'mine');
    expect((await failureOf(buildImage(options({ out: foreign })))).code).toBe('OUTPUT_EXISTS');
    expect(readdirSync(foreign)).toEqual(['thesis.txt']);
  });

  it('replaces no image that is not its own, its base least of all', async () => {
    const other = join(root, 'other-image');
    await makeSmallBase(other, { files: { 'etc/motd': 'mine' } });
    const index = readFileSync(join(other, 'index.json'), 'utf8');
    expect((await failureOf(buildImage(options({ out: other })))).code).toBe('OUTPUT_EXISTS');
    expect(readFileSync(join(other, 'index.json'), 'utf8')).toBe(index);
    const own = join(root, 'out');
    const onItself = await failureOf(buildImage(options({ base: `oci:${own}`, out: own })));
    expect(onItself.code).toBe('IMAGE_OPTIONS_INVALID');
    expect((await new ImageLayout(own).resolve('linux/amd64')).descriptor.digest).toBe(built.digest);
  });

  it('leaves no image when the disk is full, and makes it when there is room', async () => {
    const out = join(root, 'full');
    const args = ['image', 'build', '--base', `oci:${join(root, 'base')}`, '--out', out, '--json'];
    const full = await runCli([...args, '--compression', '1'], {
      env: { AML_DEIT_HOME: join(root, 'home') },
      maxFileKibibytes: 256,
    });
    expect([full.exitCode, JSON.parse(full.stdout)]).toMatchObject([
      1,
      { error: { code: 'OUTPUT_NOT_WRITTEN' } },
    ]);
    expect(existsSync(join(out, 'index.json'))).toBe(false);
    const left = existsSync(out) ? readdirSync(out, { recursive: true }) : [];
    expect(left.filter((name) => String(name).endsWith('.partial'))).toEqual([]);
    expect((await buildImage(options({ out, model: model.directory }))).digest).toBe(built.digest);
  });

  it('refuses a base that is damaged', async () => {
    const base = join(root, 'damaged');
    cpSync(join(root, 'base'), base, { recursive: true });
    const { manifest } = await new ImageLayout(base).resolve('linux/amd64');
    writeFileSync(new ImageLayout(base).blobs.path(manifest.layers[0]?.digest ?? ''), 'rubbish');
    const failure = await failureOf(buildImage(options({ base: `oci:${base}`, out: join(root, 'never') })));
    expect(failure.code).toBe('OCI_IMAGE_INVALID');
  });
});
