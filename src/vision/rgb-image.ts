/** A decoded picture: 8-bit RGB, rows from the top, three bytes a pixel, no padding. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An encoded picture whose header has been read: its size as stated, before orientation. */
export interface OpenPicture {
  readonly width: number;
  readonly height: number;
  /** @throws Error when the picture is damaged or truncated */
  decode(): RgbImage | Promise<RgbImage>;
}
