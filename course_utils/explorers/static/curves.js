// curves.js: functions on a plane, the areas below them, and peaks that can be dragged.

import { make } from "./core.js";
import { clamp } from "./controls.js";
import { ROOT } from "./measures.js";

export const CURVES = `
.handle { position: absolute; width: 26px; height: 26px; min-height: 0; margin: -13px 0 0 -13px; padding: 0;
  border: 2px solid var(--paper); color: var(--paper); font: bold 13px/20px system-ui, sans-serif;
  pointer-events: none; }
.handle:hover { color: var(--paper); border-color: var(--paper); }
.handle.circle { border-radius: 50%; }
.handle.square { border-radius: 4px; }
.handle:focus { z-index: 1; }
.plane + .plane { margin-top: 8px; }
`;

/** Trace y = f(x) through the points inside the plane. */
function trace(plane, pen, x, f) {
  const [left, right] = plane.bounds;
  const step = Math.max(1, Math.round((x.length * (right - left)) / (x.at(-1) - x[0]) / (2 * plane.node.clientWidth)));
  for (let i = 0; i < x.length; i += step)
    if (x[i] >= left - 0.05 * (right - left) && x[i] <= right + 0.05 * (right - left)) pen.lineTo(plane.x(x[i]), plane.y(f[i]));
}

export function curve(plane, pen, x, f, { colour, dash = [], width = 2.25 }) {
  pen.beginPath();
  trace(plane, pen, x, f);
  [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [colour, width, "round"];
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** The area between f and another function, or the zero line. */
export function area(plane, pen, x, f, { colour, alpha = 0.15, to = x.map(() => 0) }) {
  pen.beginPath();
  trace(plane, pen, x, f);
  trace(plane, pen, [...x].reverse(), [...to].reverse());
  pen.closePath();
  [pen.fillStyle, pen.globalAlpha] = [colour, alpha];
  pen.fill();
  pen.globalAlpha = 1;
}

/** Stripes for an area that counts as negative: it is told from a positive one without colour. */
export function stripes(pen, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const ink = tile.getContext("2d");
  [ink.strokeStyle, ink.lineWidth] = [colour, 1.5];
  for (const shift of [-6, 0, 6]) {
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
  }
  ink.stroke();
  return pen.createPattern(tile, "repeat");
}

/**
 * Gaussian peaks that the pointer drags: sideways moves the mean, up makes the peak narrower.
 * `peaks` are { letter, shape, role, name, get() → [weight, mean, scale], set(mean, scale) }.
 */
export class Peaks {
  constructor(view, plane, { peaks, means, scales, height }) {
    this.view = view;
    this.plane = plane;
    this.height = height;
    this.handles = peaks.map((peak) => this.handle(peak, means, scales));
    plane.node.append(...this.handles.map(({ node }) => node));
    let held = this.handles[0];
    plane.onDrag(([x, y], starts) => {
      if (starts) held = this.nearest(x, y);
      if (starts) held.node.focus({ preventScroll: true });
      const [weight] = held.get();
      held.move(x, weight / (Math.max(y, 1e-9) * ROOT));
    });
  }

  handle({ letter, shape, role, name, get, set }, means, scales) {
    const node = make("button", { type: "button", class: `handle ${shape}` }, letter);
    node.style.background = `var(--${role})`;
    const move = (mean, scale) => set(clamp(mean, ...means), clamp(scale, ...scales));
    const home = get();
    this.plane.onArrows(
      node,
      (right, up) => {
        const [, mean, scale] = get();
        const narrower = up / (this.plane.bounds[3] - this.plane.bounds[2]);
        move(mean + right, scale * Math.exp(-2 * narrower));
      },
      { Home: () => move(home[1], home[2]) },
    );
    return { node, name, get, move };
  }

  /** Where a handle is: at the top of its peak, kept in sight. */
  at({ get }) {
    const [weight, mean, scale] = get();
    return [mean, Math.min(weight / (scale * ROOT), this.height)];
  }

  nearest(x, y) {
    const { plane } = this;
    const distance = (handle) => {
      const [a, b] = this.at(handle);
      return Math.hypot(plane.x(a) - plane.x(x), plane.y(b) - plane.y(y));
    };
    return this.handles.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  }

  show(format) {
    for (const handle of this.handles) {
      const [x, y] = this.at(handle);
      const [, mean, scale] = handle.get();
      handle.node.style.left = `${this.plane.x(x)}px`;
      handle.node.style.top = `${this.plane.y(y)}px`;
      const keys = "arrow keys move it and change its width";
      handle.node.setAttribute("aria-label", `${handle.name}: mean ${format(mean)}, standard deviation ${format(scale)}; ${keys}`);
    }
  }
}
