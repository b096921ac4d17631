import type { Rule } from '../kinds/kind.ts';

export const scaleSettingsRule: Rule = {
  name: 'scale-settings',
  codes: ['scale-settings'],
  check(document) {
    if (document.sound('scale_settings', 'type') === 'target_utilization') {
      const message =
        "scale_settings.type is 'target_utilization', which is for Kubernetes: a managed deployment has default, and autoscale rules of Azure Monitor";
      document.error('scale-settings', message, 'scale_settings', 'type');
    }
  },
};
