// field.js: FieldExplorer. Arrows over data, particles that follow them, and a probe.

import { floats } from "./bytes.js";
import { ring } from "./codes.js";
import { explore, make } from "./core.js";
import { button, clamp, fixed, Plane, short, slider } from "./controls.js";
import { arrow, buildLegend } from "./marks.js";
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

const render = (context) => explore(context, { name: "Field explorer", style: STYLE, build });
export default { render };
