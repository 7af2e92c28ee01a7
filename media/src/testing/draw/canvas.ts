import { CLOCK_BAR } from '../clock-bar.ts';

/** Red, green, blue, 0..255. */
export type Color = readonly [number, number, number];
export type Point = readonly [number, number];

/** A figure as its signed distance in pixels (negative inside) and the box that holds it. */
export interface Shape {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** How many pixels outside the box one unit of distance may lie; 1 when left out. */
  readonly stretch?: number;
  distance(x: number, y: number): number;
}

/** A picture of 1280x720, rgb24, with anti-aliased filling of shapes. */
export class Canvas {
  readonly width = CLOCK_BAR.pictureWidth;
  readonly height = CLOCK_BAR.pictureHeight;
  readonly data = Buffer.alloc(CLOCK_BAR.pictureWidth * CLOCK_BAR.pictureHeight * 3);

  copyFrom(other: Canvas): void {
    other.data.copy(this.data);
  }

  /** Colours run from `top` to `bottom` between the rows `from` and `to`. */
  gradient(from: number, to: number, top: Color, bottom: Color): void {
    for (let y = from; y < to; y++) {
      const share = (y - from) / (to - from);
      const row = top.map((value, index) => Math.round(value + (bottom[index]! - value) * share));
      for (let x = 0; x < this.width; x++) this.data.set(row, (y * this.width + x) * 3);
    }
  }

  /** `soft` is the width of the edge in pixels: 1 is crisp, more glows. */
  fill(shape: Shape, color: Color, alpha = 1, soft = 1): void {
    const margin = soft * (shape.stretch ?? 1);
    const left = Math.max(0, Math.floor(shape.left - margin));
    const right = Math.min(this.width, Math.ceil(shape.right + margin));
    const top = Math.max(0, Math.floor(shape.top - margin));
    const bottom = Math.min(this.height, Math.ceil(shape.bottom + margin));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const cover = 0.5 - shape.distance(x + 0.5, y + 0.5) / soft;
        if (cover > 0) this.blend(x, y, color, alpha * Math.min(1, cover));
      }
    }
  }

  blend(x: number, y: number, color: Color, alpha: number): void {
    const at = (y * this.width + x) * 3;
    for (let index = 0; index < 3; index++) {
      const under = this.data[at + index]!;
      this.data[at + index] = under + (color[index]! - under) * alpha + 0.5;
    }
  }
}

export function circle(x: number, y: number, radius: number): Shape {
  return ellipse(x, y, radius, radius);
}

export function ellipse(cx: number, cy: number, rx: number, ry: number): Shape {
  const least = Math.min(rx, ry);
  return {
    left: cx - rx,
    right: cx + rx,
    top: cy - ry,
    bottom: cy + ry,
    stretch: Math.max(rx, ry) / least,
    distance: (x, y) => (Math.hypot((x - cx) / rx, (y - cy) / ry) - 1) * least,
  };
}

/** A line with round ends whose radius runs from `r1` to `r2`. */
export function capsule([x1, y1]: Point, [x2, y2]: Point, r1: number, r2 = r1): Shape {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const square = dx * dx + dy * dy || 1;
  const most = Math.max(r1, r2);
  return {
    left: Math.min(x1, x2) - most,
    right: Math.max(x1, x2) + most,
    top: Math.min(y1, y2) - most,
    bottom: Math.max(y1, y2) + most,
    distance(x, y) {
      const share = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / square));
      return Math.hypot(x - x1 - dx * share, y - y1 - dy * share) - (r1 + (r2 - r1) * share);
    },
  };
}

export function box(left: number, top: number, width: number, height: number, round = 0): Shape {
  const cx = left + width / 2;
  const cy = top + height / 2;
  return {
    left,
    top,
    right: left + width,
    bottom: top + height,
    distance(x, y) {
      const dx = Math.abs(x - cx) - width / 2 + round;
      const dy = Math.abs(y - cy) - height / 2 + round;
      return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - round;
    },
  };
}

/** A convex polygon, its corners clockwise as seen on the screen. */
export function polygon(...points: Point[]): Shape {
  const edges = points.map(([x1, y1], index) => {
    const [x2, y2] = points[(index + 1) % points.length]!;
    const length = Math.hypot(x2 - x1, y2 - y1);
    return { x: x1, y: y1, nx: (y2 - y1) / length, ny: (x1 - x2) / length };
  });
  return {
    left: Math.min(...points.map(([x]) => x)),
    right: Math.max(...points.map(([x]) => x)),
    top: Math.min(...points.map(([, y]) => y)),
    bottom: Math.max(...points.map(([, y]) => y)),
    distance: (x, y) =>
      edges.reduce((most, edge) => Math.max(most, (x - edge.x) * edge.nx + (y - edge.y) * edge.ny), -1e9),
  };
}

/** Everything below the curve `y = height(x)`, down to `bottom`. */
export function below(height: (x: number) => number, top: number, bottom: number): Shape {
  return { left: 0, right: 1280, top, bottom, distance: (x, y) => height(x) - y };
}

/** 0 before `from`, 1 after `to`, smooth in between. */
export function ease(time: number, from: number, to: number): number {
  const share = Math.min(1, Math.max(0, (time - from) / (to - from)));
  return share * share * (3 - 2 * share);
}
