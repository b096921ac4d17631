import { findingTexts as cardTexts } from '../card/index.ts';
import { ruleTexts } from './rules/catalogue/index.ts';
import type { RuleText } from './rules/catalogue/index.ts';

import { documentKinds } from './kinds/index.ts';
import { ruleExamples } from './rules/catalogue/examples.ts';

/** What each code of a finding means, whoever finds it. */
export const findingTexts: Readonly<Record<string, RuleText>> = { ...cardTexts, ...ruleTexts };

/** A short document that gives a finding and the same put right; `kind` in words. */
export function findingExample(
  code: string,
): { readonly kind: string; readonly bad: string; readonly good: string } | undefined {
  if (!Object.hasOwn(ruleExamples, code)) return undefined;
  const example = ruleExamples[code];
  return example === undefined ? undefined : { ...example, kind: documentKinds[example.kind].title };
}
