// depth.js: DepthExplorer. How far activations and gradients get through a deep network.

import { explore, make } from "./core.js";
import { clamp, Plane, slider } from "./controls.js";
import { ACTIVATIONS, draw, flow, MOST } from "./signal.js";

const STYLE = `
.choice { display: flex; flex-wrap: wrap; gap: 8px 16px; border: 0; margin: 0 0 10px; padding: 0; min-width: 0; }
.choice legend { float: left; margin-right: 12px; color: var(--soft); }
.choice label, .check { display: flex; gap: 6px; align-items: center; cursor: pointer; }
.choice input, .check input { accent-color: var(--model); margin: 0; }
.check input { width: 16px; height: 16px; }
figure + figure { margin-top: 10px; }
.read { margin: 12px 0 0; white-space: pre-line; min-height: 3em; }
.slider .name { min-width: 3em; }
`;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (n) => `10${n < 0 ? "⁻" : ""}${[...String(Math.abs(n))].map((digit) => RAISED[digit]).join("")}`;
let groups = 0;

/** A mark in the colour of what it stands for. */
const key = (role, sign) => make("span", { style: `color: var(--${role})`, "aria-hidden": "true" }, sign);

/** A number at three digits, with a power of ten where it is small or large. */
export function scientific(v) {
  if (v === 0) return "0";
  if (v >= 0.01 && v < 1000) return String(Number(v.toPrecision(3)));
  const [mantissa, exponent] = v.toExponential(2).split("e");
  return `${mantissa}·${power(Number(exponent))}`;
}

function build(view) {
  const { model } = view;
  const drawn = draw(model.get("seed"));
  const upper = new Plane(view, { bounds: [0.5, 30.5, -3, 1], ratio: 2.3, narrow: 1.25 });
  const lower = new Plane(view, { bounds: [0.5, 30.5, 0, 1], ratio: 7, narrow: 3.5 });
  const pick = ([x]) => view.set("layer", clamp(Math.round(x), 1, model.get("depth")));
  for (const plane of [upper, lower]) {
    plane.node.setAttribute("role", "img");
    plane.onDrag(pick);
  }
  const choice = buildChoice(view, Object.keys(ACTIVATIONS));
  const box = make("input", { type: "checkbox" });
  view.life.listen(box, "change", () => view.set("norm", box.checked));
  const whole = (v) => String(v);
  const sliders = [
    { name: "gain", label: "gain of the initial weights", low: 0.2, high: 4, step: 0.02, key: "gain" },
    { name: "depth", label: "depth, in layers", low: 2, high: MOST, step: 1, format: whole, key: "depth" },
    { name: "layer", label: "layer that is read out", low: 1, high: MOST, step: 1, format: whole, key: "layer" },
  ].map(({ key, ...rest }) => ({ key, ...slider(view, { ...rest, change: (v) => view.set(key, key === "layer" ? Math.min(v, model.get("depth")) : v) }) }));
  const read = make("p", { class: "read" });
  const note = make("figcaption");
  view.stage.append(
    choice.node,
    make("figure", {}, upper.node, make("figcaption", {}, "standard deviations: ", key("model", "●"), " activations h, solid; ", key("fake", "■"), " gradients ∂L/∂z, dashed")),
    make("figure", {}, lower.node, note),
    make("div", { class: "sliders" }, ...sliders.map(({ node }) => node), make("label", { class: "check" }, box, "batch norm")),
    read,
  );

  let words = [];
  view.sentence = () => words.join(" ");
  view.draw = () => {
    const setting = Object.fromEntries(["activation", "gain", "depth", "norm"].map((key) => [key, model.get(key)]));
    const found = flow(drawn, setting);
    const layer = clamp(model.get("layer"), 1, setting.depth);
    words = say(found, setting, layer);
    read.textContent = words.join("\n");
    for (const { key, show } of sliders) show(key === "layer" ? layer : model.get(key));
    choice.show();
    box.checked = setting.norm;
    drawFlow(view, upper, found, layer);
    drawShares(view, lower, found, layer);
    note.textContent = `share of ${what(setting.activation)} that are ${ACTIVATIONS[setting.activation].word}`;
    upper.node.setAttribute("aria-label", words[1]);
    lower.node.setAttribute("aria-label", `${note.textContent}, ${percent(found.silent[0])} in the first layer, ${percent(found.silent.at(-1))} in the last`);
  };
  view.life.follow(model, ["activation", "gain", "depth", "norm", "layer"], view.redraw);
}

const percent = (v) => `${Math.round(100 * v)} %`;
const what = (activation) => (ACTIVATIONS[activation].flat ? "values" : "units");
/** The horizontal bounds that leave room for numbers on the left. */
function sides(plane, depth) {
  const room = 54 / Math.max(plane.node.clientWidth, 100);
  return [(1 - room * (depth + 0.5)) / (1 - room), depth + 0.5];
}

