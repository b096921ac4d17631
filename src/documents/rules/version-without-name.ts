import type { Rule } from '../kinds/kind.ts';

/** Azure's client refuses a described asset with a version and no name; an environment may lack both, not half. */
export const versionWithoutNameRule: Rule = {
  name: 'version-without-name',
  codes: ['version-without-name'],
  check(document) {
    for (const what of ['model', 'environment']) {
      const version = document.sound(what, 'version');
      const name = document.nodeAt(what, 'name');
      if (version === undefined || version === null) continue;
      const isEmpty = name?.kind === 'scalar' && name.scalar.value === '';
      // Without a name at all an environment's version is dropped, with an empty text it is not.
      const isMissing = what === 'model' && document.sound(what, 'name') === undefined;
      if (!isEmpty && !isMissing) continue;
      const message = `${what}.version is given without a name: expected both or neither`;
      document.error('version-without-name', message, what, 'version');
    }
  },
};
