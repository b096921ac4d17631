/** Bites when there is work and no progress for too long. */
export interface Watchdog {
  readonly hasBitten: boolean;
  /** Something was finished or begun; `isWorking` when more is to come. */
  progress(isWorking: boolean): void;
  stop(): void;
}

/** This process may have been held up itself: news that has arrived meanwhile is read before the end. */
const maxGraceMs = 500;

export function startWatchdog(timeoutMs: number, bite: () => void): Watchdog {
  let timer: NodeJS.Timeout | undefined;
  let hasBitten = false;
  const stop = (): void => clearTimeout(timer);
  return {
    get hasBitten() {
      return hasBitten;
    },
    progress(isWorking) {
      stop();
      if (!isWorking) return;
      timer = setTimeout(() => {
        timer = setTimeout(
          () => {
            hasBitten = true;
            bite();
          },
          Math.min(timeoutMs, maxGraceMs),
        );
      }, timeoutMs);
    },
    stop,
  };
}
