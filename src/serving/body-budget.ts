/** Bytes of request bodies that may be in memory together. */
export interface BodyBudget {
  /** Bytes that are in memory now. */
  readonly held: number;
  /** Begins to count one request's body. */
  open(): BodyShare;
}

/** What one request's body holds of the budget. */
export interface BodyShare {
  readonly bytes: number;
  /** False when they do not fit now. */
  take(bytes: number): boolean;
  /**
   * Waits until there may be room; who began to wait first is woken first. False, at once, when nothing says that there will
   * ever be any: all that is held then is of bodies that still arrive, and those may be waiting for one another.
   */
  waitForRoom(): Promise<boolean>;
  /** The body is there in full: it is given back when its request is answered. */
  complete(): void;
  /** Gives everything back. */
  close(): void;
}

/** Who waits looks for room this often even unasked: the one that was woken before may be a slow sender. */
const lookAgainMs = 1000;

export function createBodyBudget(maxBytes: number): BodyBudget {
  let held = 0;
  let heldByWhole = 0;
  let tickets = 0;
  /** By when they began to wait. */
  const waiting = new Map<number, () => void>();
  const wakeFirst = (): void => {
    let first = Infinity;
    for (const ticket of waiting.keys()) first = Math.min(first, ticket);
    waiting.get(first)?.();
  };
  return {
    get held() {
      return held;
    },
    open() {
      let bytes = 0;
      let state: 'arriving' | 'whole' | 'closed' = 'arriving';
      let ticket: number | undefined;
      return {
        get bytes() {
          return bytes;
        },
        take(count) {
          if (state === 'closed' || held + count > maxBytes) return false;
          held += count;
          bytes += count;
          return true;
        },
        async waitForRoom() {
          if (state === 'closed' || heldByWhole === 0) return false;
          const place = (ticket ??= (tickets += 1));
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              clearTimeout(timer);
              waiting.delete(place);
              resolve();
            };
            const timer = setTimeout(wake, lookAgainMs);
            waiting.set(place, wake);
          });
          return true;
        },
        complete() {
          state = 'whole';
          heldByWhole += bytes;
          wakeFirst();
        },
        close() {
          if (state === 'closed') return;
          held -= bytes;
          if (state === 'whole') heldByWhole -= bytes;
          state = 'closed';
          wakeFirst();
        },
      };
    },
  };
}
