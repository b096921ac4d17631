import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Debian's packages and the programs that they bring. */
const packages = {
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  umoci: 'umoci',
  runc: 'runc',
  debootstrap: 'debootstrap',
  'qemu-user-static': 'qemu-aarch64-static',
  'apache2-utils': 'htpasswd',
} as const;

const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter),
  DEBIAN_FRONTEND: 'noninteractive',
};

function isInstalled(program: string): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Runs one of the tools; its output is in the error when it fails. */
export async function runTool(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await exec(program, [...args], {
    env,
    maxBuffer: 64 * 2 ** 20,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return stdout;
}

/** Installs what is missing. Containers and Debian's bootstrap want root: without it nothing here can be tried. */
export async function installContainerTools(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error(
      'the container conformance needs Linux and root, for runc and debootstrap; run it as root',
    );
  const missing = Object.entries(packages).flatMap(([name, program]) => (isInstalled(program) ? [] : [name]));
  if (missing.length === 0) return;
  await runTool('apt-get', ['update', '-q']);
  await runTool('apt-get', ['install', '-yq', '--no-install-recommends', ...missing]);
}

/**
 * The least Debian as an OCI image layout. Only debootstrap's first stage, which unpacks: it runs nothing, so that any
 * architecture will do, and what the scoring server needs is there.
 */
export async function makeDebianBase(directory: string, architecture: 'amd64' | 'arm64'): Promise<string> {
  const root = join(directory, `root-${architecture}`);
  const layout = join(directory, `base-${architecture}`);
  await runTool('debootstrap', [
    '--foreign',
    '--variant=minbase',
    `--arch=${architecture}`,
    'bookworm',
    root,
  ]);
  await runTool('rm', ['-rf', join(root, 'var/cache/apt/archives'), join(root, 'debootstrap')]);
  // In a container debootstrap leaves links to the machine's own, which no runtime mounts over.
  for (const name of ['proc', 'sys', 'dev']) {
    const path = join(root, name);
    if (!lstatSync(path).isSymbolicLink()) continue;
    rmSync(path);
    mkdirSync(path);
  }
  await runTool('umoci', ['init', '--layout', layout]);
  await runTool('umoci', ['new', '--image', `${layout}:base`]);
  await runTool('umoci', [
    'config',
    '--image',
    `${layout}:base`,
    '--os',
    'linux',
    '--architecture',
    architecture,
  ]);
  await runTool('umoci', ['insert', '--image', `${layout}:base`, root, '/']);
  return layout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface RunningRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Debian's registry on loopback, open or with a user. */
export async function startRegistry(
  directory: string,
  user?: { readonly name: string; readonly password: string },
): Promise<RunningRegistry> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const passwords = join(directory, 'htpasswd');
  if (user !== undefined)
    writeFileSync(passwords, await runTool('htpasswd', ['-Bbn', user.name, user.password]));
  const config = [
    'version: 0.1',
    'log: {level: error}',
    `storage: {filesystem: {rootdirectory: ${join(directory, 'data')}}}`,
    `http: {addr: 127.0.0.1:${port}}`,
    ...(user === undefined ? [] : [`auth: {htpasswd: {realm: test, path: ${passwords}}}`]),
  ];
  const file = join(directory, 'config.yml');
  writeFileSync(file, `${config.join('\n')}\n`);
  const child = spawn('docker-registry', ['serve', file], { env, stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  for (let waitedMs = 0; ; waitedMs += 100) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer !== undefined) break;
    if (child.exitCode !== null || waitedMs > 60_000) throw new Error('docker-registry did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    host,
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}

export interface RunningContainer {
  readonly port: number;
  readonly output: () => string;
  /** By SIGTERM, as a platform does. Resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** Runs the bundle that umoci unpacked, on the machine's network and another port; returns when it is ready. */
export async function runBundle(bundle: string, id: string): Promise<RunningContainer> {
  const port = await freePort();
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    process: { terminal: boolean; args: string[] };
    linux: { namespaces: { type: string }[] };
  };
  config.process.terminal = false;
  config.process.args = config.process.args.map((part) => (part === '5001' ? String(port) : part));
  config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn('runc', ['run', '--bundle', bundle, id], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  for (let waitedMs = 0; ; waitedMs += 200) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (child.exitCode !== null || waitedMs > 120_000) {
      child.kill('SIGKILL');
      throw new Error(`the container is not ready: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    port,
    output: () => output,
    async stop() {
      await runTool('runc', ['kill', id, 'TERM']);
      await ended(child);
      return child.exitCode;
    },
  };
}
