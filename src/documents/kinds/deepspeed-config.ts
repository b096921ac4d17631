import { deepspeedBatchRule, deepspeedJsonRule, deepspeedPrecisionRule } from '../rules/deepspeed.ts';
import { hasAnyKey } from '../yaml-tree.ts';
import type { KindDefinition } from './kind.ts';

export const deepspeedConfig: KindDefinition = {
  kind: 'deepspeedConfig',
  title: 'DeepSpeed configuration',
  schemaNames: [],
  looksLike(root) {
    if (hasAnyKey(root, ['$schema', 'type', 'command', 'jobs', 'name'])) return 0;
    if (hasAnyKey(root, ['zero_optimization', 'train_micro_batch_size_per_gpu'])) return 20;
    const isTraining = hasAnyKey(root, ['fp16', 'bf16', 'train_batch_size', 'gradient_accumulation_steps']);
    return isTraining && hasAnyKey(root, ['fp16', 'bf16', 'optimizer', 'scheduler']) ? 14 : 0;
  },
  mayBeSupplied: [],
  rules: [deepspeedJsonRule, deepspeedPrecisionRule, deepspeedBatchRule],
};
