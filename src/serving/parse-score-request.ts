import { isObject, kindOf } from './describe-json.ts';
import { parseBoundedJson } from './parse-bounded-json.ts';
import { readParameters } from './read-parameters.ts';
import type { ScoreParameters } from './read-parameters.ts';
import { readPictures } from './read-pictures.ts';
import { ScoringError } from './scoring-error.ts';

export interface ScoreRequest {
  /** Pictures as texts (base64, data URIs, web addresses), in the order of the answer. */
  readonly images: readonly string[];
  readonly parameters: ScoreParameters;
}

/**
 * Reads the body of `POST /score`.
 *
 * @throws ScoringError 400, saying what was expected.
 */
export function parseScoreRequest(body: Uint8Array, maxImages: number): ScoreRequest {
  return readScoreRequest(parseBoundedJson(body), maxImages);
}

/** The same of a value that has been parsed. */
export function readScoreRequest(json: unknown, maxImages: number): ScoreRequest {
  if (!isObject(json)) {
    throw new ScoringError(400, `the body is ${kindOf(json)}, expected a JSON object with "input_data"`);
  }
  const parameters = readParameters(json['params']);
  const images = readPictures(json);
  if (images.length > maxImages) {
    throw new ScoringError(
      400,
      `the body holds ${images.length} pictures, at most ${maxImages} are accepted in one request`,
    );
  }
  return { images, parameters };
}
