import { userError } from '../../http/service-error.ts';
import type { StoredResource } from '../../store/resources.ts';
import type { ArmRequest } from '../handler.ts';
import type { AssetContainerRecord } from './records.ts';

/** `one,two=2`: names that have to be there, and the values that they have to have. */
export function hasAll(wanted: string, map: Readonly<Record<string, string>>): boolean {
  return wanted
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .every((part) => {
      const at = part.indexOf('=');
      const name = at === -1 ? part : part.slice(0, at);
      return Object.hasOwn(map, name) && (at === -1 || map[name] === part.slice(at + 1));
    });
}

/** Whether a version is what the query of a list asks for: `stage`, `version`, `description`, `tags`, `properties`. */
export function matchesQuery<V extends AssetContainerRecord & { readonly stage?: string | null }>(
  request: ArmRequest,
  { name, body }: StoredResource<V>,
): boolean {
  const asked = (key: string): string | null => {
    const [value = null, ...more] = request.query.getAll(key);
    if (more.length > 0) throw userError(`${key} is given ${more.length + 1} times, expected once.`);
    return value;
  };
  const [stage, version, description] = ['stage', 'version', 'description'].map(asked);
  const [tags, properties] = ['tags', 'properties'].map(asked);
  return (
    (stage ?? body.stage ?? 'Development').toLowerCase() === (body.stage ?? 'Development').toLowerCase() &&
    (version ?? name) === name &&
    (description ?? body.description) === body.description &&
    hasAll(tags ?? '', body.tags) &&
    hasAll(properties ?? '', body.properties)
  );
}
