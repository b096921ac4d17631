import type Sharp from 'sharp';
import { peerMissing } from '../io/index.ts';

let loading: Promise<typeof Sharp> | undefined;

/**
 * sharp, loaded on first use. One libvips thread a picture, because pictures are already decoded side by side; no
 * cache, because no picture is decoded twice and the cache would hold tens of megabytes.
 */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(
    ({ default: sharp }) => {
      sharp.concurrency(1);
      sharp.cache(false);
      return sharp;
    },
    (error: unknown) => {
      loading = undefined;
      throw peerMissing('sharp', error);
    },
  );
  return loading;
}
