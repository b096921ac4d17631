import { AmlDeitError } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { probabilities, profilePreprocessing, startPreprocessor } from '../vision/index.ts';
import type { DecodeLimits, Inference, Picture, Preprocessing } from '../vision/index.ts';
import { limitConcurrency } from '../vision/limit-concurrency.ts';
import { isWebAddress } from '../web/index.ts';
import type { PictureFetcher } from '../web/index.ts';
import type { AnswerForm } from './answer-form.ts';
import { createImageQueue, tooLate } from './image-queue.ts';
import type { ScoreRequest } from './parse-score-request.ts';
import { createPreparationTime } from './preparation-time.ts';
import { readImageText } from './read-image-text.ts';
import { scoreResponseWriter } from './score-response.ts';
import { ScoringError } from './scoring-error.ts';
import { createServiceTime } from './service-time.ts';

export interface ScorerOptions {
  readonly inference: Inference;
  readonly decodeLimits: DecodeLimits;
  readonly maxQueuedImages: number;
  /** From a request's admission to its answer. */
  readonly deadlineMs: number;
  readonly fetcher: PictureFetcher;
  /** Where a request does not say. */
  readonly answer: AnswerForm;
}

/** From the pictures of one request to the JSON of its answer. */
export interface Scorer {
  /** Pictures that have been admitted and are not yet answered. */
  readonly admitted: number;
  /**
   * @throws ScoringError 400 for a picture that cannot be read (its position and why) unless the request wants `null`
   * in its place, 429 when the queue is full or the answer would come too late, 503 when the model's process ended
   * meanwhile or the deadline has passed.
   */
  score(request: ScoreRequest, signal: AbortSignal): Promise<ScoreAnswer>;
  close(): Promise<void>;
}

export interface ScoreAnswer {
  readonly json: string;
  /** Why the rows that are `null` are so. */
  readonly refused: readonly string[];
}

export const maxBatch = 8;

/** Sizes that a batch can have: each is run before the server is ready, and those that the model's provider gains by. */
export const batchSizes: readonly number[] = [1, 2, 4, maxBatch];

/**
 * Pictures of one request that wait to be decoded at a time: so many keep the decoder busy, and another request's wait
 * behind a few of them, not behind sixty-four large ones.
 */
const maxWaitingOfRequest = 2;

/** Pictures that are being decoded at a time: tens of megabytes each. */
const maxDecoded = 2;

/** Pictures that are fetched from web addresses, or were and wait to be decoded, at a time. */
const maxFetching = 16;

/**
 * The part of the queue that pictures from web addresses may take: however slowly they come, places are left for
 * pictures that are there already.
 */
const maxWebShare = 0.5;

/** What runs at the deadline may come to its end. */
const graceMs = 500;

