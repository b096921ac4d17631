/** Longer or deeper than any metadata; bounds the time that a hostile text takes. */
const maxCharacters = 64 * 1024;
const maxDepth = 8;

/**
 * Reads what Python's `repr` makes of metadata: texts, numbers, True, False, None, lists, tuples, dicts, and
 * `ordereddict({…})` or `OrderedDict([(…)])` around them. Azure's tools print mappings and lists that way where a tag
 * must be a text. undefined for anything else.
 */
export function parsePythonLiteral(text: string): unknown {
  if (text.length > maxCharacters) return undefined;
  try {
    const reader = new LiteralReader(text);
    const value = reader.value(0);
    return reader.atEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#text.length;
  }

  value(depth: number): unknown {
    if (depth > maxDepth) throw new SyntaxError('too deep');
    this.#skipBlanks();
    const next = this.#text[this.#at];
    if (next === '{') return this.#dict(depth);
    if (next === '[') return this.#items('[', ']', depth);
    if (next === '(') return this.#items('(', ')', depth);
    if (next === "'" || next === '"') return this.#quoted();
    if (this.#take(/ordereddict\s*\(/iy) !== undefined) {
      const inner = this.value(depth + 1);
      this.#expect(')');
      return Array.isArray(inner) ? Object.fromEntries(inner.filter(isPair)) : inner;
    }
    return this.#word();
  }

  #word(): unknown {
    const word = this.#take(/[-+\w.]+/y);
    if (word === 'True' || word === 'true') return true;
    if (word === 'False' || word === 'false') return false;
    if (word === 'None' || word === 'null') return null;
    if (word !== undefined && /^[-+]?\d+(\.\d+)?$/.test(word)) return Number(word);
    throw new SyntaxError('no literal');
  }

  #dict(depth: number): unknown {
    this.#expect('{');
    const entries: [string, unknown][] = [];
    while (!this.#accept('}')) {
      if (entries.length > 0) this.#expect(',');
      if (this.#accept('}')) break;
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw new SyntaxError('a key that is no text');
      this.#expect(':');
      entries.push([key, this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #items(open: string, close: string, depth: number): unknown[] {
    this.#expect(open);
    const items: unknown[] = [];
    while (!this.#accept(close)) {
      if (items.length > 0) this.#expect(',');
      if (this.#accept(close)) break;
      items.push(this.value(depth + 1));
    }
    return items;
  }

  #quoted(): string {
    const quoted = this.#take(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y);
    if (quoted === undefined) throw new SyntaxError('a text without end');
    return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  #accept(character: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw new SyntaxError(`expected ${character}`);
  }

  #skipBlanks(): void {
    this.#take(/\s*/y);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    this.#at += match?.length ?? 0;
    return match;
  }
}

function isPair(item: unknown): item is [string, unknown] {
  return Array.isArray(item) && item.length === 2 && typeof item[0] === 'string';
}
