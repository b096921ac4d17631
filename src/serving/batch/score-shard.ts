import { AmlDeitError } from '../../errors/index.ts';
import { interrupted } from '../../io/index.ts';
import type { DecodeLimits, Inference, ModelManifest } from '../../vision/index.ts';
import type { BatchSource, Survey } from './batch-item.ts';
import { checkErrorThreshold } from './error-threshold.ts';
import type { ErrorThreshold } from './error-threshold.ts';
import { batchesAhead, scoreItems } from './score-items.ts';
import type { ScoredItem } from './score-items.ts';
import type { ShardOutput, ShardState } from './shard-output.ts';

export interface ScoreShardOptions {
  readonly inference: Inference;
  readonly source: BatchSource;
  readonly output: ShardOutput;
  readonly preprocessing: ModelManifest['preprocessing'];
  readonly decodeLimits: Partial<DecodeLimits>;
  /** Pictures of one run of the model. */
  readonly batchSize: number;
  /** Rows that may be scored and not be on the disk yet: what a killed process has to score again. */
  readonly miniBatch: number;
  readonly errorThreshold: ErrorThreshold;
  readonly onProgress: (progress: ShardProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ShardProgress {
  readonly rows: number;
  readonly errors: number;
  /** Rows that the shard will have, once that is known. */
  readonly total: number | undefined;
}

export interface ShardOutcome {
  readonly state: ShardState;
  /** Of the whole input; of a table only what this process has read. */
  readonly survey: Survey['seen'];
  /** Of a folder: see Survey. */
  readonly pathsSha256: string | undefined;
}

/**
 * Scores what is left of a shard. Rows are on the disk in the order of the input, group by group, while the next ones
 * are scored. Throws ERROR_THRESHOLD_EXCEEDED, INPUT_EMPTY, OUTPUT_NOT_WRITTEN, INTERRUPTED; what is written stays.
 */
export async function scoreShard(options: ScoreShardOptions): Promise<ShardOutcome> {
  const { source, output, errorThreshold, miniBatch } = options;
  checkErrorThreshold(errorThreshold, output.state, false);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // What the pipeline has scored ahead counts as well.
  const uncommitted = createBudget(miniBatch - batchesAhead * options.batchSize, signal);
  let survey: Survey | undefined;
  const look = async (): Promise<void> => {
    survey = await source.survey(signal);
  };
  const surveyed = look();
  // Looked at at the end; until then a failure is no unhandled one.
  surveyed.catch(() => undefined);
  const report = (): void =>
    options.onProgress({ rows: output.state.rows, errors: output.state.errors, total: survey?.owned });

  const waiting = createGroups<ScoredItem>();
  const write = async (): Promise<void> => {
    for (let group = await waiting.take(); group.length > 0; group = await waiting.take()) {
      await output.append(group);
      uncommitted.give(group.length);
      report();
      checkErrorThreshold(errorThreshold, output.state, false);
    }
  };
  const score = async (): Promise<void> => {
    try {
      const items = source.items(output.state.place ?? undefined, signal);
      for await (const scored of scoreItems(items, { ...options, signal })) {
        await uncommitted.take(1);
        waiting.put(scored);
      }
    } finally {
      waiting.end();
    }
  };
  const writing = write().catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  const [scored, wrote] = await Promise.allSettled([score(), writing]);
  // Why writing failed is why scoring was stopped.
  if (wrote.status === 'rejected') throw wrote.reason;
  if (scored.status === 'rejected') {
    stop.abort(scored.reason);
    throw options.signal?.aborted === true ? interrupted(options.signal) : scored.reason;
  }
  await surveyed;
  const seen = survey?.seen ?? source.seen;
  checkNotEmpty(seen.items, output.state, seen.skipped);
  checkErrorThreshold(errorThreshold, output.state, true);
  return { state: output.state, survey: seen, pathsSha256: survey?.pathsSha256 };
}

function checkNotEmpty(items: number, state: ShardState, skipped: Readonly<Record<string, number>>): void {
  if (items === 0 && state.rows === 0)
    throw new AmlDeitError('INPUT_EMPTY', 'the input holds no picture', {
      details: { skipped },
      hint: 'folders are searched at any depth; tables need a row below their header',
    });
}

/** So many at a time, in the order of asking. */
function createBudget(limit: number, signal: AbortSignal) {
  let left = limit;
  const queue: {
    readonly count: number;
    readonly enter: () => void;
    readonly leave: (error: Error) => void;
  }[] = [];
  const advance = (): void => {
    for (let next = queue[0]; next !== undefined && next.count <= left; next = queue[0]) {
      queue.shift();
      left -= next.count;
      next.enter();
    }
  };
  signal.addEventListener('abort', () => {
    for (const { leave } of queue.splice(0)) leave(signal.reason as Error);
  });
  return {
    take: (count: number): Promise<void> =>
      new Promise((enter, leave) => {
        if (signal.aborted) return leave(signal.reason as Error);
        queue.push({ count, enter, leave });
        advance();
      }),
    give(count: number): void {
      left += count;
      advance();
    },
  };
}

/** Hands over whatever has come since the last time. An empty group is the end. */
function createGroups<T>() {
  let group: T[] = [];
  let isOver = false;
  let wake: (() => void) | undefined;
  return {
    put(item: T): void {
      group.push(item);
      wake?.();
    },
    end(): void {
      isOver = true;
      wake?.();
    },
    async take(): Promise<readonly T[]> {
      if (group.length === 0 && !isOver)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      wake = undefined;
      const taken = group;
      group = [];
      return taken;
    },
  };
}
