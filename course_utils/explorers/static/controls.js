// controls.js: sliders, buttons and the plane under the pointer, each usable by keyboard alone.

import { make } from "./core.js";

export const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
export const subscript = (n) => [...String(n)].map((digit) => SUBSCRIPTS[digit]).join("");
/** A number with two decimals and a true minus sign. */
export const fixed = (v, digits = 2) => (Math.abs(v) < 0.5 * 10 ** -digits ? 0 : v).toFixed(digits).replace("-", "−");

/** A native slider with its name and value; `show(v)` puts it to a value that came from elsewhere. */
export function slider(view, { name, label, low, high, step, format = fixed, change }) {
  const input = make("input", { type: "range", min: low, max: high, step, "aria-label": label });
  const value = make("span", { class: "value", "aria-hidden": "true" });
  const node = make("label", { class: "slider" }, make("span", { class: "name", "aria-hidden": "true" }, name), input, value);
  view.life.listen(input, "input", () => change(Number(input.value)));
  const show = (v) => {
    input.value = v;
    value.textContent = format(v);
    input.setAttribute("aria-valuetext", format(v));
  };
  return { node, input, show };
}

/** A button; with `pressed` one that stays down. */
export function button(view, words, press) {
  const node = make("button", { type: "button" }, words);
  view.life.listen(node, "click", press);
  return node;
}

/** Canvas of any width, sharp at any density; `pen()` gives a context in CSS pixels, cleared. */
export class Sheet {
  constructor(parent) {
    this.canvas = make("canvas", { "aria-hidden": "true" });
    parent.append(this.canvas);
  }

  pen() {
    const { canvas } = this;
    [this.width, this.height] = [canvas.clientWidth, canvas.clientHeight];
    const density = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(this.width * density), Math.round(this.height * density)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    return pen;
  }
}

/**
 * A part of the plane with coordinates: `x(v)` and `y(v)` give CSS pixels. It has a sheet for what
 * rarely changes, `ground`, and one on top for what moves, `top`.
 */
export class Plane {
  constructor(view, { bounds, ratio = 1, narrow = ratio, label, hint }) {
    this.node = make("div", { class: "plane", style: `--ratio: ${ratio}; --narrow: ${narrow}` });
    this.ground = new Sheet(this.node);
    this.top = new Sheet(this.node);
    this.bounds = bounds;
    this.view = view;
    if (label) for (const [key, value] of Object.entries({ tabindex: 0, role: "application", "aria-label": `${label}. ${hint}` }))
      this.node.setAttribute(key, value);
  }

  x(v) {
    const [left, right] = this.bounds;
    return ((v - left) / (right - left)) * this.node.clientWidth;
  }

  y(v) {
    const [, , bottom, top] = this.bounds;
    return (1 - (v - bottom) / (top - bottom)) * this.node.clientHeight;
  }

  /** The coordinates under the pointer, kept inside. */
  under(event) {
    const [left, right, bottom, top] = this.bounds;
    const place = this.node.getBoundingClientRect();
    return [
      clamp(left + ((event.clientX - place.left) / place.width) * (right - left), left, right),
      clamp(top - ((event.clientY - place.top) / place.height) * (top - bottom), bottom, top),
    ];
  }

  /** Call `move(point, starts)` while the pointer is down on the plane. */
  onDrag(move) {
    const { life } = this.view;
    life.listen(this.node, "pointerdown", (event) => {
      if (event.button) return;
      this.node.setPointerCapture(event.pointerId);
      this.node.focus({ preventScroll: true });
      move(this.under(event), true);
    });
    life.listen(this.node, "pointermove", (event) => {
      if (this.node.hasPointerCapture(event.pointerId)) move(this.under(event), false);
    });
  }

  /** Call `step(right, up)` for arrow keys, in steps of 1/60 of the plane, five with Shift. */
  onArrows(node, step, keys = {}) {
    const [left, right, bottom, top] = this.bounds;
    const [across, up] = [(right - left) / 60, (top - bottom) / 60];
    const arrows = { ArrowLeft: [-across, 0], ArrowRight: [across, 0], ArrowDown: [0, -up], ArrowUp: [0, up] };
    this.view.life.listen(node, "keydown", (event) => {
      const times = event.shiftKey ? 5 : 1;
      if (arrows[event.key]) step(...arrows[event.key].map((v) => v * times));
      else if (keys[event.key]) keys[event.key]();
      else return;
      event.preventDefault();
    });
  }

  /** Ticks and their numbers along the lower and the left edge, a line through each zero. */
  axes(pen, { x = "", y = "" } = {}) {
    const { ink, soft, faint } = this.view.colours;
    const [left, right, bottom, top] = this.bounds;
    const [width, height] = [this.node.clientWidth, this.node.clientHeight];
    pen.strokeStyle = faint;
    pen.lineWidth = 1;
    pen.font = "11px system-ui, sans-serif";
    const line = (...path) => {
      pen.beginPath();
      pen.moveTo(path[0], path[1]);
      pen.lineTo(path[2], path[3]);
      pen.stroke();
    };
    if (x) {
      for (const v of ticks(left, right, width)) {
        const at = Math.round(this.x(v)) + 0.5;
        line(at, 0, at, height);
        if (at > 26 && at < width - 24) this.write(pen, short(v), at, height - 4, "center", soft);
      }
      this.write(pen, x, width - 6, height - 4, "right", ink);
    }
    if (y) {
      for (const v of ticks(bottom, top, height)) {
        const at = Math.round(this.y(v)) + 0.5;
        line(0, at, width, at);
        if (at > 26 && at < height - 18) this.write(pen, short(v), 4, at + 4, "left", soft);
      }
      this.write(pen, y, 5, 14, "left", ink);
    }
  }

  /** The line y = 0. */
  level(pen) {
    const at = Math.round(this.y(0)) + 0.5;
    pen.beginPath();
    pen.moveTo(0, at);
    pen.lineTo(this.node.clientWidth, at);
    [pen.strokeStyle, pen.lineWidth] = [this.view.colours.soft, 1];
    pen.stroke();
  }

  /** Words with a rim of paper around them, so that lines below do not disturb. */
  write(pen, words, x, y, align, colour) {
    pen.textAlign = align;
    pen.lineJoin = "round";
    pen.save();
    pen.strokeStyle = this.view.colours.paper;
    pen.lineWidth = 3;
    pen.strokeText(words, x, y);
    pen.fillStyle = colour;
    pen.fillText(words, x, y);
    pen.restore();
  }
}

export const short = (v) => String(Number(v.toPrecision(6))).replace("-", "−");

/** Round numbers between two bounds, about one in 60 pixels. */
function ticks(low, high, pixels) {
  const rough = (high - low) / Math.max(2, pixels / 60);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** A hint below something, for everybody. */
export const hint = (words) => make("span", { class: "hint" }, words);
