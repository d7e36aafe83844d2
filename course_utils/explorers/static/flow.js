// flow.js: a vector field on a grid, and particles that follow it.

/** Vectors on an even grid over `bounds`; between its points they are interpolated. */
export class VectorField {
  constructor(values, count, bounds) {
    [this.values, this.count, this.bounds] = [values, count, bounds];
  }

  /** The vector at (x, y), into `out`. Outside, as on the edge. */
  at(x, y, out = [0, 0]) {
    const { values, count, bounds: [left, right, bottom, top] } = this;
    const inside = (v) => Math.min(count - 1.000001, Math.max(0, v * (count - 1)));
    const [u, v] = [inside((x - left) / (right - left)), inside((y - bottom) / (top - bottom))];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [a, b] = [u - i, v - j];
    const p = 2 * (j * count + i);
    for (let d = 0; d < 2; d++) {
      const low = (1 - a) * values[p + d] + a * values[p + 2 + d];
      const high = (1 - a) * values[p + 2 * count + d] + a * values[p + 2 * count + 2 + d];
      out[d] = (1 - b) * low + b * high;
    }
    return out;
  }

  /** The points that a particle passes from (x, y) on. */
  path([x, y], steps, stride) {
    const found = [[x, y]];
    for (let i = 0; i < steps; i++) {
      const [u, v] = this.at(x, y);
      [x, y] = [x + stride * u, y + stride * v];
      found.push([x, y]);
    }
    return found;
  }
}

/** Numbers in 0 to 1 that are the same every time (mulberry32). */
export function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TRAIL = 12; // positions remembered
const LIFE = 5; // seconds until a particle begins anew

/** Particles spread over the plane; each begins anew, elsewhere, when its time is over. */
export class Particles {
  constructor(count, bounds) {
    [this.bounds, this.random] = [bounds, chance(1)];
    this.all = Array.from({ length: count }, () => this.born());
    for (const particle of this.all) particle.age = this.random() * LIFE * 0.6;
  }

  born() {
    const [left, right, bottom, top] = this.bounds;
    const place = [left + this.random() * (right - left), bottom + this.random() * (top - bottom)];
    return { place, trail: [place], age: 0 };
  }

  /** Let `time` seconds pass in `field`. */
  advance(field, time, rate) {
    this.all = this.all.map((particle) => {
      if ((particle.age += time) > LIFE) return this.born();
      const [u, v] = field.at(...particle.place);
      particle.place = [particle.place[0] + rate * time * u, particle.place[1] + rate * time * v];
      particle.trail = [...particle.trail.slice(1 - TRAIL), particle.place];
      return particle;
    });
  }

  draw(plane, pen, colour) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1.5;
    for (const { place, trail, age } of this.all) {
      const strength = Math.min(1, 4 * age, 2 * (LIFE - age));
      pen.globalAlpha = 0.35 * Math.max(0, strength);
      pen.beginPath();
      for (const [x, y] of trail) pen.lineTo(plane.x(x), plane.y(y));
      pen.stroke();
      pen.globalAlpha = Math.max(0, strength);
      pen.beginPath();
      pen.arc(plane.x(place[0]), plane.y(place[1]), 2.25, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
}
