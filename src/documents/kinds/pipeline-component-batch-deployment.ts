import { pipelineFileRule, pipelineSourceRule } from '../rules/batch-deployment.ts';
import { pathMissingRule } from '../rules/paths.ts';
import { referenceRule } from '../rules/references.ts';
import { tagLimitsRule } from '../rules/tag-limits.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const pipelineComponentBatchDeployment: KindDefinition = {
  kind: 'pipelineComponentBatchDeployment',
  title: 'pipeline-component batch deployment',
  schemaNames: ['pipelineComponentBatchDeployment', 'batchDeployment'],
  looksLike(root) {
    const type = scalarText(root, 'type')?.toLowerCase();
    if (type !== undefined && type !== 'pipeline') return 0;
    if (hasAnyKey(root, ['jobs', 'command', 'inputs', 'outputs', 'instance_type', 'image'])) return 0;
    if (type === 'pipeline') {
      return hasAnyKey(root, ['component', 'job_definition', 'endpoint_name']) ? 20 : 1;
    }
    return hasAnyKey(root, ['endpoint_name']) && hasAnyKey(root, ['component', 'job_definition']) ? 20 : 1;
  },
  mayBeSupplied: ['name', 'endpoint_name'],
  rules: [referenceRule, pipelineSourceRule, pathMissingRule, pipelineFileRule, tagLimitsRule],
};
