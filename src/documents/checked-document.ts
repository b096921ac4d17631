import { diagnosticSink, sortDiagnostics } from './diagnostic.ts';
import type { Diagnostic, DiagnosticSink, SourceText, TextEdit } from './diagnostic.ts';
import type { KindDefinition } from './kinds/kind.ts';
import { hasPlaceholder } from './placeholder.ts';
import { nodeAt, rangeOfKey, rangeOfValue } from './places.ts';
import { readDocument } from './read-document.ts';
import { documentSchema } from './schema.ts';
import { valueEntry } from './value-node.ts';
import { pointerOf } from './yaml-tree.ts';
import type { SourceRange, YamlMapping, YamlNode } from './yaml-tree.ts';

export interface CheckedDocumentOptions {
  readonly definition: KindDefinition;
  readonly text: SourceText;
  readonly root: YamlMapping;
  /** Top-level values, by the file's own keys, that the caller gives: they stand in the place of the file's. */
  readonly supplied?: Readonly<Record<string, unknown>>;
  /** Nothing is filled in later. */
  readonly complete?: boolean;
  readonly isCards?: boolean;
}

/** What a rule reports. */
export interface RuleFinding {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  /** `key` for what is wrong with a key's being there at all; `value` when left out. */
  readonly at?: 'key' | 'value';
  /** A part of the value, where the place of the whole says too little: an expression inside a text. */
  readonly range?: SourceRange;
  readonly suggestion?: string;
  /** Where there is one right answer: in offsets as {@link CheckedDocument.rangeOf} gives them. */
  readonly edits?: readonly TextEdit[];
}

/** A document of a kind, read and held against its schema; the rules of the kind look at it and add to it. */
export class CheckedDocument {
  readonly definition: KindDefinition;
  /** As it stands in the file, without what is supplied. */
  readonly root: YamlMapping;
  readonly text: SourceText;
  /** Whether it is the card's, by what it names or by what the caller says. */
  readonly isCards: boolean;
  readonly #sink: DiagnosticSink;
  readonly #complete: boolean;
  /** Pointers of what silences rules, among the first {@link #seen} diagnostics. */
  readonly #silenced: string[] = [];
  #seen = 0;
  /** With what is supplied in it. */
  readonly #tree: YamlMapping;
  readonly #value: Readonly<Record<string, unknown>>;

  constructor({
    definition,
    text,
    root,
    supplied = {},
    complete = false,
    isCards = false,
  }: CheckedDocumentOptions) {
    this.definition = definition;
    this.root = root;
    this.text = text;
    this.#sink = diagnosticSink(text);
    this.#complete = complete;
    this.isCards = isCards;
    this.#tree = withSupplied(root, supplied);
    this.#value = readDocument(this.#tree, documentSchema(definition.kind), this.#sink, complete);
  }

  get file(): string {
    return this.text.file;
  }

  get failed(): boolean {
    return this.#sink.diagnostics.some(({ severity }) => severity === 'error');
  }

  get diagnostics(): Diagnostic[] {
    return sortDiagnostics(this.#sink.diagnostics);
  }

  /** The whole value; its parts have the types that the schema gives them only while {@link failed} is false. */
  get value(): Readonly<Record<string, unknown>> {
    return this.#value;
  }

  /** Whether an error is about the value at a path of keys, about something inside it or about something around it. */
  isReported(...path: readonly string[]): boolean {
    const { diagnostics } = this.#sink;
    for (; this.#seen < diagnostics.length; this.#seen += 1) {
      const diagnostic = diagnostics[this.#seen];
      if (diagnostic !== undefined && silences(diagnostic)) this.#silenced.push(diagnostic.pointer);
    }
    // Most documents have nothing wrong, and rules ask for much.
    if (this.#silenced.length === 0) return false;
    const pointer = pointerOf(path);
    return this.#silenced.some(
      (each) => each === pointer || each.startsWith(`${pointer}/`) || pointer.startsWith(`${each}/`),
    );
  }

  /**
   * The value at a path of keys, for rules: undefined where it is missing, and also where it, something inside it or
   * something around it is already reported, so that one mistake gives one message.
   */
  sound(...path: readonly string[]): unknown {
    if (this.isReported(...path)) return undefined;
    let found: unknown = this.#value;
    for (const key of path) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
      found = (found as Record<string, unknown>)[key];
    }
    // What is to be filled in later can be judged then.
    return !this.#complete && typeof found === 'string' && hasPlaceholder(found) ? undefined : found;
  }

  /** The value as the file has it; undefined when it stands in no file. */
  nodeAt(...path: readonly string[]): YamlNode | undefined {
    return nodeAt(this.#tree, pointerOf(path));
  }

  /** Of a value, or of its key where it is empty or a collection; undefined when it stands in no file. */
  rangeOf(...path: readonly string[]): SourceRange | undefined {
    return rangeOfValue(this.#tree, pointerOf(path));
  }

  rangeOfKey(...path: readonly string[]): SourceRange | undefined {
    return rangeOfKey(this.#tree, pointerOf(path));
  }

  report({ path, at = 'value', range, ...finding }: RuleFinding): void {
    const place = range ?? (at === 'key' ? this.rangeOfKey(...path) : this.rangeOf(...path));
    this.#sink.report({ ...finding, pointer: pointerOf(path), range: place });
  }

  /** Takes back what has been said of a value and of what is in it, where a rule has more to say about it. No errors. */
  withdraw(code: string, ...path: readonly string[]): void {
    const pointer = pointerOf(path);
    const { diagnostics } = this.#sink;
    for (let index = diagnostics.length - 1; index >= 0; index -= 1) {
      const each = diagnostics[index];
      if (each?.code !== code || each.severity === 'error') continue;
      if (each.pointer !== pointer && !each.pointer.startsWith(`${pointer}/`)) continue;
      diagnostics.splice(index, 1);
      if (index < this.#seen) this.#seen -= 1;
    }
  }

  error(code: string, message: string, ...path: readonly string[]): void {
    this.report({ severity: 'error', code, message, path });
  }

  warning(code: string, message: string, ...path: readonly string[]): void {
    this.report({ severity: 'warning', code, message, path });
  }

  info(code: string, message: string, ...path: readonly string[]): void {
    this.report({ severity: 'info', code, message, path });
  }

  errorAtKey(code: string, message: string, ...path: readonly string[]): void {
    this.report({ severity: 'error', code, message, path, at: 'key' });
  }

  warningAtKey(code: string, message: string, ...path: readonly string[]): void {
    this.report({ severity: 'warning', code, message, path, at: 'key' });
  }
}

function withSupplied(root: YamlMapping, supplied: Readonly<Record<string, unknown>>): YamlMapping {
  const names = Object.keys(supplied);
  if (names.length === 0) return root;
  const entries = new Map(root.entries);
  for (const name of names) entries.set(name, valueEntry(name, supplied[name]));
  return { ...root, entries };
}

function silences({ severity, code, pointer }: Diagnostic): boolean {
  return pointer !== '' && (severity === 'error' || code === 'placeholder');
}
