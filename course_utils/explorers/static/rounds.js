// rounds.js: the game under way. Whose turn it is, what has been measured, and where it started.

import { floats } from "./bytes.js";
import { fromArray, Game, perceptron } from "./gan.js";
import { gradients, Matrix } from "./tape.js";
import { Chance, reached, TOYS } from "./toys.js";

const [SIZES_G, SIZES_D] = [[2, 32, 32, 2], [2, 32, 32, 1]];
const BATCH = 64;
const SHOWN = 512; // samples that are drawn and counted
const MOST = 400; // measurements kept; then every second one goes

/** Both networks, chance, and what was measured along the way. */
export class Rounds {
  constructor(model) {
    this.model = model;
    this.begin(false);
  }

  get settings() {
    return Object.fromEntries(["objective", "k", "unroll", "rate_d", "rate_g"].map((key) => [key, this.model.get(key)]));
  }

  /** Start over: from fresh weights, or from those that came with the page. */
  begin(fresh) {
    this.name = this.model.get("data");
    this.toy = TOYS[this.name];
    const chance = new Chance(this.model.get("seed"));
    const pair = fresh ? [chance.weights(SIZES_G), chance.weights(SIZES_D)] : this.shipped();
    this.game = new Game(...pair);
    this.seen = chance.batch(this.toy, SHOWN); // drawn and counted: always the same data and noise
    this.seen.z = new Matrix(SHOWN, 2, Float64Array.from(floats(this.model.get("noise"))));
    this.few = chance.batch(this.toy, BATCH); // for arrows
    this.judged = chance.batch(this.toy, 2 * BATCH); // for both losses
    [this.chance, this.turn, this.steps, this.last] = [chance, 0, 0, ""];
    this.forget();
  }

  shipped() {
    const all = floats(this.model.get("weights"), "f16");
    const count = (sizes) => sizes.slice(1).reduce((n, out, i) => n + out * (sizes[i] + 1), 0);
    const [g, d] = [count(SIZES_G), count(SIZES_D)];
    const from = Object.keys(TOYS).indexOf(this.name) * (g + d);
    return [fromArray(all.subarray(from, from + g), SIZES_G), fromArray(all.subarray(from + g, from + g + d), SIZES_D)];
  }

  /** Begin the curves anew: what comes is measured by another scale. */
  forget() {
    [this.history, this.stride] = [[], 1];
    this.measure();
  }

  stepD() {
    this.game.stepD(this.settings, this.chance.batch(this.toy, BATCH));
    [this.turn, this.last] = [this.turn + 1, "D"];
    this.steps++;
  }

  stepG() {
    this.game.stepG(this.settings, this.chance.batch(this.toy, BATCH));
    [this.turn, this.last] = [0, "G"];
    this.steps++;
  }

  /** The step whose turn it is: k of D, then one of G. */
  next() {
    if (this.turn < this.model.get("k")) this.stepD();
    else this.stepG();
  }

  /** Losses on the same data and noise each time, and the modes that the samples reach. */
  measure() {
    const [lossD, lossG] = this.game.losses(this.settings, this.judged);
    this.samples = perceptron(this.game.generator, this.seen.z).data;
    this.cover = reached(this.toy, this.samples);
    const modes = this.cover.hit.filter(Boolean).length;
    this.now = { steps: this.steps, lossD, lossG, modes, near: this.cover.near };
    const before = this.history.at(-2)?.steps ?? -Infinity;
    if (this.history.at(-1)?.steps === this.steps || this.steps - before < this.stride) this.history.pop();
    this.history.push(this.now);
    if (this.history.length < MOST) return;
    this.history = this.history.filter((_, i) => i % 2 === 0 || i === MOST - 1);
    this.stride = Math.max(2 * this.stride, (2 * this.steps) / MOST);
  }

  /** For a few samples: where each is, and the way down the generator's loss from there. */
  pushes() {
    const { fake, loss } = this.game.outcome(this.settings, this.few);
    const [slope] = gradients(loss, [fake]);
    return { from: fake.data, along: slope.data.map((v) => -v) };
  }

  /** The discriminator's outputs on a square grid, rows from the bottom. */
  answers(side, [left, right, bottom, top]) {
    const nodes = new Float64Array(2 * side * side);
    for (let i = 0, k = 0; i < side; i++)
      for (let j = 0; j < side; j++, k += 2)
        nodes.set([left + ((right - left) * j) / (side - 1), bottom + ((top - bottom) * i) / (side - 1)], k);
    return perceptron(this.game.discriminator, { rows: side * side, cols: 2, data: nodes }).data;
  }
}
