import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerCredential } from '../../../src/oci/credentials.ts';

describe("docker's configuration", () => {
  let directory: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-docker-'));
    mkdirSync(join(directory, 'bin'));
    env = { DOCKER_CONFIG: directory, PATH: [join(directory, 'bin'), process.env['PATH']].join(delimiter) };
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const configure = (config: unknown): void =>
    writeFileSync(
      join(directory, 'config.json'),
      typeof config === 'string' ? config : JSON.stringify(config),
    );
  const helper = (name: string, script: string): void => {
    const file = join(directory, 'bin', `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('has nothing for a registry where there is none', async () => {
    expect(await dockerCredential('r.io', env)).toBeUndefined();
    configure({ auths: { 'other.io': { auth: base64('a:b') } } });
    expect(await dockerCredential('r.io', env)).toBeUndefined();
  });

  it.each([
    ['the host', 'r.io', 'r.io'],
    ['an address', 'r.io', 'https://r.io'],
    ["Docker Hub's old address", 'docker.io', 'https://index.docker.io/v1/'],
  ])('holds name and password under %s', async (_what, registry, key) => {
    configure({ auths: { [key]: { auth: base64('ann:p:w') } } });
    expect(await dockerCredential(registry, env)).toEqual({
      kind: 'password',
      username: 'ann',
      password: 'p:w',
    });
  });

  it('holds a token', async () => {
    configure({ auths: { 'r.io': { auth: base64('x:'), identitytoken: 'abc' } } });
    expect(await dockerCredential('r.io', env)).toEqual({ kind: 'identity-token', token: 'abc' });
  });

  it('names a helper for a registry, which reads the registry on stdin', async () => {
    configure({ credHelpers: { 'r.io': 'one' }, credsStore: 'two' });
    helper('one', 'read server; printf \'{"Username":"u","Secret":"%s"}\' "$server"');
    helper('two', 'exit 9');
    expect(await dockerCredential('r.io', env)).toEqual({
      kind: 'password',
      username: 'u',
      password: 'r.io',
    });
  });

  it('names a helper for all, which may have a token, or nothing', async () => {
    configure({ credsStore: 'all' });
    helper('all', 'printf \'{"Username":"<token>","Secret":"t"}\'');
    expect(await dockerCredential('r.io', env)).toEqual({ kind: 'identity-token', token: 't' });
    helper('all', 'echo "credentials not found in native keychain"; exit 1');
    expect(await dockerCredential('r.io', env)).toBeUndefined();
  });

  it.each([
    ['no JSON', '{', undefined],
    ['a list', '[]', undefined],
    ['a helper that is not there', { credsStore: 'absent' }, undefined],
    ['a helper that is a path', { credsStore: '../bin/sh' }, undefined],
    ['a helper that fails', { credsStore: 'bad' }, 'exit 3'],
    ['a helper that prints no JSON', { credsStore: 'bad' }, 'echo hello'],
    ['an auth that is none', { auths: { 'r.io': { auth: base64('nothing') } } }, undefined],
  ])('with %s is an error that names it, not a push without credentials', async (_what, config, script) => {
    configure(config);
    if (script !== undefined) helper('bad', script);
    await expect(dockerCredential('r.io', env)).rejects.toMatchObject({
      code: 'REGISTRY_CREDENTIALS_INVALID',
    });
  });
});
