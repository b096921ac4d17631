import type { CardLock } from '../card/index.ts';
import { CheckedDocument } from './checked-document.ts';
import { decodeText } from './decode-text.ts';
import type { EncodingFault } from './decode-text.ts';
import { detectKind } from './detect-kind.ts';
import type { DetectedKind } from './detect-kind.ts';
import { diagnosticSink, sortDiagnostics, SourceText } from './diagnostic.ts';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import { documentKinds } from './kinds/index.ts';
import type { DocumentKind, FileLookup, KindDefinition, RuleContext } from './kinds/kind.ts';
import { parseYaml } from './parse-yaml.ts';
import { reportMissingKeys } from './report-missing-keys.ts';
import { commonRules } from './rules/common.ts';
import { abbreviate } from './yaml-tree.ts';
import type { YamlMapping, YamlNode } from './yaml-tree.ts';

export interface CheckFileOptions {
  /** Bytes are read as Azure's loader reads a file. */
  readonly text: string | Uint8Array;
  /** Named in diagnostics as it is. */
  readonly file: string;
  /** Checked as this kind, whatever it looks like. */
  readonly kind?: DocumentKind;
  /** Top-level values, by the file's own keys, that stand in the place of the file's. */
  readonly supplied?: Readonly<Record<string, unknown>>;
  /** Whether keys that a command line may supply are missed; `ignored` where the caller supplies them later. */
  readonly suppliable?: 'warning' | 'error' | 'ignored';
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
  readonly isCards?: boolean;
  readonly lock?: CardLock;
  /** Absolute. */
  readonly directory?: string;
  readonly files?: FileLookup;
  /** Leaves one rule out, by its name: tests see thereby what it is for. */
  readonly withoutRule?: string;
}

export interface CheckedFile {
  readonly file: string;
  /** Of the first document; null when it is none that is checked. */
  readonly kind: DocumentKind | null;
  readonly status: 'checked' | 'not-checked' | 'unknown';
  /** As read; with U+FFFD for bytes that are no text. */
  readonly text: string;
  readonly documents: readonly CheckedDocument[];
  /** Of the file as a whole; those of the documents are theirs. */
  readonly ownDiagnostics: readonly Diagnostic[];
}

const noFiles: FileLookup = { exists: () => undefined, read: () => undefined };

/** Reads a file's text and checks every document in it by its schema and the rules of its kind. Never throws on bad input. */
export function checkFile(options: CheckFileOptions): CheckedFile {
  const text = typeof options.text === 'string' ? options.text : decodeText(options.text);
  if (typeof text !== 'string') return undecodable(options, text);
  const parsed = parseYaml(text, options.file);
  const sink = diagnosticSink(parsed.text);
  const documents: CheckedDocument[] = [];
  let status: CheckedFile['status'] | undefined;
  for (const [index, root] of parsed.roots.entries()) {
    // An empty one after a marker is one too many, which is said already.
    if (index > 0 && root.kind === 'scalar' && root.scalar.type === 'null') continue;
    if (root.kind !== 'mapping') {
      const message = 'the document is no mapping: expected keys and values';
      sink.error('wrong-type', message, '', { start: root.start, end: root.start + 1 });
      continue;
    }
    const detected =
      options.kind === undefined
        ? detectKind(root, options.file, text)
        : { is: 'kind' as const, definition: documentKinds[options.kind] };
    if (detected.is === 'kind') {
      const document = checkDocument(root, detected.definition, parsed.text, options);
      if ('contradicts' in detected) {
        const { title } = detected.definition;
        const message = `$schema names ${detected.contradicts}, but this is a ${title}: it is checked as what it is`;
        document.warning('schema-mismatch', message, '$schema');
      }
      documents.push(document);
      status = 'checked';
    } else {
      reportNotChecked(detected, root, sink);
      if (status === undefined || status === 'unknown') status = detected.is;
    }
  }
  return {
    file: options.file,
    kind: documents[0]?.definition.kind ?? null,
    status: status ?? 'unknown',
    text,
    documents,
    ownDiagnostics: ownDiagnostics(status, parsed.diagnostics, sink.diagnostics),
  };
}

function ownDiagnostics(
  status: CheckedFile['status'] | undefined,
  yaml: readonly Diagnostic[],
  found: readonly Diagnostic[],
): Diagnostic[] {
  // Nothing that only Azure's loader minds is said about a file that is not for it.
  return status === 'unknown' ? [...found].slice(0, 1) : [...yaml, ...found];
}

function undecodable(options: CheckFileOptions, fault: EncodingFault): CheckedFile {
  const text = new SourceText(`${fault.before}\uFFFD`, options.file);
  const sink = diagnosticSink(text);
  const start = text.source.length - 1;
  sink.error('yaml-encoding', fault.message, '', { start, end: start + 1 });
  const { file } = options;
  return {
    file,
    kind: null,
    status: 'unknown',
    text: fault.text,
    documents: [],
    ownDiagnostics: sink.diagnostics,
  };
}

function reportNotChecked(
  detected: Exclude<DetectedKind, { readonly is: 'kind' }>,
  root: YamlMapping,
  sink: DiagnosticSink,
): void {
  const range = root.entries.get('$schema')?.value ?? { start: root.start, end: root.start + 1 };
  if (detected.is === 'not-checked') {
    const message = `aml-deit does not check documents of this kind (${abbreviate(detected.name)})`;
    sink.info('not-checked', message, '', range);
  } else {
    const message = 'this is no document of Azure ML that aml-deit knows: add a $schema, or name its kind';
    sink.info('unknown-kind', message, '', range);
  }
}

/** All that is to be said about a file, in its order. */
export function fileDiagnostics({ ownDiagnostics, documents }: CheckedFile): Diagnostic[] {
  return sortDiagnostics([...ownDiagnostics, ...documents.flatMap(({ diagnostics }) => diagnostics)]);
}

function checkDocument(
  root: YamlMapping,
  definition: KindDefinition,
  text: SourceText,
  options: CheckFileOptions,
): CheckedDocument {
  const { supplied = {}, suppliable = 'warning' } = options;
  const isCards = options.isCards === true || namesCardModel(root, text.source);
  const document = new CheckedDocument({
    definition,
    root,
    text,
    supplied,
    complete: suppliable !== 'warning',
    isCards,
  });
  if (suppliable !== 'ignored') reportMissingKeys(document, definition.mayBeSupplied, suppliable);
  const context: RuleContext = {
    complete: suppliable === 'error',
    asOf: options.asOf,
    isCards,
    lock: options.lock,
    directory: options.directory,
    files: options.files ?? noFiles,
  };
  for (const rule of [...commonRules, ...definition.rules]) {
    if (rule.name !== options.withoutRule) rule.check(document, context);
  }
  return document;
}

const cardModel = 'facebook-deit-base-patch16-224';

/** True where a reference or an input is the card's model, in whatever version; free text and comments do not count. */
function namesCardModel(root: YamlMapping, source: string): boolean {
  return source.includes(cardModel) && anyScalar(root, isCardModel);
}

function isCardModel(text: string): boolean {
  return (
    text === cardModel ||
    (text.startsWith('azureml:') && new RegExp(`[:/]${cardModel}(?:$|[:/@])`).test(text))
  );
}

function anyScalar(node: YamlNode, test: (text: string) => boolean): boolean {
  switch (node.kind) {
    case 'scalar':
      return test(node.source);
    case 'sequence':
      return node.items.some((item) => anyScalar(item, test));
    case 'mapping':
      return [...node.entries.values()].some(({ value }) => anyScalar(value, test));
  }
}
