import { readFile } from 'node:fs/promises';
import type { AzureMl } from '../../azure/index.ts';
import type { OnlineEndpointResource } from '../../azure/wire/online.ts';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { sleep } from '../../io/index.ts';
import { imageScorer } from '../score-image.ts';
import type { ScoredImage } from '../score-image.ts';
import { smokePicture } from './smoke-picture.ts';

export interface SmokeExpectation {
  /** Undefined where nobody knows: a model that was not pushed by aml-deit. */
  readonly labelCount?: number;
  /** Multi-label probabilities do not sum to 1. */
  readonly task?: string;
}

export interface SmokeTestOptions {
  readonly endpoint: OnlineEndpointResource;
  /** By header to this one; by traffic when it is left out. */
  readonly deployment?: string;
  readonly images: readonly Uint8Array[];
  readonly expectation: SmokeExpectation;
  readonly signal?: AbortSignal;
}

/**
 * The pictures of a smoke test; one that we draw where none is named. What is none is refused here, before anything is
 * made. Throws FILE_NOT_FOUND, FILE_UNREADABLE or IMAGE_INVALID.
 */
export async function readSmokeImages(files: readonly string[] | undefined): Promise<readonly Uint8Array[]> {
  if (files === undefined || files.length === 0) return [smokePicture()];
  const { acceptedFormats, nameContent, sniffFormat } = await import('../../vision/sniff-format.ts');
  return await Promise.all(
    files.map(async (file) => {
      const bytes = await readPicture(file);
      if (sniffFormat(bytes) !== undefined) return bytes;
      throw new AmlDeitError(
        'IMAGE_INVALID',
        `the smoke test's picture ${file} is ${nameContent(bytes)}, expected ${acceptedFormats}`,
      );
    }),
  );
}

async function readPicture(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const missing = systemErrorCode(error) === 'ENOENT';
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing
        ? `the smoke test's picture ${file} does not exist`
        : `the smoke test's picture ${file} cannot be read: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** The route of a deployment that has just become healthy may take a moment to reach every front door. */
const attempts = 6;
const betweenAttemptsMs = 2_000;

/** Classifies the pictures and holds each answer against what the model must say. Throws SMOKE_TEST_FAILED. */
export async function smokeTest(aml: AzureMl, options: SmokeTestOptions): Promise<ScoredImage> {
  const scorer = imageScorer(aml, {
    endpoint: options.endpoint,
    requestForm: 'card',
    ...(options.deployment === undefined ? {} : { deployment: options.deployment }),
  });
  let first: ScoredImage | undefined;
  for (const image of options.images) {
    const scored = await scorePatiently(() => scorer.score(image, options.signal), options);
    const fault = distributionFault(scored, options.expectation);
    if (fault !== undefined) {
      throw new AmlDeitError('SMOKE_TEST_FAILED', `${describeRoute(options)} answered, but ${fault}`, {
        details: { classes: scored.classes.slice(0, 5) },
      });
    }
    first ??= scored;
  }
  if (first === undefined) throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', 'the smoke test has no picture');
  return first;
}

function describeRoute(options: SmokeTestOptions): string {
  return options.deployment === undefined
    ? `endpoint ${options.endpoint.name}`
    : `deployment ${options.deployment}`;
}

async function scorePatiently(
  score: () => Promise<ScoredImage>,
  options: SmokeTestOptions,
): Promise<ScoredImage> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await score();
    } catch (error) {
      if (!(error instanceof AmlDeitError) || error.code === 'INTERRUPTED') throw error;
      const status = error.details?.['status'];
      const isNotRoutedYet =
        error.code === 'SCORING_FAILED' && (status === 404 || status === 502 || status === 503);
      if (isNotRoutedYet && attempt < attempts) {
        await sleep(betweenAttemptsMs, options.signal);
        continue;
      }
      throw new AmlDeitError(
        'SMOKE_TEST_FAILED',
        `${describeRoute(options)} is healthy, but does not classify: ${error.message}`,
        {
          ...(error.details === undefined ? {} : { details: error.details }),
          cause: error,
        },
      );
    }
  }
}

/** What is wrong with an answer as a distribution over the classes; undefined when it is one. */
export function distributionFault(
  scored: Pick<ScoredImage, 'classes'>,
  expectation: SmokeExpectation,
): string | undefined {
  const { classes } = scored;
  if (classes.length === 0) return 'names no class';
  // Version 16 and later name the best five only.
  const isComplete = expectation.labelCount === undefined || classes.length === expectation.labelCount;
  if (!isComplete && classes.length !== Math.min(5, expectation.labelCount)) {
    return `names ${classes.length} classes where the model has ${expectation.labelCount}`;
  }
  const bad = classes.find(
    (entry) => !Number.isFinite(entry.score) || entry.score < 0 || entry.score > 1 + 1e-4,
  );
  if (bad !== undefined) return `gives "${bad.label}" the probability ${bad.score}`;
  if (expectation.task === 'multilabel') return undefined;
  const sum = classes.reduce((total, entry) => total + entry.score, 0);
  const isWhole = expectation.labelCount === undefined ? classes.length > 5 : isComplete;
  if (sum > 1 + 1e-2 || (isWhole && sum < 1 - 1e-2))
    return `its probabilities sum to ${sum.toFixed(3)}, expected 1`;
  return undefined;
}
