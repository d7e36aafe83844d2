// bytes.js: arrays from Python.

/** Bytes from Python as a fresh, aligned array: a DataView in a notebook, base64 on a page. */
export function bytes(raw) {
  if (!raw) return new Uint8Array(0);
  if (typeof raw === "string") return fromBase64(raw);
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength).slice();
}

function fromBase64(text) {
  const letters = atob(text);
  const found = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) found[i] = letters.charCodeAt(i);
  return found;
}

/** Bytes as numbers: "f32", or "f16", which is widened. */
export function floats(raw, type = "f32") {
  const { buffer } = bytes(raw);
  return type === "f16" ? widened(new Uint16Array(buffer)) : new Float32Array(buffer);
}

/** Half floats, given by their bits, as single floats: the same fields, in wider places. */
export function widened(halves) {
  const bits = new Uint32Array(halves.length);
  const values = new Float32Array(bits.buffer);
  for (let i = 0; i < halves.length; i++) {
    const [sign, exponent, fraction] = [halves[i] & 0x8000, (halves[i] >> 10) & 31, halves[i] & 1023];
    if (exponent === 0) values[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    else bits[i] = (sign << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}
