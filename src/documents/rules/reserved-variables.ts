import type { Rule } from '../kinds/kind.ts';

/** Set in every container by the service itself. */
const reservedVariables: readonly string[] = ['AZUREML_MODEL_DIR'];

const places = [['environment_variables'], ['settings', 'environment_variables']] as const;

export const reservedVariableRule: Rule = {
  name: 'reserved-variable',
  codes: ['reserved-variable'],
  check(document) {
    for (const place of places) {
      for (const variable of reservedVariables) {
        if (document.sound(...place, variable) === undefined) continue;
        const message = `${[...place, variable].join('.')} is set by the service, which overwrites it`;
        document.warningAtKey('reserved-variable', message, ...place, variable);
      }
    }
  },
};
