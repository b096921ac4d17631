import { fromHsv } from './draw-shape.ts';
import type { Colour, Shape } from './draw-shape.ts';
import { makeFridgeShape } from './fridge-shapes.ts';
import type { FridgeClass } from './fridge-shapes.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

export interface DrawnPicture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue bytes, row after row. */
  readonly data: Uint8Array;
}

export interface DrawOptions {
  readonly className: FridgeClass;
  /** Everything that makes this picture another one than the next: a seed, a split, a number. */
  readonly seed: readonly (number | string)[];
  /** Decides which thing of its class it is; by the seed without it. The same one looks the same in other pictures. */
  readonly specimen?: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Draws one picture of a fridge object: its own specimen, pose, background and light, all decided by the seed.
 * Pure: the same options give the same bytes.
 */
export function drawFridgeObject(options: DrawOptions): DrawnPicture {
  const { className, width, height } = options;
  // The scene does not know the class: nothing behind the object gives it away.
  const scene = createRandom(...options.seed, 'scene', className);
  const light = scene.between(-1.1, 1.1);
  const canvas = new Float32Array(width * height * 3);
  const floor = drawBackground(canvas, width, height, scene);
  const specimen = options.specimen === undefined ? options.seed : ['specimen', options.specimen];
  const shape = makeFridgeShape(className, createRandom(...specimen, 'shape', className), light);
  const pose = makePose(shape, { width, height, floor }, scene);
  drawShadow(canvas, { width, height }, shape, pose, light, scene);
  drawShape(canvas, { width, height }, shape, pose);
  return { width, height, data: develop(canvas, { width, height }, light, scene) };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where an object's units lie in the picture: pixels = centre + scale · rotation(units). */
interface Pose {
  readonly centreX: number;
  readonly centreY: number;
  readonly scale: number;
  readonly cos: number;
  readonly sin: number;
}

function makePose(shape: Shape, picture: Size & { readonly floor: number }, random: Random): Pose {
  const angle = Math.max(-0.5, Math.min(0.5, 0.16 * random.normal()));
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const halfWidth = Math.abs(cos) * shape.halfWidth + Math.abs(sin);
  const halfHeight = Math.abs(cos) + Math.abs(sin) * shape.halfWidth;
  const fit = Math.min(picture.width / 2 / halfWidth, picture.height / 2 / halfHeight);
  const scale = fit * random.between(0.8, 0.97);
  const roomX = picture.width / 2 - halfWidth * scale;
  const roomY = picture.height / 2 - halfHeight * scale;
  return {
    scale,
    cos,
    sin,
    centreX: picture.width / 2 + roomX * random.between(-0.4, 0.4),
    // Standing on the shelf where there is room for that, else anywhere.
    centreY: Math.max(
      picture.height / 2 - roomY,
      Math.min(picture.height / 2 + roomY, picture.floor - halfHeight * scale + random.between(0, 10)),
    ),
  };
}

/** Paints the whole canvas and returns the row on which things stand. */
function drawBackground(canvas: Float32Array, width: number, height: number, random: Random): number {
  const wall = fromHsv(random.next(), random.between(0, 0.15), random.between(0.5, 0.97));
  const other = random.chance(0.5)
    ? fromHsv(random.next(), random.between(0, 0.15), random.between(0.45, 0.95))
    : wall;
  const floor = height * random.between(0.78, 0.98);
  const slant = random.between(-0.5, 0.5);
  const kind = random.integer(4);
  const spacing = random.between(14, 42);
  const phase = random.between(0, spacing);
  const lineShade = random.chance(0.5) ? random.between(0.72, 0.92) : random.between(1.06, 1.2);
  const blobs = Array.from({ length: random.integer(3) }, () => ({
    x: random.between(0, width),
    y: random.between(0, height),
    radius: random.between(0.06, 0.22) * width,
    strength: random.between(0.15, 0.6),
    colour: fromHsv(random.next(), random.between(0, 0.2), random.between(0.4, 0.95)),
  }));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const share = Math.max(0, Math.min(1, y / height + slant * (x / width - 0.5)));
      let shade = 1;
      // Wires of a shelf, tiles, or boards; the first kind is plain.
      if (kind === 1 && y < floor && (x + phase) % spacing < 2) shade = lineShade;
      if (kind === 2 && ((x + phase) % spacing < 1.5 || (y + phase) % spacing < 1.5)) shade = lineShade;
      if (kind === 3 && (y + phase) % (spacing * 2) < 4) shade = lineShade;
      if (kind !== 0 && y > floor) shade = y < floor + 3 ? 0.6 : 0.85;
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1)
        canvas[at + channel] = (wall[channel]! + (other[channel]! - wall[channel]!) * share) * shade;
      for (const blob of blobs) {
        const distance = Math.hypot(x - blob.x, y - blob.y) / blob.radius;
        if (distance < 1) blend(canvas, at, blob.colour, blob.strength * (1 - distance * distance) ** 2);
      }
    }
  }
  return floor;
}

