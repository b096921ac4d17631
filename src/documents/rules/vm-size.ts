import { checkSizeElsewhere, checkSkus, registryComponents } from '../../card/index.ts';
import type { SkuFinding, SkuTask } from '../../card/index.ts';
import type { CheckedDocument } from '../checked-document.ts';
import { parseComponentReference } from '../component-reference.ts';
import type { DocumentKind, Rule, RuleContext } from '../kinds/kind.ts';
import { entryOf } from '../yaml-tree.ts';
import type { YamlNode } from '../yaml-tree.ts';

/** A place where a document names a VM size. */
export interface SizePlace {
  readonly path: readonly string[];
  /** What runs there; undefined where the document does not say. */
  readonly task: SkuTask | undefined;
  readonly managedOnline: boolean;
}

const rootPlaces: Readonly<Partial<Record<DocumentKind, SizePlace>>> = {
  managedOnlineDeployment: { path: ['instance_type'], task: 'inference', managedOnline: true },
  modelBatchDeployment: { path: ['resources', 'instance_type'], task: 'inference', managedOnline: false },
  batchDeployment: { path: ['resources', 'instance_type'], task: 'inference', managedOnline: false },
  amlCompute: { path: ['size'], task: undefined, managedOnline: false },
  commandJob: { path: ['resources', 'instance_type'], task: undefined, managedOnline: false },
  commandComponent: { path: ['resources', 'instance_type'], task: undefined, managedOnline: false },
};

/**
 * A size that a document names: of the card's documents all that the card says, by what the size is for; of others
 * that it exists and lives on, as warnings. Kubernetes, whose instance types are of its own making, is none of these.
 */
export const vmSizeRule: Rule = {
  name: 'vm-size',
  codes: [
    'sku-unknown',
    'sku-not-listed',
    'sku-below-minimum',
    'sku-retired',
    'sku-retirement-announced',
    'sku-closed-to-new-subscriptions',
    'sku-not-managed-online',
  ],
  check(document, context) {
    // Without a day nothing is judged: whoever deploys asks for himself.
    if (context.asOf === '') return;
    for (const place of sizePlaces(document)) {
      const name = document.sound(...place.path);
      if (typeof name !== 'string' || name === '' || name.includes('${{')) continue;
      for (const finding of sizeFindings(name, place, context)) {
        reportSize(document, finding, place.path);
      }
    }
  },
};

export function reportSize(document: CheckedDocument, finding: SkuFinding, path: readonly string[]): void {
  const { severity, code, message } = finding;
  const nearest = 'nearest' in finding ? finding.nearest[0] : undefined;
  const range = document.rangeOf(...path);
  // `DS3_v2` and `standard-ds3-v2` can mean one size only.
  const isSpelling =
    code === 'sku-unknown' && nearest !== undefined && bareName(nearest) === bareName(finding.sku);
  document.report({
    severity,
    code,
    message,
    path,
    ...(nearest === undefined ? {} : { suggestion: nearest }),
    ...(isSpelling && range !== undefined
      ? { edits: [{ start: range.start, end: range.end, text: nearest }] }
      : {}),
  });
}

function bareName(size: string): string {
  return size
    .toLowerCase()
    .replace(/^standard/, '')
    .replaceAll(/[\s_-]/g, '');
}

/** `undefined` as the task: what holds for every task, that the size exists and lives on. */
export function sizeFindings(
  name: string,
  { task, managedOnline }: Pick<SizePlace, 'task' | 'managedOnline'>,
  { asOf, isCards }: Pick<RuleContext, 'asOf' | 'isCards'>,
): SkuFinding[] {
  const day = new Date(`${asOf}T00:00:00Z`);
  if (isCards && task !== undefined) {
    return checkSkus({ names: [name], task, batch: !managedOnline, asOf: day });
  }
  const findings = checkSizeElsewhere(name, { asOf: day, managedOnline });
  return isCards ? findings.map(asError) : findings;
}

function asError(finding: SkuFinding): SkuFinding {
  return finding.code === 'sku-unknown' || finding.code === 'sku-retired'
    ? { ...finding, severity: 'error' }
    : finding;
}

function sizePlaces(document: CheckedDocument): SizePlace[] {
  const own = rootPlaces[document.definition.kind];
  const places = own === undefined ? [] : [own];
  const jobs = entryOf(document.root, 'jobs')?.value;
  if (jobs?.kind !== 'mapping') return places;
  for (const { name, value } of jobs.entries.values()) {
    if (value.kind !== 'mapping') continue;
    const path = ['jobs', name];
    const task = taskOfNode(value);
    if (entryOf(entryOf(value, 'resources')?.value, 'instance_type') !== undefined) {
      places.push({ path: [...path, 'resources', 'instance_type'], task, managedOnline: false });
    }
  }
  return places;
}

/** What the card says about the component that a node runs. */
export function taskOfNode(node: YamlNode): SkuTask | undefined {
  const component = entryOf(node, 'component')?.value;
  if (component?.kind !== 'scalar') return undefined;
  const reference = parseComponentReference(component.source);
  const name = 'name' in reference ? reference.name : undefined;
  if (name === registryComponents.finetune.name) return 'finetune';
  const evaluates =
    name === registryComponents.modelPrediction.name || name === registryComponents.computeMetrics.name;
  return evaluates ? 'evaluation' : undefined;
}
