/** Bytes of request bodies that may be in memory together. */
export interface BodyBudget {
  /** Bytes that are in memory now. */
  readonly held: number;
  /** False when they do not fit now. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  let held = 0;
  return {
    get held() {
      return held;
    },
    take(bytes) {
      if (held + bytes > maxBytes) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
  };
}
