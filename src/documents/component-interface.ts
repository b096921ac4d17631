import type { ComponentInput, ComponentInterface } from '../card/component-interface.ts';
import { entryOf, scalarText } from './yaml-tree.ts';
import type { YamlMapping, YamlNode, YamlScalar } from './yaml-tree.ts';

export const primitiveTypes = ['string', 'integer', 'number', 'boolean'] as const;
export type PrimitiveType = (typeof primitiveTypes)[number];

export function isPrimitive(type: string): type is PrimitiveType {
  return (primitiveTypes as readonly string[]).includes(type);
}

/** Whether a run needs a value for the input: it is not optional and has no default. */
export function isRequired(input: ComponentInput): boolean {
  return input.optional !== true && input.default === undefined;
}

/** The interface that a component's document declares. What cannot be read is left out of it; nothing is reported. */
export function readComponentInterface(component: YamlMapping): ComponentInterface {
  return {
    inputs: readEntries(component, 'inputs', readInput),
    outputs: readEntries(component, 'outputs', (output) => ({
      type: scalarText(output, 'type') ?? 'uri_folder',
    })),
  };
}

function readEntries<Port>(
  component: YamlMapping,
  key: 'inputs' | 'outputs',
  read: (port: YamlNode) => Port,
): Record<string, Port> {
  const ports = entryOf(component, key)?.value;
  if (ports?.kind !== 'mapping') return {};
  return Object.fromEntries([...ports.entries.values()].map(({ name, value }) => [name, read(value)]));
}

function readInput(input: YamlNode): ComponentInput {
  const items = entryOf(input, 'enum')?.value;
  const given = scalarOf(input, 'default')?.scalar.value;
  const min = numberOf(input, 'min');
  const max = numberOf(input, 'max');
  return {
    type: scalarText(input, 'type') ?? '',
    optional: /^(?:t|true|y|yes|on|1)$/i.test(scalarText(input, 'optional') ?? ''),
    ...(typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean'
      ? { default: given }
      : {}),
    ...(items?.kind === 'sequence'
      ? { enum: items.items.flatMap((item) => (item.kind === 'scalar' ? [item.source] : [])) }
      : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

function scalarOf(node: YamlNode, key: string): YamlScalar | undefined {
  const value = entryOf(node, key)?.value;
  return value?.kind === 'scalar' ? value : undefined;
}

function numberOf(node: YamlNode, key: string): number | undefined {
  const text = scalarText(node, key);
  const number = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(number) ? undefined : number;
}
