import { spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { openLayer, readTar, mediaTypes } from '../oci/index.ts';
import { readPackage } from './find-package.ts';
import type { InstalledPackage } from './find-package.ts';

export interface FetchPackageOptions {
  /** Fetched packages stay here. */
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  readonly onFetch?: ((name: string) => void) | undefined;
}

/**
 * A package that npm would not install here because it is for another platform: fetched by `npm pack`, from the registry
 * and with the proxy and certificates that npm is configured with, and unpacked; none of its scripts run.
 * @throws IMAGE_PACKAGE_MISSING, INTERRUPTED
 */
export async function fetchPackage(
  name: string,
  version: string,
  options: FetchPackageOptions,
): Promise<InstalledPackage> {
  const directory = join(options.cache, `${name.replaceAll('/', '+')}-${version}`);
  if (existsSync(join(directory, 'package.json'))) return readPackage(directory);
  options.onFetch?.(`${name}@${version}`);
  await mkdir(options.cache, { recursive: true });
  const temporary = await mkdtemp(join(options.cache, '.fetch-'));
  try {
    await npmPack(`${name}@${version}`, temporary, options.signal);
    const archive = (await readdir(temporary)).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw missing(name, version, 'npm wrote no archive');
    const unpacked = join(temporary, 'unpacked');
    await unpackArchive(join(temporary, archive), unpacked, options.signal);
    const found = readPackage(unpacked);
    if (found.json.name !== name || found.json.version !== version)
      throw missing(name, version, `npm gave ${found.json.name}@${found.json.version}`);
    await rename(unpacked, directory).catch((error: unknown) => {
      // Somebody else was faster.
      if (!existsSync(join(directory, 'package.json'))) throw error;
    });
    return readPackage(directory);
  } catch (error) {
    throwIfAborted(options.signal);
    throw error instanceof AmlDeitError ? error : missing(name, version, errorMessage(error));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function missing(name: string, version: string, why: string): AmlDeitError {
  return new AmlDeitError('IMAGE_PACKAGE_MISSING', `the image needs ${name}@${version}: ${why}`, {
    hint: `npm fetches it as it is configured: try \`npm view ${name}@${version}\``,
  });
}

function npmPack(specifier: string, directory: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === 'win32';
    const child = spawn(
      isWindows ? 'npm.cmd' : 'npm',
      ['pack', specifier, '--ignore-scripts', '--loglevel=error', '--pack-destination', directory],
      // npm.cmd is a script of the shell; nothing in the arguments comes from outside.
      {
        cwd: directory,
        shell: isWindows,
        stdio: ['ignore', 'ignore', 'pipe'],
        ...(signal === undefined ? {} : { signal }),
      },
    );
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = `${words}${text}`.slice(-2000)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm pack failed: ${words.trim().split('\n')[0] ?? `exit code ${code}`}`));
    });
  });
}

/** The files of an npm archive, whose paths all begin with one folder. Links have no business in one. */
async function unpackArchive(
  archive: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const entry of readTar(openLayer(createReadStream(archive), mediaTypes.layerGzip))) {
    throwIfAborted(signal);
    if (entry.type !== 'file') continue;
    const parts = entry.path.split('/').slice(1);
    if (parts.length === 0 || parts.some((part) => part === '' || part === '.' || part === '..'))
      throw new Error(`the archive holds the path "${entry.path}"`);
    const file = join(directory, ...parts);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, entry.content());
  }
}
