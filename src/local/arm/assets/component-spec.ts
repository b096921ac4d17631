import { userError } from '../../http/service-error.ts';

export type ComponentSpec = Readonly<Record<string, unknown>>;

const types = ['command', 'pipeline', 'parallel', 'spark', 'sweep', 'automl', 'import', 'data_transfer'];
const namePattern = /^[a-z][a-z0-9_]*$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The service keeps every scalar of a spec as text: `optional: false` comes back as `"False"`. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asText(member)]));
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : value;
}

/** A component's spec as the service gives it back. Throws the service's 400 for what is no component. */
export function componentSpecOf(given: Record<string, unknown>): ComponentSpec {
  const { name, type } = given;
  if (typeof type !== 'string' || !types.includes(type.split('@')[0] ?? ''))
    throw userError(`componentSpec.type is ${JSON.stringify(type)}, expected one of ${types.join(', ')}.`);
  if (typeof name !== 'string' || !namePattern.test(name))
    throw userError(
      `componentSpec.name is ${JSON.stringify(name)}, expected lower-case letters, digits and underscores, starting with a letter.`,
    );
  if (type === 'command') {
    for (const key of ['command', 'environment'])
      if (given[key] === undefined || given[key] === null)
        throw userError(`componentSpec.${key} is required.`);
  }
  const spec = asText(given) as Record<string, unknown>;
  for (const [input, definition] of Object.entries(isRecord(given['inputs']) ? given['inputs'] : {})) {
    if (!isRecord(definition) || typeof definition['type'] !== 'string')
      throw userError(`componentSpec.inputs.${input} has no type.`);
  }
  const inputs = isRecord(spec['inputs'])
    ? Object.fromEntries(
        Object.entries(spec['inputs']).map(([input, definition]) => [
          input,
          { optional: 'False', ...(definition as object) },
        ]),
      )
    : undefined;
  return {
    ...spec,
    ...(inputs === undefined ? {} : { inputs }),
    is_deterministic: spec['is_deterministic'] ?? 'True',
    ...(type === 'command'
      ? { resources: { instance_count: '1', ...(spec['resources'] as object | undefined) } }
      : {}),
  };
}
