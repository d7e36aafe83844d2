// density.js: DensityExplorer. Two densities on the line, and what lies between them.

import { explore, make } from "./core.js";
import { fixed, Plane, slider, subscript } from "./controls.js";
import { area, curve, CURVES, Peaks, stripes } from "./curves.js";
import { grid, measure } from "./measures.js";

const STYLE = `${CURVES}
fieldset { border: 0; margin: 12px 0 0; padding: 0; min-width: 0; display: grid; gap: 8px;
  grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
legend { padding: 0 0 5px; color: var(--soft); font-size: 13px; }
.card { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; align-items: center; padding: 6px 10px;
  border: 1px solid var(--faint); border-radius: 6px; cursor: pointer; }
.card:has(:checked) { border-color: var(--fifth); box-shadow: inset 0 0 0 1px var(--fifth); }
.card input { margin: 0; accent-color: var(--fifth); }
.card b { grid-column: 2; font-size: 17px; }
.card small { color: var(--soft); font-size: 12px; font-weight: normal; }
fieldset.game { grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); }
.card.still { cursor: default; }
.card.still > span { grid-column: 2; }
.check { display: flex; gap: 8px; align-items: center; cursor: pointer; }
.check input { accent-color: var(--fifth); width: 16px; height: 16px; margin: 0; }
`;
let groups = 0;

function build(view) {
  const { model } = view;
  const [low, high] = model.get("bounds");
  const names = model.get("names");
  const points = grid([low, high]);
  const width = high - low;
  const [means, scales] = [[low + width / 20, high - width / 20], [width / 20, width / 4]];
  const top = 0.42 / scales[0];
  const upper = new Plane(view, { bounds: [low, high, -0.1 * top, top], ratio: 2.6, narrow: 1.5 });
  const lower = new Plane(view, { bounds: [low, high, 0, 1], ratio: 5, narrow: 2.5 });
  const game = model.get("game");
  const shown = () => game || model.get("discriminator");
  const second = () => (shown() ? "fake" : "model");
  const found = () => measure(points, model.get("p"), model.get("q"), ...(model.get("held").length ? [model.get("held")] : []));

  const parts = ["p", "q"].flatMap((key, d) =>
    model.get(key).map((_, k) => ({
      key,
      k,
      title: names[d] + (model.get(key).length > 1 ? subscript(k + 1) : ""),
      letter: names[d].split("_").at(-1)[0] + (model.get(key).length > 1 ? subscript(k + 1) : ""),
      name: names[d] + (model.get(key).length > 1 ? `, component ${k + 1}` : ""),
      shape: d ? "square" : "circle",
      role: d ? "second" : "data",
      get: () => model.get(key)[k],
      set: (mean, scale) => view.set(key, model.get(key).with(k, [model.get(key)[k][0], mean, scale])),
    })),
  );
  const peaks = new Peaks(view, upper, { peaks: parts, means, scales, height: top * 0.97 });
  const choices = buildChoices(view, names);
  const sliders = buildSliders(view, parts, names, { means, scales });
  const upperNote = make("figcaption");
  const lowerNote = make("figcaption");
  upper.node.setAttribute("role", "group");
  view.stage.append(
    make("figure", {}, upper.node, upperNote),
    make("figure", { style: "margin-top: 8px" }, lower.node, lowerNote),
    choices.node,
    game ? choices.hold : choices.toggle,
    make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
  );

  let now = found();
  view.sentence = () => {
    const { values } = now;
    const said = choices.all.map(({ key, title, unit }) => `${title} ${fixed(values[key], 3)} ${unit}`);
    if (game) said.push(`C of G ${fixed(values.cost, 3)} nats`, ...(model.get("held").length ? ["D is held"] : []));
    else if (model.get("discriminator")) said.push(`V of D star and G ${fixed(values.value, 3)}`);
    return said.join("; ");
  };
  view.draw = () => {
    now = found();
    view.stage.style.setProperty("--second", view.colours[second()]);
    drawDensities(view, upper, now, view.colours[second()], shown());
    drawIntegrand(view, lower, now, model.get("shade"), view.colours[second()]);
    peaks.show(fixed);
    choices.show(now.values);
    sliders.forEach(({ show, read }) => show(read()));
    const [a, b] = names;
    const best = model.get("held").length ? "D(x), held" : `D*(x) = ${a} / (${a} + ${b})`;
    upperNote.textContent = `${a} solid, ${b} dashed` + (shown() ? `; dotted: ${best}, from 0 on the line to 1 at the top` : "; drag the letters");
    lowerNote.textContent = choices.all.find(({ key }) => key === model.get("shade")).note;
    upper.node.setAttribute("aria-label", `Densities ${a} and ${b}`);
  };
  view.life.follow(model, ["p", "q", "shade", "discriminator", "held"], view.redraw);
}

