import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPeer, packageRoot, peerVersion } from '../../io/index.ts';
import type { PeerName } from '../../io/index.ts';
import type { DoctorCheck } from './check.ts';

interface OwnPackage {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<PeerName, string>>;
}

function ownPackage(): OwnPackage {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as OwnPackage;
}

/** Whether a version is at least the one of a range `>=X.Y.Z`, the only form that this package uses. */
export function satisfiesAtLeast(version: string, range: string): boolean {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const have = numbers(version);
  for (const [index, wanted] of numbers(range).entries()) {
    const difference = (have[index] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export function checkNode(version = process.versions.node): DoctorCheck {
  const { node } = ownPackage().engines;
  const ok = satisfiesAtLeast(version, node);
  return {
    id: 'node',
    status: ok ? 'ok' : 'failed',
    summary: `Node ${version} (${node} is needed)`,
    ...(ok ? {} : { fix: 'install Node 24, or in a project: npm install --save-dev node@24' }),
    details: { version, needed: node },
  };
}

const neededFor: Readonly<Record<PeerName, string>> = {
  'onnxruntime-node': 'running a model on this machine (serve, the local twin)',
  sharp: 'reading pictures (serve, invoke, the local twin)',
  azurite: 'the local twin',
};

/**
 * @param isLocal Whether the target is the twin, which cannot do without them.
 * @param version What is installed; null where nothing is.
 */
export function checkPeer(
  peer: PeerName,
  isLocal: boolean,
  version: string | null = peerVersion(peer) ?? null,
): DoctorCheck {
  const needed = ownPackage().peerDependencies[peer];
  if (version === null) {
    return {
      id: peer,
      status: isLocal ? 'failed' : 'warning',
      summary: `${peer} is not installed: it is for ${neededFor[peer]}`,
      fix: installPeer(peer),
      details: { needed },
    };
  }
  const ok = satisfiesAtLeast(version, needed);
  return {
    id: peer,
    status: ok ? 'ok' : 'failed',
    summary: `${peer} ${version}${ok ? '' : ` is older than this package can use (${needed})`}`,
    ...(ok ? {} : { fix: `${installPeer(peer)}@latest`.replace(/( --\S+)@latest$/, '@latest$1') }),
    details: { version, needed },
  };
}
