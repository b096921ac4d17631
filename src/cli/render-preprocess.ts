import type { PreprocessImagesResult } from '../actions/preprocess-images.ts';

/** One line a picture. */
export function renderPreprocess({ results, profile }: PreprocessImagesResult): string {
  const lines = results.map((result) =>
    result.ok
      ? `${result.image} (${result.width}x${result.height}) -> ${result.output}`
      : `${result.image}: error ${result.error.code}: ${result.error.message}`,
  );
  return [`profile ${profile}`, ...lines].join('\n');
}
