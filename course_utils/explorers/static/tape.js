// tape.js: matrices that remember how they came about, and gradients that remember it too.

let count = 0;

/**
 * A matrix on the tape: its numbers row by row, the matrices it was computed from, and for each of
 * them the function from the gradient of this one to the gradient of that one. These functions
 * compute with matrices on the tape as well, so that a gradient has a gradient: the penalty on the
 * slope of a critic and the unrolled steps of a discriminator need it.
 */
export class Matrix {
  constructor(rows, cols, data = new Float64Array(rows * cols), parents = [], backs = []) {
    [this.rows, this.cols, this.data, this.parents, this.backs] = [rows, cols, data, parents, backs];
    this.id = count++;
  }
}

function each(a, f) {
  const data = new Float64Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(a.data[i]);
  return data;
}

const like = (a, data, parents, backs) => new Matrix(a.rows, a.cols, data, parents, backs);

export function add(a, b) {
  const data = new Float64Array(a.data);
  for (let i = 0; i < data.length; i++) data[i] += b.data[i];
  return like(a, data, [a, b], [(g) => g, (g) => g]);
}

/** Entry by entry. */
export function times(a, b) {
  const data = new Float64Array(a.data);
  for (let i = 0; i < data.length; i++) data[i] *= b.data[i];
  return like(a, data, [a, b], [(g) => times(g, b), (g) => times(g, a)]);
}

export const scale = (a, c) => like(a, each(a, (v) => c * v), [a], [(g) => scale(g, c)]);
export const minus = (a, b) => add(a, scale(b, -1));
export const offset = (a, c) => like(a, each(a, (v) => v + c), [a], [(g) => g]);
export const power = (a, p) => like(a, each(a, (v) => v ** p), [a], [(g) => scale(times(g, power(a, p - 1)), p)]);

export function tanh(a) {
  const y = like(a, each(a, Math.tanh), [a], [(g) => minus(g, times(g, times(y, y)))]);
  return y;
}

export function sigmoid(a) {
  const y = like(a, each(a, (v) => 1 / (1 + Math.exp(-v))), [a], [(g) => times(g, minus(y, times(y, y)))]);
  return y;
}

/** log(1 + exp a), safe on both sides. */
export const softplus = (a) =>
  like(a, each(a, (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))), [a], [(g) => times(g, sigmoid(a))]);

/** Sums down to `rows` by `cols`, each of which is 1 or as before. */
export function sum(a, rows = 1, cols = 1) {
  const out = new Matrix(rows, cols, undefined, [a], [(g) => expand(g, a.rows, a.cols)]);
  for (let i = 0, k = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++, k++) out.data[(rows > 1 ? i * cols : 0) + (cols > 1 ? j : 0)] += a.data[k];
  return out;
}

/** The opposite of `sum`: repeats a row, a column or a number. */
export function expand(a, rows, cols) {
  const out = new Matrix(rows, cols, undefined, [a], [(g) => sum(g, a.rows, a.cols)]);
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, k++) out.data[k] = a.data[(a.rows > 1 ? i * a.cols : 0) + (a.cols > 1 ? j : 0)];
  return out;
}

export const mean = (a) => scale(sum(a), 1 / a.data.length);

export function transposed(a) {
  const out = new Matrix(a.cols, a.rows, undefined, [a], [transposed]);
  for (let i = 0, k = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++, k++) out.data[j * a.rows + i] = a.data[k];
  return out;
}

export function product(a, b) {
  const [n, m, inner] = [a.rows, b.cols, a.cols];
  const backs = [(g) => product(g, transposed(b)), (g) => product(transposed(a), g)];
  const out = new Matrix(n, m, undefined, [a, b], backs);
  const [A, B, C] = [a.data, b.data, out.data];
  for (let i = 0; i < n; i++) {
    const to = i * m;
    let k = 0;
    for (; k + 3 < inner; k += 4) { // four at a time: C is read and written a quarter as often
      const [p, q] = [i * inner + k, k * m];
      const [v0, v1, v2, v3] = [A[p], A[p + 1], A[p + 2], A[p + 3]];
      for (let j = 0; j < m; j++)
        C[to + j] += v0 * B[q + j] + v1 * B[q + m + j] + v2 * B[q + 2 * m + j] + v3 * B[q + 3 * m + j];
    }
    for (; k < inner; k++) for (let j = 0; j < m; j++) C[to + j] += A[i * inner + k] * B[k * m + j];
  }
  return out;
}

/** The gradients of a number y with respect to each of `xs`, themselves on the tape. */
export function gradients(y, xs) {
  const order = ancestors(y);
  const needed = new Set(xs);
  for (const node of order) if (node.parents.some((parent) => needed.has(parent))) needed.add(node);
  const found = new Map([[y, new Matrix(1, 1, Float64Array.of(1))]]);
  for (const node of order.reverse()) {
    const g = found.get(node);
    if (!g) continue;
    node.parents.forEach((parent, i) => {
      if (!needed.has(parent)) return;
      const part = node.backs[i](g);
      found.set(parent, found.has(parent) ? add(found.get(parent), part) : part);
    });
  }
  return xs.map((x) => found.get(x) ?? new Matrix(x.rows, x.cols));
}

/** Everything that y was computed from and y itself, each behind what it needs. */
function ancestors(y) {
  const seen = new Set([y]);
  for (const node of seen) for (const parent of node.parents) seen.add(parent);
  return [...seen].sort((a, b) => a.id - b.id);
}
