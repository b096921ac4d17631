import type { GenerateResult } from '../actions/generate/generate-options.ts';

/** One line for each file; after a dry run the differences instead. */
export function renderGenerate(result: GenerateResult): string {
  const width = Math.max(...result.files.map(({ state }) => state.length));
  const lines = result.files.map(({ path, state }) => `${state.padEnd(width)}  ${path}`);
  const diffs = result.files.flatMap(({ diff }) => (diff === undefined || diff === '' ? [] : [diff]));
  return [...diffs, ...lines].join('\n');
}

/** The one file itself. */
export function renderContent(result: GenerateResult): string {
  return result.files.map(({ content }) => content).join('');
}
