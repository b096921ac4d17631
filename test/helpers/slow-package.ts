import { makeTinyPackage } from './tiny-package.ts';
import type { TinyPackage } from './tiny-package.ts';

/** A model that is small on disk and takes its time: many patches of a large picture, a batch of 8 about a second. */
export function makeSlowPackage(): Promise<TinyPackage> {
  return makeTinyPackage({
    image_size: 448,
    patch_size: 8,
    hidden_size: 64,
    intermediate_size: 128,
    num_attention_heads: 2,
    num_hidden_layers: 3,
  });
}
