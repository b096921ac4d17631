/**
 * Writes the card's answer, `[{"probs":[…],"labels":[…]},…]`, one element a picture. The labels are the same in each,
 * so their JSON is made once for the server's life. Probabilities keep nine significant digits: all that float32 has.
 */
export function scoreResponseWriter(
  labels: readonly string[],
): (rows: readonly (readonly number[])[]) => string {
  const labelsJson = JSON.stringify(labels);
  return (rows) =>
    `[${rows.map((probs) => `{"probs":[${probs.map(shorten).join()}],"labels":${labelsJson}}`).join()}]`;
}

function shorten(probability: number): number {
  return Number(probability.toPrecision(9));
}
