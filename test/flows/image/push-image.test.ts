import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBase } from '../../../src/image/base-image.ts';
import { pushImage } from '../../../src/index.ts';
import type { PushImageOptions } from '../../../src/index.ts';
import { BlobFiles, ImageLayout, mediaTypes, pullImage, RegistryClient } from '../../../src/oci/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { makeSmallBase } from '../../helpers/small-base.ts';

/** The registry is the twin's, which has the protocol and the token exchange of Azure Container Registry. */
describe('image push', () => {
  let twin: Twin;
  let root: string;
  let layout: string;
  const blobBytes = 3_000_000;

  beforeAll(async () => {
    twin = await createTwin();
    root = mkdtempSync(join(tmpdir(), 'aml-deit-push-'));
    layout = join(root, 'layout');
    await makeSmallBase(layout);
    // One layer that takes several chunks: noise, so that nothing makes it smaller.
    const { blobs } = new ImageLayout(layout);
    const noise = Buffer.alloc(blobBytes);
    for (let at = 0, state = 1; at < blobBytes; at += 1) noise[at] = state = (state * 48_271) % 2_147_483_647;
    const layer = await blobs.write([noise]);
    const { manifest } = await new ImageLayout(layout).resolve('linux/amd64');
    const written = await blobs.write([
      Buffer.from(
        JSON.stringify({
          ...manifest,
          layers: [...manifest.layers, { mediaType: mediaTypes.layer, ...layer }],
        }),
      ),
    ]);
    await new ImageLayout(layout).publish([{ mediaType: mediaTypes.manifest, ...written }]);
  });
  afterEach(() => twin.faults.clear());
  afterAll(async () => {
    await twin.close();
    rmSync(root, { recursive: true, force: true });
  });

  const push = (reference: string, changes: Partial<PushImageOptions> = {}): ReturnType<typeof pushImage> =>
    pushImage({
      reference,
      from: layout,
      target: 'local',
      env: { ...twin.env, DOCKER_CONFIG: root },
      chunkBytes: 1_000_000,
      ...changes,
    });
  const host = (): string => new URL(twin.endpoint).host;

  it("sends an image to the workspace's own registry, and nothing the second time", async () => {
    const first = await push('team/scorer:1');
    expect(first.reference).toBe(`${host()}/team/scorer:1`);
    expect(first.blobs.every(({ how }) => how === 'uploaded')).toBe(true);
    expect(first.sentBytes).toBe(first.blobs.reduce((sum, { size }) => sum + size, 0));
    const again = await push(`${host()}/team/scorer:1`);
    expect(again).toMatchObject({ digest: first.digest, sentBytes: 0, unchanged: true });
    const retagged = await push(`localhost:${twin.descriptor.port}/team/scorer:2`);
    expect(retagged).toMatchObject({ digest: first.digest, sentBytes: 0, unchanged: false });
  });

  it('comes back whole by digest', async () => {
    const { digest } = await push('team/scorer:1');
    const client = new RegistryClient(host(), {
      trusted: { host: host(), ca: twin.caPem },
      entraToken: async () => twin.token('https://containerregistry.azure.net'),
      env: { DOCKER_CONFIG: root },
    });
    const target = new BlobFiles(join(root, 'pulled'));
    const pulled = await pullImage(client, { repository: 'team/scorer', digest }, target, {
      platform: 'linux/amd64',
    });
    client.close();
    const source = new ImageLayout(layout).blobs;
    for (const blob of [pulled.manifest.config, ...pulled.manifest.layers])
      expect(readFileSync(target.path(blob.digest)).equals(readFileSync(source.path(blob.digest)))).toBe(
        true,
      );
  });

  it('is a base by its digest, fetched once and as far as it is missing', async () => {
    const { digest } = await push('team/base:1');
    const platform = 'linux/amd64' as const;
    const registry = {
      trusted: { host: host(), ca: twin.caPem },
      entraToken: () => Promise.resolve(twin.token('https://containerregistry.azure.net')),
      env: { DOCKER_CONFIG: root },
    };
    const cache = join(root, 'base-cache');
    const open = (base: string) => openBase(base, { platform, cache, registry });
    const byTag = await failureOf(open(`${host()}/team/base:1`));
    expect([byTag.code, byTag.hint]).toEqual(['IMAGE_BASE_UNFIT', expect.stringContaining(digest)]);
    const name = `${host()}/team/base@${digest}`;
    for (const kind of ['drop-before', 'drop-after'] as const)
      twin.faults.add({ kind, operation: 'image.registry', method: 'GET', after: 2, times: 1 });
    const base = await open(name);
    expect(base.reference).toBe(name);
    const source = new ImageLayout(layout).blobs;
    for (const { digest: blob } of base.manifest.layers)
      expect(readFileSync(base.blobs.path(blob)).equals(readFileSync(source.path(blob)))).toBe(true);
    twin.faults.clear();
    const gone = base.manifest.layers.at(-1)?.digest ?? '';
    rmSync(base.blobs.path(gone));
    const fetched: string[] = [];
    await openBase(name, {
      platform,
      cache,
      registry,
      onBlob: (blob, bytes) => {
        if (bytes < blob.size) fetched.push(blob.digest);
      },
    });
    expect(new Set(fetched)).toEqual(new Set([gone]));
    const other = await failureOf(openBase(name, { platform: 'linux/arm64', cache, registry }));
    expect([other.code, other.exitCode]).toEqual(['IMAGE_BASE_UNFIT', 3]);
    const missing = `${host()}/team/base@sha256:${'0'.repeat(64)}`;
    expect((await failureOf(open(missing))).code).toBe('REGISTRY_NOT_FOUND');
  });

  it('takes layers over from another repository of the registry', async () => {
    await push('team/scorer:1');
    const { blobs, sentBytes } = await push('other/name:1', { mountFrom: ['team/scorer'] });
    expect(blobs.map(({ how }) => how)).toEqual(blobs.map(() => 'mounted'));
    expect(sentBytes).toBe(0);
  });

  it('goes on at the byte where a connection broke, whether the chunk had arrived or not', async () => {
    for (const kind of ['drop-before', 'drop-after'] as const)
      twin.faults.add({ kind, operation: 'image.registry', method: 'PATCH', after: 3, times: 1 });
    const { blobs } = await push('broken/line:1');
    // What arrived although its answer was lost is not sent again.
    expect(blobs.find(({ size }) => size === blobBytes)?.sentBytes).toBeLessThanOrEqual(blobBytes);
    expect(await push('broken/line:1')).toMatchObject({ sentBytes: 0, unchanged: true });
  });

  it('waits when the registry is busy, as long as it says', async () => {
    twin.faults.add({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '0' },
      operation: 'image.registry',
      times: 2,
    });
    twin.faults.add({
      kind: 'status',
      status: 503,
      headers: { 'retry-after': '0' },
      operation: 'image.registry',
      after: 6,
      times: 2,
    });
    expect((await push('busy/registry:1')).unchanged).toBe(false);
  });

  it('is interrupted, and the next run sends only the rest', async () => {
    const stop = new AbortController();
    const interrupted = await failureOf(
      push('later/on:1', {
        signal: stop.signal,
        host: {
          message: () => undefined,
          confirm: async () => false,
          progress: ({ total, current }) => {
            if (total === blobBytes && current === 2_000_000) stop.abort();
          },
        },
      }),
    );
    expect(interrupted.code).toBe('INTERRUPTED');
    expect(existsSync(join(layout, '.uploads.json'))).toBe(true);
    const { blobs } = await push('later/on:1');
    expect(blobs.find(({ size }) => size === blobBytes)).toMatchObject({
      how: 'uploaded',
      sentBytes: 1_000_000,
    });
    expect(existsSync(join(layout, '.uploads.json'))).toBe(false);
  });

  it('begins anew when the registry has forgotten the upload', async () => {
    const url = `${twin.endpoint}/v2/gone/x/blobs/uploads/none`;
    const { manifest } = await new ImageLayout(layout).resolve('linux/amd64');
    const large = manifest.layers.at(-1)?.digest ?? '';
    writeFileSync(join(layout, '.uploads.json'), JSON.stringify({ [`${host()}/gone/x@${large}`]: url }));
    const { blobs } = await push('gone/x:1');
    expect(blobs.find(({ digest }) => digest === large)?.sentBytes).toBe(blobBytes);
  });

  it('registers the image as an environment version, once for the same image', async () => {
    const created = await push('env/scorer:1', { asEnvironment: 'scorer' });
    expect(created.environment).toMatchObject({ name: 'scorer', version: '1', reused: false });
    expect((await push('env/scorer:1', { asEnvironment: 'scorer' })).environment).toMatchObject({
      version: '1',
      reused: true,
    });
    expect((await push('env/scorer:2', { asEnvironment: 'scorer' })).environment).toMatchObject({
      version: '2',
    });
    expect((await failureOf(push('env/scorer:3', { asEnvironment: 'scorer:1' }))).code).toBe(
      'AZURE_CONFLICT',
    );
    expect((await failureOf(push('env/scorer:1', { asEnvironment: 'a b' }))).code).toBe('NAME_INVALID');
  });

  it('shows no token of ours to a registry that wants another', async () => {
    writeFileSync(
      join(root, 'config.json'),
      JSON.stringify({ auths: { [host()]: { auth: Buffer.from('ann:wrong').toString('base64') } } }),
    );
    const failure = await failureOf(push('team/scorer:9')).finally(() => rmSync(join(root, 'config.json')));
    expect([failure.code, failure.exitCode]).toEqual(['REGISTRY_DENIED', 4]);
    expect(JSON.stringify([failure.message, failure.details])).not.toContain('wrong');
  });

  it.each([
    ['no tag', { reference: 'team/scorer' }, 'IMAGE_OPTIONS_INVALID'],
    ['a name in upper case', { reference: 'Team/scorer:1' }, 'IMAGE_REFERENCE_INVALID'],
    ['no layout', { from: '/nowhere' }, 'FILE_NOT_FOUND'],
    ['a registry that is not there', { reference: '127.0.0.1:1/a:1' }, 'REGISTRY_UNREACHABLE'],
  ])('refuses %s', async (_what, changes, code) => {
    const failure = await failureOf(push('team/scorer:1', changes));
    expect(failure.code).toBe(code);
  });

  it('refuses an image that lost a layer, before it names anything', async () => {
    const { manifest } = await new ImageLayout(layout).resolve('linux/amd64');
    const path = new ImageLayout(layout).blobs.path(manifest.layers[0]?.digest ?? '');
    const bytes = readFileSync(path);
    writeFileSync(path, 'short');
    const failure = await failureOf(push('lost/layer:1')).finally(() => writeFileSync(path, bytes));
    expect(failure.code).toBe('OCI_IMAGE_INVALID');
    // Its tag names nothing yet: the next push is the first.
    expect((await push('lost/layer:1')).unchanged).toBe(false);
  });

  it('says all this on a command line', async () => {
    const args = ['image', 'push', 'cli/scorer:1', '--from', layout, '--target', 'local'];
    const env = { ...twin.env, DOCKER_CONFIG: root };
    const shown = await runCli(args, { env });
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain(`${host()}/cli/scorer:1@sha256:`);
    const { stdout } = await runCli([...args, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, unchanged: true, sentBytes: 0 });
  });
});
