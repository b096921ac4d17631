const markers = { startOfScan: 0xda, endOfImage: 0xd9 } as const;

/** Markers that stand alone: stuffed bytes, restarts, the start of the image. */
function isAlone(marker: number): boolean {
  return marker <= 1 || (marker >= 0xd0 && marker <= 0xd8);
}

/**
 * The scans of a JPEG, from its markers; counts no further than one more than `most`. A scan of seventy bytes may go over
 * all of a picture's coefficients.
 */
export function countScans(bytes: Uint8Array, most: number): number {
  const jpeg = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  let at = 2;
  while (at + 4 <= jpeg.length && scans <= most) {
    if (jpeg[at] !== 0xff) {
      at = jpeg.indexOf(0xff, at);
      if (at === -1) break;
      continue;
    }
    const marker = jpeg[at + 1]!;
    if (marker === markers.endOfImage) break;
    if (marker === markers.startOfScan) scans += 1;
    if (marker === 0xff) at += 1;
    else if (isAlone(marker)) at += 2;
    else at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return scans;
}
