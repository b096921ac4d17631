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
  /** Fires when this body comes slowly and another one needs its memory, which is given back by then. */
  readonly gaveUp: AbortSignal;
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

/** A body that takes longer for a step is slow: some 50 kB a second. */
const stepBytes = 2 ** 18;
const patienceMs = 5000;

interface Arriving {
  readonly isSlow: () => boolean;
  readonly giveUp: () => void;
}

/**
 * Few clients that send large bodies and stop before the end could keep the others out for as long as a request may take:
 * where memory is short, such a body is given up.
 */
export function createBodyBudget(maxBytes: number, now: () => number = () => performance.now()): BodyBudget {
  let held = 0;
  const arriving = new Set<Arriving>();
  let heldByWhole = 0;
  let tickets = 0;
  /** By when they began to wait. */
  const waiting = new Map<number, () => void>();
  const wakeFirst = (): void => {
    let first = Infinity;
    for (const ticket of waiting.keys()) first = Math.min(first, ticket);
    waiting.get(first)?.();
  };
  const giveUpSlow = (): boolean => {
    for (const body of arriving) {
      if (!body.isSlow()) continue;
      body.giveUp();
      return true;
    }
    return false;
  };
  return {
    get held() {
      return held;
    },
    open() {
      let bytes = 0;
      let state: 'arriving' | 'whole' | 'closed' = 'arriving';
      let ticket: number | undefined;
      let isWaiting = false;
      let nextStep = stepBytes;
      let progressAt = now();
      const end = new AbortController();
      const body: Arriving = {
        isSlow: () => !isWaiting && now() - progressAt > patienceMs,
        giveUp: () => {
          share.close();
          end.abort();
        },
      };
      arriving.add(body);
      const share: BodyShare = {
        get bytes() {
          return bytes;
        },
        gaveUp: end.signal,
        take(count) {
          // It has just come on.
          if (bytes + count >= nextStep) {
            nextStep = bytes + count + stepBytes;
            progressAt = now();
          }
          while (state !== 'closed' && held + count > maxBytes && giveUpSlow());
          if (state === 'closed' || held + count > maxBytes) return false;
          held += count;
          bytes += count;
          return true;
        },
        async waitForRoom() {
          if (state === 'closed' || heldByWhole === 0) return false;
          isWaiting = true;
          const place = (ticket ??= tickets += 1);
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              clearTimeout(timer);
              waiting.delete(place);
              resolve();
            };
            const timer = setTimeout(wake, lookAgainMs);
            waiting.set(place, wake);
          });
          isWaiting = false;
          progressAt = now();
          return true;
        },
        complete() {
          if (state === 'closed') return;
          arriving.delete(body);
          state = 'whole';
          heldByWhole += bytes;
          wakeFirst();
        },
        close() {
          if (state === 'closed') return;
          held -= bytes;
          if (state === 'whole') heldByWhole -= bytes;
          state = 'closed';
          arriving.delete(body);
          wakeFirst();
        },
      };
      return share;
    },
  };
}
