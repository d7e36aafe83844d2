// toys.js: repeatable chance, the data sets of the plane, and which of their modes samples reach.

import { Matrix } from "./tape.js";

/** Numbers that look random and are the same for the same seed: uniform in (0, 1), and normal. */
export class Chance {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  }

  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  matrix(rows, cols, draw = () => this.normal()) {
    return new Matrix(rows, cols, Float64Array.from({ length: rows * cols }, draw));
  }

  /** Fresh weights as torch draws them: uniform within one over the root of the inputs. */
  weights(sizes) {
    return sizes.slice(1).flatMap((out, i) => {
      const draw = () => (2 * this.uniform() - 1) / Math.sqrt(sizes[i]);
      return [this.matrix(out, sizes[i], draw), this.matrix(1, out, draw)];
    });
  }

  /** What a step sees: data, noise, and places between data and samples. */
  batch(toy, rows) {
    const real = new Matrix(rows, 2);
    for (let i = 0; i < rows; i++) real.data.set(toy.draw(this), 2 * i);
    return { real, z: this.matrix(rows, 2), u: this.matrix(rows, 1, () => this.uniform()) };
  }
}

const circle = (angle, radius = 1) => [radius * Math.cos(angle), radius * Math.sin(angle)];
const upper = (angle) => [1.5 * (Math.cos(angle) - 0.5), 1.5 * (Math.sin(angle) - 0.25)];
const lower = (angle) => upper(angle).map((v) => -v);
const places = (n, f) => Array.from({ length: n }, (_, i) => f(i));

const ringModes = places(8, (i) => circle((i * Math.PI) / 4, 2));
const gridModes = places(25, (i) => [(i % 5) - 2, Math.floor(i / 5) - 2]);
const stretches = [upper, lower].flatMap((half) => places(5, (i) => half(((i + 0.5) * Math.PI) / 5)));
const around = ([x, y], chance) => [x + 0.1 * chance.normal(), y + 0.1 * chance.normal()];
const oneOf = (list, chance) => list[Math.floor(chance.uniform() * list.length)];

/** Each data set: how a point is drawn, its modes, and how near to a mode is near. */
export const TOYS = {
  ring: { word: "modes", modes: ringModes, radius: 0.3, draw: (chance) => around(oneOf(ringModes, chance), chance) },
  grid: { word: "modes", modes: gridModes, radius: 0.3, draw: (chance) => around(oneOf(gridModes, chance), chance) },
  moons: {
    word: "stretches",
    modes: stretches,
    radius: 0.5,
    draw: (chance) => around(oneOf([upper, lower], chance)(Math.PI * chance.uniform()), chance),
  },
};

/** Which modes at least one hundredth of the samples reach, and the share of samples near any. */
export function reached({ modes, radius }, samples) {
  const counts = modes.map(() => 0);
  for (let i = 0; i < samples.length; i += 2) {
    let [least, found] = [radius * radius, -1];
    modes.forEach(([x, y], k) => {
      const distance = (samples[i] - x) ** 2 + (samples[i + 1] - y) ** 2;
      if (distance <= least) [least, found] = [distance, k];
    });
    if (found >= 0) counts[found]++;
  }
  const total = samples.length / 2;
  return { hit: counts.map((n) => n >= 0.01 * total), near: counts.reduce((a, b) => a + b, 0) / total };
}
