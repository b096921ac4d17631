import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { sleep } from '../../io/index.ts';
import { isWebAddress } from '../../web/index.ts';
import type { PictureFetcher } from '../../web/index.ts';
import { readImageText } from '../read-image-text.ts';
import { ScoringError } from '../scoring-error.ts';
import { readPictureFile } from './read-picture-file.ts';
import type { ReadLimits } from './read-picture-file.ts';

/** How encoded pictures begin in base64: JPEG (which looks like a path), PNG, GIF, WebP (RIFF), TIFF, BMP (four zeros). */
const base64Start = /^(?:\/9j\/|iVBORw0KGgo|R0lGOD|UklGR|SUkq|TU0AK|Qk[\w+/]{6}AAAA)/;
const base64Only = /^[A-Za-z0-9+/=\s]+$/;
const longestPath = 4096;
const firstRetryMs = 500;

export type PictureValueKind = 'address' | 'base64' | 'path';

/** What a table's cell holds of a picture, from how it looks. */
export function pictureValueKind(value: string): PictureValueKind {
  if (isWebAddress(value)) return 'address';
  if (/^\s*data:/i.test(value) || value.length > longestPath) return 'base64';
  return value.length >= 32 && base64Start.test(value) && base64Only.test(value) ? 'base64' : 'path';
}

export interface PictureValueOptions {
  /** Paths are relative to it and stay below it. */
  readonly root: string;
  readonly limits: ReadLimits;
  readonly fetcher: PictureFetcher;
}

/** The encoded picture that a table's cell stands for. Throws an AmlDeitError that becomes the row's. */
export async function readPictureValue(
  value: string,
  options: PictureValueOptions,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  switch (pictureValueKind(value)) {
    case 'address':
      return fetchPicture(value.trim(), options, signal);
    case 'base64':
      try {
        return readImageText(value);
      } catch (error) {
        if (error instanceof ScoringError)
          throw new AmlDeitError('IMAGE_INVALID', error.message, { cause: error });
        throw error;
      }
    case 'path':
      return readPictureFile(await pathBelow(options.root, value), value, options.limits, signal);
  }
}

/** One that could not be had is tried again; one that may not be fetched is not. */
async function fetchPicture(
  address: string,
  { fetcher, limits }: PictureValueOptions,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fetcher.fetch(address, signal);
    } catch (error) {
      const isPassing = error instanceof AmlDeitError && error.code === 'URL_UNREACHABLE';
      if (!isPassing || attempt >= limits.retries) throw error;
      await sleep(firstRetryMs * 2 ** attempt, signal);
    }
  }
}

/** The path of a file below the root, links resolved. A table comes from elsewhere: it must not point out of its folder. */
async function pathBelow(root: string, value: string): Promise<string> {
  const base = await realpath(root);
  const given = isAbsolute(value) ? value : resolve(base, value);
  const real = await realpath(given).catch(() => given);
  if (real !== base && !real.startsWith(base.endsWith(sep) ? base : `${base}${sep}`))
    throw new AmlDeitError('ROW_INVALID', `the path ${value.slice(0, 200)} leads out of ${root}`);
  return real;
}
