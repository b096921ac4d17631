export { logFrom } from './log.ts';
export type { Log, LogRecord } from './log.ts';
export { batchSizes, createScorer, maxBatch } from './scorer.ts';
export type { Scorer } from './scorer.ts';
export { startScoringServer } from './server.ts';
export type { ScoringServer, ServerLimits } from './server.ts';
export type { ServingState } from './serving-state.ts';
export { readServingSettings } from './serving-settings.ts';
export { warmUp } from './warm-up.ts';
