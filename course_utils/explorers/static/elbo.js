// elbo.js: ElboExplorer. An exact posterior, a Gaussian q, and the evidence as ELBO + KL.

import { floats } from "./bytes.js";
import { explore, make } from "./core.js";
import { fixed, Plane, slider } from "./controls.js";
import { area, curve, CURVES, Peaks } from "./curves.js";

const STYLE = `${CURVES}
.parts { margin-top: 14px; }
.beam { position: relative; height: 40px; border-radius: 6px; overflow: hidden; background: var(--faint); }
.beam div { position: absolute; top: 0; bottom: 0; }
.beam .elbo { left: 0; background: var(--model); }
.beam .kl { right: 0; background: repeating-linear-gradient(135deg, var(--fake) 0 5px, var(--paper) 5px 8px); }
.sums { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin: 8px 0 0; font-size: 17px; }
.sums b { font-weight: 600; }
.sums .key { display: inline-block; width: 14px; height: 14px; margin-right: 6px; vertical-align: -1px; border-radius: 3px; }
.choice { display: flex; flex-wrap: wrap; gap: 8px 16px; border: 0; margin: 0 0 10px; padding: 0; min-width: 0; }
.choice legend { float: left; margin-right: 12px; color: var(--soft); }
.choice label { display: flex; gap: 6px; align-items: center; cursor: pointer; }
.choice input { accent-color: var(--model); margin: 0; }
`;
let groups = 0;

/** Posterior, evidence, and the parts into which q splits it, all by sums over the grid. */
export function split(joint, z, spacing, mu, sigma) {
  const evidence = logSum(joint) + Math.log(spacing);
  const logPosterior = joint.map((v) => v - evidence);
  const free = z.map((at) => -0.5 * ((at - mu) / sigma) ** 2);
  const total = logSum(free) + Math.log(spacing);
  const logQ = free.map((v) => v - total);
  let [elbo, kl] = [0, 0];
  for (let i = 0; i < z.length; i++) {
    const mass = Math.exp(logQ[i]) * spacing;
    if (mass === 0) continue;
    elbo += mass * (joint[i] - logQ[i]);
    kl += mass * (logQ[i] - logPosterior[i]);
  }
  return { evidence, elbo, kl, posterior: logPosterior.map(Math.exp), q: logQ.map(Math.exp) };
}

function logSum(values) {
  const most = values.reduce((a, b) => Math.max(a, b));
  return most + Math.log(values.reduce((sum, v) => sum + Math.exp(v - most), 0));
}

