import type { SourceText } from './diagnostic.ts';
import type { SourceRange, YamlScalar } from './yaml-tree.ts';

/** A `${{…}}` in a text. */
export interface Expression {
  /** Between the braces, without blanks around it: `parent.inputs.x`. */
  readonly body: string;
  /** With the braces, as it stands in the text. */
  readonly source: string;
  /** In the text, in UTF-16 units. */
  readonly index: number;
}

/** All expressions of a text, read as Azure's client reads them: without blanks inside. */
export function findExpressions(text: string): Expression[] {
  if (!text.includes('${{')) return [];
  return [...text.matchAll(/\$\{\{\s*(\S*?)\s*\}\}/g)].map((match) => ({
    body: match[1] ?? '',
    source: match[0],
    index: match.index,
  }));
}

/** The body where the text is one expression and nothing else. */
export function soleExpression(text: string): string | undefined {
  return /^\s*\$\{\{\s*(\S*?)\s*\}\}\s*$/.exec(text)?.[1];
}

/**
 * Where a part of a scalar stands in the file. Quotes, escapes and the indentation of blocks shift it, so it is looked
 * for: the text before it must hold as many of its like in the file as in the value. The whole scalar if it is not found.
 */
export function rangeInScalar(
  text: SourceText,
  scalar: YamlScalar,
  part: { readonly source: string; readonly index: number },
): SourceRange {
  const before = scalar.source.slice(0, part.index).split(part.source).length - 1;
  let start = scalar.start - 1;
  for (let count = 0; count <= before; count += 1) {
    start = text.source.indexOf(part.source, start + 1);
    if (start === -1 || start >= scalar.end) return scalar;
  }
  return { start, end: start + part.source.length };
}
