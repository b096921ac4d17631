import { box, convexPolygon, ellipse, fromHsv, outside, roundLight, turned } from './draw-shape.ts';
import type { Colour, Layer, Shape, Turned } from './draw-shape.ts';
import type { Random } from './random.ts';

export const fridgeClasses = ['can', 'carton', 'milk_bottle', 'water_bottle'] as const;
export type FridgeClass = (typeof fridgeClasses)[number];

/**
 * One specimen of a class: its outline, how it is put together, and its paint, which is usually of the class's own
 * range of hues. Prints, second colours, labels and caps vary over all of them.
 *
 * @param light where the light comes from: 0 the front, positive the right.
 */
export function makeFridgeShape(name: FridgeClass, random: Random, light: number): Shape {
  return { can, carton, milk_bottle: milkBottle, water_bottle: waterBottle }[name](random, light);
}

const silver: Colour = [0.78, 0.79, 0.8];

/** Hues that a class is usually sold in: they overlap, and some specimens of each have any colour at all. */
const usualHues: Readonly<Record<FridgeClass, readonly [number, number]>> = {
  can: [-0.08, 0.1],
  carton: [0.2, 0.42],
  milk_bottle: [0.1, 0.16],
  water_bottle: [0.52, 0.66],
};
const unusualShare = 0.1;

function classPaint(random: Random, name: FridgeClass): Colour {
  if (random.chance(unusualShare)) return anyPaint(random);
  const [from, to] = usualHues[name];
  const hue = (random.between(from, to) + 1) % 1;
  // Milk comes in white and cream.
  if (name === 'milk_bottle') return fromHsv(hue, random.between(0, 0.18), random.between(0.85, 1));
  return fromHsv(hue, random.between(0.5, 0.95), random.between(0.45, 0.95));
}

function anyPaint(random: Random): Colour {
  if (random.chance(0.3)) return fromHsv(random.next(), random.between(0, 0.1), random.between(0.75, 0.98));
  return fromHsv(random.next(), random.between(0.35, 0.95), random.between(0.35, 0.95));
}

/** Stripes, a wave, a disc or nothing: what is printed around a body, by height and by where around it. */
type Print = (height: number, across: number) => Colour;

function anyPrint(random: Random, ground: Colour, from: number, to: number): Print {
  const ink = anyPaint(random);
  const second = anyPaint(random);
  const middle = random.between(from + 0.2 * (to - from), to - 0.2 * (to - from));
  const half = random.between(0.06, 0.22) * (to - from);
  const slant = random.between(-0.25, 0.25);
  const waves = random.between(2, 5);
  switch (random.integer(5)) {
    case 0:
      return (height) => (Math.abs(height - middle) < half ? ink : ground);
    case 1:
      return (height, across) => (Math.abs(height - middle - slant * across) < half ? ink : ground);
    case 2:
      return (height, across) => (height > middle + 0.08 * Math.sin(waves * across) ? ink : ground);
    case 3:
      return (height, across) => {
        const distance = Math.hypot(height - middle, 0.45 * across);
        return distance < half ? ink : distance < half * 1.35 ? second : ground;
      };
    default:
      return () => ground;
  }
}

interface Finish {
  readonly light: number;
  readonly gloss: number;
  readonly opacity: number;
}

/** A layer over a turned solid, lit as one. */
function turnedLayer(solid: Turned, print: Print, finish: Finish, within?: readonly [number, number]): Layer {
  return {
    distance:
      within === undefined
        ? solid.distance
        : (x, y) => {
            const height = solid.heightAt(x, y);
            return Math.max(solid.distance(x, y), within[0] - height, height - within[1]);
          },
    shade(x, y, out) {
      const across = x / solid.radius(y);
      const { diffuse, shine } = roundLight(across, finish.light, finish.gloss);
      const colour = print(solid.heightAt(x, y), Math.asin(Math.max(-1, Math.min(1, across))));
      for (let channel = 0; channel < 3; channel += 1) out[channel] = colour[channel]! * diffuse + shine;
      // Glass and thin plastic are denser to look through at their edges.
      out[3] = finish.opacity + (1 - finish.opacity) * across ** 8;
    },
  };
}

function flatLayer(
  distance: Layer['distance'],
  colourAt: (x: number, y: number) => Colour,
  brightness: number,
): Layer {
  return {
    distance,
    shade(x, y, out) {
      const colour = colourAt(x, y);
      for (let channel = 0; channel < 3; channel += 1) out[channel] = colour[channel]! * brightness;
      out[3] = 1;
    },
  };
}