function drawDensities(view, plane, { x, p, q, D }, second, discriminator) {
  const { data, fifth } = view.colours;
  const ground = plane.ground.pen();
  plane.axes(ground, { x: "x" });
  plane.level(ground);
  const pen = plane.top.pen();
  area(plane, pen, x, p, { colour: data, alpha: 0.1 });
  area(plane, pen, x, q, { colour: second, alpha: 0.12 });
  if (discriminator) curve(plane, pen, x, D.map((v) => v * plane.bounds[3] * 0.995), { colour: fifth, dash: [2, 4] });
  curve(plane, pen, x, p, { colour: data });
  curve(plane, pen, x, q, { colour: second, dash: [9, 4] });
}

/** The chosen function: its area is the number. What counts as negative is striped. */
function drawIntegrand(view, plane, { x, P, Q, integrands }, shade, second) {
  const { data, fifth, ink } = view.colours;
  const f = integrands[shade];
  const signed = shade.startsWith("kl") || shade === "value";
  const most = shade === "w1" ? 1.05 : rounded(Math.max(...f.map(Math.abs), 0.05) * 1.15);
  plane.bounds = [plane.bounds[0], plane.bounds[1], signed ? -most : -0.2 * most, shade === "value" ? 0.15 * most : most];
  const ground = plane.ground.pen();
  plane.axes(ground, { x: "x", y: " " });
  plane.level(ground);
  const pen = plane.top.pen();
  if (shade === "w1") {
    area(plane, pen, x, P, { colour: fifth, alpha: 0.3, to: Q });
    curve(plane, pen, x, P, { colour: data });
    curve(plane, pen, x, Q, { colour: second, dash: [9, 4] });
    return;
  }
  area(plane, pen, x, f.map((v) => Math.max(v, 0)), { colour: fifth, alpha: 0.35 });
  if (signed) area(plane, pen, x, f.map((v) => Math.min(v, 0)), { colour: stripes(pen, fifth), alpha: 0.8 });
  curve(plane, pen, x, f, { colour: ink, width: 1.5 });
}

/** The next of 1, 2 and 5 times a power of ten: an axis that seldom changes. */
function rounded(v) {
  const unit = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 5, 10].find((m) => m * unit >= v) * unit;
}

