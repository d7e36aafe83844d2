// traversal.js: TraversalExplorer. A code pushed along named directions, and sums of named codes.

import { explore, make } from "./core.js";
import { floats } from "./bytes.js";
import { button, clamp, fixed, slider } from "./controls.js";
import { Picture, Source } from "./picture.js";

const STRIP = 9; // images along a direction

const STYLE = `
.top { display: grid; gap: 14px 20px; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: center; }
.top .picture { max-width: 280px; margin: 0 auto; }
.top .sliders { margin: 0; }
.top .slider { grid-template-columns: 7em minmax(60px, 1fr) 3.2em; }
.top .slider .name { overflow-wrap: anywhere; line-height: 1.2; }
.strip { display: grid; grid-template-columns: repeat(${STRIP}, 1fr); gap: 3px; }
.strip .picture { border-radius: 3px; }
.strip .picture.here { outline: 3px solid var(--model); }
.caption { margin: 14px 0 5px; color: var(--soft); font-size: 13px; }
.sum { display: grid; gap: 10px 16px; margin-top: 16px; grid-template-columns: repeat(4, minmax(0, 1fr)); }
.sum h3 { text-align: center; }
.sum .picture { max-width: 140px; margin: 0 auto; }
.sum select { display: block; width: 100%; min-height: 32px; margin-top: 6px; font: inherit; color: var(--ink);
  background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; text-overflow: ellipsis; }
.sum button { display: block; width: 100%; margin-top: 6px; padding: 4px 6px; }
@container (max-width: 520px) {
  .top { grid-template-columns: minmax(0, 1fr); }
  .sum { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
`;

function build(view) {
  const { model } = view;
  const names = model.get("names");
  const [latent, reach] = [model.get("z").length, model.get("reach")];
  const source = new Source(model.get("generator"), latent, null);
  const directions = rows(model.get("vectors"), latent);
  const home = [...model.get("z")];
  const picture = new Picture(view, source, { role: "img", "aria-label": "Generated image" });
  const pushed = (amounts) => model.get("z").map((v, d) => v + amounts.reduce((sum, a, i) => sum + a * directions[i][d], 0));

  const sliders = names.map((name, i) => {
    const one = slider(view, {
      name,
      label: `amount of ${name}`,
      low: -reach,
      high: reach,
      step: reach / 50,
      change: (v) => {
        if (model.get("active") !== i) view.set("active", i);
        view.set("amounts", model.get("amounts").with(i, clamp(v, -reach, reach)));
      },
    });
    view.life.listen(one.input, "focus", () => model.get("active") !== i && view.set("active", i));
    return one;
  });
  const still = () => view.set("amounts", names.map(() => 0));
  const start = (z) => {
    view.set("z", z);
    still();
  };
  const strip = buildStrip(view, source, pushed);
  const sum = model.get("code_names").length ? buildSum(view, source, start) : null;

  view.stage.append(
    make("div", { class: "top" },
      make("figure", {}, picture.canvas),
      make("div", {},
        make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
        make("div", { class: "bar" },
          button(view, "All to 0", still),
          button(view, "Back to the start", () => start(home)),
          button(view, "New z", () => start(home.map(gaussian)))))),
    ...strip.nodes,
    ...(sum ? [sum.node] : []),
  );

  view.sentence = () => {
    const moved = names.map((name, i) => [name, model.get("amounts")[i]]).filter(([, v]) => Math.abs(v) > 1e-9);
    const words = moved.map(([name, v]) => `${name} ${fixed(v)}`).join(", ") || "all sliders at 0";
    return words + (sum ? `; ${sum.sentence()}` : "");
  };
  view.draw = () => {
    const amounts = model.get("amounts");
    sliders.forEach(({ show }, i) => show(amounts[i]));
    picture.draw(source.at(pushed(amounts)));
    picture.canvas.setAttribute("aria-label", `Generated image, ${view.sentence().split(";")[0]}`);
    strip.draw(amounts);
    sum?.draw();
  };
  view.life.follow(model, ["z", "amounts", "active", "terms"], view.redraw);
}

/** Images along the direction whose slider was moved last; decoded anew only when others change. */
function buildStrip(view, source, pushed) {
  const { model } = view;
  const reach = model.get("reach");
  const pictures = Array.from({ length: STRIP }, () => new Picture(view, source, { "aria-hidden": "true" }));
  const node = make("div", { class: "strip", role: "img" }, ...pictures.map(({ canvas }) => canvas));
  const caption = make("p", { class: "caption" });
  let drawn = "";
  return {
    nodes: [caption, node],
    draw(amounts) {
      const i = model.get("active");
      const at = (k) => (2 * k / (STRIP - 1) - 1) * reach;
      const key = [view.colours.dark, i, model.get("z"), amounts.with(i, 0)].join();
      if (key !== drawn) {
        pictures.forEach((picture, k) => picture.draw(source.at(pushed(amounts.with(i, at(k))))));
        const words = `along ${model.get("names")[i]}, from ${fixed(-reach, 1)} to ${fixed(reach, 1)}`;
        caption.textContent = words;
        node.setAttribute("aria-label", `${STRIP} images ${words}`);
        drawn = key;
      }
      const here = Math.round(((amounts[i] / reach + 1) / 2) * (STRIP - 1));
      pictures.forEach(({ canvas }, k) => canvas.classList.toggle("here", k === here));
    },
  };
}

/** A − B + C: three codes, each picked from the named ones, and the image of their sum. */
function buildSum(view, source, start) {
  const { model } = view;
  const names = model.get("code_names");
  const codes = rows(model.get("code_vectors"), model.get("z").length);
  const value = () => {
    const [a, b, c] = model.get("terms").map((k) => codes[k]);
    return a.map((v, d) => v - b[d] + c[d]);
  };
  const said = () => {
    const [a, b, c] = model.get("terms").map((k) => names[k]);
    return `${a} minus ${b} plus ${c}`;
  };
  const cells = ["A", "− B", "+ C", "= A − B + C"].map((heading, i) => {
    const picture = new Picture(view, source, { role: "img", "aria-label": heading });
    const select = make("select", { "aria-label": `code ${"ABC"[i]}` }, ...names.map((name, k) => make("option", { value: k }, name)));
    if (i < 3) view.life.listen(select, "change", () => view.set("terms", model.get("terms").with(i, Number(select.value))));
    const below = i < 3 ? select : button(view, "Go there", () => start(value()));
    return { picture, select, node: make("figure", {}, make("h3", {}, heading), picture.canvas, below) };
  });
  let drawn = "";
  return {
    node: make("div", { class: "sum" }, ...cells.map(({ node }) => node)),
    sentence: said,
    draw() {
      const key = [view.colours.dark, model.get("terms")].join();
      if (key === drawn) return;
      drawn = key;
      cells.forEach(({ picture, select }, i) => {
        const k = model.get("terms")[i];
        picture.draw(source.at(i < 3 ? codes[k] : value()));
        picture.canvas.setAttribute("aria-label", i < 3 ? `code ${"ABC"[i]}: ${names[k]}` : said());
        if (i < 3) select.value = k;
      });
    },
  };
}

/** Bytes from Python as rows of `width` numbers. */
function rows(raw, width) {
  const values = floats(raw);
  return Array.from({ length: values.length / width }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
}

/** A draw from the standard normal. */
const gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const render = (context) => explore(context, { name: "Traversal explorer", style: STYLE, build });
export default { render };
