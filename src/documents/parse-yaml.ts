import { EVENT_ID, SCALAR_STYLE, YAMLException, getScalarValue, parseEvents } from 'js-yaml';
import type { MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import { findUnclosedQuote } from './unclosed-quote.ts';
import { diagnosticSink, SourceText } from './diagnostic.ts';
import { pythonText, resolvePlainScalar, resolveTaggedScalar } from './resolve-scalar.ts';
import { abbreviate } from './yaml-tree.ts';
import type { YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence } from './yaml-tree.ts';

export interface ParsedYaml {
  readonly text: SourceText;
  /** In the order of the file; none when the text is no YAML, empty, or not readable as Azure's loader reads it. */
  readonly roots: readonly YamlNode[];
  /** Among them an error for each document after the first: Azure's loader refuses a file of several. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Far above any document of Azure ML; a file beyond it is something else. */
const maxCharacters = 1024 * 1024;
/** Nodes after aliases are followed: stops documents that a few aliases blow up to billions. */
const maxNodes = 50_000;
const maxDepth = 100;
const maxDocuments = 100;
/** Nobody reads more. */
const maxDuplicateKeys = 100;
/** Python refuses to read longer numbers; reading them takes quadratic time. */
const maxDigits = 4300;

type YamlEvent = ReturnType<typeof parseEvents>[number];

/**
 * Reads YAML into trees with positions, with the scalars of YAML 1.1, duplicate keys (last wins, with a warning),
 * anchors, merge keys and the standard tags, as Azure's own loader does. Never throws on bad input.
 */
export function parseYaml(content: string, file: string): ParsedYaml {
  const text = new SourceText(content, file);
  const sink = diagnosticSink(text);
  return { text, roots: readRoots(text, sink), diagnostics: sink.diagnostics };
}

function readRoots(text: SourceText, sink: DiagnosticSink): YamlNode[] {
  const { source } = text;
  if (source.length > maxCharacters) {
    const message = `the file has ${source.length} characters: expected at most ${maxCharacters}`;
    sink.error('yaml-too-large', message, '', { start: 0, end: 0 });
    return [];
  }
  const unprintable = unprintableCharacter.exec(source);
  if (unprintable !== null) {
    const start = unprintable.index;
    const code = source.charCodeAt(start).toString(16).toUpperCase().padStart(4, '0');
    const message = `the character U+${code} may not stand in YAML`;
    sink.error('yaml-syntax', message, '', { start, end: start + 1 });
    return [];
  }
  try {
    const masked = maskTemplates(source);
    const composer = new Composer(masked, parseEvents(masked, { maxDepth }), sink);
    const roots = composer.compose();
    for (const node of composer.repeated) text.share(node);
    return roots;
  } catch (error) {
    if (error instanceof YAMLException) {
      const quote = findUnclosedQuote(source);
      if (quote !== undefined) {
        const message = 'the quote that opens here is not closed';
        sink.error('yaml-syntax', message, '', { start: quote, end: quote + 1 });
        return [];
      }
      const start = Math.min(error.mark?.position ?? 0, source.length);
      sink.error('yaml-syntax', firstLine(error.reason), '', { start, end: start });
      return [];
    }
    if (error instanceof UnreadableYaml) {
      sink.error(error.code, error.message, '', { start: error.start, end: error.end });
      return [];
    }
    throw error;
  }
}

/**
 * `{{NAME}}` without quotes is what a template has, and a mapping within a mapping to YAML: characters for private use
 * stand for its braces while it is read, so that the document around it can be looked at. `${{…}}` is Azure ML's own.
 */
function maskTemplates(source: string): string {
  return source.includes('{{')
    ? source.replaceAll(/(?<!\$)\{\{(\s*[\w.-]+\s*)\}\}/g, '\uE0F0\uE0F0$1\uE0F1\uE0F1')
    : source;
}

function unmaskTemplates(text: string): string {
  return text.includes('\uE0F0') ? text.replaceAll('\uE0F0', '{').replaceAll('\uE0F1', '}') : text;
}

/** What PyYAML refuses to read wherever it stands: control characters, halves of surrogate pairs, non-characters. */
const unprintableCharacter =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.charAt(0).toLowerCase() + line.slice(1);
}

/** Ends the reading of one document; becomes its diagnostic. */
class UnreadableYaml extends Error {
  readonly code: string;
  readonly start: number;
  readonly end: number;
  constructor(code: string, message: string, start: number, end: number) {
    super(message);
    this.code = code;
    this.start = start;
    this.end = end;
  }
}

const tagPrefix = 'tag:yaml.org,2002:';

class Composer {
  readonly #source: string;
  readonly #events: readonly YamlEvent[];
  readonly #sink: DiagnosticSink;
  /** Anchored nodes that an alias stands for. */
  readonly repeated = new Set<YamlNode>();
  readonly #anchors = new Map<string, YamlNode>();
  /** How many nodes a node stands for, once its aliases are followed. */
  readonly #sizes = new WeakMap<YamlNode, number>();
  /** Anchored collections that are still open: an alias to one would be a cycle. */
  readonly #open = new Set<string>();
  readonly #tagHandles = new Map<string, string>();
  #next = 0;
  #mergedKeys = 0;
  #duplicateKeys = 0;
  #documents = 0;
  #nodes = 0;
  /** Where the last event that has a position ended. */
  #offset = 0;

  constructor(source: string, events: readonly YamlEvent[], sink: DiagnosticSink) {
    this.#source = source;
    this.#events = events;
    this.#sink = sink;
  }

  compose(): YamlNode[] {
    const roots: YamlNode[] = [];
    while (this.#next < this.#events.length) {
      const document = this.#events[this.#next];
      if (document?.type !== EVENT_ID.DOCUMENT) break;
      if (this.#next > 0) this.#reportFurtherDocument();
      this.#documents += 1;
      if (this.#documents > maxDocuments) {
        const message = `the file holds more than ${maxDocuments} documents`;
        throw new UnreadableYaml('yaml-too-large', message, this.#offset, this.#offset);
      }
      this.#next += 1;
      if (this.#events[this.#next]?.type !== EVENT_ID.POP) {
        this.#anchors.clear();
        this.#tagHandles.clear();
        for (const directive of document.directives) {
          if (directive.kind === 'tag') this.#tagHandles.set(directive.handle, directive.prefix);
        }
        roots.push(this.#node());
      }
      this.#next += 1;
    }
    if (roots.length === 0) throw new UnreadableYaml('yaml-empty', 'the file holds no document', 0, 0);
    return roots;
  }

  /** Its marker is found in the text between the events. */
  #reportFurtherDocument(): void {
    const marker = /^---/gm;
    marker.lastIndex = this.#offset;
    const start = marker.exec(this.#source)?.index ?? this.#offset;
    this.#offset = Math.min(start + 3, this.#source.length);
    const message = 'the file holds a further document: expected one document in a file';
    this.#sink.error('yaml-several-documents', message, '', { start, end: start + 3 });
  }

  #node(): YamlNode {
    const event = this.#events[this.#next];
    this.#nodes += 1;
    if (this.#nodes > 2 * maxNodes) {
      const message = `the file holds more than ${maxNodes} values`;
      throw new UnreadableYaml('yaml-too-large', message, this.#offset, this.#offset);
    }
    this.#next += 1;
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchor(event, this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#collection(event, () => this.#sequence(event));
      case EVENT_ID.MAPPING:
        return this.#collection(event, () => this.#mapping(event));
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd);
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
      case undefined:
        throw new UnreadableYaml('yaml-syntax', 'the document ends too early', this.#offset, this.#offset);
    }
  }

  /** A node that is no key: `<<` has a meaning as a key only. */
  #value(): YamlNode {
    const node = this.#node();
    if (node.kind === 'scalar' && node.source === '<<' && this.#source[node.start] === '<') {
      throw new UnreadableYaml('yaml-merge', '<< is a key that merges: quote it', node.start, node.end);
    }
    return node;
  }

  #anchor<Node extends YamlNode>(event: ScalarEvent | SequenceEvent | MappingEvent, node: Node): Node {
    if (event.anchorStart !== -1) {
      this.#anchors.set(this.#source.slice(event.anchorStart, event.anchorEnd), node);
    }
    return node;
  }

  #collection(event: SequenceEvent | MappingEvent, read: () => YamlNode): YamlNode {
    const name =
      event.anchorStart === -1 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd);
    if (name !== undefined) {
      this.#open.add(name);
      this.#anchors.delete(name);
    }
    const node = read();
    if (name !== undefined) this.#open.delete(name);
    return this.#anchor(event, node);
  }

  #alias(start: number, end: number): YamlNode {
    const name = this.#source.slice(start, end);
    this.#offset = end;
    const node = this.#anchors.get(name);
    if (node !== undefined) {
      this.repeated.add(node);
      return node;
    }
    const message = this.#open.has(name)
      ? `the alias *${name} stands inside its own anchor`
      : `the alias *${name} has no anchor before it`;
    throw new UnreadableYaml('yaml-alias', message, start - 1, end);
  }

  #scalar(event: ScalarEvent): YamlScalar {
    const source = unmaskTemplates(getScalarValue(this.#source, event));
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    // An empty value has no text of its own: it stands where the reading had come to.
    const start =
      event.valueStart === -1
        ? this.#offset
        : isBlock
          ? this.#textStart(event)
          : event.valueStart - (quoted ? 1 : 0);
    const end = event.valueStart === -1 ? start : event.valueEnd + (quoted ? 1 : 0);
    this.#offset = Math.max(this.#offset, end);
    return {
      kind: 'scalar',
      start,
      end,
      source,
      plain: event.style === SCALAR_STYLE.PLAIN && event.tagStart === -1,
      scalar: this.#resolve(event, source, start, end),
    };
  }

  /** The text of a block begins after its indentation. */
  #textStart({ valueStart, valueEnd }: ScalarEvent): number {
    const blank = /[ \t\r\n]*/y;
    blank.lastIndex = valueStart;
    blank.exec(this.#source);
    return Math.min(blank.lastIndex, valueEnd);
  }

  #resolve(event: ScalarEvent, source: string, start: number, end: number): YamlScalar['scalar'] {
    const tag = this.#tag(event);
    if (tag === undefined) {
      if (event.style !== SCALAR_STYLE.PLAIN) return { type: 'text', value: source };
      // PyYAML takes these for something and then has no way to build it.
      if (source === '=' || /^[-+]?0[bx]_+$/.test(source)) {
        throw new UnreadableYaml('yaml-syntax', `${source} is no value in YAML 1.1: quote it`, start, end);
      }
      if (source.length > maxDigits && /^[-+]?[0-9][0-9_:.]*$/.test(source)) {
        throw new UnreadableYaml('yaml-syntax', 'the number is too long to be one: quote it', start, end);
      }
      return resolvePlainScalar(source);
    }
    const resolved = resolveTaggedScalar(source, tag);
    if (resolved === undefined) {
      const message = tag.startsWith(tagPrefix)
        ? `'${abbreviate(source)}' cannot be read as !!${tag.slice(tagPrefix.length)}`
        : `the tag ${abbreviate(tag)} is unknown: Azure's loader refuses it`;
      throw new UnreadableYaml('yaml-tag', message, start, end);
    }
    return resolved;
  }

  /** The full name of an explicit tag; undefined for none. The bare `!` makes text of a scalar. */
  #tag(event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined {
    if (event.tagStart === -1) return undefined;
    const text = this.#source.slice(event.tagStart, event.tagEnd);
    if (text === '!') return event.type === EVENT_ID.SCALAR ? `${tagPrefix}str` : undefined;
    if (text.startsWith('!<')) return text.slice(2, -1);
    const [, handle = '!', suffix = ''] = /^(!!|![\w-]+!|!)(.*)$/s.exec(text) ?? [];
    const prefix = this.#tagHandles.get(handle) ?? (handle === '!!' ? tagPrefix : handle);
    return prefix + suffix;
  }

  #requireTag(event: SequenceEvent | MappingEvent, allowed: readonly string[]): void {
    const tag = this.#tag(event);
    if (tag === undefined || allowed.includes(tag.slice(tagPrefix.length))) return;
    throw new UnreadableYaml('yaml-tag', `the tag ${tag} does not fit here`, event.tagStart, event.tagEnd);
  }

  #sequence(event: SequenceEvent): YamlSequence {
    this.#requireTag(event, ['seq', 'omap', 'pairs']);
    const items: YamlNode[] = [];
    this.#offset = Math.max(this.#offset, event.start);
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) items.push(this.#value());
    this.#next += 1;
    const node: YamlSequence = { kind: 'sequence', start: event.start, end: this.#offset, items };
    this.#measure(node, items);
    return node;
  }

  #mapping(event: MappingEvent): YamlMapping {
    this.#requireTag(event, ['map', 'set']);
    const own = new Map<string, YamlEntry>();
    const merged = new Map<string, YamlEntry>();
    this.#offset = Math.max(this.#offset, event.start);
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) {
      const key = this.#node();
      if (key.kind !== 'scalar') {
        const message = `a key is ${key.kind === 'mapping' ? 'a mapping' : 'a list'}: expected text`;
        throw new UnreadableYaml('yaml-key', message, key.start, Math.max(key.start + 1, key.end));
      }
      this.#offset = Math.max(this.#offset, key.end);
      const isMerge = key.source === '<<' && this.#source[key.start] === '<';
      const value = this.#value();
      if (isMerge) this.#merge(value, merged);
      else this.#addEntry(own, { name: pythonText(key.scalar), key, value });
    }
    this.#next += 1;
    // What stands in the mapping itself wins over what is merged.
    const entries = merged;
    for (const entry of own.values()) entries.set(entry.name, entry);
    const node: YamlMapping = {
      kind: 'mapping',
      start: event.start,
      end: this.#offset,
      entries,
    };
    this.#measure(
      node,
      [...entries.values()].map(({ value }) => value),
    );
    return node;
  }

  #addEntry(entries: Map<string, YamlEntry>, entry: YamlEntry): void {
    if (entries.has(entry.name)) {
      this.#duplicateKeys += 1;
      if (this.#duplicateKeys <= maxDuplicateKeys) {
        const message = `the key '${abbreviate(entry.name)}' is there twice: this, the last one, is what counts`;
        this.#sink.warning('yaml-duplicate-key', message, '', entry.key);
      }
      entries.delete(entry.name);
    }
    entries.set(entry.name, entry);
  }

  /** Of several mappings that are merged the first wins. */
  #merge(value: YamlNode, into: Map<string, YamlEntry>): void {
    const mappings = value.kind === 'sequence' ? value.items : [value];
    for (const mapping of mappings) {
      if (mapping.kind !== 'mapping') {
        const message = '<< takes a mapping or a list of mappings';
        throw new UnreadableYaml('yaml-merge', message, mapping.start, mapping.end);
      }
      this.#mergedKeys += mapping.entries.size;
      if (this.#mergedKeys > maxNodes) {
        const message = `the document merges more than ${maxNodes} keys`;
        throw new UnreadableYaml('yaml-too-large', message, mapping.start, mapping.start);
      }
      for (const entry of mapping.entries.values()) {
        if (!into.has(entry.name)) into.set(entry.name, entry);
      }
    }
  }

  #measure(node: YamlNode, children: readonly YamlNode[]): void {
    const size = children.reduce((sum, child) => sum + (this.#sizes.get(child) ?? 1), 1);
    if (size > maxNodes) {
      const message = `the document stands for more than ${maxNodes} values once its aliases are followed`;
      throw new UnreadableYaml('yaml-too-large', message, node.start, node.start);
    }
    this.#sizes.set(node, size);
  }
}