/** The divergences as a choice of what is shaded, and the discriminator as a layer. */
function buildChoices(view, [a, b]) {
  const { model, life } = view;
  const all = [
    { key: "kl_pq", title: `KL(${a} ‖ ${b})`, unit: "nats", note: `${a} · log ${a}/${b}: its area, striped parts taken off, is KL(${a} ‖ ${b})` },
    { key: "kl_qp", title: `KL(${b} ‖ ${a})`, unit: "nats", note: `${b} · log ${b}/${a}: its area, striped parts taken off, is KL(${b} ‖ ${a})` },
    { key: "jsd", title: "JSD", unit: "nats", note: "the area is the Jensen–Shannon divergence, at most log 2 = 0.693 nats" },
    { key: "w1", title: "W₁", unit: "in x", note: `between the cumulative distributions of ${a} and ${b}: the area is W₁` },
  ];
  if (model.get("game")) all.push({ key: "value", title: "V(D*, G)", unit: "nats", note: `${a} · log D + ${b} · log(1 − D): its area, all of it negative, is V` });
  const name = `shade-${groups++}`;
  const cards = all.map(({ key, title, unit }) => {
    const input = make("input", { type: "radio", name, value: key });
    const [value, heading] = [make("span"), make("span", {}, title)];
    life.listen(input, "change", () => view.set("shade", key));
    const node = make("label", { class: "card" }, input, heading, make("b", {}, value, " ", make("small", {}, unit)));
    return { key, input, value, heading, node };
  });
  const cost = make("span");
  const still = make("div", { class: "card still" }, make("span", {}, "C(G) = −log 4 + 2 JSD"), make("b", {}, cost, " ", make("small", {}, "nats")));
  const hold = buildHold(view);
  const box = make("input", { type: "checkbox" });
  const words = make("span");
  life.listen(box, "change", () => view.set("discriminator", box.checked));
  const show = (values) => {
    for (const { key, input, value, heading } of cards) {
      input.checked = key === model.get("shade");
      if (key === "value") heading.textContent = model.get("held").length ? "V(D, G), D held" : "V(D*, G)";
      value.textContent = fixed(values[key], 3);
    }
    cost.textContent = fixed(values.cost, 3);
    hold.show(values);
    box.checked = model.get("discriminator");
    words.textContent = "optimal discriminator D*" + (box.checked ? `:  V(D*, G) = −log 4 + 2 JSD = ${fixed(values.value, 3)}` : "");
  };
  const node = make("fieldset", model.get("game") ? { class: "game" } : {}, make("legend", {}, "Shade the area of"), ...cards.map((card) => card.node), ...(model.get("game") ? [still] : []));
  const toggle = make("div", { class: "bar" }, make("label", { class: "check" }, box, words));
  return { node, toggle, hold: hold.node, all, show };
}

/** A box that keeps D as it is while the densities move on. */
function buildHold(view) {
  const { model, life } = view;
  const box = make("input", { type: "checkbox" });
  const words = make("span");
  life.listen(box, "change", () => view.set("held", box.checked ? [model.get("p"), model.get("q")] : []));
  const show = ({ value, cost }) => {
    box.checked = model.get("held").length > 0;
    words.textContent = "hold D as it is" + (box.checked ? `: V(D, G) falls short of C(G) by ${fixed(cost - value, 3)} nats` : " while you move a density");
  };
  return { node: make("div", { class: "bar" }, make("label", { class: "check" }, box, words)), show };
}

function buildSliders(view, parts, names, { means, scales }) {
  const { model } = view;
  const pairs = parts.flatMap(({ title, name, get, set }) => [
    { name: `mean of ${title}`, label: `mean of ${name}`, range: means, read: () => get()[1], change: (v) => set(v, get()[2]) },
    { name: `width of ${title}`, label: `standard deviation of ${name}`, range: scales, read: () => get()[2], change: (v) => set(get()[1], v) },
  ]);
  const weights = ["p", "q"].filter((key) => model.get(key).length === 2).map((key) => ({
    name: `weight of ${names["pq".indexOf(key)]}₁`,
    label: `weight of ${names["pq".indexOf(key)]}, component 1`,
    range: [0.02, 0.98],
    read: () => model.get(key)[0][0],
    change: (v) => view.set(key, model.get(key).map(([, mean, scale], k) => [k ? 1 - v : v, mean, scale])),
  }));
  return [...pairs, ...weights].map(({ range: [low, high], read, ...rest }) => ({ ...slider(view, { low, high, step: 0.01, ...rest }), read }));
}

const render = (context) => explore(context, { name: "Divergence explorer", style: STYLE, build });
export default { render };
