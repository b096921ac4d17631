import { assetTexts } from './assets.ts';
import { batchTexts } from './batch.ts';
import { finetuneTexts } from './finetune.ts';
import { jobTexts } from './jobs.ts';
import { onlineTexts } from './online.ts';
import { pipelineTexts } from './pipelines.ts';
import type { RuleText } from './rule-text.ts';
import { schemaTexts } from './schema.ts';
import { setTexts } from './sets.ts';
import { yamlTexts } from './yaml.ts';

export type { RuleText } from './rule-text.ts';

/** What each code of a finding means. */
export const ruleTexts: Readonly<Record<string, RuleText>> = {
  ...yamlTexts,
  ...schemaTexts,
  ...onlineTexts,
  ...batchTexts,
  ...assetTexts,
  ...pipelineTexts,
  ...jobTexts,
  ...finetuneTexts,
  ...setTexts,
};
