import { fileURLToPath } from 'node:url';

/** A small process in place of the scoring server, for tests of the twin itself. */
export const fixtureScorer = {
  entry: fileURLToPath(new URL('../fixtures/local/scorer.mjs', import.meta.url)),
  parameters: [],
} as const;
