import { jobsAndComponentRule } from '../rules/job-outputs.ts';
import { missingComputeRule } from '../rules/node-compute.ts';
import { pipelineRules } from './pipeline-rules.ts';
import { entryOf, hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { YamlMapping } from '../yaml-tree.ts';
import { declaresTypes } from './component-score.ts';
import type { KindDefinition } from './kind.ts';

export const pipelineJob: KindDefinition = {
  kind: 'pipelineJob',
  title: 'pipeline job',
  schemaNames: ['pipelineJob'],
  looksLike(root) {
    const type = scalarText(root, 'type');
    if (type !== undefined && type.toLowerCase() !== 'pipeline') return 0;
    if (hasAnyKey(root, ['endpoint_name', 'trial', 'task', 'is_deterministic'])) return 0;
    if (!hasAnyKey(root, ['jobs'])) return type === undefined ? 0 : 11;
    if (type === undefined && !hasNodes(root)) return 1;
    return declaresTypes(root) ? 11 : 15;
  },
  mayBeSupplied: [],
  rules: [...pipelineRules, jobsAndComponentRule, missingComputeRule],
};

/** CI services have `jobs` as well; a node of a pipeline job says what it is or what it runs. */
function hasNodes(root: YamlMapping): boolean {
  const jobs = entryOf(root, 'jobs')?.value;
  if (jobs?.kind !== 'mapping') return false;
  return [...jobs.entries.values()].some(
    ({ value }) =>
      value.kind === 'mapping' && hasAnyKey(value, ['type', 'component', 'command', 'trial', 'task']),
  );
}
