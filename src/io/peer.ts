import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';

export type PeerName = 'onnxruntime-node' | 'sharp' | 'azurite';

/** The command that installs an optional peer. */
export function installPeer(peer: PeerName): string {
  return `npm install ${peer}${peer === 'onnxruntime-node' ? ' --onnxruntime-node-install=skip' : ''}`;
}

/** Turns "module not found" of an optional peer dependency into an error that says how to install it. */
export function peerMissing(peer: PeerName, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return error;
  return new AmlDeitError(
    'PEER_MISSING',
    `this command needs the package "${peer}", which is not installed`,
    {
      hint: installPeer(peer),
      details: { peer },
      cause: error,
    },
  );
}

/** Fails when an optional peer dependency is not there, without loading it. @throws PEER_MISSING */
export function requirePeer(peer: PeerName): void {
  try {
    createRequire(import.meta.url).resolve(`${peer}/package.json`);
  } catch (error) {
    // One that keeps its package.json to itself is there.
    if (systemErrorCode(error) !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw peerMissing(peer, error);
  }
}

/** The version of an optional peer that this package would load; undefined when it is not installed. Loads nothing of it. */
export function peerVersion(peer: PeerName): string | undefined {
  const search = createRequire(import.meta.url).resolve.paths(peer) ?? [];
  const file = search.map((folder) => join(folder, peer, 'package.json')).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
  return typeof version === 'string' ? version : undefined;
}
