/** The pieces that a body comes in. */
export interface BodyPieces {
  add(piece: Buffer): void;
  whole(): Buffer;
}

const smallBytes = 1024;
const blockBytes = 2 ** 16;

/**
 * Small pieces are copied together: a chunk may hold one byte, and its object some hundreds, so that a body that is within
 * its limit would fill the memory.
 */
export function collectPieces(): BodyPieces {
  const pieces: Buffer[] = [];
  let block = Buffer.alloc(0);
  let filled = 0;
  const closeBlock = (): void => {
    if (filled > 0) pieces.push(block.subarray(0, filled));
    block = block.subarray(filled);
    filled = 0;
  };
  return {
    add(piece) {
      if (piece.length >= smallBytes) {
        closeBlock();
        pieces.push(piece);
        return;
      }
      if (filled + piece.length > block.length) {
        closeBlock();
        block = Buffer.allocUnsafeSlow(blockBytes);
      }
      filled += piece.copy(block, filled);
    },
    whole() {
      closeBlock();
      return Buffer.concat(pieces);
    },
  };
}
