import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';

/** What to show a registry: a name and password, or a token that its token service exchanges. */
export type RegistryCredential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string };

interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>
  >;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub is written down under its old address. */
const dockerHub = 'docker.io';
const dockerHubKeys = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];
const helperTimeoutMs = 30_000;

export function dockerConfigFile(env: NodeJS.ProcessEnv): string {
  const folder = env['DOCKER_CONFIG'];
  return join(
    folder === undefined || folder === '' ? join(env['HOME'] ?? homedir(), '.docker') : folder,
    'config.json',
  );
}

/**
 * What `docker login` left for a registry: `auths` of its configuration, or the helper that is named for the registry or
 * for all (`docker-credential-NAME get`, the registry on stdin, JSON on stdout). Undefined when there is nothing.
 * @throws REGISTRY_CREDENTIALS_INVALID
 */
export async function dockerCredential(
  registry: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RegistryCredential | undefined> {
  const file = dockerConfigFile(env);
  const config = readConfig(file);
  if (config === undefined) return undefined;
  const keys =
    registry === dockerHub
      ? dockerHubKeys
      : [
          registry,
          `https://${registry}`,
          `http://${registry}`,
          `https://${registry}/`,
          `https://${registry}/v2/`,
          `https://${registry}/v1/`,
        ];
  const named = keys.map((key) => config.credHelpers?.[key]).find((helper) => helper !== undefined);
  const helper = named ?? config.credsStore;
  if (helper !== undefined && helper !== '') {
    const found = await askHelper(helper, keys[0] ?? registry, env);
    if (found !== undefined) return found;
  }
  const entry = keys.map((key) => config.auths?.[key]).find((auth) => auth !== undefined);
  if (entry === undefined) return undefined;
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { kind: 'identity-token', token: entry.identitytoken };
  if (entry.auth !== undefined && entry.auth !== '') {
    const [, username, password] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth, 'base64').toString('utf8')) ?? [];
    if (username === undefined || password === undefined)
      throw invalid(`${file}: the auth of ${registry} is not base64 of NAME:PASSWORD`);
    return { kind: 'password', username, password: password.replace(/\0+$/, '') };
  }
  return entry.username === undefined || entry.password === undefined
    ? undefined
    : { kind: 'password', username: entry.username, password: entry.password };
}

function readConfig(file: string): DockerConfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw invalid(`${file} cannot be read: ${errorMessage(error)}`);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config !== 'object' || config === null || Array.isArray(config)) throw new Error('no object');
    return config;
  } catch {
    throw invalid(`${file} is no JSON object`);
  }
}

function askHelper(
  helper: string,
  server: string,
  env: NodeJS.ProcessEnv,
): Promise<RegistryCredential | undefined> {
  // The name becomes that of a program: no path, nothing else.
  if (!/^[\w.-]+$/.test(helper)) throw invalid(`"${helper}" is no credential helper`);
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: helperTimeoutMs,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) =>
      reject(invalid(`${program} cannot be run: ${systemErrorCode(error) ?? errorMessage(error)}`)),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
    child.on('close', (code) => {
      // A helper that has nothing for this registry says so on stdout and ends with 1.
      if (code !== 0) {
        if (/not found|no credentials/i.test(output)) resolve(undefined);
        else reject(invalid(`${program} failed with exit code ${code}`));
        return;
      }
      try {
        const { Username, Secret } = JSON.parse(output) as { Username?: string; Secret?: string };
        if (Secret === undefined || Secret === '') resolve(undefined);
        else if (Username === '<token>') resolve({ kind: 'identity-token', token: Secret });
        else resolve({ kind: 'password', username: Username ?? '', password: Secret });
      } catch {
        reject(invalid(`${program} printed no JSON`));
      }
    });
  });
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('REGISTRY_CREDENTIALS_INVALID', message, {
    hint: 'log in again with `docker login`, or set DOCKER_CONFIG to a folder with another config.json',
  });
}
