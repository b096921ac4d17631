/**
 * The card's three allow-lists as literal types, in the card's order and spelling, so that a size which the card
 * does not list does not compile. TypeScript widens the strings of a JSON import, hence the second copy; a test
 * holds it equal to card.json.
 */

export const inferenceSkus = [
  'Standard_DS3_v2',
  'Standard_D4a_v4',
  'Standard_D4as_v4',
  'Standard_DS4_v2',
  'Standard_D8a_v4',
  'Standard_D8as_v4',
  'Standard_DS5_v2',
  'Standard_D16a_v4',
  'Standard_D16as_v4',
  'Standard_D32a_v4',
  'Standard_D32as_v4',
  'Standard_D48a_v4',
  'Standard_D48as_v4',
  'Standard_D64a_v4',
  'Standard_D64as_v4',
  'Standard_D96a_v4',
  'Standard_D96as_v4',
  'Standard_FX4mds',
  'Standard_F8s_v2',
  'Standard_FX12mds',
  'Standard_F16s_v2',
  'Standard_F32s_v2',
  'Standard_F48s_v2',
  'Standard_F64s_v2',
  'Standard_F72s_v2',
  'Standard_FX24mds',
  'Standard_FX36mds',
  'Standard_FX48mds',
  'Standard_E2s_v3',
  'Standard_E4s_v3',
  'Standard_E8s_v3',
  'Standard_E16s_v3',
  'Standard_E32s_v3',
  'Standard_E48s_v3',
  'Standard_E64s_v3',
  'Standard_NC4as_T4_v3',
  'Standard_NC6s_v3',
  'Standard_NC8as_T4_v3',
  'Standard_NC12s_v3',
  'Standard_NC16as_T4_v3',
  'Standard_NC24s_v3',
  'Standard_NC64as_T4_v3',
  'Standard_NC24ads_A100_v4',
  'Standard_NC48ads_A100_v4',
  'Standard_NC96ads_A100_v4',
  'Standard_ND96asr_v4',
  'Standard_ND96amsr_A100_v4',
  'Standard_ND40rs_v2',
] as const;

export const finetuneSkus = [
  'Standard_NC4as_T4_v3',
  'Standard_NC6s_v3',
  'Standard_NC8as_T4_v3',
  'Standard_NC12s_v3',
  'Standard_NC16as_T4_v3',
  'Standard_NC24s_v3',
  'Standard_NC64as_T4_v3',
  'Standard_NC96ads_A100_v4',
  'Standard_ND96asr_v4',
  'Standard_ND96amsr_A100_v4',
  'Standard_ND40rs_v2',
] as const;

/** The card lists the same sizes for evaluation as for fine-tuning. */
export const evaluationSkus = [
  'Standard_NC4as_T4_v3',
  'Standard_NC6s_v3',
  'Standard_NC8as_T4_v3',
  'Standard_NC12s_v3',
  'Standard_NC16as_T4_v3',
  'Standard_NC24s_v3',
  'Standard_NC64as_T4_v3',
  'Standard_NC96ads_A100_v4',
  'Standard_ND96asr_v4',
  'Standard_ND96amsr_A100_v4',
  'Standard_ND40rs_v2',
] as const;

/** A VM size on which the card allows inference. */
export type InferenceSku = (typeof inferenceSkus)[number];
/** A VM size on which the card allows fine-tuning. */
export type FinetuneSku = (typeof finetuneSkus)[number];
/** A VM size on which the card allows evaluation. */
export type EvaluationSku = (typeof evaluationSkus)[number];
