import type { Rule } from '../kinds/kind.ts';

export const batchAuthModeRule: Rule = {
  name: 'batch-auth-mode',
  codes: ['batch-auth-mode'],
  check(document) {
    const mode = document.sound('auth_mode');
    if (mode !== 'key' && mode !== 'aml_token') return;
    const message = `auth_mode is '${mode}': expected aad_token, which is all that a batch endpoint takes`;
    document.report({
      severity: 'error',
      code: 'batch-auth-mode',
      message,
      path: ['auth_mode'],
      suggestion: 'aad_token',
    });
  },
};
