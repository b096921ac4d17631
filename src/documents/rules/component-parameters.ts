import { isPrimitive, readComponentInterface } from '../component-interface.ts';
import type { ComponentInput } from '../../card/component-interface.ts';
import type { Rule } from '../kinds/kind.ts';
import { entryOf } from '../yaml-tree.ts';
import type { YamlMapping } from '../yaml-tree.ts';
import { checkLiteral } from './check-literal.ts';

/** Defaults that the input itself does not take. */
export const defaultValueRule: Rule = {
  name: 'default-value',
  codes: ['default-value'],
  check(document) {
    for (const [name, input] of inputsOf(document.root)) {
      const path = ['inputs', name, 'default'];
      const scalar = entryOf(entryOf(entryOf(document.root, 'inputs')?.value, name)?.value, 'default')?.value;
      if (scalar?.kind !== 'scalar' || document.isReported(...path)) continue;
      if (!isPrimitive(input.type)) {
        const message = `inputs.${name} is a ${input.type}, which can have no default`;
        document.errorAtKey('default-value', message, ...path);
        continue;
      }
      const problem = checkLiteral(input, scalar);
      if (problem === undefined) continue;
      document.report({
        severity: problem.certain ? 'error' : 'warning',
        code: 'default-value',
        message: `inputs.${name} cannot have its own default '${scalar.source}': ${problem.expected}`,
        path,
      });
    }
  },
};

export const parameterRangeRule: Rule = {
  name: 'parameter-range',
  codes: ['parameter-range'],
  check(document) {
    for (const [name, { min, max }] of inputsOf(document.root)) {
      if (min === undefined || max === undefined || min <= max) continue;
      const path = ['inputs', name, 'max'];
      if (document.isReported(...path)) continue;
      const message = `inputs.${name} has min ${min} and max ${max}: no value is between them`;
      document.error('parameter-range', message, ...path);
    }
  },
};

export const sameNameRule: Rule = {
  name: 'same-name',
  codes: ['same-name'],
  check(document) {
    for (const key of ['inputs', 'outputs']) {
      const ports = entryOf(document.root, key)?.value;
      const seen = new Map<string, string>();
      for (const name of ports?.kind === 'mapping' ? ports.entries.keys() : []) {
        const other = seen.get(name.toLowerCase());
        if (other !== undefined && !document.isReported(key, name)) {
          const message = `${key}.${name} and ${key}.${other} are equal but for case: Azure ML takes them for one`;
          document.errorAtKey('same-name', message, key, name);
        }
        seen.set(name.toLowerCase(), name);
      }
    }
  },
};

const componentName = /^[a-z][a-z\d_]*$/;

/** A component that only pipelines refer to by its file may be called anything; a registered one may not. */
export const componentNameRule: Rule = {
  name: 'component-name',
  codes: ['component-name'],
  check(document) {
    const name = document.sound('name');
    if (typeof name !== 'string' || componentName.test(name)) return;
    const message = `name is '${name}': to be registered it needs lower-case letters, digits and underscores, beginning with a letter`;
    document.warning('component-name', message, 'name');
  },
};

function inputsOf(root: YamlMapping): [string, ComponentInput][] {
  return Object.entries(readComponentInterface(root).inputs);
}
