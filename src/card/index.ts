export { card, skuTasks } from './card.ts';
export type { Card, SkuTask, StatedPreprocessing, WireFormat } from './card.ts';
export { cardVersions, findRegistryCard, knownCardVersions } from './card-versions.ts';
export type { CardVersion } from './card-versions.ts';
export { checkSizeElsewhere } from './check-size-elsewhere.ts';
export type { CheckSizeElsewhereOptions } from './check-size-elsewhere.ts';
export { canonicalSkuName, checkSkus, imageKinds } from './check-skus.ts';
export type { CheckSkusOptions, ImageKind, SkuUse } from './check-skus.ts';
export { diffCards } from './diff-cards.ts';
export type { CardChange, CardDiff } from './diff-cards.ts';
export { findingTexts } from './finding-texts.ts';
export type { FindingText } from './finding-texts.ts';
export { listSkus } from './list-skus.ts';
export type { ListedSku, SkuFilter, SkuState } from './list-skus.ts';
export {
  checkLock,
  checkModelReference,
  formatLock,
  lockFault,
  lockFileName,
  makeLock,
  parseLock,
} from './lock.ts';
export type { CardLock, LockFinding, LockFindingCode } from './lock.ts';
export { minimumSpecFields, shortfalls } from './minimum-spec.ts';
export type { MinimumSpec, Shortfall } from './minimum-spec.ts';
export { registryComponentId, registryComponents } from './registry-components.ts';
export type { RegistryComponent } from './registry-components.ts';
export { parseModelReference } from './model-reference.ts';
export type { ModelReference } from './model-reference.ts';
export { parseQuotas } from './parse-quotas.ts';
export { quotaKey, requiredCores } from './quota.ts';
export type { Quota, QuotaUse } from './quota.ts';
export { recommendSkus } from './recommend-skus.ts';
export type { RankedSku, Recommendation, RecommendSkusOptions } from './recommend-skus.ts';
export { readRegistryCard, wireFormatOfVersion } from './registry-card.ts';
export type { MetadataLayout, RegistryCard, WireFormatName } from './registry-card.ts';
export { evaluationSkus, finetuneSkus, inferenceSkus } from './sku-names.ts';
export type { EvaluationSku, FinetuneSku, InferenceSku } from './sku-names.ts';
export type { SkuFinding, SkuFindingCode, SkuSeverity } from './sku-finding.ts';
export { findVmSize, vmSizes, vmSizesAsOf } from './vm-sizes.ts';
export type { VmSize, VmSizeRetirement } from './vm-sizes.ts';
