// gan.js: one step of the discriminator, one of the generator, and how each is counted.

import { add, expand, gradients, Matrix, mean, minus, offset, power, product, scale, softplus, sum, tanh, times, transposed } from "./tape.js";

export const CLIP = 0.1; // bound of a clipped critic's weights
export const PENALTY = 1; // weight of the penalty on a critic's slope
export const INNER = 0.3; // rate of the plain gradient steps that are unrolled
const [BETA1, BETA2, TINY] = [0.5, 0.999, 1e-8]; // Adam

/** A multilayer perceptron: weights [W, b, W, b, …] with W of shape (out, in), tanh between. */
export function perceptron(weights, x) {
  let h = x;
  for (let i = 0; i < weights.length; i += 2) {
    const affine = product(h, transposed(weights[i]));
    h = add(affine, expand(weights[i + 1], affine.rows, affine.cols));
    if (i + 2 < weights.length) h = tanh(h);
  }
  return h;
}

const critic = (objective) => objective === "clipping" || objective === "penalty";

/** What D minimises on data and samples; `u` are the places between them for the penalty. */
export function lossOfD(objective, weights, real, fake, u) {
  const [onReal, onFake] = [real, fake].map((x) => perceptron(weights, x));
  if (!critic(objective)) return add(mean(softplus(scale(onReal, -1))), mean(softplus(onFake)));
  const loss = minus(mean(onFake), mean(onReal));
  return objective === "penalty" ? add(loss, scale(slopePenalty(weights, real, fake, u), PENALTY)) : loss;
}

/** Mean of (‖∇f‖ − 1)² between data and samples. */
function slopePenalty(weights, real, fake, u) {
  const share = expand(u, real.rows, real.cols);
  const between = add(times(share, real), minus(fake, times(share, fake)));
  const [slope] = gradients(sum(perceptron(weights, between)), [between]);
  const length = power(offset(sum(times(slope, slope), slope.rows, 1), 1e-16), 0.5);
  return mean(power(offset(length, -1), 2));
}

/** What G minimises, from D's outputs on samples. */
export function lossOfG(objective, onFake) {
  if (objective === "saturating") return scale(mean(softplus(onFake)), -1);
  return objective === "non-saturating" ? mean(softplus(scale(onFake, -1))) : scale(mean(onFake), -1);
}

/** The discriminator after K plain gradient steps, as a function of both players' weights. */
export function unrolled(objective, weights, steps, real, fake, u) {
  for (let step = 0; step < steps; step++) {
    const slopes = gradients(lossOfD(objective, weights, real, fake, u), weights);
    weights = weights.map((w, i) => minus(w, scale(slopes[i], INNER)));
  }
  return weights;
}

/** Both players with their optimisers. A batch is { real, z, u }, matrices of as many rows. */
export class Game {
  constructor(generator, discriminator) {
    [this.generator, this.discriminator] = [generator, discriminator];
    [this.adamG, this.adamD] = [new Adam(generator), new Adam(discriminator)];
  }

  stepD({ objective, rate_d: rate }, { real, z, u }) {
    const fake = perceptron(this.generator, z);
    const loss = lossOfD(objective, this.discriminator, real, new Matrix(fake.rows, 2, fake.data), u);
    this.adamD.step(gradients(loss, this.discriminator), rate);
    if (objective === "clipping")
      for (const { data } of this.discriminator) data.forEach((v, i) => (data[i] = Math.min(CLIP, Math.max(-CLIP, v))));
    return loss.data[0];
  }

  stepG(settings, batch) {
    const { loss } = this.outcome(settings, batch);
    this.adamG.step(gradients(loss, this.generator), settings.rate_g);
    return loss.data[0];
  }

  /** G's samples and its loss, against the discriminator as it will be `unroll` steps from now. */
  outcome({ objective, unroll }, { real, z, u }) {
    const fake = perceptron(this.generator, z);
    const weights = unrolled(objective, this.discriminator, unroll, real, fake, u);
    return { fake, loss: lossOfG(objective, perceptron(weights, fake)) };
  }

  /** Both losses on a batch, without a step. */
  losses({ objective }, { real, z, u }) {
    const fake = perceptron(this.generator, z);
    return [
      lossOfD(objective, this.discriminator, real, fake, u).data[0],
      lossOfG(objective, perceptron(this.discriminator, fake)).data[0],
    ];
  }
}

/** Adam, which changes the weights in place. */
class Adam {
  constructor(weights) {
    this.weights = weights;
    this.t = 0;
    [this.m, this.v] = [0, 0].map(() => weights.map(({ data }) => new Float64Array(data.length)));
  }

  step(slopes, rate) {
    this.t++;
    const [fix1, fix2] = [1 - BETA1 ** this.t, 1 - BETA2 ** this.t];
    this.weights.forEach(({ data }, k) => {
      const [m, v, g] = [this.m[k], this.v[k], slopes[k].data];
      for (let i = 0; i < data.length; i++) {
        m[i] += (1 - BETA1) * (g[i] - m[i]);
        v[i] += (1 - BETA2) * (g[i] * g[i] - v[i]);
        data[i] -= (rate * m[i]) / fix1 / (Math.sqrt(v[i] / fix2) + TINY);
      }
    });
  }
}

/** Weights [W, b, …] of layers with these sizes, out of an array that holds them one after another. */
export function fromArray(values, sizes) {
  let at = 0;
  const take = (rows, cols) => new Matrix(rows, cols, Float64Array.from(values.subarray(at, (at += rows * cols))));
  return sizes.slice(1).flatMap((out, i) => [take(out, sizes[i]), take(1, out)]);
}