function say({ activations, gradients, silent }, { activation, depth }, layer) {
  const at = layer - 1;
  return [
    `Layer ${layer} of ${depth}: activations ${scientific(activations[at])}, gradients ${scientific(gradients[at])}, ${percent(silent[at])} of its ${what(activation)} ${ACTIVATIONS[activation].word}.`,
    `On the way up the activations change by a factor of ${scientific(activations.at(-1) / activations[0])}, on the way down the gradients by ${scientific(gradients[0] / gradients.at(-1))}.`,
  ];
}

function drawFlow(view, plane, { activations, gradients }, layer) {
  const depth = activations.length;
  const logs = [activations, gradients].map((values) => values.map(Math.log10));
  const seen = logs.flat().filter(Number.isFinite);
  // the axis is in steps of three decades, so that it seldom jumps
  const [low, high] = [3 * Math.floor(Math.min(-3, ...seen) / 3), 3 * Math.ceil(Math.max(1, ...seen) / 3)];
  plane.bounds = [...sides(plane, depth), low - 0.5, high + 0.5];
  decades(view, plane, low, high);
  const pen = plane.top.pen();
  mark(view, plane, pen, layer);
  trace(plane, pen, logs[0], view.colours.model, [], "circle");
  trace(plane, pen, logs[1], view.colours.fake, [7, 4], "square");
}

/** Lines and numbers at round powers of ten, and the layers below. */
function decades(view, plane, low, high) {
  const { ink, soft, faint } = view.colours;
  const pen = plane.ground.pen();
  const [width, height] = [plane.node.clientWidth, plane.node.clientHeight];
  [pen.strokeStyle, pen.lineWidth, pen.font] = [faint, 1, "11px system-ui, sans-serif"];
  const step = [1, 3, 6, 12].find((n) => ((high - low) / n) * 28 <= height) ?? 12;
  for (let n = Math.ceil(low / step) * step; n <= high; n += step) {
    const at = Math.round(plane.y(n)) + 0.5;
    pen.beginPath();
    pen.moveTo(38, at);
    pen.lineTo(width, at);
    pen.stroke();
    plane.write(pen, power(n), 4, at + 4, "left", soft);
  }
  const depth = plane.bounds[1] - 0.5;
  for (let l = depth > 12 ? 5 : 2; l < depth; l += depth > 12 ? 5 : 2) plane.write(pen, String(l), plane.x(l), height - 4, "center", soft);
  plane.write(pen, "layer", width - 6, height - 4, "right", ink);
}

/** The line of the layer that is read out. */
function mark(view, plane, pen, layer) {
  const at = Math.round(plane.x(layer)) + 0.5;
  [pen.strokeStyle, pen.lineWidth] = [view.colours.soft, 1.5];
  pen.beginPath();
  pen.moveTo(at, 0);
  pen.lineTo(at, plane.node.clientHeight);
  pen.stroke();
}

function trace(plane, pen, logs, colour, dash, shape) {
  const places = logs.map((v, l) => [plane.x(l + 1), plane.y(v)]).filter(([, y]) => Number.isFinite(y));
  [pen.strokeStyle, pen.fillStyle, pen.lineWidth] = [colour, colour, 2];
  pen.setLineDash(dash);
  pen.beginPath();
  for (const [x, y] of places) pen.lineTo(x, y);
  pen.stroke();
  pen.setLineDash([]);
  for (const [x, y] of places) {
    pen.beginPath();
    if (shape === "circle") pen.arc(x, y, 3.5, 0, 7);
    else pen.rect(x - 3, y - 3, 6, 6);
    pen.fill();
  }
}

function drawShares(view, plane, { silent }, layer) {
  const { fifth, soft } = view.colours;
  plane.bounds = [...sides(plane, silent.length), 0, 1.08];
  const ground = plane.ground.pen();
  ground.font = "11px system-ui, sans-serif";
  const pen = plane.top.pen();
  mark(view, plane, pen, layer);
  pen.fillStyle = fifth;
  const width = Math.min(18, 0.6 * (plane.x(2) - plane.x(1)));
  silent.forEach((v, l) => pen.fillRect(plane.x(l + 1) - width / 2, plane.y(v), width, plane.y(0) - plane.y(v)));
  plane.write(ground, "100 %", 4, 14, "left", soft);
  plane.level(pen);
}

/** Which activation: a native choice. */
function buildChoice(view, names) {
  const name = `activation-${groups++}`;
  const inputs = names.map((value) => make("input", { type: "radio", name, value }));
  inputs.forEach((input) => view.life.listen(input, "change", () => view.set("activation", input.value)));
  const labels = inputs.map((input, k) => make("label", {}, input, names[k]));
  const node = make("fieldset", { class: "choice" }, make("legend", {}, "Activation"), ...labels);
  return { node, show: () => inputs.forEach((input) => (input.checked = input.value === view.model.get("activation"))) };
}

const render = (context) => explore(context, { name: "Depth explorer", style: STYLE, build });
export default { render };
