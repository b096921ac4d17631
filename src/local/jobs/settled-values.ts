import { scalarText, membersOf } from './compile-values.ts';
import type { RawMembers } from './compile-values.ts';
import { embeddedInputs, fillEmbedded, parseBinding } from './expressions.ts';
import type { InputSource } from './job-spec.ts';

/** Texts of a pipeline's inputs by their names, as far as they are known before it runs. */
export type Literals = ReadonlyMap<string, string>;

/** Of the inputs of a pipeline those whose text does not wait for a step. */
export function knownLiterals(inputs: Readonly<Record<string, InputSource>>, around: Literals): Literals {
  return new Map(
    Object.entries(inputs).flatMap(([name, source]): [string, string][] => {
      if (source.from === 'parentInput') {
        const text = around.get(source.name);
        return text === undefined ? [] : [[name, text]];
      }
      if (source.from !== 'literal') return [];
      const { names } = embeddedInputs(source.text);
      if (!names.every((parent) => around.has(parent))) return [];
      return [[name, fillEmbedded(source.text, (parent) => around.get(parent))]];
    }),
  );
}

/**
 * Where a step runs and how many processes it has is settled before it runs, and a component may take it from its
 * inputs: `compute: ${{parent.inputs.compute}}`. Undefined where nothing, or an input without a value, is named.
 */
export function settledText(value: unknown, literals: Literals): string | undefined {
  const text = scalarText(value);
  if (text === undefined || text === '') return undefined;
  const binding = parseBinding(text);
  if (binding === undefined) return text;
  return binding !== 'invalid' && binding.to === 'parentInput' ? literals.get(binding.name) : text;
}

/** The same for each member; those that are left without a value are left out. */
export function settledMembers(value: unknown, literals: Literals): RawMembers {
  return Object.fromEntries(
    Object.entries(membersOf(value)).flatMap(([name, member]) => {
      if (scalarText(member) === undefined) return [[name, member]];
      const text = settledText(member, literals);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
