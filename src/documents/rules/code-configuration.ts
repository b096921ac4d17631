import type { Rule } from '../kinds/kind.ts';

export const codeConfigurationRule: Rule = {
  name: 'code-configuration',
  codes: ['code-configuration'],
  check(document) {
    const code = document.sound('code_configuration', 'code');
    const script = document.sound('code_configuration', 'scoring_script');
    const configuration = document.sound('code_configuration');
    if (typeof configuration !== 'object' || configuration === null) return;
    if (code !== undefined && code !== '' && (script === undefined || script === '')) {
      const message = "code_configuration has code but no 'scoring_script': it says not which file scores";
      document.error('code-configuration', message, 'code_configuration');
    } else if (script !== undefined && code === undefined) {
      const message = "code_configuration has a scoring_script but no 'code', the folder that holds it";
      document.warning('code-configuration', message, 'code_configuration');
    }
  },
};
