/**
 * Where the quote is that makes a text unreadable: one that opens a scalar and is not closed in the lines that belong to
 * it. Undefined where none is found. For text that cannot be read anyway: it looks at lines alone, and leaves out those
 * of blocks (`|`, `>`).
 */
export function findUnclosedQuote(source: string): number | undefined {
  let offset = 0;
  // The indentation of the key whose block of text the lines belong to.
  let block: number | undefined;
  while (offset < source.length) {
    const lineEnd = endOfLine(source, offset);
    const line = source.slice(offset, lineEnd);
    const indent = line.search(/[^ ]/);
    const isBlank = line.trim() === '';
    if (block !== undefined && !isBlank && indent <= block) block = undefined;
    if (block === undefined && !isBlank) {
      const scanned = scanLine(source, offset, lineEnd);
      if (scanned.unclosed !== undefined) return scanned.unclosed;
      if (scanned.end > lineEnd) {
        offset = scanned.end;
        continue;
      }
      if (/(?:^|[\s:-])[|>][-+\d]*[ \t]*(?:#.*)?$/.test(line)) block = indent;
    }
    offset = lineEnd + 1;
  }
  return undefined;
}

/** Up to the end of the line, or of the quoted text that goes on after it. */
function scanLine(
  source: string,
  from: number,
  lineEnd: number,
): { readonly end: number; readonly unclosed?: number } {
  let at = from;
  while (at < lineEnd) {
    const character = source[at];
    const before = source.slice(from, at);
    if (character === '#' && /(?:^|\s)$/.test(before)) return { end: lineEnd };
    if ((character === '"' || character === "'") && opensScalar(before)) {
      const close = closingQuote(source, at, character);
      if (close === undefined) return { end: lineEnd, unclosed: at };
      if (close >= lineEnd) return { end: close + 1 };
      at = close;
    }
    at += 1;
  }
  return { end: lineEnd };
}

/** After an indicator, a tag or an anchor, or at the beginning of a line; elsewhere a quote is a character like any other. */
function opensScalar(before: string): boolean {
  return /(?:^|[[{,]|(?:^|\s)[-?]\s|:\s|(?:^|\s)[!&]\S*\s)\s*$/.test(before);
}

/**
 * The quote that closes the text; undefined where there is none, or where what follows it shows that it opens another:
 * a value of a later line was taken for the end of this one.
 */
function closingQuote(source: string, open: number, quote: string): number | undefined {
  let at = open + 1;
  while (at < source.length) {
    if (quote === '"' && source[at] === '\\') at += 2;
    else if (quote === "'" && source.startsWith("''", at)) at += 2;
    else if (source[at] === quote) {
      const rest = source.slice(at + 1, endOfLine(source, at));
      return /^\s*(?:$|[,\]}:]|#)/.test(rest) ? at : undefined;
    } else at += 1;
  }
  return undefined;
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end === -1 ? source.length : end;
}
