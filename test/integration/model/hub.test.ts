import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import type { HostProgress } from '../../../src/io/index.ts';
import { fetchHubModel, parseHubReference } from '../../../src/model/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { fakeCommit, startFakeHub } from '../../helpers/fake-hub.ts';
import type { FakeHub } from '../../helpers/fake-hub.ts';
import { recordingHost } from '../../helpers/recording-host.ts';

const repository = 'someone/small-vit';
const formats = 'test/golden/checkpoints/formats';

let root: string;
let hub: FakeHub;
let env: Record<string, string>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hub-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  hub = await startFakeHub(repository, ['config.json', 'model.safetensors', 'golden.json'], formats);
  env = { HF_ENDPOINT: hub.endpoint, HF_HOME: await mkdtemp(join(root, 'home-')) };
});
afterEach(() => hub.close());

const fetchModel = (revision?: string, more: { signal?: AbortSignal } = {}) =>
  fetchHubModel({ repository, revision }, { env, host: recordingHost(), retryDelayMs: 1, ...more });

describe('a model of the hub', () => {
  it('is fetched, checked, exported, and taken from the cache the next time', async () => {
    const first = await exportModel({ source: `hf:${repository}`, out: join(root, 'one'), env });
    const local = await exportModel({ source: formats, out: join(root, 'local') });
    expect(first.contentHash).toBe(local.contentHash);
    expect(first.manifest.name).toBe(repository);
    expect(first.manifest.source).toMatchObject({
      directory: repository,
      uri: `hf:${repository}@${fakeCommit}`,
      weightsSha256: local.manifest.source.weightsSha256,
    });
    // As the hub's own libraries lay it out; what the export does not need is not fetched.
    const model = join(env['HF_HOME'] ?? '', 'hub', 'models--someone--small-vit');
    const snapshot = join(model, 'snapshots', fakeCommit);
    expect((await readdir(snapshot)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await readFile(join(model, 'refs', 'main'), 'utf8')).toBe(fakeCommit);
    const weights = await realpath(join(snapshot, 'model.safetensors'));
    const sha256 = createHash('sha256')
      .update(await readFile(weights))
      .digest('hex');
    expect(weights).toBe(await realpath(join(model, 'blobs', sha256)));

    hub.requests.length = 0;
    const again = await exportModel({ source: `hf:${repository}@main`, out: join(root, 'one'), env });
    expect(again.unchanged).toBe(true);
    expect(hub.requests.filter((request) => request.includes('/resolve/'))).toEqual([]);
  });

  it('needs no network once it is in the cache, offline or with the hub away', async () => {
    await fetchModel();
    await hub.close();
    const warned = recordingHost();
    const options = { env, host: warned, retryDelayMs: 1 };
    expect(await fetchHubModel({ repository, revision: undefined }, options)).toMatchObject({
      commit: fakeCommit,
    });
    expect(warned.messages.map(({ code }) => code)).toContain('hub-unreachable');
    env['HF_HUB_OFFLINE'] = '1';
    expect(await fetchModel(fakeCommit)).toMatchObject({ commit: fakeCommit });
    expect(await failureOf(fetchModel('other'))).toMatchObject({ code: 'HUB_UNREACHABLE', exitCode: 1 });
    hub = await startFakeHub(repository, [], formats);
  });

  it('goes on where a connection broke off', async () => {
    hub.faults = { cut: { after: 5000, times: 2 } };
    await fetchModel();
    expect(hub.faults.cut?.times).toBe(1);
    const ranges = hub.requests.filter((request) => request.includes('model.safetensors bytes='));
    expect(ranges.some((request) => /bytes=[1-9]\d*-/.test(request))).toBe(true);
  });

  it('goes on where an interrupted run left off', async () => {
    hub.faults = { cut: { after: 5000, times: 100 } };
    const controller = new AbortController();
    const host = {
      ...recordingHost(),
      // The weights have begun to arrive: their connection breaks off before their end.
      progress: ({ id }: HostProgress) => {
        if (id === 'download-model.safetensors') controller.abort();
      },
    };
    const options = { env, host, signal: controller.signal, retryDelayMs: 1 };
    expect((await failureOf(fetchHubModel({ repository, revision: undefined }, options))).code).toBe(
      'INTERRUPTED',
    );
    hub.faults = {};
    hub.requests.length = 0;
    await fetchModel();
    expect(hub.requests.some((request) => /model\.safetensors bytes=[1-9]\d*-/.test(request))).toBe(true);
  });

  it('is refused when its content is not what the hub says, and leaves nothing of it', async () => {
    hub.faults = { damage: true };
    const error = await failureOf(fetchModel());
    expect(error).toMatchObject({ code: 'HUB_FILE_DAMAGED', exitCode: 3 });
    const blobs = join(env['HF_HOME'] ?? '', 'hub', 'models--someone--small-vit', 'blobs');
    expect((await readdir(blobs)).filter((name) => name.length > 40)).toEqual([]);
    hub.faults = {};
    await fetchModel();
  });

  it('is mended when the cache was damaged', async () => {
    const { directory } = await fetchModel();
    const blob = await realpath(join(directory, 'model.safetensors'));
    const bytes = await readFile(blob);
    bytes.writeUInt8(bytes.readUInt8(9000) ^ 1, 9000);
    await writeFile(blob, bytes);
    expect(await failureOf(exportOffline())).toMatchObject({ code: 'HUB_FILE_DAMAGED', exitCode: 3 });
    await fetchModel();
    await exportOffline();

    function exportOffline() {
      const offline = { ...env, HF_HUB_OFFLINE: '1' };
      return exportModel({ source: `hf:${repository}`, out: join(root, 'mended'), env: offline });
    }
  });

  it('is refused when a commit is answered by another', async () => {
    hub.faults = { commit: 'b'.repeat(40) };
    const error = await failureOf(fetchModel(fakeCommit));
    expect(error).toMatchObject({ code: 'HUB_FILE_DAMAGED', exitCode: 3 });
  });

  it('takes a token, and gives it to the hub alone', async () => {
    hub.faults = { token: 'hf_secret' };
    const denied = await failureOf(fetchModel());
    expect(denied).toMatchObject({ code: 'AUTH_DENIED', exitCode: 4 });
    expect(denied.hint).toContain('HF_TOKEN');
    env['HF_TOKEN'] = 'hf_secret';
    await fetchModel();
    expect(hub.tokensAtStore).toEqual([]);
    env['HF_TOKEN'] = 'not-a-token';
    expect(await failureOf(fetchModel('v2'))).toMatchObject({ code: 'AUTH_NO_CREDENTIAL' });
  });

  it('says what is missing, and what the hub answered', async () => {
    expect(await failureOf(fetchModel('missing'))).toMatchObject({ code: 'HUB_NOT_FOUND', exitCode: 3 });
    hub.faults = { status: 503 };
    const error = await failureOf(fetchModel());
    expect(error).toMatchObject({ code: 'HUB_UNREACHABLE', exitCode: 1 });
    expect(error.message).toContain('answered 503');
    env['HF_ENDPOINT'] = 'http://huggingface.example';
    expect(await failureOf(fetchModel())).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it('may be in parts', async () => {
    await hub.close();
    hub = await startFakeHub(
      repository,
      ['config.json', 'parts.safetensors.index.json', 'part-1-of-2.safetensors', 'part-2-of-2.safetensors'],
      formats,
      { 'parts.safetensors.index.json': 'model.safetensors.index.json' },
    );
    env['HF_ENDPOINT'] = hub.endpoint;
    const { directory } = await fetchModel();
    expect((await readdir(directory)).sort()).toEqual([
      'config.json',
      'model.safetensors.index.json',
      'part-1-of-2.safetensors',
      'part-2-of-2.safetensors',
    ]);
  });
});

describe('parseHubReference', () => {
  it('reads owner, name and revision', () => {
    expect(parseHubReference('hf:a/b')).toEqual({ repository: 'a/b', revision: undefined });
    expect(parseHubReference('hf:a/b@refs/pr/1')).toEqual({ repository: 'a/b', revision: 'refs/pr/1' });
  });

  it.each([
    'hf:',
    'hf:a',
    'hf:a/b/c',
    'hf:../b',
    'hf:a/..',
    'hf:a/b@',
    'hf:a/b@../../x',
    'hf:a/b@x/../../y',
    'hf:a b/c',
  ])('refuses %s', (source) => {
    expect(() => parseHubReference(source)).toThrow('expected hf:OWNER/NAME[@REVISION]');
  });
});
