// field.js: FieldExplorer. Arrows over data, particles that follow them, and a probe.

import { floats } from "./bytes.js";
import { ring } from "./codes.js";
import { explore, make } from "./core.js";
import { button, clamp, fixed, Plane, short, slider } from "./controls.js";
import { Particles, VectorField } from "./flow.js";

const STYLE = `
.field { display: grid; gap: 14px 22px; grid-template-columns: minmax(0, 1.35fr) minmax(0, 1fr); align-items: start; }
@container (max-width: 560px) { .field { grid-template-columns: minmax(0, 1fr); } }
.field .sliders { grid-template-columns: 1fr; margin-top: 0; }
.slider .name { min-width: 5.2em; }
.legend { list-style: none; margin: 14px 0 0; padding: 0; color: var(--soft); font-size: 13px; }
.legend li { display: flex; gap: 8px; align-items: center; margin: 3px 0; }
.legend canvas { flex: none; }
.read { margin: 14px 0 0; white-space: pre-line; }
`;
const MOTION = 10; // seconds of motion without a touch, after which it rests

function build(view) {
  const { model, life } = view;
  const bounds = model.get("bounds");
  const [count, levels] = [model.get("count"), model.get("levels")];
  const all = floats(model.get("fields"));
  const data = floats(model.get("points"));
  const size = 2 * count * count;
  const longest = typical(all);
  const field = () => {
    const place = model.get("setting").reduce((at, value, i) => at * levels[i].length + nearest(levels[i], value), 0);
    return new VectorField(all.subarray(place * size, (place + 1) * size), count, bounds);
  };
  const plane = new Plane(view, {
    bounds,
    ratio: (bounds[1] - bounds[0]) / (bounds[3] - bounds[2]),
    label: "Vector field",
    hint: "Arrow keys move the probe, with Shift faster; Home returns to where it began.",
  });
  let particles = new Particles(180, bounds);
  const home = [...model.get("probe")];
  const move = ([x, y]) => view.set("probe", [clamp(x, bounds[0], bounds[1]), clamp(y, bounds[2], bounds[3])]);
  plane.onDrag(move);
  plane.onArrows(plane.node, (right, up) => move([model.get("probe")[0] + right, model.get("probe")[1] + up]), { Home: () => move(home) });

  let [running, moved] = [false, 0];
  const start = life.animation((seconds) => {
    if (!running) return false;
    particles.advance(field(), seconds, model.get("rate"));
    if ((moved += seconds) > MOTION) running = false;
    view.redraw();
    return running;
  });
  const run = (on) => {
    [running, moved] = [on, 0];
    if (on) start();
    view.redraw();
  };
  const pace = button(view, "Run", () => run(!running));
  const step = button(view, "Step", () => {
    for (let i = 0; i < 6; i++) particles.advance(field(), 0.05, model.get("rate"));
    run(false);
  });
  const again = button(view, "Scatter anew", () => {
    particles = new Particles(180, bounds);
    view.redraw();
  });
  const sliders = levels.map((values, i) =>
    slider(view, {
      name: model.get("sliders")[i],
      label: model.get("sliders")[i],
      low: 0,
      high: values.length - 1,
      step: 1,
      format: (k) => short(values[k]),
      change: (k) => {
        view.set("setting", model.get("setting").with(i, values[k]));
        if (running) moved = 0;
      },
    }),
  );
  const read = make("p", { class: "read" });
  const vector = model.get("vector");
  const legend = buildLegend(view, vector, data.length > 0);
  view.stage.append(make("div", { class: "field" },
    make("figure", {}, plane.node),
    make("div", {},
      make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
      make("div", { class: "bar" }, pace, step, again),
      read,
      legend.node)));

  const words = () => {
    const probe = model.get("probe");
    const [u, v] = field().at(...probe);
    return `at x = (${probe.map((c) => fixed(c)).join(", ")}):\n${vector} = (${fixed(u)}, ${fixed(v)}), length ${fixed(Math.hypot(u, v))}`;
  };
  view.sentence = () => `${model.get("sliders").map((name, i) => `${name} ${short(model.get("setting")[i])}`).join(", ")}; ${words()}`;

  let ground = "";
  view.draw = () => {
    const now = [plane.node.clientWidth, window.devicePixelRatio, view.colours.dark, model.get("setting")].join();
    if (now !== ground) drawGround(view, plane, data, field(), longest);
    ground = now;
    const pen = plane.top.pen();
    particles.draw(plane, pen, view.colours.fake);
    drawProbe(view, plane, pen, field(), model.get("probe"), model.get("rate"));
    pace.textContent = running ? "Pause" : "Run";
    read.textContent = words();
    sliders.forEach(({ show }, i) => show(nearest(levels[i], model.get("setting")[i])));
  };
  life.follow(model, ["setting", "probe"], view.redraw);
  view.restyle = legend.paint;
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) run(true);
  else particles.advance(field(), 0.3, model.get("rate"));

}

