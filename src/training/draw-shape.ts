/**
 * Shapes as signed distances: negative inside, in units in which the object is two high, y downwards. Pixels at an
 * edge are blended by how far the edge is from their centre, which smooths it without drawing at a higher resolution.
 */
export type Distance = (x: number, y: number) => number;

/** Red, green, blue from 0 to 1. */
export type Colour = readonly [number, number, number];

/** One layer of an object. Later layers are drawn over earlier ones. */
export interface Layer {
  readonly distance: Distance;
  /** Writes red, green, blue and opacity, each 0 to 1, of a point inside. */
  readonly shade: (x: number, y: number, out: Float64Array) => void;
}

/** What is drawn: layers, and the box around them. */
export interface Shape {
  readonly layers: readonly Layer[];
  readonly halfWidth: number;
}

export function box(centreX: number, centreY: number, halfWidth: number, halfHeight: number): Distance {
  return (x, y) => Math.max(Math.abs(x - centreX) - halfWidth, Math.abs(y - centreY) - halfHeight);
}

/** Exact enough near the edge, which is all that smoothing looks at. */
export function ellipse(centreX: number, centreY: number, radiusX: number, radiusY: number): Distance {
  const smaller = Math.min(radiusX, radiusY);
  return (x, y) => (Math.hypot((x - centreX) / radiusX, (y - centreY) / radiusY) - 1) * smaller;
}

/** A convex polygon by its corners, clockwise as seen with y downwards. */
export function convexPolygon(corners: readonly (readonly [number, number])[]): Distance {
  const edges = corners.map(([x, y], index) => {
    const [nextX, nextY] = corners[(index + 1) % corners.length]!;
    const length = Math.hypot(nextX - x, nextY - y);
    const normalX = (nextY - y) / length;
    const normalY = -(nextX - x) / length;
    return { normalX, normalY, offset: normalX * x + normalY * y };
  });
  return (x, y) => {
    let distance = -Infinity;
    for (const edge of edges)
      distance = Math.max(distance, edge.normalX * x + edge.normalY * y - edge.offset);
    return distance;
  };
}

export function outside(distance: Distance, hole: Distance): Distance {
  return (x, y) => Math.max(distance(x, y), -hole(x, y));
}

/** A solid turned about the vertical axis: its radius at the given heights, eased between them. */
export interface Turned {
  readonly radius: (y: number) => number;
  readonly distance: Distance;
  /** The height along the axis of the front surface seen at a point: bands bend with the view from above. */
  readonly heightAt: (x: number, y: number) => number;
}

/**
 * @param knots height and radius, from the top down.
 * @param tilt how far the solid is seen from above: an ellipse of its section is this much as high as it is wide.
 */
export function turned(knots: readonly (readonly [number, number])[], tilt: number): Turned {
  const [top] = knots[0]!;
  const [bottom] = knots.at(-1)!;
  const radius = (y: number): number => {
    let upper = knots[0]!;
    for (const lower of knots) {
      if (y <= lower[0]) {
        const span = lower[0] - upper[0];
        if (span <= 0) return lower[1];
        const share = Math.min(1, Math.max(0, (y - upper[0]) / span));
        return upper[1] + (lower[1] - upper[1]) * share * share * (3 - 2 * share);
      }
      upper = lower;
    }
    return upper[1];
  };
  const bulge = (x: number, y: number): number => {
    const here = radius(y);
    return tilt * Math.sqrt(Math.max(0, here * here - x * x));
  };
  return {
    radius,
    heightAt: (x, y) => y - bulge(x, y),
    distance(x, y) {
      const inside = Math.min(bottom, Math.max(top, y));
      const here = radius(inside);
      const slope = (radius(inside + 0.01) - radius(inside - 0.01)) / 0.02;
      return Math.max((Math.abs(x) - here) / Math.hypot(1, slope), top - y, y - bottom - bulge(x, inside));
    },
  };
}

/** Brightness of a turned surface: `across` is −1 at its left edge and 1 at its right one. */
export function roundLight(across: number, light: number, gloss: number): { diffuse: number; shine: number } {
  const clamped = Math.max(-1, Math.min(1, across));
  const facing = Math.max(0, clamped * Math.sin(light) + Math.sqrt(1 - clamped * clamped) * Math.cos(light));
  return { diffuse: 0.42 + 0.66 * facing, shine: gloss * facing ** 40 };
}

export function fromHsv(hue: number, saturation: number, value: number): Colour {
  const channel = (offset: number): number => {
    const position = (offset + hue * 6) % 6;
    return value - value * saturation * Math.max(0, Math.min(position, 4 - position, 1));
  };
  return [channel(5), channel(3), channel(1)];
}
