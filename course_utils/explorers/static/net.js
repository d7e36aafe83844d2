// net.js: a decoder's forward pass. Images are (height, width, channel) here, so that every layer
// with weights is a matrix product; `layers.py` has laid the weights out for that.

import { workshop } from "./kernel.js";

/** erf to 1.5e-7 (Abramowitz & Stegun 7.1.26). */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - p * Math.exp(-x * x));
}

const ACTIVATIONS = {
  relu: () => (x) => (x > 0 ? x : 0),
  leakyrelu: ({ negative_slope }) => (x) => (x > 0 ? x : negative_slope * x),
  elu: ({ alpha }) => (x) => (x > 0 ? x : alpha * Math.expm1(x)),
  silu: () => (x) => x / (1 + Math.exp(-x)),
  gelu: () => (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  gelu_tanh: () => (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3))),
  tanh: () => Math.tanh,
  sigmoid: () => (x) => 1 / (1 + Math.exp(-x)),
  softplus: ({ beta, threshold }) => (x) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
};

const up8 = (n) => (n + 7) & ~7; // the product works on eight columns at a time

export class Net {
  /** `steps` and `weights` as Python wrote them; `inputs` is the number of latents. */
  constructor(steps, weights, inputs, options) {
    this.size = up8(inputs);
    const pending = [];
    /** Room for `count` numbers; its address is known before the memory is there. */
    const room = (count) => (this.size += up8(count)) - up8(count);
    /** A weight with its columns filled up to a multiple of eight by zeros. */
    const matrix = (from, rows, columns) => {
      const to = room(rows * up8(columns));
      pending.push({ from, to, rows, columns });
      return to;
    };
    this.at = { count: inputs, place: 0 };
    this.steps = steps.map((step) => this[step.op]?.(step, { room, matrix }) ?? this.pointwise(step));
    Object.assign(this, workshop(this.size, options));
    for (const { from, to, rows, columns } of pending)
      for (let r = 0; r < rows; r++)
        this.numbers.set(weights.subarray(from + r * columns, from + (r + 1) * columns), to + r * up8(columns));
  }

  /** The decoder's output at z: a view that the next call overwrites. */
  forward(z) {
    this.numbers.set(z, 0);
    for (const step of this.steps) step(this.numbers);
    return this.numbers.subarray(this.at.place, this.at.place + this.at.count);
  }

  /** Remember where the array that the next step reads is. */
  moved(place, count) {
    const from = this.at.place;
    this.at = { place, count };
    return from;
  }

  /** Fill `rows` rows with the bias: the product then adds to them. */
  static spread(f, bias, width, to, rows) {
    for (let r = 0; r < rows; r++) f.copyWithin(to + r * width, bias, bias + width);
  }

  linear({ inputs, outputs, weight, bias }, { room, matrix }) {
    const width = up8(outputs);
    const [w, b, to] = [matrix(weight, inputs, outputs), matrix(bias, 1, outputs), room(width)];
    const from = this.moved(to, outputs);
    return (f) => {
      f.copyWithin(to, b, b + width);
      this.times(1, inputs, width, from, w, to);
    };
  }

  /** Gather the patch below each output pixel into a row, then multiply all rows. */
  conv({ inputs, outputs, before, after, kernel, stride, padding, weight, bias }, { room, matrix }) {
    const [[height, width], [tall, wide], [ky, kx]] = [before, after, kernel];
    const [reach, columns, pixels] = [ky * kx * inputs, up8(outputs), tall * wide];
    const [w, b] = [matrix(weight, reach, outputs), matrix(bias, 1, outputs)];
    const [patches, sums, to] = [room(pixels * reach), room(pixels * columns), room(pixels * outputs)];
    const from = this.moved(to, pixels * outputs);
    return (f) => {
      let p = patches;
      for (let y = 0; y < tall; y++) for (let x = 0; x < wide; x++) for (let i = 0; i < ky; i++) {
        const row = y * stride[0] - padding[0] + i;
        for (let j = 0; j < kx; j++, p += inputs) {
          const column = x * stride[1] - padding[1] + j;
          const q = from + (row * width + column) * inputs;
          if (row < 0 || row >= height || column < 0 || column >= width) f.fill(0, p, p + inputs);
          else for (let c = 0; c < inputs; c++) f[p + c] = f[q + c];
        }
      }
      Net.spread(f, b, columns, sums, pixels);
      this.times(pixels, reach, columns, patches, w, sums);
      for (let i = 0; i < pixels; i++) // drop the columns of zeros
        for (let o = 0; o < outputs; o++) f[to + i * outputs + o] = f[sums + i * columns + o];
    };
  }

