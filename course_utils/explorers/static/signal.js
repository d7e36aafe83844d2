// signal.js: a random network, forwards and backwards. What arrives where, and which units are silent.

export const [WIDTH, BATCH, MOST] = [48, 64, 30];
const ROOM = 1e-5; // below the variance in batch norm, as in torch

const sigmoid = (v) => 1 / (1 + Math.exp(-v));
/** Function and slope of each activation, and the slope below which a value counts as flat. */
export const ACTIVATIONS = {
  sigmoid: { f: sigmoid, slope: (v) => sigmoid(v) * (1 - sigmoid(v)), flat: 0.025, word: "saturated" },
  tanh: { f: Math.tanh, slope: (v) => 1 - Math.tanh(v) ** 2, flat: 0.1, word: "saturated" },
  ReLU: { f: (v) => Math.max(v, 0), slope: (v) => (v > 0 ? 1 : 0), word: "dead" },
  "leaky ReLU": { f: (v) => (v > 0 ? v : 0.01 * v), slope: (v) => (v > 0 ? 1 : 0.01), word: "on the leak" },
};

/** Standard normal numbers: mulberry32, then Box and Muller. Python draws the same ones. */
export function normals(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    [values[i], values[i + 1]] = [radius * Math.cos(angle), radius * Math.sin(angle)];
  }
  return values;
}

/** Inputs, the gradient that arrives at the last layer, and the matrices of the deepest network. */
export function draw(seed) {
  const [rows, square] = [BATCH * WIDTH, WIDTH * WIDTH];
  const all = normals(2 * rows + MOST * square, seed);
  const matrix = (l) => all.subarray(2 * rows + l * square, 2 * rows + (l + 1) * square);
  return { x: all.subarray(0, rows), above: all.subarray(rows, 2 * rows), weights: Array.from({ length: MOST }, (_, l) => matrix(l)) };
}

/** Standard deviations of activations h and of gradients ∂L/∂z, and the silent share, layer by layer. */
export function flow({ x, above, weights }, { activation, gain, depth, norm }) {
  const scale = gain / Math.sqrt(WIDTH);
  const { f, slope } = ACTIVATIONS[activation];
  const layers = [];
  let h = x;
  for (let l = 0; l < depth; l++) {
    const z = times(h, weights[l], scale);
    const spread = norm ? standardise(z) : null;
    const slopes = z.map(slope);
    h = z.map(f);
    layers.push({ z, spread, slopes, h });
  }
  const gradients = [];
  let g = above;
  for (let l = depth - 1; l >= 0; l--) {
    const { z, spread, slopes } = layers[l];
    let dz = g.map((v, i) => v * slopes[i]);
    if (norm) dz = throughNorm(dz, z, spread);
    gradients.unshift(deviation(dz));
    if (l) g = timesTransposed(dz, weights[l], scale);
  }
  return {
    activations: layers.map((layer) => deviation(layer.h)),
    gradients,
    silent: layers.map(({ slopes }) => silence(slopes, activation)),
  };
}

function times(h, w, scale) {
  const out = new Float64Array(BATCH * WIDTH);
  for (let b = 0; b < BATCH * WIDTH; b += WIDTH)
    for (let k = 0; k < WIDTH; k++) {
      const v = scale * h[b + k];
      for (let j = 0, row = k * WIDTH; j < WIDTH; j++) out[b + j] += v * w[row + j];
    }
  return out;
}

function timesTransposed(g, w, scale) {
  const out = new Float64Array(BATCH * WIDTH);
  for (let b = 0; b < BATCH * WIDTH; b += WIDTH)
    for (let k = 0; k < WIDTH; k++) {
      let sum = 0;
      for (let j = 0, row = k * WIDTH; j < WIDTH; j++) sum += g[b + j] * w[row + j];
      out[b + k] = scale * sum;
    }
  return out;
}

/** Batch norm without scale and shift, in place; returns each unit's spread. */
function standardise(z) {
  const spread = new Float64Array(WIDTH);
  for (let j = 0; j < WIDTH; j++) {
    let [sum, squares] = [0, 0];
    for (let i = j; i < z.length; i += WIDTH) sum += z[i];
    const mean = sum / BATCH;
    for (let i = j; i < z.length; i += WIDTH) squares += (z[i] - mean) ** 2;
    spread[j] = Math.sqrt(squares / BATCH + ROOM);
    for (let i = j; i < z.length; i += WIDTH) z[i] = (z[i] - mean) / spread[j];
  }
  return spread;
}

/** The gradient before batch norm: what a common shift or stretch of the batch cannot change is taken out. */
function throughNorm(dy, y, spread) {
  const dz = new Float64Array(dy.length);
  for (let j = 0; j < WIDTH; j++) {
    let [sum, along] = [0, 0];
    for (let i = j; i < dy.length; i += WIDTH) [sum, along] = [sum + dy[i], along + dy[i] * y[i]];
    for (let i = j; i < dy.length; i += WIDTH) dz[i] = (dy[i] - sum / BATCH - (y[i] * along) / BATCH) / spread[j];
  }
  return dz;
}

function deviation(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

/** Sigmoid and tanh: the share of values on a flat part. Others: of units that are off for every input. */
function silence(slopes, activation) {
  const { flat } = ACTIVATIONS[activation];
  if (flat) return slopes.filter((v) => v < flat).length / slopes.length;
  let off = 0;
  for (let j = 0; j < WIDTH; j++) {
    let on = false;
    for (let i = j; i < slopes.length; i += WIDTH) on ||= slopes[i] === 1;
    off += on ? 0 : 1;
  }
  return off / WIDTH;
}
