import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface ImportEdge {
  /** Path below src/, with forward slashes. */
  readonly from: string;
  /** Path below src/ for our own modules, the bare specifier for packages. */
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** The level of each folder of src/: a folder imports only from folders with a lower number, and from itself. */
export const levels: Readonly<Record<string, number>> = {
  errors: 1,
  io: 1,
  card: 2,
  rollout: 2,
  metrics: 2,
  vision: 3,
  web: 3,
  oci: 3,
  documents: 4,
  azure: 4,
  model: 4,
  image: 4,
  serving: 4,
  training: 4,
  local: 4,
  actions: 5,
  cli: 6,
  commands: 6,
};

/** Folders of one level that still have an order: io may use errors, commands may use cli. */
export const sameLevelAllowed: readonly (readonly [string, string])[] = [
  ['io', 'errors'],
  ['commands', 'cli'],
];

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function readEdges(source: string, from: string): ImportEdge[] {
  const edges: ImportEdge[] = [];
  for (const match of source.matchAll(importPattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier === undefined) continue;
    const to = specifier.startsWith('.')
      ? normalize(join(dirname(from), specifier)).replaceAll('\\', '/')
      : specifier;
    edges.push({ from, to, typeOnly: match[1] !== undefined, dynamic: match[3] !== undefined });
  }
  return edges;
}

export function importGraph(root = 'src'): ImportEdge[] {
  return globSync('**/*.ts', { cwd: root }).flatMap((path) =>
    readEdges(readFileSync(join(root, path), 'utf8'), path.replaceAll('\\', '/')),
  );
}

/** What is wrong with one edge; undefined when it is allowed. */
export function directionFault(edge: ImportEdge): string | undefined {
  const describe = `${edge.from} imports ${edge.to}`;
  const fromFolder = edge.from.includes('/') ? (edge.from.split('/')[0] ?? '') : '';
  if (/^[\w@]/.test(edge.to) && !/\.(ts|json)$/.test(edge.to))
    return packageFault(edge, fromFolder, describe);
  const toFolder = edge.to.includes('/') ? (edge.to.split('/')[0] ?? '') : '';
  if (fromFolder === toFolder || fromFolder === '') return undefined;
  const fromLevel = levels[fromFolder];
  const toLevel = levels[toFolder];
  if (fromLevel === undefined || toLevel === undefined) return `${describe}: a folder without a level`;
  if (toLevel < fromLevel) return undefined;
  if (sameLevelAllowed.some(([a, b]) => a === fromFolder && b === toFolder)) return undefined;
  if (fromFolder === 'local' && edge.to.startsWith('azure/wire/') && edge.typeOnly) return undefined;
  return `${describe}: level ${fromLevel} may not import level ${toLevel}`;
}

function packageFault(edge: ImportEdge, folder: string, describe: string): string | undefined {
  const only = (pattern: RegExp, folders: readonly string[]): string | undefined =>
    pattern.test(edge.to) && !folders.includes(folder)
      ? `${describe}: only ${folders.join(', ')} may`
      : undefined;
  const pure = levels[folder] === 2 ? only(/^node:(?!util$|assert$|url$)/, []) : undefined;
  return (
    pure ??
    only(/^@oclif\//, ['cli', 'commands']) ??
    only(/^@azure\//, ['azure']) ??
    only(/^(onnxruntime-node|sharp)$/, ['vision']) ??
    only(/^azurite/, ['local'])
  );
}
