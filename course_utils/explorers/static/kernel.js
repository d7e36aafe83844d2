// kernel.js: C += A B, the one operation in which a decoder spends its time, four numbers at once.
//
// Plain JavaScript multiplies one pair of numbers at a time. WebAssembly can multiply four, but is
// written in bytes. The few instructions that a matrix product needs are put together here, when
// the page loads: there is no binary file, and what runs can be read.

const I32 = 0x7f;
const V128 = 0x7b;

const unsigned = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)]);
const signed = (n) => (n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...signed(n >> 7)]);
const list = (items) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
const section = (id, items) => [id, ...sized(list(items))];
const text = (word) => sized([...word].map((c) => c.charCodeAt(0)));

const get = (local) => [0x20, ...unsigned(local)];
const set = (local) => [0x21, ...unsigned(local)];
const constant = (n) => [0x41, ...signed(n)];
const sum = (a, b) => [...a, ...b, 0x6a];
const product = (a, b) => [...a, ...b, 0x6c];
const add = (local, by) => [...sum(get(local), by), ...set(local)];
/** Repeat `body` until `local` has reached `end`; at least once. */
const until = (local, end, body) => [0x03, 0x40, ...body, ...get(local), ...end, 0x49, 0x0d, 0x00, 0x0b];

const simd = (op) => [0xfd, ...unsigned(op)];
const load = (local, offset) => [...get(local), ...simd(0x00), 0, ...unsigned(offset)];
const spread = (local) => [...get(local), ...simd(0x09), 0, 0]; // one number, four times
const store = (local, offset, value) => [...get(local), ...value, ...simd(0x0b), 0, ...unsigned(offset)];

/**
 * The function (m, k, n, a, b, c): C += A B for m rows, `rows` at a time, and n columns, 8 at a time.
 * A is m by k, B is k by n, C is m by n, row by row; a, b and c are addresses.
 */
function multiply(rows) {
  const [m, k, n, a, b, c, i, j, end, pb] = Array.from({ length: 10 }, (_, local) => local);
  const pa = (r) => 10 + r;
  const pc = (r) => 10 + rows + r;
  const sums = 10 + 2 * rows;
  const acc = (r, half) => sums + 2 * r + half;
  const right = (half) => sums + 2 * rows + half;
  const all = (make) => Array.from({ length: rows }, (_, r) => make(r)).flat();
  const four = (local) => product(get(local), constant(4));

  const step = [
    ...load(pb, 0), ...set(right(0)),
    ...load(pb, 16), ...set(right(1)),
    ...all((r) => [
      ...[0, 1].flatMap((half) => [
        ...get(acc(r, half)), ...spread(pa(r)), ...get(right(half)), ...simd(0xe6), // times
        ...simd(0xe4), ...set(acc(r, half)), // plus
      ]),
      ...add(pa(r), constant(4)),
    ]),
    ...add(pb, four(n)),
  ];
  const tile = [
    ...sum(get(b), four(j)), ...set(pb),
    ...all((r) => [
      ...sum(get(a), product(constant(4 * r), get(k))), ...set(pa(r)),
      ...sum(get(c), product(constant(4), sum(product(constant(r), get(n)), get(j)))), ...set(pc(r)),
      ...load(pc(r), 0), ...set(acc(r, 0)),
      ...load(pc(r), 16), ...set(acc(r, 1)),
    ]),
    ...sum(get(a), four(k)), ...set(end),
    ...until(pa(0), get(end), step),
    ...all((r) => [...store(pc(r), 0, get(acc(r, 0))), ...store(pc(r), 16, get(acc(r, 1)))]),
    ...add(j, constant(8)),
  ];
  const band = [
    ...constant(0), ...set(j),
    ...until(j, get(n), tile),
    ...add(a, product(constant(4 * rows), get(k))),
    ...add(c, product(constant(4 * rows), get(n))),
    ...add(i, constant(rows)),
  ];
  const locals = [[...unsigned(4 + 2 * rows), I32], [...unsigned(2 * rows + 2), V128]];
  return sized([...list(locals), ...until(i, get(m), band), 0x0b]);
}

/** The bytes of the module: two functions, for four rows at a time and for single ones. */
export function assemble() {
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [[0x60, ...list(Array(6).fill([I32])), 0]]),
    ...section(2, [[...text("page"), ...text("memory"), 2, 0, 1]]),
    ...section(3, [[0], [0]]),
    ...section(7, [[...text("four"), 0, 0], [...text("one"), 0, 1]]),
    ...section(10, [multiply(4), multiply(1)]),
  ]);
}

/** The same in JavaScript, for pages that forbid WebAssembly. */
function plain(f, m, k, n, a, b, c) {
  for (let i = 0; i < m; i++, c += n) {
    for (let l = 0, q = b; l < k; l++, q += n) {
      const v = f[a++];
      if (v === 0) continue; // behind a ReLU, many are
      for (let j = 0; j < n; j++) f[c + j] += v * f[q + j];
    }
  }
}

/** Memory for `size` numbers, and the product on it; addresses count numbers. */
export function workshop(size, { fast = true } = {}) {
  try {
    if (!fast) throw new Error("plain JavaScript is asked for");
    const memory = new WebAssembly.Memory({ initial: Math.ceil(size / 16384) + 1 });
    const module = new WebAssembly.Module(assemble());
    const { four, one } = new WebAssembly.Instance(module, { page: { memory } }).exports;
    const times = (m, k, n, a, b, c) => {
      const most = m & ~3;
      if (most) four(most, k, n, 4 * a, 4 * b, 4 * c);
      if (m > most) one(m - most, k, n, 4 * (a + most * k), 4 * b, 4 * (c + most * n));
    };
    return { numbers: new Float32Array(memory.buffer), times };
  } catch {
    const numbers = new Float32Array(size);
    return { numbers, times: (...sizes) => plain(numbers, ...sizes) };
  }
}
