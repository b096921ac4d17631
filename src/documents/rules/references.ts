import type { CheckedDocument } from '../checked-document.ts';
import type { DocumentKind, Rule } from '../kinds/kind.ts';
import { abbreviate, entryOf } from '../yaml-tree.ts';
import type { YamlNode } from '../yaml-tree.ts';
import { parseAssetReference } from './asset-reference.ts';
import type { AssetType } from './asset-reference.ts';

interface ReferencePlace {
  readonly path: readonly string[];
  readonly type: AssetType;
}

const deploymentPlaces: readonly ReferencePlace[] = [
  { path: ['model'], type: 'models' },
  { path: ['environment'], type: 'environments' },
];
const batchPlaces: readonly ReferencePlace[] = [...deploymentPlaces, { path: ['compute'], type: 'computes' }];

const places: Readonly<Partial<Record<DocumentKind, readonly ReferencePlace[]>>> = {
  managedOnlineDeployment: deploymentPlaces,
  modelBatchDeployment: batchPlaces,
  batchDeployment: batchPlaces,
  pipelineComponentBatchDeployment: [
    { path: ['component'], type: 'components' },
    { path: ['job_definition'], type: 'jobs' },
    { path: ['job_definition', 'component'], type: 'components' },
  ],
};

const referenceCodes = [
  'invalid-reference',
  'wrong-asset-type',
  'reference-version',
  'unpinned-latest',
] as const;

/** References of a document to what is registered elsewhere. */
export const referenceRule: Rule = {
  name: 'reference',
  codes: referenceCodes,
  check(document, { complete }) {
    for (const { path, type } of places[document.definition.kind] ?? []) {
      checkReference(document, { path, type, complete });
    }
  },
};

const versioned: ReadonlySet<AssetType> = new Set(['models', 'environments', 'components', 'data']);

interface CheckReferenceOptions {
  readonly path: readonly string[];
  readonly type: AssetType;
  readonly complete: boolean;
}

/** One reference: its form, what it refers to, and whether it says which version. */
function checkReference(document: CheckedDocument, options: CheckReferenceOptions): void {
  const { path, type, complete } = options;
  const text = document.sound(...path);
  if (typeof text !== 'string') return;
  const reference = parseAssetReference(text);
  if (reference.form === 'other') return;
  const is = `${path.join('.')} is '${abbreviate(text, 160)}'`;
  if (reference.form === 'malformed') {
    document.error('invalid-reference', `${is}: ${reference.why}`, ...path);
    return;
  }
  if (reference.type !== undefined && reference.type.toLowerCase() !== type) {
    const message = `${is}, which is one of ${reference.type}: expected one of ${type}`;
    document.error('wrong-asset-type', message, ...path);
    return;
  }
  if (!versioned.has(type)) return;
  if (reference.label === 'latest') {
    reportLatest(document, text, path);
  } else if (reference.version === undefined && reference.label === undefined && !isCurated(reference.name)) {
    document.report({
      severity: complete && reference.form === 'name' ? 'error' : 'warning',
      code: 'reference-version',
      message: `${is}, without a version: expected ${withVersion(reference.form, text)}`,
      path,
    });
  }
}

/** What jobs and components refer to by a label that moves: their forms are the schema's affair. */
export const unpinnedReferenceRule: Rule = {
  name: 'unpinned-reference',
  codes: ['unpinned-latest'],
  check(document) {
    const check = (owner: YamlNode | undefined, path: readonly string[]): void => {
      for (const key of ['environment', 'component']) {
        const value = entryOf(owner, key)?.value;
        const at = [...path, key];
        if (value?.kind === 'mapping' && key === 'component') check(value, at);
        if (value?.kind !== 'scalar' || document.isReported(...at)) continue;
        const reference = parseAssetReference(value.source);
        if ('label' in reference && reference.label === 'latest') reportLatest(document, value.source, at);
      }
    };
    check(document.root, []);
    const jobs = entryOf(document.root, 'jobs')?.value;
    for (const { name, value } of jobs?.kind === 'mapping' ? jobs.entries.values() : []) {
      check(value, ['jobs', name]);
    }
  },
};

function reportLatest(document: CheckedDocument, text: string, path: readonly string[]): void {
  const message = `${path.join('.')} is '${abbreviate(text, 160)}': what is latest changes without this file changing`;
  document.warning('unpinned-latest', message, ...path);
}

/** Environments of Microsoft's that the service looks up itself. */
function isCurated(name: string): boolean {
  return name.startsWith('AzureML-');
}

function withVersion(form: 'name' | 'arm-id' | 'registry', text: string): string {
  return form === 'name'
    ? `${abbreviate(text)}:VERSION or ${abbreviate(text)}@latest`
    : `/versions/VERSION after it`;
}

/** Images by a tag that moves. */
export const unpinnedImageRule: Rule = {
  name: 'unpinned-image',
  codes: ['unpinned-image'],
  check(document) {
    const at = document.definition.kind === 'environment' ? [] : ['environment'];
    const image = document.sound(...at, 'image');
    if (typeof image !== 'string' || !image.endsWith(':latest')) return;
    const what = [...at, 'image'].join('.');
    const message = `${what} is '${abbreviate(image)}': what is latest changes without this file changing`;
    document.info('unpinned-image', message, ...at, 'image');
  },
};
