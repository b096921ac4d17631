import { describe, expect, it } from 'vitest';
import type { EvaluationSku, FinetuneSku, InferenceSku } from '../../../src/index.ts';

// `tsc` checks these: an unused @ts-expect-error is a compile error.
const inference: InferenceSku = 'Standard_D4as_v4';
const finetune: FinetuneSku = 'Standard_NC4as_T4_v3';
const evaluation: EvaluationSku = finetune;
const inferenceToo: InferenceSku = evaluation;
// @ts-expect-error not a size
const misspelt: InferenceSku = 'Standard_D4as_v44';
// @ts-expect-error spelled as the card does not
const otherCase: InferenceSku = 'STANDARD_D4AS_V4';
// @ts-expect-error for inference only
const tooSmall: FinetuneSku = 'Standard_D4as_v4';
// @ts-expect-error on the inference list, but with too little disk for fine-tuning
const tooLittleDisk: EvaluationSku = 'Standard_NC24ads_A100_v4';

describe('the SKU unions', () => {
  it('accept what the card lists and refuse what it does not, at compile time', () => {
    expect([inference, inferenceToo, misspelt, otherCase, tooSmall, tooLittleDisk]).toHaveLength(6);
  });
});
