// compare.js: CompareExplorer. One latent point, several decoders.

import { explore, make } from "./core.js";
import { clamp, fixed, Plane, slider, subscript } from "./controls.js";
import { Codes, ring } from "./codes.js";
import { Picture, Source } from "./picture.js";

const SLIDERS = 16; // latents that get a slider

const STYLE = `
.columns { display: grid; gap: 14px 20px; grid-template-columns: repeat(var(--count), minmax(0, 1fr)); }
.columns h3 { text-align: center; }
.columns .picture { max-width: 240px; margin: 0 auto 10px; }
@container (max-width: 420px) { .columns { gap: 10px; } }
`;

function build(view) {
  const { model } = view;
  const ranges = model.get("ranges");
  const home = [...model.get("z")];
  const columns = model.get("decoders").map((decoder) => column(view, decoder, ranges));
  const local = columns.some(({ source }) => source.atlas) ? 2 : ranges.length;
  const move = (z) => view.set("z", z.map((v, d) => clamp(v, ...ranges[d])));
  const sliders = ranges.slice(0, Math.min(SLIDERS, local)).map(([low, high], d) =>
    slider(view, {
      name: `z${subscript(d + 1)}`,
      label: `latent coordinate z${d + 1}`,
      low,
      high,
      step: (high - low) / 600,
      change: (v) => move(model.get("z").with(d, v)),
    }),
  );
  for (const { plane } of columns) {
    plane.onDrag(([x, y]) => move([x, y, ...model.get("z").slice(2)]));
    plane.onArrows(
      plane.node,
      (right, up) => move(model.get("z").map((v, d) => v + ([right, up][d] ?? 0))),
      { Home: () => move(home) },
    );
  }
  view.stage.append(
    make("div", { class: "columns", style: `--count: ${columns.length}` }, ...columns.map(({ node }) => node)),
    make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
  );

  const place = () => `z = (${model.get("z").slice(0, 4).map((v) => fixed(v)).join(", ")}${ranges.length > 4 ? ", …" : ""})`;
  view.sentence = () => {
    const near = columns.map(({ name, codes }) => [name, codes.nearest(model.get("z"))]);
    const known = near.filter(([, found]) => found !== null).map(([name, found]) => `${name}: nearest code of class ${found}`);
    return [place(), ...known].join("; ");
  };

  let ground = "";
  view.draw = () => {
    const now = [view.stage.clientWidth, window.devicePixelRatio, view.colours.dark].join();
    const z = model.get("z");
    for (const { name, plane, codes, picture, source } of columns) {
      if (now !== ground) codes.draw(plane);
      ring(plane, plane.top.pen(), z, view.colours.model);
      picture.draw(source.at(z));
      picture.canvas.setAttribute("aria-label", `Image decoded by ${name} at ${place()}`);
    }
    ground = now;
    sliders.forEach(({ show }, d) => show(z[d]));
  };
  view.life.follow(model, ["z"], view.redraw);
  if (columns.some(({ source }) => source.remote)) {
    const receive = () => {
      const frames = model.get("frames");
      columns.forEach(({ source }, i) => source.remote && frames[i] && source.receive(frames[i]));
      view.redraw();
    };
    view.life.follow(model, ["frames"], receive);
    receive();
  }
}

/** One decoder: its name, its picture, and its plane. */
function column(view, { name, points, ...decoder }, ranges) {
  const { model } = view;
  const bounds = model.get("bounds");
  const source = new Source(decoder, ranges.length, bounds);
  const codes = new Codes(points, model.get("labels"), model.get("names"), model.get("bounds"));
  const picture = new Picture(view, source, { role: "img", "aria-label": `Image decoded by ${name}` });
  const hint = "Arrow keys move the point in all planes, with Shift faster; Home returns to where it began.";
  const plane = new Plane(view, { bounds, label: `Latent plane of ${name}`, hint });
  const node = make("div", {}, make("h3", {}, name), picture.canvas, plane.node);
  return { name, source, codes, picture, plane, node };
}

const render = (context) => explore(context, { name: "Comparison of decoders", style: STYLE, build });
export default { render };