function build(view) {
  const { model } = view;
  const [low, high] = model.get("z");
  const names = model.get("names");
  const values = Float64Array.from(floats(model.get("joint")));
  const count = values.length / names.length;
  const spacing = (high - low) / (count - 1);
  const z = Float64Array.from({ length: count }, (_, i) => low + i * spacing);
  const joint = (k) => values.subarray(k * count, (k + 1) * count);
  const scales = [(high - low) / 50, (high - low) / 4];
  const highest = Math.max(...names.map((_, k) => split(joint(k), z, spacing, 0, 1).posterior.reduce((a, b) => Math.max(a, b))));
  const top = 1.25 * Math.max(highest, 0.4 / ((high - low) / 15));

  const plane = new Plane(view, { bounds: [low, high, -0.1 * top, top], ratio: 2.4, narrow: 1.4 });
  plane.node.setAttribute("role", "group");
  const move = (mu, sigma) => {
    if (mu !== model.get("mu")) view.set("mu", mu);
    if (sigma !== model.get("sigma")) view.set("sigma", sigma);
  };
  const peaks = new Peaks(view, plane, {
    peaks: [{ letter: "q", shape: "square", role: "model", name: "q", get: () => [1, model.get("mu"), model.get("sigma")], set: move }],
    means: [low, high],
    scales,
    height: top * 0.97,
  });
  const beam = buildBeam();
  const choice = names.length > 1 ? [buildChoice(view, names)] : [];
  const sliders = [
    ["μ", "mean of q", [low, high], () => model.get("mu"), (v) => move(v, model.get("sigma"))],
    ["σ", "standard deviation of q", scales, () => model.get("sigma"), (v) => move(model.get("mu"), v)],
  ].map(([name, label, [from, to], read, change]) => ({
    ...slider(view, { name, label, low: from, high: to, step: (to - from) / 500, change }),
    read,
  }));
  view.stage.append(
    ...choice.map(({ node }) => node),
    make("figure", {}, plane.node, make("figcaption", {}, "the exact posterior p(z | x), solid, and q(z), dashed; drag q")),
    beam.node,
    make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
  );

  let found;
  let floor = null; // where the bar begins: it moves only when it must
  view.sentence = () => `ELBO ${fixed(found.elbo)} plus KL ${fixed(found.kl)} is log p of x, ${fixed(found.evidence)} nats`;
  view.draw = () => {
    found = split(joint(model.get("x")), z, spacing, model.get("mu"), model.get("sigma"));
    drawPlane(view, plane, z, found);
    peaks.show(fixed);
    sliders.forEach(({ show, read }) => show(read()));
    choice.forEach(({ show }) => show());
    if (floor === null || floor > found.elbo - 0.2 || floor > found.evidence - 2) floor = Math.min(found.elbo - 1, found.evidence - 6);
    if (found.evidence - floor > 8 * Math.max(found.kl, 1)) floor = found.evidence - 6;
    beam.show(found, floor);
    plane.node.setAttribute("aria-label", `Posterior and q for ${names[model.get("x")]}`);
  };
  view.life.follow(model, ["mu", "sigma", "x"], view.redraw);
}

function drawPlane(view, plane, z, { posterior, q }) {
  const { data, model } = view.colours;
  const ground = plane.ground.pen();
  plane.axes(ground, { x: "z" });
  plane.level(ground);
  const pen = plane.top.pen();
  area(plane, pen, z, posterior, { colour: data, alpha: 0.12 });
  area(plane, pen, z, q, { colour: model, alpha: 0.15 });
  curve(plane, pen, z, posterior, { colour: data });
  curve(plane, pen, z, q, { colour: model, dash: [9, 4] });
}

/** The evidence as a bar of fixed length: the ELBO fills it from the left, the KL is the rest. */
function buildBeam() {
  const [elbo, kl] = [make("div", { class: "elbo" }), make("div", { class: "kl" })];
  const words = ["ELBO", "KL(q ‖ p(z | x))", "log p(x)"].map((name) => ({ name, value: make("b") }));
  const keys = ["background: var(--model)", "background: repeating-linear-gradient(135deg, var(--fake) 0 5px, var(--paper) 5px 8px)"];
  const part = (i) => make("span", {}, ...(keys[i] ? [make("span", { class: "key", style: keys[i] })] : []), `${words[i].name} `, words[i].value);
  const node = make("div", { class: "parts" },
    make("div", { class: "beam", "aria-hidden": "true" }, elbo, kl),
    make("p", { class: "sums" }, part(0), "+", part(1), "=", part(2), make("span", { class: "hint" }, "nats")));
  const show = (found, floor) => {
    const share = (100 * (found.elbo - floor)) / (found.evidence - floor);
    elbo.style.width = `${share}%`;
    kl.style.width = `${100 - share}%`;
    [found.elbo, found.kl, found.evidence].forEach((v, i) => (words[i].value.textContent = fixed(v, 3)));
  };
  return { node, show };
}

/** Which x: a native choice. */
function buildChoice(view, names) {
  const name = `x-${groups++}`;
  const inputs = names.map((_, k) => make("input", { type: "radio", name, value: k }));
  inputs.forEach((input, k) => view.life.listen(input, "change", () => view.set("x", k)));
  const labels = inputs.map((input, k) => make("label", {}, input, names[k]));
  const node = make("fieldset", { class: "choice" }, make("legend", {}, "Observed"), ...labels);
  return { node, show: () => inputs.forEach((input, k) => (input.checked = k === view.model.get("x"))) };
}

const render = (context) => explore(context, { name: "ELBO explorer", style: STYLE, build });
export default { render };
