import { loggingLevelRule, miniBatchRule, outputFileNameRule } from '../rules/batch-deployment.ts';
import { codeConfigurationRule } from '../rules/code-configuration.ts';
import { environmentMissingRule, environmentSourceRule, routePathRule } from '../rules/environment.ts';
import { pathMissingRule } from '../rules/paths.ts';
import { referenceRule, unpinnedImageRule } from '../rules/references.ts';
import { reservedVariableRule } from '../rules/reserved-variables.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { versionWithoutNameRule } from '../rules/version-without-name.ts';
import { hasAnyKey } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

/** What stands at the root of the older form, and under `settings` with `type: model`. */
export const rootBatchOptions: readonly string[] = [
  'mini_batch_size',
  'max_concurrency_per_instance',
  'retry_settings',
  'output_action',
  'output_file_name',
  'logging_level',
];

export const batchDeployment: KindDefinition = {
  kind: 'batchDeployment',
  title: 'batch deployment without a type',
  schemaNames: ['batchDeployment', 'modelBatchDeployment'],
  looksLike(root) {
    if (hasAnyKey(root, ['type', 'jobs', 'command', 'instance_type'])) return 0;
    if (hasAnyKey(root, rootBatchOptions)) return 20;
    if (hasAnyKey(root, ['component', 'job_definition'])) return 0;
    if (hasAnyKey(root, ['settings'])) return 0;
    return hasAnyKey(root, ['endpoint_name']) && hasAnyKey(root, ['compute', 'resources', 'error_threshold'])
      ? 15
      : 1;
  },
  mayBeSupplied: ['name', 'endpoint_name', 'model', 'compute'],
  rules: [
    referenceRule,
    unpinnedImageRule,
    versionWithoutNameRule,
    environmentSourceRule,
    environmentMissingRule,
    routePathRule,
    codeConfigurationRule,
    miniBatchRule,
    loggingLevelRule,
    outputFileNameRule,
    reservedVariableRule,
    pathMissingRule,
    tagLimitsRule,
  ],
};
