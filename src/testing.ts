/** `createTwin()` for users' own tests. */
export { createTwin } from './local/testing.ts';
export type { CreateTwinOptions, TokenOptions, Twin, TwinFaults } from './local/testing.ts';
export type { FaultReport, FaultRule } from './local/faults/fault-rule.ts';
