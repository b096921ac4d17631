import { commandBracketsRule, commandExpressionRule } from '../rules/command-expressions.ts';
import { environmentSourceRule } from '../rules/environment.ts';
import { outputVersionRule } from '../rules/job-outputs.ts';
import { processCountRule } from '../rules/job-processes.ts';
import { jobPathsRule } from '../rules/job-paths.ts';
import { unpinnedReferenceRule } from '../rules/references.ts';
import { hasAnyKey, scalarText } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const commandJob: KindDefinition = {
  kind: 'commandJob',
  title: 'command job',
  schemaNames: ['commandJob'],
  looksLike(root) {
    const type = scalarText(root, 'type');
    if (type !== undefined && type.toLowerCase() !== 'command') return 0;
    if (hasAnyKey(root, ['jobs', 'trial', 'task', 'mini_batch_size', 'is_deterministic'])) return 0;
    if (!hasAnyKey(root, ['command'])) return type === undefined ? 1 : 10;
    if (hasAnyKey(root, ['compute', 'experiment_name', 'limits', 'services', 'identity'])) return 16;
    return 12;
  },
  mayBeSupplied: [],
  rules: [
    // Errors of a command silence what is said of it after them.
    commandBracketsRule,
    commandExpressionRule,
    environmentSourceRule,
    outputVersionRule,
    processCountRule,
    jobPathsRule,
    unpinnedReferenceRule,
  ],
};
