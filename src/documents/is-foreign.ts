import type { CheckedFile } from './check-file.ts';
import { documentSchema } from './schema.ts';
import { nearMiss } from './set-rules/near-miss.ts';

/**
 * Whether a file that looked like a document of Azure ML is rather somebody else's, such as a chart's values with an
 * `image`: it has no `$schema`, mentions Azure ML nowhere, and a third of its keys are none of the kind, nor misspelled.
 */
export function isForeign({ documents, text }: CheckedFile): boolean {
  const [document] = documents;
  if (document === undefined || /azureml|\$schema/i.test(text)) return false;
  const { properties = {} } = documentSchema(document.definition.kind).root;
  const names = [...document.root.entries.keys()];
  const known = Object.keys(properties);
  const others = names.filter(
    (name) => !Object.hasOwn(properties, name) && nearMiss(name, known) === undefined,
  );
  return others.length * 3 >= names.length && others.length > 0;
}
