import type { CheckedDocument } from './checked-document.ts';
import { documentSchema } from './schema.ts';
import { keyDescription } from './schema-messages.ts';

/** Reports top-level keys that are neither in the file nor supplied, but for those that are there misspelled. */
export function reportMissingKeys(
  document: CheckedDocument,
  keys: readonly string[],
  severity: 'error' | 'warning',
): void {
  const schema = documentSchema(document.definition.kind);
  for (const key of keys) {
    if (Object.hasOwn(document.value, key)) continue;
    const misspelled = document.diagnostics.some(
      ({ code, suggestion }) => code === 'unknown-key' && suggestion === key,
    );
    if (misspelled) continue;
    const message = `the document has no '${key}'${keyDescription(schema, schema.root, key)}`;
    if (severity === 'error') document.error('missing-key', message);
    else document.warning('may-be-supplied', `${message}: a command line must supply it`);
  }
}
