// picture.js: the image at a latent point, from the page's own network, the kernel, or an atlas.

import { bytes, floats } from "./bytes.js";
import { make } from "./core.js";
import { clamp } from "./controls.js";
import { Net } from "./net.js";

/** Where the images of one decoder come from. `at(z)` gives (height, width, channel) in 0 to 1. */
export class Source {
  constructor(decoder, latents, bounds) {
    [this.channels, this.height, this.width] = decoder.shape;
    this.size = this.channels * this.height * this.width;
    this.bounds = bounds;
    this.image = new Float32Array(this.size);
    if (decoder.steps) {
      this.net = new Net(decoder.steps, floats(decoder.weights, decoder.dtype), latents);
      this.flat = !decoder.steps.some(({ op }) => op === "fold") || decoder.steps.at(-1).op === "unfold";
      [this.low, this.high] = decoder.range;
    } else if (decoder.atlas) {
      this.atlas = bytes(decoder.atlas);
      this.side = decoder.side;
    }
  }

  /** Is it the kernel that must be asked? */
  get remote() {
    return !this.net && !this.atlas;
  }

  at(z) {
    if (this.net) return this.decoded(this.net.forward(z));
    return this.atlas ? this.blended(z) : this.image;
  }

  decoded(values) {
    const { image, size, low, high } = this;
    const pixels = this.height * this.width;
    const scale = 1 / (high - low);
    // A flat network gives (channel, height, width), as PyTorch's images are.
    const planes = this.flat && this.channels > 1;
    for (let i = 0; i < size; i++) {
      const from = planes ? (i % 3) * pixels + Math.floor(i / 3) : i;
      image[i] = (values[from] - low) * scale;
    }
    return image;
  }

  /** Between the four nearest images of the atlas, weighted by how near each is. */
  blended(z) {
    const [left, right, bottom, top] = this.bounds;
    const last = this.side - 1;
    const u = clamp(((z[0] - left) / (right - left)) * last, 0, last - 1e-6);
    const v = clamp(((z[1] - bottom) / (top - bottom)) * last, 0, last - 1e-6);
    const [x, y] = [Math.floor(u), Math.floor(v)];
    const corners = [[x, y, (1 - u + x) * (1 - v + y)], [x + 1, y, (u - x) * (1 - v + y)],
      [x, y + 1, (1 - u + x) * (v - y)], [x + 1, y + 1, (u - x) * (v - y)]];
    this.image.fill(0);
    for (const [i, j, share] of corners) {
      const from = (j * this.side + i) * this.size;
      for (let p = 0; p < this.size; p++) this.image[p] += (share * this.atlas[from + p]) / 255;
    }
    return this.image;
  }

  /** Take over what the kernel has decoded. */
  receive(raw) {
    const frame = bytes(raw);
    for (let p = 0; p < this.size; p++) this.image[p] = frame[p] / 255;
  }
}

/** A canvas with one image, its pixels crisp; one channel is drawn as ink on the theme's paper. */
export class Picture {
  constructor(view, source, attributes = {}) {
    const { width, height } = source;
    const ratio = `aspect-ratio: ${width} / ${height}`;
    this.canvas = make("canvas", { class: "picture", width, height, style: ratio, ...attributes });
    this.pen = this.canvas.getContext("2d");
    this.data = this.pen.createImageData(width, height);
    this.data.data.fill(255);
    [this.view, this.source] = [view, source];
  }

  draw(image) {
    const { data } = this.data;
    const { channels } = this.source;
    const dark = this.view.colours.dark;
    for (let i = 0, p = 0; i < data.length; i += 4) {
      if (channels === 3) {
        data[i] = image[p++] * 255 + 0.5; // a clamped array cuts what is below 0 and above 255
        data[i + 1] = image[p++] * 255 + 0.5;
        data[i + 2] = image[p++] * 255 + 0.5;
      } else {
        const ink = image[p++];
        data[i] = data[i + 1] = data[i + 2] = (dark ? ink : 1 - ink) * 255;
      }
    }
    this.pen.putImageData(this.data, 0, 0);
  }
}
