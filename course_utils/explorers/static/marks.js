// marks.js: the signs that a field is drawn with, and the legend that explains them.

import { make } from "./core.js";

/** An arrow with a head that shrinks with it. */
export function arrow(pen, x0, y0, x1, y1, colour) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = Math.hypot(dx, dy);
  const head = Math.min(5, 0.5 * length);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.25;
  pen.beginPath();
  if (length < 1.5) {
    pen.arc(x0, y0, 1, 0, 7);
    pen.fill();
    return;
  }
  const [ux, uy] = [(dx / length) * head, (dy / length) * head];
  pen.moveTo(x0, y0);
  pen.lineTo(x1 - ux * 0.7, y1 - uy * 0.7);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x1 - ux - 0.5 * uy, y1 - uy + 0.5 * ux);
  pen.lineTo(x1 - ux + 0.5 * uy, y1 - uy - 0.5 * ux);
  pen.fill();
}

/** What is drawn, each with its mark; `paint` draws the marks anew in the theme's colours. */
export function buildLegend(view, arrows, hasData) {
  const marks = [
    ["data", (pen, c) => dots(pen, c.data)],
    [`arrow: ${arrows}`, (pen, c) => arrow(pen, 3, 8, 24, 8, c.model)],
    ["particles, each with its trail", (pen, c) => trail(pen, c.fake)],
    ["probe, with the path from it", (pen, c) => dashes(pen, c.fifth)],
  ].slice(hasData ? 0 : 1);
  const size = { width: 56, height: 32, style: "width: 28px; height: 16px", "aria-hidden": "true" };
  const canvases = marks.map(() => make("canvas", size));
  const paint = () => marks.forEach(([, draw], i) => {
    const pen = canvases[i].getContext("2d");
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, 28, 16);
    draw(pen, view.colours);
  });
  paint();
  const items = marks.map(([name], i) => make("li", {}, canvases[i], name));
  return { node: make("ul", { class: "legend" }, ...items), paint };
}

function dots(pen, colour) {
  pen.fillStyle = colour;
  pen.globalAlpha = 0.6;
  for (const [x, y] of [[6, 5], [12, 10], [16, 4], [21, 11], [24, 6]]) pen.fillRect(x, y, 2.5, 2.5);
  pen.globalAlpha = 1;
}

function trail(pen, colour) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.5;
  pen.globalAlpha = 0.5;
  pen.beginPath();
  pen.moveTo(4, 11);
  pen.lineTo(21, 6);
  pen.stroke();
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.arc(21, 6, 2.5, 0, 7);
  pen.fill();
}

function dashes(pen, colour) {
  [pen.strokeStyle, pen.fillStyle, pen.lineWidth] = [colour, colour, 2];
  pen.setLineDash([5, 3]);
  pen.beginPath();
  pen.moveTo(3, 8);
  pen.lineTo(22, 8);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillRect(21, 5, 6, 6);
}