  /** Multiply all pixels, then add each product to the output pixels that its patch covers. */
  conv_transposed({ inputs, outputs, before, after, kernel, stride, padding, weight, bias }, { room, matrix }) {
    const [[height, width], [tall, wide], [ky, kx]] = [before, after, kernel];
    const [pixels, reach] = [height * width, ky * kx * outputs];
    const [w, b] = [matrix(weight, inputs, reach), matrix(bias, 1, outputs)];
    const [patches, to] = [room(pixels * up8(reach)), room(tall * wide * outputs)];
    const from = this.moved(to, tall * wide * outputs);
    return (f) => {
      f.fill(0, patches, patches + pixels * up8(reach));
      this.times(pixels, inputs, up8(reach), from, w, patches);
      Net.spread(f, b, outputs, to, tall * wide);
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        let p = patches + (y * width + x) * up8(reach);
        for (let i = 0; i < ky; i++) for (let j = 0; j < kx; j++, p += outputs) {
          const row = y * stride[0] - padding[0] + i;
          const column = x * stride[1] - padding[1] + j;
          if (row < 0 || row >= tall || column < 0 || column >= wide) continue;
          const q = to + (row * wide + column) * outputs;
          for (let o = 0; o < outputs; o++) f[q + o] += f[p + o];
        }
      }
    };
  }

  upsample({ channels, before, after, smooth, corners }, { room }) {
    const to = room(after[0] * after[1] * channels);
    const from = this.moved(to, after[0] * after[1] * channels);
    const [rows, columns] = [0, 1].map((d) => sources(before[d], after[d], smooth, corners));
    return (f) => {
      let q = to;
      for (const [y0, y1, v] of rows) for (const [x0, x1, u] of columns) {
        const [a, b] = [from + (y0 * before[1] + x0) * channels, from + (y0 * before[1] + x1) * channels];
        const [c, d] = [from + (y1 * before[1] + x0) * channels, from + (y1 * before[1] + x1) * channels];
        for (let o = 0; o < channels; o++)
          f[q++] = (1 - v) * ((1 - u) * f[a + o] + u * f[b + o]) + v * ((1 - u) * f[c + o] + u * f[d + o]);
      }
    };
  }

  /** Batch normalisation behind something that could not take it in. */
  normalise({ channels, scale, shift }, { matrix }) {
    const [s, t] = [matrix(scale, 1, channels), matrix(shift, 1, channels)];
    const { place, count } = this.at;
    return (f) => {
      for (let i = 0; i < count; i++) f[place + i] = f[place + i] * f[s + (i % channels)] + f[t + (i % channels)];
    };
  }

  /** (channel, pixel) to (pixel, channel), and back. */
  fold({ channels, pixels }, { room }) {
    return this.transpose(channels, pixels, room);
  }

  unfold({ channels, pixels }, { room }) {
    return this.transpose(pixels, channels, room);
  }

  transpose(rows, columns, room) {
    const to = room(rows * columns);
    const from = this.moved(to, rows * columns);
    return (f) => {
      for (let r = 0, p = from; r < rows; r++) for (let c = 0; c < columns; c++) f[to + c * rows + r] = f[p++];
    };
  }

  pointwise({ op, ...constants }) {
    const act = ACTIVATIONS[op](constants);
    const { place, count } = this.at;
    return (f) => {
      for (let i = place; i < place + count; i++) f[i] = act(f[i]);
    };
  }
}

/** For each output pixel along one side: the two pixels it lies between, and how far along. */
function sources(before, after, smooth, corners) {
  return Array.from({ length: after }, (_, i) => {
    if (!smooth) return Array(2).fill(Math.floor((i * before) / after)).concat(0);
    const exact = corners ? (i * (before - 1)) / Math.max(1, after - 1) : ((i + 0.5) * before) / after - 0.5;
    const low = Math.min(before - 1, Math.max(0, Math.floor(exact)));
    return [low, Math.min(before - 1, low + 1), Math.max(0, exact) - low];
  });
}
