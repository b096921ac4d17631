import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { openLayer, readTar, verified } from '../oci/index.ts';
import type { BaseImage } from './base-image.ts';

export interface BaseFacts {
  /** Path of a Node that is new enough, with a slash in front; undefined when there is none. */
  readonly node?: string;
  readonly nodeVersion?: string;
}

/** What `bin/run.js` asks for. */
const oldestNode = [22, 18] as const;
/** What the bindings were built against. */
const oldestGlibc = 28;
const nodePaths = ['usr/local/bin/node', 'usr/bin/node'];
const versionHeader = /^usr\/(?:local\/)?include\/(?:node\/|nodejs\/src\/)?node_version\.h$/;

/** Normalises an entry's path: `./bin/sh`, `/bin/sh` and `bin/sh/` are one. */
function plain(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** The paths of an image, deletions of upper layers applied, and the text of Node's version header. */
async function readPaths(
  base: BaseImage,
  signal: AbortSignal | undefined,
): Promise<{ readonly paths: Map<string, string>; readonly header: string }> {
  const paths = new Map<string, string>();
  let header = '';
  const remove = (folder: string, self: boolean): void => {
    if (self) paths.delete(folder);
    for (const path of paths.keys()) if (path.startsWith(`${folder}/`)) paths.delete(path);
  };
  for (const layer of base.manifest.layers) {
    const content = verified(base.blobs.read(layer.digest), layer.digest);
    for await (const entry of readTar(openLayer(content, layer.mediaType))) {
      throwIfAborted(signal);
      const path = plain(entry.path);
      const name = path.slice(path.lastIndexOf('/') + 1);
      const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (name === '.wh..wh..opq') remove(folder, false);
      else if (name.startsWith('.wh.')) remove(`${folder}${folder === '' ? '' : '/'}${name.slice(4)}`, true);
      else paths.set(path, entry.target);
      if (versionHeader.test(path) && entry.size < 100_000) {
        const parts: Buffer[] = [];
        for await (const part of entry.content()) parts.push(part);
        header = Buffer.concat(parts).toString('utf8');
      }
    }
  }
  return { paths, header };
}

function nodeVersionOf(base: BaseImage, header: string): string | undefined {
  const number = (name: string): string | undefined =>
    new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(header)?.[1];
  const [major, minor, patch] = [number('MAJOR'), number('MINOR'), number('PATCH')];
  if (major !== undefined && minor !== undefined && patch !== undefined) return `${major}.${minor}.${patch}`;
  const variable = base.config.config?.Env?.find((line) => line.startsWith('NODE_VERSION='));
  return variable?.slice('NODE_VERSION='.length);
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/**
 * Reads what a base has, and refuses one that the scoring server cannot run on: before anything is built, not when the
 * container starts. @throws IMAGE_BASE_UNFIT, OCI_IMAGE_INVALID
 */
export async function readBaseFacts(base: BaseImage, signal?: AbortSignal): Promise<BaseFacts> {
  const { paths, header } = await readPaths(base, signal);
  const all = [...paths.keys()];
  const has = (pattern: RegExp): boolean => all.some((path) => pattern.test(path));
  const unfit = (message: string): AmlDeitError => new AmlDeitError('IMAGE_BASE_UNFIT', message);
  if (has(/(?:^|\/)ld-musl-[^/]*\.so\.1$/))
    throw unfit('the base uses musl (Alpine): onnxruntime has bindings for glibc only');
  const linked = paths.get('bin') ?? '';
  const hasShell = paths.has('bin/sh') || (linked !== '' && paths.has(`${plain(linked)}/sh`));
  if (!hasShell) throw unfit('the base has no /bin/sh, which batch and command jobs need');
  if (!has(/(?:^|\/)libstdc\+\+\.so\.6$/))
    throw unfit('the base has no libstdc++.so.6, which onnxruntime needs (Debian: libstdc++6)');
  const glibc = all.flatMap((path) => /(?:^|\/)libc-2\.(\d+)\.so$/.exec(path)?.[1] ?? [])[0];
  if (glibc !== undefined && Number(glibc) < oldestGlibc)
    throw unfit(`the base has glibc 2.${glibc}, expected 2.${oldestGlibc} or newer`);
  const node = nodePaths.find((path) => paths.has(path));
  const nodeVersion = node === undefined ? undefined : nodeVersionOf(base, header);
  if (node === undefined || nodeVersion === undefined || !isNewEnough(nodeVersion)) return {};
  return { node: `/${node}`, nodeVersion };
}
