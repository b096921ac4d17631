import { readFile, stat } from 'node:fs/promises';
import type { AzureMl } from '../azure/index.ts';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { silentHost, throwIfAborted } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import { isWebAddress } from '../web/is-web-address.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { findEndpoint } from './find-endpoint.ts';
import { imageScorer } from './score-image.ts';
import type { ImageScorer, RequestForm } from './score-image.ts';
import type { ClassScore } from './scoring-response.ts';

export interface InvokeOnlineOptions extends ConnectOptions, ActionContext {
  readonly endpoint: string;
  /** Picture files, or http(s) addresses that the endpoint fetches itself. */
  readonly images: readonly string[];
  /** Only this deployment, whatever the traffic says. */
  readonly deployment?: string;
  /** How many classes to keep for each picture, best first; 5 by default. */
  readonly topK?: number;
  /** Requests in flight at once; 2 by default. */
  readonly concurrency?: number;
  /** By default what the deployed model's generation takes. */
  readonly requestForm?: RequestForm;
}

export type InvokedImage =
  | {
      readonly image: string;
      readonly ok: true;
      readonly classes: readonly ClassScore[];
      readonly deployment: string | undefined;
      readonly durationMs: number;
    }
  | {
      readonly image: string;
      readonly ok: false;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

export interface InvokeOnlineResult {
  readonly endpoint: string;
  readonly scoringUri: string;
  /** In the order of the options' images. */
  readonly results: readonly InvokedImage[];
  readonly failed: number;
}

/** A file past it is not sent: base64 makes it a third larger, and the scoring server's own cap is 32 MiB. */
const maxImageBytes = 24 * 2 ** 20;

/**
 * Classifies pictures through an online endpoint, one request each, so that a bad picture fails alone.
 * Throws when nothing could be asked (no such endpoint, no credential); what failed for one picture stands in its row.
 */
export async function invokeOnline(options: InvokeOnlineOptions): Promise<InvokeOnlineResult> {
  const { images, host = silentHost, signal, topK = 5, concurrency = 2 } = options;
  if (images.length === 0)
    throw new AmlDeitError('USAGE', 'no picture was given: expected one or more files or web addresses');
  if (!Number.isInteger(topK) || topK < 1)
    throw new AmlDeitError('USAGE', `top-k is ${topK}: expected 1 or more`);
  const aml = await connect(options);
  try {
    const call = signal === undefined ? {} : { signal };
    const endpoint = await findEndpoint(aml, options.endpoint, call);
    const requestForm = options.requestForm ?? (await deployedRequestForm(aml, options));
    const scorer = imageScorer(aml, {
      endpoint,
      requestForm,
      ...(options.deployment === undefined ? {} : { deployment: options.deployment }),
    });
    const results = Array.from<InvokedImage>({ length: images.length });
    let next = 0;
    let done = 0;
    const report = (state: 'running' | 'done'): void =>
      host.progress({
        id: 'invoke',
        text: 'classifying',
        state,
        current: done,
        total: images.length,
        unit: 'images',
      });
    const worker = async (): Promise<void> => {
      for (let index = next++; index < images.length; index = next++) {
        throwIfAborted(signal);
        results[index] = await invokeOne(scorer, images[index] ?? '', topK, signal);
        done += 1;
        report('running');
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, images.length) }, worker));
    report('done');
    return {
      endpoint: endpoint.name,
      scoringUri: endpoint.properties.scoringUri ?? '',
      results,
      failed: results.filter((result) => !result.ok).length,
    };
  } finally {
    aml.close();
  }
}

async function invokeOne(
  scorer: ImageScorer,
  image: string,
  topK: number,
  signal: AbortSignal | undefined,
): Promise<InvokedImage> {
  try {
    const scored = await scorer.score(isWebAddress(image) ? image : await readImage(image), signal);
    return { image, ok: true, ...scored, classes: scored.classes.slice(0, topK) };
  } catch (error) {
    // What is wrong with the caller or the way there would be wrong with every picture.
    if (!(error instanceof AmlDeitError) || error.kind === 'auth' || error.kind === 'interrupted')
      throw error;
    return { image, ok: false, error: { code: error.code, message: error.message } };
  }
}

async function readImage(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > maxImageBytes) {
      throw new AmlDeitError(
        'IMAGE_TOO_LARGE',
        `${file} has ${size} bytes: expected at most ${maxImageBytes}`,
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    const missing = systemErrorCode(error) === 'ENOENT';
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `${file} does not exist` : `${file} cannot be read: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

const registryVersion = /^azureml:\/\/registries\/[^/]+\/models\/[^/]+\/versions\/(\d+)$/i;

/** Version 16 and later of the registry's model take the bare list; our own container and version 15 the card's form. */
async function deployedRequestForm(aml: AzureMl, options: InvokeOnlineOptions): Promise<RequestForm> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const deployments = await aml.onlineDeployments.list(options.endpoint, call);
  const asked = deployments.filter(
    ({ name }) => options.deployment === undefined || name === options.deployment,
  );
  const versions = asked.map(({ properties }) =>
    Number(registryVersion.exec(properties.model ?? '')?.[1] ?? 0),
  );
  return versions.length > 0 && versions.every((version) => version >= 16) ? 'list' : 'card';
}
