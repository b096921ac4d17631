import { AmlDeitError } from '../../errors/index.ts';
import { interrupted } from '../../io/index.ts';
import type { DecodeLimits, Inference, ModelManifest } from '../../vision/index.ts';
import { hashPaths } from './path-set.ts';
import type { BatchItem, BatchSource, Survey } from './batch-item.ts';
import { checkErrorThreshold } from './error-threshold.ts';
import type { ErrorThreshold } from './error-threshold.ts';
import { batchesAhead, scoreItems } from './score-items.ts';
import type { ScoredItem } from './score-items.ts';
import { contentHash } from './shard-output.ts';
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
  /** Pictures that came, or went before their turn, while the others were scored: theirs are the last rows. */
  readonly late: number;
  /** Rows of pictures that are there no longer. */
  readonly vanished: number;
}

/** How often what came meanwhile is scored before a folder counts as one that never rests. */
const maxLateRounds = 5;

/**
 * Scores what is left of a shard. Rows are on the disk in the order of the input, group by group, while the next ones
 * are scored. Of a folder whose pictures changed meanwhile, every one that was seen at the start or is there at the end
 * has a row. Throws OUTPUT_EXISTS for rows of another folder, INPUT_CHANGED, ERROR_THRESHOLD_EXCEEDED, INPUT_EMPTY, OUTPUT_NOT_WRITTEN, INTERRUPTED; what is written stays.
 */
export async function scoreShard(options: ScoreShardOptions): Promise<ShardOutcome> {
  const { source, output, errorThreshold, miniBatch } = options;
  checkErrorThreshold(errorThreshold, output.state, false);
  await refuseOtherFolder(source, output);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // What the pipeline has scored ahead counts as well.
  const uncommitted = createBudget(miniBatch - batchesAhead * options.batchSize, signal);
  let survey: Survey | undefined;
  const look = async (): Promise<void> => {
    survey = await source.survey(signal, (path) => output.seenPaths.add(path));
  };
  const surveyed = look();
  // Looked at at the end; until then a failure is no unhandled one.
  surveyed.catch(() => undefined);
  const report = (): void =>
    options.onProgress({ rows: output.state.rows, errors: output.state.errors, total: survey?.owned });

  const isOver = (): boolean => options.signal?.aborted === true;
  const pass = async (items: AsyncIterable<BatchItem>): Promise<void> => {
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
      throw isOver() ? interrupted(options.signal) : scored.reason;
    }
  };

  const { place, rows } = output.state;
  // Where all rows are of late ones, the walk has none behind it: those that lack a row are found below.
  if (place !== null || rows === 0) await pass(source.items(place ?? undefined, signal));
  await surveyed;
  const changes = { late: 0, vanished: 0 };
  let seen: Survey | undefined = survey;
  if (survey?.ownedSum !== undefined)
    try {
      seen = await scoreLate({ source, output, first: survey, pass, changes, signal });
    } catch (error) {
      throw isOver() ? interrupted(options.signal) : error;
    }
  const counts = seen?.seen ?? source.seen;
  checkNotEmpty(counts.items, output.state, counts.skipped);
  checkErrorThreshold(errorThreshold, output.state, true);
  return { state: output.state, survey: counts, pathsSha256: seen?.pathsSha256, ...changes };
}

/**
 * An interrupted run is continued with its own folder, wherever that lies now: its first picture is the same, or, where
 * that is gone, another one of its pictures is there still.
 */
async function refuseOtherFolder(source: BatchSource, output: ShardOutput): Promise<void> {
  const { rows, first } = output.state;
  if (rows === 0 || first === null || source.itemAt === undefined) return;
  const refuse = (why: string): never => {
    throw new AmlDeitError('OUTPUT_EXISTS', `the output has rows of another folder: ${why}`, {
      hint: 'choose another output, or empty this one',
    });
  };
  const item = source.itemAt(Buffer.from(first.path, 'base64'));
  const hash = await contentHash(item);
  if (hash !== undefined && (first.sha256 === null || hash === first.sha256)) return;
  if (hash !== undefined) refuse(`${item.id} was another picture`);
  for await (const path of output.writtenPaths())
    if ((await contentHash(source.itemAt(path))) !== undefined) return;
  refuse(`none of its ${rows} pictures is in this one`);
}

interface ScoreLate {
  readonly source: BatchSource;
  readonly output: ShardOutput;
  /** What was there when the process started to look. */
  readonly first: Survey;
  readonly pass: (items: AsyncIterable<BatchItem>) => Promise<void>;
  readonly changes: { late: number; vanished: number };
  readonly signal: AbortSignal;
}

/** Holds the rows against the folder as it was and as it is, and scores what has none. Gives how it is. */
async function scoreLate({
  source,
  output,
  first,
  pass,
  changes,
  signal,
}: ScoreLate): Promise<Survey | undefined> {
  for (let round = 0; ; round += 1) {
    const now = await source.survey(signal);
    const { rows, pathSum } = output.state;
    const isSame = now?.ownedSum === pathSum && first.ownedSum === pathSum && now.owned === rows;
    if (now === undefined || isSame) return now;
    if (source.lateItems === undefined || round === maxLateRounds)
      throw new AmlDeitError(
        'INPUT_CHANGED',
        source.lateItems === undefined
          ? 'the folder changed while it was scored, and with --files-per-turn the processes no longer agree on whose a picture is'
          : `pictures still come after ${maxLateRounds} rounds of scoring those that came meanwhile`,
        { hint: 'score a folder that nobody changes: again into an empty folder, or a copy of it' },
      );
    const known = await hashPaths(output.writtenPaths());
    await pass(source.lateItems(known, output.seenPaths.paths(), signal));
    const added = output.state.rows - rows;
    changes.late += added;
    changes.vanished = output.state.rows - now.owned;
    if (added === 0) return now;
  }
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
