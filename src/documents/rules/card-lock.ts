import { checkModelReference } from '../../card/index.ts';
import type { CardLock } from '../../card/index.ts';
import type { CheckedDocument } from '../checked-document.ts';
import type { TextEdit } from '../diagnostic.ts';
import type { Rule } from '../kinds/kind.ts';
import type { YamlNode } from '../yaml-tree.ts';

/** Every reference to the model that the project's lock file pins must be to the pinned version. */
export const cardLockRule: Rule = {
  name: 'card-lock',
  codes: ['lock-version-differs', 'model-not-pinned'],
  check(document, { lock }) {
    if (lock !== undefined && document.text.source.includes(lock.name)) {
      checkNode(document, document.root, [], lock);
    }
  },
};

function checkNode(document: CheckedDocument, node: YamlNode, path: string[], lock: CardLock): void {
  if (node.kind === 'mapping') {
    for (const { name, value } of node.entries.values()) checkNode(document, value, [...path, name], lock);
  } else if (node.kind === 'sequence') {
    for (const [index, item] of node.items.entries()) {
      checkNode(document, item, [...path, String(index)], lock);
    }
  } else if (node.source.startsWith('azureml:') && node.source.includes(lock.name)) {
    for (const { severity, code, message } of checkModelReference(node.source, lock)) {
      // Of a model of that name in the workspace the lock says nothing.
      const isOther = code === 'model-not-pinned' && severity === 'warning';
      if (isOther) continue;
      // Where two versions differ either may be the right one; what names none can mean the locked one only.
      const edits = code === 'model-not-pinned' ? pin(document, path, lock) : undefined;
      document.report({ severity, code, message, path, ...(edits === undefined ? {} : { edits }) });
    }
  }
}

function pin(
  document: CheckedDocument,
  path: readonly string[],
  { registry, name, version }: CardLock,
): readonly TextEdit[] | undefined {
  const range = document.rangeOf(...path);
  if (range === undefined) return undefined;
  const text = `azureml://registries/${registry}/models/${name}/versions/${version}`;
  return [{ start: range.start, end: range.end, text }];
}