function drawShadow(
  canvas: Float32Array,
  size: Size,
  shape: Shape,
  pose: Pose,
  light: number,
  random: Random,
): void {
  const strength = random.between(0.15, 0.55);
  const radiusX = shape.halfWidth * pose.scale * 1.35;
  const radiusY = radiusX * 0.22;
  const centreX = pose.centreX - pose.sin * pose.scale - Math.sin(light) * radiusX * 0.3;
  const centreY = pose.centreY + pose.cos * pose.scale;
  for (
    let y = Math.max(0, Math.floor(centreY - radiusY));
    y < Math.min(size.height, centreY + radiusY);
    y += 1
  ) {
    for (
      let x = Math.max(0, Math.floor(centreX - radiusX));
      x < Math.min(size.width, centreX + radiusX);
      x += 1
    ) {
      const distance = Math.hypot((x - centreX) / radiusX, (y - centreY) / radiusY);
      if (distance < 1)
        blend(canvas, (y * size.width + x) * 3, [0, 0, 0], strength * (1 - distance * distance));
    }
  }
}

function drawShape(canvas: Float32Array, size: Size, shape: Shape, pose: Pose): void {
  const reachX = (Math.abs(pose.cos) * shape.halfWidth + Math.abs(pose.sin) * 1.1) * pose.scale + 2;
  const reachY = (Math.abs(pose.cos) * 1.1 + Math.abs(pose.sin) * shape.halfWidth) * pose.scale + 2;
  const top = Math.max(0, Math.floor(pose.centreY - reachY));
  const bottom = Math.min(size.height - 1, Math.ceil(pose.centreY + reachY));
  const left = Math.max(0, Math.floor(pose.centreX - reachX));
  const right = Math.min(size.width - 1, Math.ceil(pose.centreX + reachX));
  const paint = new Float64Array(4);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const offsetX = (column + 0.5 - pose.centreX) / pose.scale;
      const offsetY = (row + 0.5 - pose.centreY) / pose.scale;
      const x = pose.cos * offsetX + pose.sin * offsetY;
      const y = pose.cos * offsetY - pose.sin * offsetX;
      for (const layer of shape.layers) {
        const coverage = 0.5 - layer.distance(x, y) * pose.scale;
        if (coverage <= 0) continue;
        layer.shade(x, y, paint);
        blend(canvas, (row * size.width + column) * 3, paint, Math.min(1, coverage) * paint[3]!);
      }
    }
  }
}

/** Exposure, white balance, uneven light, vignette and sensor noise; then bytes. */
function develop(canvas: Float32Array, size: Size, light: number, random: Random): Uint8Array {
  const exposure = random.between(0.8, 1.12);
  const warmth = random.between(-0.08, 0.08);
  const balance: Colour = [1 + warmth, 1, 1 - warmth];
  const unevenness = random.between(0, 0.2) * Math.sign(light);
  const vignette = random.between(0, 0.3);
  // Of the sum of two uniform numbers, whose deviation is 1/√6: a sensor's grain for a fraction of a normal's price.
  const noise = random.between(0.004, 0.02) * Math.sqrt(6);
  const bytes = new Uint8Array(canvas.length);
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const fromCentreX = (2 * x) / size.width - 1;
      const fromCentreY = (2 * y) / size.height - 1;
      const gain =
        exposure *
        (1 + unevenness * fromCentreX) *
        (1 - vignette * 0.5 * (fromCentreX * fromCentreX + fromCentreY * fromCentreY));
      const at = (y * size.width + x) * 3;
      const grain = noise * (random.next() + random.next() - 1);
      for (let channel = 0; channel < 3; channel += 1) {
        const value = canvas[at + channel]! * gain * balance[channel]! + grain;
        bytes[at + channel] = Math.round(255 * Math.max(0, Math.min(1, value)));
      }
    }
  }
  return bytes;
}

function blend(canvas: Float32Array, at: number, colour: ArrayLike<number>, share: number): void {
  for (let channel = 0; channel < 3; channel += 1)
    canvas[at + channel] = canvas[at + channel]! + (colour[channel]! - canvas[at + channel]!) * share;
}
