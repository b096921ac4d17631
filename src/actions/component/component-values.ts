import { resolve } from 'node:path';
import type { KnownComponent } from '../../card/known-components/index.ts';
import type { ComponentInput } from '../../card/component-interface.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { nearestNames } from '../../io/nearest-names.ts';

/** What a component was given, held against its published interface: defaults put in, types and words checked. */
export interface ComponentInputs {
  /** The text of a literal; undefined for an optional one that was not given. */
  text(name: string): string | undefined;
  /** Throws COMPONENT_INPUT_INVALID when it was not given. */
  requiredText(name: string): string;
  flag(name: string): boolean | undefined;
  number(name: string): number | undefined;
  /** Absolute path of a file or folder; undefined for an optional one that was not given. */
  path(name: string): string | undefined;
  requiredPath(name: string): string;
  /** Names of what was given, defaults not counted. */
  readonly given: readonly string[];
  /** Whether what was given is the component's own default. */
  isDefault(name: string): boolean;
}

const scalarTypes: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean']);

function invalid(message: string, hint?: string): AmlDeitError {
  return new AmlDeitError('COMPONENT_INPUT_INVALID', message, hint === undefined ? {} : { hint });
}

function checkLiteral(where: string, text: string, input: ComponentInput): void {
  const wrong = (expected: string): AmlDeitError =>
    invalid(`${where} is ${JSON.stringify(text)}, expected ${expected}`);
  if (input.enum !== undefined && !input.enum.includes(text)) throw wrong(`one of ${input.enum.join(', ')}`);
  switch (input.type) {
    case 'boolean':
      if (!/^(?:true|false)$/i.test(text)) throw wrong('true or false');
      return;
    case 'integer':
      if (!/^[+-]?\d+$/.test(text)) throw wrong('a whole number');
      break;
    case 'number':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw wrong('a number');
      break;
    default:
      return;
  }
  if (input.min !== undefined && Number(text) < input.min) throw wrong(`at least ${input.min}`);
  if (input.max !== undefined && Number(text) > input.max) throw wrong(`at most ${input.max}`);
}

/** An optional literal that a pipeline was not given arrives as nothing: the same as not at all. */
function present(text: string | undefined, input: ComponentInput): text is string {
  return text !== undefined && (text !== '' || input.type === 'string');
}

/**
 * Checks values by name against a component's interface.
 * @throws COMPONENT_INPUT_INVALID for a name that it has not, a required one that is missing, a value of another type.
 */
export function componentInputs(
  component: KnownComponent,
  values: Readonly<Record<string, string>>,
): ComponentInputs {
  const { inputs } = component;
  for (const name of Object.keys(values))
    if (!Object.hasOwn(inputs, name)) {
      const [near] = nearestNames(name, Object.keys(inputs));
      throw invalid(
        `"${name}" is no input of ${component.name} ${component.version}`,
        near === undefined ? undefined : `did you mean ${near}?`,
      );
    }
  const settled = new Map<string, string>();
  const given: string[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const text = values[name];
    if (present(text, input)) {
      if (scalarTypes.has(input.type)) checkLiteral(`the input ${name}`, text, input);
      settled.set(name, text);
      given.push(name);
    } else if (input.default !== undefined) settled.set(name, String(input.default));
    else if (input.optional !== true)
      throw invalid(`the input ${name} of ${component.name} is required (${input.type})`);
  }
  const require = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw invalid(`the input ${name} is needed here and was not given`);
    return value;
  };
  const text = (name: string): string | undefined => settled.get(name);
  const path = (name: string): string | undefined => {
    const value = settled.get(name);
    return value === undefined || value === '' ? undefined : resolve(value);
  };
  return {
    text,
    requiredText: (name) => require(name, text(name)),
    flag: (name) => {
      const value = settled.get(name);
      return value === undefined ? undefined : value.toLowerCase() === 'true';
    },
    number: (name) => {
      const value = settled.get(name);
      return value === undefined ? undefined : Number(value);
    },
    path,
    requiredPath: (name) => require(name, path(name)),
    given,
    isDefault(name) {
      const fallback = inputs[name]?.default;
      // Python writes True where YAML has true.
      return fallback !== undefined && settled.get(name)?.toLowerCase() === String(fallback).toLowerCase();
    },
  };
}

/** Absolute paths of a component's outputs: files for `uri_file`, folders otherwise. */
export function componentOutputs(
  component: KnownComponent,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(values))
    if (!Object.hasOwn(component.outputs, name))
      throw invalid(
        `"${name}" is no output of ${component.name} ${component.version}`,
        `it has ${Object.keys(component.outputs).join(', ')}`,
      );
  return Object.fromEntries(
    Object.keys(component.outputs).map((name) => {
      const value = values[name];
      if (value === undefined || value === '')
        throw invalid(`no place was given for the output ${name} of ${component.name}`);
      return [name, resolve(value)];
    }),
  );
}
