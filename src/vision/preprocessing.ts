/** Pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** A square is given by its side. */
export function toImageSize(size: ImageSize | number): ImageSize {
  return typeof size === 'number' ? { height: size, width: size } : size;
}

/**
 * What happens between a decoded picture and the tensor, as data. A model package carries one of these, read from
 * its checkpoint's `preprocessor_config.json`; a profile is a named one.
 */
export interface Preprocessing {
  /**
   * `squash`: to exactly height × width, whatever the aspect ratio. `shortest-edge`: the short side becomes `size`,
   * the long side keeps the ratio, truncated to an integer. `none`: the picture is taken as it is.
   */
  readonly resize:
    | { readonly mode: 'squash'; readonly height: number; readonly width: number }
    | { readonly mode: 'shortest-edge'; readonly size: number }
    | { readonly mode: 'none' };
  /** Pillow's filter names; both are antialiased when they shrink. */
  readonly resample: 'bilinear' | 'bicubic';
  /** Centre crop after the resize; null for none. */
  readonly crop: { readonly height: number; readonly width: number } | null;
  /** Values are `byte * rescaleFactor`, then `(value - mean) / std` per RGB channel. */
  readonly rescaleFactor: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /**
   * 1 for a model of one channel: the picture is made grey as Pillow's mode L, and the first mean and std count. Absent
   * for red, green and blue.
   */
  readonly channels?: 1;
}
