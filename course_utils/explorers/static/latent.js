// latent.js: LatentExplorer. A point in the latent plane, the image it decodes to, and a path.

import { explore, make } from "./core.js";
import { button, clamp, fixed, hint, Plane, slider, subscript } from "./controls.js";
import { Codes, end, ring } from "./codes.js";
import { Picture, Source } from "./picture.js";

const SLIDERS = 16; // latents that get a slider
const STRIP = 9; // images along a path

const STYLE = `
.strip { display: grid; grid-template-columns: repeat(${STRIP}, 1fr); gap: 3px; margin-top: 10px; }
.strip .picture { border-radius: 3px; }
`;

function build(view) {
  const { model } = view;
  const [{ points, ...decoder }] = model.get("decoders");
  const ranges = model.get("ranges");
  const source = new Source(decoder, ranges.length, model.get("bounds"));
  const codes = new Codes(points, model.get("labels"), model.get("names"), model.get("bounds"));
  const plane = new Plane(view, {
    bounds: model.get("bounds"),
    label: "Latent plane",
    hint: "Arrow keys move the point, with Shift faster; Home returns to where it began.",
  });
  const picture = new Picture(view, source, { role: "img", "aria-label": "Decoded image" });
  const home = [...model.get("z")];
  const local = source.atlas ? 2 : ranges.length; // an atlas knows the plane only

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
  const path = buildPath(view, { plane, source, ranges, move });

  plane.onDrag(([x, y], starts) => {
    const z = [x, y, ...model.get("z").slice(2)];
    path.drag(z, starts);
    move(z);
  });
  plane.onArrows(
    plane.node,
    (right, up) => move(model.get("z").map((v, d) => v + ([right, up][d] ?? 0))),
    { Home: () => move(home), Enter: () => path.drag(model.get("z"), true) },
  );

  view.stage.append(
    make("div", { class: "pair" },
      make("figure", {}, plane.node, make("figcaption", {}, codes.count ? "codes of data in the latent plane" : "latent plane")),
      make("figure", {}, picture.canvas, make("figcaption", {}, "the image decoded at that point"))),
    make("div", { class: "sliders" }, ...sliders.map(({ node }) => node)),
    ...path.nodes,
  );

  const place = () => `z = (${model.get("z").slice(0, 4).map((v) => fixed(v)).join(", ")}${ranges.length > 4 ? ", …" : ""})`;
  view.sentence = () => {
    const near = codes.nearest(model.get("z"));
    return place() + (near === null ? "" : `; the nearest code is of class ${near}`) + path.sentence();
  };

  let ground = "";
  view.draw = () => {
    const now = [plane.node.clientWidth, window.devicePixelRatio, view.colours.dark].join();
    if (now !== ground) codes.draw(plane);
    ground = now;
    const z = model.get("z");
    const pen = plane.top.pen();
    path.draw(pen);
    ring(plane, pen, z, view.colours.model);
    sliders.forEach(({ show }, d) => show(z[d]));
    picture.draw(source.at(z));
    picture.canvas.setAttribute("aria-label", `Decoded image at ${place()}`);
  };
  view.life.follow(model, ["z", "path"], view.redraw);
  if (source.remote) {
    const receive = () => {
      const [frame] = model.get("frames");
      if (frame) source.receive(frame);
      view.redraw();
    };
    view.life.follow(model, ["frames", "strips"], receive);
    receive();
  }
}

/** The path mode: two ends in the plane, images between them, and a slider that walks along. */
function buildPath(view, { plane, source, ranges, move }) {
  const { model } = view;
  let next = 1; // the end that the next click places
  const pictures = Array.from({ length: STRIP }, () => new Picture(view, source, { "aria-hidden": "true" }));
  const strip = make("div", { class: "strip", role: "img" }, ...pictures.map(({ canvas }) => canvas));
  const along = (t) => {
    const [a, b] = model.get("path");
    return a.map((v, d) => v + t * (b[d] - v));
  };
  const walk = slider(view, {
    name: "A to B",
    label: "position on the path from A to B",
    low: 0,
    high: 1,
    step: 0.01,
    change: (t) => move(along(t)),
  });
  const note = hint("Click the plane for one end and for the other; Enter sets an end at the point.");
  const toggle = button(view, "Path between two points", () => {
    const z = model.get("z");
    next = 1;
    view.set("path", model.get("path").length ? [] : [z, farFrom(z, ranges)]);
  });
  return {
    nodes: [make("div", { class: "bar" }, toggle, note), strip, walk.node],
    sentence: () => (model.get("path").length ? "; a path runs from A to B" : ""),
    drag(z, starts) {
      const ends = model.get("path");
      if (!ends.length) return;
      if (starts) next = 1 - next;
      view.set("path", ends.with(next, z));
    },
    draw(pen) {
      const ends = model.get("path");
      const on = ends.length === 2;
      toggle.setAttribute("aria-pressed", on);
      for (const node of [note, strip, walk.node]) node.hidden = !on;
      if (!on) return;
      const [[ax, ay], [bx, by]] = ends;
      for (const [width, colour, dash] of [[5, view.colours.paper, []], [2, view.colours.ink, [6, 4]]]) {
        pen.beginPath();
        pen.moveTo(plane.x(ax), plane.y(ay));
        pen.lineTo(plane.x(bx), plane.y(by));
        [pen.lineWidth, pen.strokeStyle] = [width, colour];
        pen.setLineDash(dash);
        pen.stroke();
      }
      pen.setLineDash([]);
      walk.show(nearestShare(model.get("z"), ends));
      ends.forEach((z, i) => end(plane, pen, z, "AB"[i]));
      const shot = source.image.slice();
      const [remote] = source.remote ? model.get("strips") : [];
      pictures.forEach((picture, i) => picture.draw(image(remote, i)));
      source.image.set(shot);
      strip.setAttribute("aria-label", `${STRIP} images decoded from A to B`);
    },
  };

  function image(remote, i) {
    if (!source.remote) return source.at(along(i / (STRIP - 1)));
    if (!remote) return source.image.fill(0);
    const { size } = source;
    source.receive(new DataView(remote.buffer, remote.byteOffset + i * size, size));
    return source.image;
  }
}

/** A point well inside the ranges and far from z in the plane. */
function farFrom(z, ranges) {
  return z.map((v, d) => {
    const [low, high] = ranges[d];
    return d > 1 ? v : low + (v > (low + high) / 2 ? 0.15 : 0.85) * (high - low);
  });
}

/** How far along from A to B the path is nearest to z, from 0 to 1. */
function nearestShare(z, [a, b]) {
  const dot = (u, v) => u.reduce((sum, x, d) => sum + x * v[d], 0);
  const ab = b.map((v, d) => v - a[d]);
  return clamp(dot(z.map((v, d) => v - a[d]), ab) / Math.max(1e-12, dot(ab, ab)), 0, 1);
}

const render = (context) => explore(context, { name: "Latent explorer", style: STYLE, build });
export default { render };
