import { codeConfigurationRule } from '../rules/code-configuration.ts';
import {
  environmentMissingRule,
  environmentSourceRule,
  routePathRule,
  routePortRule,
} from '../rules/environment.ts';
import { instanceCountRule, requestTimeoutRule } from '../rules/online-limits.ts';
import { pathMissingRule } from '../rules/paths.ts';
import { probeTimeoutRule } from '../rules/probes.ts';
import { referenceRule, unpinnedImageRule } from '../rules/references.ts';
import { reservedVariableRule } from '../rules/reserved-variables.ts';
import { scaleSettingsRule } from '../rules/scale-settings.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { versionWithoutNameRule } from '../rules/version-without-name.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const managedOnlineDeployment: KindDefinition = {
  kind: 'managedOnlineDeployment',
  title: 'managed online deployment',
  schemaNames: ['managedOnlineDeployment'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (type !== undefined && type !== 'managed') return 0;
    if (hasAnyKey(root, ['jobs', 'command', 'component', 'compute', 'size', 'traffic', 'mini_batch_size']))
      return 0;
    if (hasAnyKey(root, ['instance_type', 'liveness_probe', 'readiness_probe', 'request_settings']))
      return 20;
    if (hasAnyKey(root, ['instance_count', 'code_configuration', 'scale_settings', 'model_mount_path']))
      return 14;
    if (hasAnyKey(root, ['endpoint_name'])) return 11;
    return hasAnyKey(root, ['model', 'environment']) ? 10 : 1;
  },
  mayBeSupplied: ['name', 'endpoint_name', 'instance_type'],
  rules: [
    instanceCountRule,
    requestTimeoutRule,
    scaleSettingsRule,
    probeTimeoutRule,
    reservedVariableRule,
    referenceRule,
    versionWithoutNameRule,
    environmentSourceRule,
    environmentMissingRule,
    routePathRule,
    routePortRule,
    unpinnedImageRule,
    codeConfigurationRule,
    pathMissingRule,
    tagLimitsRule,
  ],
};
