import { entryOf, hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { YamlMapping } from '../yaml-tree.ts';

/** How much a document looks like a component of a type: what tells it from a job of that type is its typed inputs. */
export function componentScore(root: YamlMapping, type: 'command' | 'pipeline'): number {
  const own = scalarText(root, 'type')?.toLowerCase();
  if (own === undefined ? type === 'pipeline' : own !== type) return 0;
  const body = type === 'command' ? 'command' : 'jobs';
  if (hasAnyKey(root, ['trial', 'task'])) return 0;
  if (!hasAnyKey(root, [body])) return 1;
  // A job takes no such inputs.
  if (declaresTypes(root)) return 18;
  // A component may have any key; these are a job's.
  if (hasAnyKey(root, ['compute', 'experiment_name', 'settings', 'services'])) return 2;
  return hasAnyKey(root, ['is_deterministic', 'version']) ? 18 : 5;
}

/** Whether an input declares what it takes instead of being a value. */
export function declaresTypes(root: YamlMapping): boolean {
  const inputs = entryOf(root, 'inputs')?.value;
  if (inputs?.kind !== 'mapping') return false;
  return [...inputs.entries.values()].some(({ value }) => {
    if (value.kind !== 'mapping' || hasAnyKey(value, ['path', 'value'])) return false;
    return (
      hasAnyKey(value, ['optional', 'default', 'description', 'enum', 'min', 'max']) ||
      /^(?:string|integer|number|boolean)$/.test(scalarText(value, 'type') ?? '')
    );
  });
}