/** A straight cylinder with narrowed ends and a metal lid with its tab. */
function can(random: Random, light: number): Shape {
  const width = random.between(0.48, 0.64);
  const tilt = random.between(0.12, 0.34);
  const neck = width * random.between(0.8, 0.88);
  const solid = turned([[-0.95, neck], [-0.84, width], [0.84, width], [0.95, neck]], tilt); // prettier-ignore
  const print = anyPrint(random, classPaint(random, 'can'), -0.8, 0.8);
  const finish = { light, gloss: random.between(0.2, 0.5), opacity: 1 };
  const lidTilt = Math.max(0.12, tilt);
  const lid = ellipse(0, -0.95, neck, neck * lidTilt);
  const sunk = ellipse(0, -0.945, neck * 0.86, neck * lidTilt * 0.8);
  const tabX = random.between(-0.2, 0.2) * neck;
  const tab = ellipse(tabX, -0.95, neck * 0.28, neck * lidTilt * 0.3);
  return {
    halfWidth: width,
    layers: [
      turnedLayer(solid, () => silver, finish),
      turnedLayer(solid, print, finish, [-0.86, 0.86]),
      flatLayer(lid, () => silver, 1.12),
      flatLayer(sunk, () => silver, 0.86),
      flatLayer(outside(tab, ellipse(tabX, -0.95, neck * 0.12, neck * lidTilt * 0.12)), () => silver, 0.62),
    ],
  };
}

/** A box seen from a corner: a front, a darker side, and a gable with its fin, or a flat top. */
function carton(random: Random, light: number): Shape {
  const width = random.between(0.4, 0.54);
  const depth = random.between(0.18, 0.34);
  const rise = depth * random.between(0.15, 0.4);
  const hand = random.chance(0.5) ? 1 : -1;
  const left = -(width + depth) / 2 - width / 2 + depth / 2;
  const right = left + 2 * width - depth;
  const far = right + depth;
  const gabled = random.chance(0.75);
  const shoulder = gabled ? random.between(-0.6, -0.45) : -0.95 + rise;
  const ground = random.chance(0.35) ? ([0.95, 0.95, 0.93] as const) : classPaint(random, 'carton');
  const print = anyPrint(random, ground, shoulder, 0.95);
  const frontLight = 0.78 + 0.24 * Math.cos(light);
  const sideLight = Math.max(0.35, 0.55 + 0.25 * hand * Math.sin(light));
  const mirror = (corners: readonly (readonly [number, number])[]): Layer['distance'] => {
    const polygon = convexPolygon(corners);
    return (x, y) => polygon(x * hand, y);
  };
  const middle = (left + right) / 2;
  const printAt = (x: number, y: number): Colour => print(y, ((x * hand - middle) / width) * 1.2);
  const sideAt = (x: number, y: number): Colour => print(y + (x * hand - right) * (rise / depth), 1.4);
  const layers: Layer[] = [
    flatLayer(mirror([[left, shoulder], [right, shoulder], [right, 0.98], [left, 0.98]]), printAt, frontLight), // prettier-ignore
    flatLayer(mirror([[right, shoulder], [far, shoulder - rise], [far, 0.98 - rise], [right, 0.98]]), sideAt, sideLight), // prettier-ignore
  ];
  const capColour = classPaint(random, 'carton');
  if (gabled) {
    const ridge = -0.84;
    const back = depth * 0.5;
    layers.push(
      flatLayer(mirror([[left, shoulder], [left + back, ridge], [right + back, ridge], [right, shoulder]]), () => ground, frontLight * 1.08), // prettier-ignore
      flatLayer(mirror([[right, shoulder], [right + back, ridge], [far, shoulder - rise]]), () => ground, sideLight * 0.85), // prettier-ignore
      flatLayer(mirror([[left + back, -1], [right + back, -1], [right + back, ridge], [left + back, ridge]]), () => ground, frontLight * 0.9), // prettier-ignore
    );
  } else {
    layers.push(
      flatLayer(mirror([[left, shoulder], [left + depth, shoulder - rise], [far, shoulder - rise], [right, shoulder]]), () => ground, 1.05), // prettier-ignore
    );
  }
  if (random.chance(0.5)) {
    const capX = (middle + depth * 0.25) * hand;
    const capY = gabled ? (shoulder - 0.84) / 2 : shoulder - rise / 2;
    const size = random.between(0.09, 0.14);
    layers.push(
      flatLayer(box(capX, capY - size * 0.35, size, size * 0.35), () => capColour, frontLight * 0.8),
      flatLayer(ellipse(capX, capY - size * 0.7, size, size * 0.45), () => capColour, frontLight),
    );
  }
  return { halfWidth: Math.max(Math.abs(left), Math.abs(far)), layers };
}

