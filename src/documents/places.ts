import { entryOf, locate, pointerTokens } from './yaml-tree.ts';
import type { SourceRange, YamlNode, YamlScalar } from './yaml-tree.ts';

/** What stands for a node: its key where it is empty or a collection; undefined when it stands in no file. */
export function rangeOfNode(node: YamlNode, key?: YamlScalar): SourceRange | undefined {
  if (node.start < 0) return undefined;
  const keyIsBetter = key !== undefined && (node.kind !== 'scalar' || node.start === node.end);
  if (keyIsBetter && key.start >= 0) return key;
  // A collection without a key is the document or a list's item: its first character stands for it.
  return node.kind === 'scalar' ? node : { start: node.start, end: node.start + 1 };
}

/** Of the value at a JSON pointer, or of the nearest one above it. */
export function rangeOfValue(root: YamlNode, pointer: string): SourceRange | undefined {
  const { node, key } = locate(root, pointer);
  return rangeOfNode(node, key);
}

/** Of the key that leads to a value. */
export function rangeOfKey(root: YamlNode, pointer: string): SourceRange | undefined {
  const parent = locate(root, pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))).node;
  const key = entryOf(parent, pointerTokens(pointer).at(-1) ?? '')?.key;
  if (key === undefined) return rangeOfValue(root, pointer);
  return key.start < 0 ? undefined : key;
}

/** The value at a JSON pointer; undefined when there is none, or it stands in no file. */
export function nodeAt(root: YamlNode, pointer: string): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const token of pointerTokens(pointer)) {
    node = node?.kind === 'sequence' ? node.items[Number(token)] : entryOf(node, token)?.value;
  }
  return node === undefined || node.start < 0 ? undefined : node;
}
