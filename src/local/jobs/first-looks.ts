/**
 * Clients print a job's logs only after they have seen it in progress once: of a job that ends before their first look,
 * as short ones do, they print nothing. So the first look at a job that ended a moment ago still finds it finalizing.
 */
export class FirstLooks {
  readonly #heldMs: number;
  readonly #now: () => number;
  /** Jobs that run, and that somebody has seen running. */
  readonly #seen = new Set<string>();
  /** When those ended that nobody saw running. */
  readonly #unseen = new Map<string, number>();

  constructor(heldMs: number, now: () => number) {
    this.#heldMs = heldMs;
    this.#now = now;
  }

  ended(runId: string): void {
    const now = this.#now();
    for (const [earlier, endedAt] of this.#unseen)
      if (now - endedAt >= this.#heldMs) this.#unseen.delete(earlier);
    if (!this.#seen.delete(runId) && this.#heldMs > 0) this.#unseen.set(runId, now);
  }

  /** Somebody looks at a job; whether it is to look as if it were finalizing. */
  look(runId: string, hasEnded: boolean): boolean {
    if (!hasEnded) {
      this.#seen.add(runId);
      return false;
    }
    const endedAt = this.#unseen.get(runId);
    this.#unseen.delete(runId);
    return endedAt !== undefined && this.#now() - endedAt < this.#heldMs;
  }
}
