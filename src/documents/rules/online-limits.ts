import type { Rule } from '../kinds/kind.ts';

/** The service's limit, which it raises on request. */
const usualMaxInstances = 50;

export const instanceCountRule: Rule = {
  name: 'instance-count',
  codes: ['instance-count'],
  check(document) {
    const count = document.sound('instance_count');
    if (typeof count !== 'number' || count <= usualMaxInstances) return;
    const message = `instance_count is ${count}: Azure ML allows ${usualMaxInstances} unless it has raised the limit`;
    document.warning('instance-count', message, 'instance_count');
  },
};

export const requestTimeoutRule: Rule = {
  name: 'request-timeout',
  codes: ['request-timeout'],
  check(document) {
    if (document.sound('request_settings', 'request_timeout_ms') !== 0) return;
    const message =
      'request_settings.request_timeout_ms is 0, which counts as left out: the default of 5000 holds';
    document.warning('request-timeout', message, 'request_settings', 'request_timeout_ms');
  },
};