/** What is drawn, each with its mark; `paint` draws the marks anew in the theme's colours. */
function buildLegend(view, arrows, hasData) {
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

const nearest = (values, value) => values.reduce((best, v, k) => (Math.abs(v - value) < Math.abs(values[best] - value) ? k : best), 0);

/** The length that nine tenths of all vectors do not exceed: one scale for every setting. */
function typical(values) {
  const lengths = [];
  for (let i = 0; i < values.length; i += 2) lengths.push(Math.hypot(values[i], values[i + 1]));
  return Math.max(1e-12, lengths.sort((a, b) => a - b)[Math.floor(0.9 * (lengths.length - 1))]);
}

function drawGround(view, plane, data, field, longest) {
  const pen = plane.ground.pen();
  const { data: black, model } = view.colours;
  plane.axes(pen, { x: "x₁", y: "x₂" });
  pen.globalAlpha = 0.35;
  pen.fillStyle = black;
  for (let i = 0; i < data.length; i += 2) pen.fillRect(plane.x(data[i]) - 1.25, plane.y(data[i + 1]) - 1.25, 2.5, 2.5);
  pen.globalAlpha = 1;
  const [left, right, bottom, top] = plane.bounds;
  const across = Math.max(9, Math.min(17, Math.floor(plane.node.clientWidth / 24)));
  const cell = (right - left) / across;
  for (let x = left + cell / 2; x < right; x += cell) {
    for (let y = bottom + cell / 2; y < top; y += cell) {
      const [u, v] = field.at(x, y);
      const scale = (0.95 * cell * Math.min(1, longest / Math.max(1e-12, Math.hypot(u, v)))) / longest;
      arrow(pen, plane.x(x), plane.y(y), plane.x(x + scale * u), plane.y(y + scale * v), model);
    }
  }
}

/** An arrow with a head that shrinks with it. */
function arrow(pen, x0, y0, x1, y1, colour) {
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

function drawProbe(view, plane, pen, field, probe, rate) {
  const { fifth, paper } = view.colours;
  const path = field.path(probe, 240, 0.02 * rate);
  for (const [width, colour, dash] of [[5, paper, []], [2.25, fifth, [5, 4]]]) {
    pen.beginPath();
    for (const [x, y] of path) pen.lineTo(plane.x(x), plane.y(y));
    [pen.lineWidth, pen.strokeStyle] = [width, colour];
    pen.setLineDash(dash);
    pen.stroke();
  }
  pen.setLineDash([]);
  const [x, y] = path.at(-1);
  pen.fillStyle = fifth;
  pen.fillRect(plane.x(x) - 4, plane.y(y) - 4, 8, 8);
  ring(plane, pen, probe, fifth);
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

const render = (context) => explore(context, { name: "Field explorer", style: STYLE, build });
export default { render };
