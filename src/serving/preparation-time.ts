/** How long pictures take to be decoded and resized, learnt from those that were. */
export interface PreparationTime {
  /** Milliseconds from a picture's turn to its tensor, or to the error that it has. */
  record(ms: number): void;
  /** Milliseconds from one picture's end to the next one's, while the decoder is busy; 0 before the first. */
  perImage(): number;
}

const keptPictures = 21;

/**
 * The median of the last pictures, so many of which are prepared at a time: a single one that takes a minute says nothing of
 * the others.
 */
export function createPreparationTime(atOnce: number): PreparationTime {
  const recent: number[] = [];
  return {
    record(ms) {
      recent.push(ms);
      if (recent.length > keptPictures) recent.shift();
    },
    perImage() {
      const sorted = recent.toSorted((a, b) => a - b);
      return (sorted[Math.floor(sorted.length / 2)] ?? 0) / atOnce;
    },
  };
}