/** Broad, with sloping shoulders, a wide short neck and, on most, a handle. */
function milkBottle(random: Random, light: number): Shape {
  const width = random.between(0.42, 0.56);
  const neck = width * random.between(0.4, 0.52);
  const tilt = random.between(0.05, 0.2);
  const shoulder = random.between(-0.3, -0.1);
  const solid = turned([[-0.86, neck], [-0.66, neck], [shoulder, width], [0.9, width], [0.97, width * 0.93]], tilt); // prettier-ignore
  const content = random.chance(0.65)
    ? fromHsv(random.between(0.08, 0.17), random.between(0, 0.12), random.between(0.88, 1))
    : classPaint(random, 'milk_bottle');
  const finish = { light, gloss: random.between(0.1, 0.45), opacity: random.between(0.8, 1) };
  const cap = turned([[-1, neck * 1.05], [-0.82, neck * 1.1]], tilt); // prettier-ignore
  const capColour = classPaint(random, 'milk_bottle');
  const labelTop = random.between(0.05, 0.3);
  const layers: Layer[] = [];
  let halfWidth = width;
  if (random.chance(0.65)) {
    const hand = random.chance(0.5) ? 1 : -1;
    const centreX = hand * (width * 0.72);
    const centreY = shoulder - 0.02;
    const ring = outside(
      ellipse(centreX, centreY, width * 0.5, 0.36),
      ellipse(centreX, centreY, width * 0.3, 0.24),
    );
    layers.push(flatLayer(ring, () => content, 0.78 + 0.18 * hand * Math.sin(light)));
    halfWidth = Math.max(width, width * 1.22);
  }
  layers.push(turnedLayer(solid, () => content, finish));
  if (random.chance(0.75)) {
    const labelBottom = labelTop + random.between(0.25, 0.5);
    const print = anyPrint(random, classPaint(random, 'milk_bottle'), labelTop, labelBottom);
    layers.push(turnedLayer(solid, print, { ...finish, opacity: 1 }, [labelTop, labelBottom]));
  }
  layers.push(
    turnedLayer(cap, () => capColour, { light, gloss: 0.2, opacity: 1 }),
    flatLayer(ellipse(0, -1, neck * 1.05, neck * 1.05 * tilt), () => capColour, 1.15),
  );
  return { halfWidth, layers };
}

/** Slim and see-through, ribbed, with a long taper to a narrow neck and a small cap. */
function waterBottle(random: Random, light: number): Shape {
  const width = random.between(0.24, 0.34);
  const neck = width * random.between(0.34, 0.44);
  const tilt = random.between(0.05, 0.2);
  const shoulder = random.between(-0.45, -0.25);
  const solid = turned([[-0.9, neck], [-0.78, neck], [shoulder, width], [0.88, width], [0.98, width * 0.8]], tilt); // prettier-ignore
  const clear = random.chance(0.75);
  const tint = clear
    ? fromHsv(random.between(0.52, 0.66), random.between(0.25, 0.6), random.between(0.75, 0.98))
    : classPaint(random, 'water_bottle');
  const ribs = random.between(14, 30);
  const depth = clear ? random.between(0.08, 0.22) : random.between(0, 0.08);
  const level = random.between(-0.6, 0);
  const body: Print = (height) => {
    const rib = 1 - depth * (0.5 + 0.5 * Math.sin(ribs * height));
    const water = clear && height > level ? 0.86 : 1;
    return [tint[0] * rib * water * water, tint[1] * rib * water, tint[2] * rib];
  };
  const finish = { light, gloss: random.between(0.3, 0.7), opacity: clear ? random.between(0.4, 0.75) : 1 };
  const layers: Layer[] = [turnedLayer(solid, body, finish)];
  if (random.chance(0.8)) {
    const labelTop = random.between(-0.2, 0.1);
    const labelBottom = labelTop + random.between(0.2, 0.45);
    const print = anyPrint(random, classPaint(random, 'water_bottle'), labelTop, labelBottom);
    layers.push(turnedLayer(solid, print, { ...finish, opacity: 1 }, [labelTop, labelBottom]));
  }
  const cap = turned([[-1, neck * 1.1], [-0.86, neck * 1.15]], tilt); // prettier-ignore
  const capColour = classPaint(random, 'water_bottle');
  layers.push(turnedLayer(cap, () => capColour, { light, gloss: 0.2, opacity: 1 }));
  return { halfWidth: width, layers };
}
