import type { AnswerForm } from './answer-form.ts';
import type { ScoreParameters } from './read-parameters.ts';

/** Probabilities of one picture in id2label order; null for one that could not be read. */
export type ScoredRow = readonly number[] | null;

/** What the later versions answer when nobody says how many. */
const defaultTopK = 5;

/**
 * Writes answers, one element a picture. Where nothing is selected the labels are the same in each element, so their
 * JSON is made once for the server's life. Probabilities keep nine significant digits: all that float32 has.
 */
export function scoreResponseWriter(
  labels: readonly string[],
  defaultForm: AnswerForm,
): (rows: readonly ScoredRow[], parameters?: ScoreParameters) => string {
  const texts = labels.map((label) => JSON.stringify(label));
  const allLabels = `[${texts.join()}]`;

  const every = (probs: readonly number[]): string =>
    `{"probs":[${probs.map(shorten).join()}],"labels":${allLabels}}`;
  const selected = (probs: readonly number[], ids: readonly number[]): string =>
    `{"probs":[${ids.map((id) => shorten(probs[id] ?? 0)).join()}],"labels":[${ids.map((id) => texts[id]).join()}]}`;
  const pairs = (probs: readonly number[], ids: readonly number[]): string[] =>
    ids.map((id) => `{"label":${texts[id]},"score":${shorten(probs[id] ?? 0)}}`);

  return (rows, parameters = {}) => {
    const { topK, threshold, answer = defaultForm } = parameters;
    const write = (probs: readonly number[]): string => {
      if (answer === 'probs') {
        const isWhole = topK === undefined && threshold === undefined;
        return isWhole ? every(probs) : selected(probs, select(probs, topK ?? probs.length, threshold));
      }
      const classes = pairs(probs, select(probs, topK ?? defaultTopK, threshold));
      return answer === 'label_score'
        ? `{${classes.map((pair, rank) => `"${rank}":${pair}`).join()}}`
        : `[${classes.join()}]`;
    };
    return `[${rows.map((row) => (row === null ? 'null' : write(row))).join()}]`;
  };
}

/** Ids of the best classes, best first; equal ones in id order. */
function select(probs: readonly number[], topK: number, threshold = 0): number[] {
  return probs
    .map((_, id) => id)
    .filter((id) => (probs[id] ?? 0) >= threshold)
    .sort((a, b) => (probs[b] ?? 0) - (probs[a] ?? 0))
    .slice(0, topK);
}

function shorten(probability: number): number {
  return Number(probability.toPrecision(9));
}