export function createScorer(options: ScorerOptions): Scorer {
  const { inference, decodeLimits, deadlineMs, fetcher } = options;
  const { manifest } = inference;
  const preparationTime = createPreparationTime(maxDecoded);
  const preprocessor = startPreprocessor(manifest.preprocessing, {
    decodeLimits,
    maxDecoded,
    onPrepared: (ms) => preparationTime.record(ms),
    imageSize: manifest.architecture.imageSize,
  });
  const fetchSlot = limitConcurrency(maxFetching);
  const write = scoreResponseWriter(manifest.labels, options.answer);
  const queue = createImageQueue({
    run: (pixels, count) => inference.run(pixels, count),
    maxImages: options.maxQueuedImages,
    maxBatch: Math.max(1, ...inference.warmUp.map(({ images }) => images)),
    deadlineMs,
    serviceTime: createServiceTime(inference.warmUp),
    preparationTime,
    recycle: (tensor) => preprocessor.recycle(tensor),
  });

  const preprocessingOf = ({ parameters: { profile } }: ScoreRequest): Preprocessing =>
    profile === undefined
      ? manifest.preprocessing
      : profilePreprocessing(profile, manifest.architecture.imageSize, manifest.architecture.channels);

  const maxWeb = options.maxQueuedImages * maxWebShare;
  let webAdmitted = 0;
  const admitWeb = (count: number): (() => void) => {
    if (count > 0 && webAdmitted + count > maxWeb) {
      throw new ScoringError(
        429,
        `${webAdmitted} pictures are being fetched, ${count} more do not fit (at most ${maxWeb})`,
        { retryAfterSeconds: 1 },
      );
    }
    webAdmitted += count;
    return () => {
      webAdmitted -= count;
    };
  };

  return {
    get admitted() {
      return queue.admitted;
    },
    async score(request, signal) {
      const { images, parameters } = request;
      const admission = queue.admit(images.length);
      // One bad picture answers for the request: the others' work is dropped.
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const prepareOptions = { preprocessing: preprocessingOf(request), signal: either };
      const prepare = (picture: Picture | (() => Promise<Picture>)): Promise<Float32Array<ArrayBuffer>> =>
        turn(() => preprocessor.prepare(picture, prepareOptions), either);
      const turn = limitConcurrency(maxWaitingOfRequest);
      const refused: string[] = [];
      let releaseWeb: (() => void) | undefined;
      // Whatever holds it up, a model that hangs too: nobody waits for longer.
      const late = setTimeout(() => failed.abort(tooLate(deadlineMs)), deadlineMs + graceMs);

      const tensorOf = async (
        text: string,
        position: number,
      ): Promise<Float32Array<ArrayBuffer> | undefined> => {
        try {
          if (!isWebAddress(text)) return await prepare(async () => readImageText(text));
          return await fetchSlot(async () => {
            either.throwIfAborted();
            return prepare(await fetcher.fetch(text, either));
          }, either);
        } catch (error) {
          const reason = ofPicture(position, error);
          if (reason === undefined) throw error;
          if (parameters.onError !== 'null') throw reason;
          refused.push(reason.message);
          return undefined;
        }
      };

      try {
        releaseWeb = admitWeb(images.filter(isWebAddress).length);
        const tensors = await Promise.all(images.map(tensorOf));
        const good = tensors.filter((tensor) => tensor !== undefined);
        const scored = good.length === 0 ? [] : await admission.score(good, either);
        const logits = scored.values();
        const rows = tensors.map((tensor) =>
          tensor === undefined ? null : probabilities(logits.next().value!, manifest.task),
        );
        return { json: write(rows, parameters), refused };
      } catch (error) {
        failed.abort(error);
        throw ofModel(error);
      } finally {
        clearTimeout(late);
        releaseWeb?.();
        admission.release();
      }
    },
    close: () => preprocessor.close(),
  };
}

/** What is wrong with a picture, not with the server. */
const pictureErrors: ReadonlySet<string> = new Set(['IMAGE_INVALID', 'URL_REFUSED', 'URL_UNREACHABLE']);

function ofPicture(position: number, error: unknown): ScoringError | undefined {
  const isPicture = error instanceof AmlDeitError && pictureErrors.has(error.code);
  if (!isPicture && !(error instanceof ScoringError && error.status === 400)) return undefined;
  return new ScoringError(400, `picture ${position}: ${error.message}`, { cause: error });
}

const stoppedWorkers: Readonly<Partial<Record<ErrorCode, string>>> = {
  INFERENCE_CRASHED: 'the model',
  MODEL_LOAD_FAILED: 'the model',
  PREPARING_CRASHED: 'what prepares pictures',
};

/** Nothing is wrong with the request: it may be sent again. */
function ofModel(error: unknown): unknown {
  const stopped = error instanceof AmlDeitError ? stoppedWorkers[error.code] : undefined;
  if (stopped === undefined) return error;
  return new ScoringError(503, `${stopped} stopped before this request was scored`, {
    retryAfterSeconds: 1,
    cause: error,
  });
}
