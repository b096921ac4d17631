import type { TextEdit } from './diagnostic.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** Puts another word in the place of a scalar's; quotes around it stay. Undefined where the text is not written as it is. */
export function scalarEdit({ start, end, plain, source }: YamlScalar, text: string): TextEdit | undefined {
  if (start < 0) return undefined;
  if (plain) return { start, end, text };
  // Escapes, tags and the lines of a block make what stands there longer or shorter than this.
  const isQuoted = end - start === source.length + 2 && /^[\w.-]+$/.test(source);
  return isQuoted ? { start: start + 1, end: end - 1, text } : undefined;
}
