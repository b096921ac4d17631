import {
  batchInstanceCountRule,
  batchTypeRule,
  loggingLevelRule,
  miniBatchRule,
  outputFileNameRule,
} from '../rules/batch-deployment.ts';
import { codeConfigurationRule } from '../rules/code-configuration.ts';
import { environmentMissingRule, environmentSourceRule, routePathRule } from '../rules/environment.ts';
import { pathMissingRule } from '../rules/paths.ts';
import { referenceRule, unpinnedImageRule } from '../rules/references.ts';
import { reservedVariableRule } from '../rules/reserved-variables.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { versionWithoutNameRule } from '../rules/version-without-name.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import { rootBatchOptions } from './batch-deployment.ts';
import type { KindDefinition } from './kind.ts';

export const modelBatchDeployment: KindDefinition = {
  kind: 'modelBatchDeployment',
  title: 'model batch deployment',
  // Files of this kind often name the schema of the older form: `type` decides.
  schemaNames: ['modelBatchDeployment', 'batchDeployment'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (type === 'model') return 20;
    if (type !== undefined || hasAnyKey(root, ['jobs', 'command', 'component', 'instance_type', 'image'])) {
      return 0;
    }
    // Without a type it can be the older form, which has its options at the root and no settings.
    if (hasAnyKey(root, rootBatchOptions)) return 0;
    return hasAnyKey(root, ['settings']) && hasAnyKey(root, ['endpoint_name', 'model']) ? 15 : 1;
  },
  mayBeSupplied: ['name', 'endpoint_name', 'model', 'compute'],
  rules: [
    batchTypeRule,
    referenceRule,
    unpinnedImageRule,
    versionWithoutNameRule,
    environmentSourceRule,
    environmentMissingRule,
    routePathRule,
    codeConfigurationRule,
    batchInstanceCountRule,
    miniBatchRule,
    loggingLevelRule,
    outputFileNameRule,
    reservedVariableRule,
    pathMissingRule,
    tagLimitsRule,
  ],
};
