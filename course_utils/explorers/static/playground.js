// playground.js: GanPlayground. Two networks that train in the page, step by step or at full speed.

import { explore, make } from "./core.js";
import { button, clamp, hint, Plane, short, slider } from "./controls.js";
import { INNER } from "./gan.js";
import { drawCover, drawGame, drawLosses, inWords } from "./players.js";
import { Rounds } from "./rounds.js";

const STYLE = `
.game { display: grid; gap: 14px 22px; grid-template-columns: minmax(0, 1.35fr) minmax(0, 1fr); align-items: start; }
@container (max-width: 560px) { .game { grid-template-columns: minmax(0, 1fr); } }
.game .bar:first-child { margin-top: 0; }
.plane { cursor: default; touch-action: auto; }
.pair { margin-top: 14px; }
.read { margin: 12px 0 0; white-space: pre-line; }
.lit { border-color: var(--model); box-shadow: inset 0 -3px 0 var(--model); }
.choices { display: grid; gap: 8px 24px; margin-top: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); }
.choice { display: grid; grid-template-columns: 5.6em minmax(0, 1fr); align-items: center; gap: 10px; }
.slider .name { min-width: 5.2em; }
select { font: inherit; min-height: 32px; min-width: 0; padding: 3px 6px; color: var(--ink); background: var(--paper);
  border: 1px solid var(--soft); border-radius: 6px; }
.check { display: flex; gap: 8px; align-items: center; cursor: pointer; }
.check input { accent-color: var(--model); width: 16px; height: 16px; margin: 0; }
`;
const BUDGET = [8, 40]; // milliseconds of training in a frame, at least and at most
const PACE = 0.9; // seconds for each step in slow mode
const REST = 180; // seconds of play without a touch, after which it rests

const DATA = { ring: "ring of 8", grid: "grid of 25", moons: "two moons" };
const OBJECTIVES = {
  "non-saturating": "non-saturating",
  saturating: "saturating",
  clipping: "Wasserstein, clipping",
  penalty: "Wasserstein, penalty",
};

function build(view) {
  const { model, life } = view;
  const rounds = new Rounds(model);
  const critic = () => ["clipping", "penalty"].includes(model.get("objective"));
  const plane = picture(view, { bounds: model.get("bounds") }, "The generator's samples on the data, over what the discriminator answers");
  const losses = picture(view, { bounds: [0, 1, 0, 1], ratio: 1.9 }, "Both losses over the steps");
  const cover = picture(view, { bounds: [0, 1, 0, 1], ratio: 1.9 }, "Modes covered over the steps");

  let [playing, waited, played] = [false, 0, 0];
  const measured = () => {
    rounds.measure();
    for (const key of ["steps", "modes"]) view.set(key, rounds.now[key]);
    view.redraw();
  };
  const start = life.animation((seconds) => {
    if (!playing) return false;
    if ((played += seconds) > REST) run(false);
    else if (!model.get("slow")) {
      const end = performance.now() + clamp(800 * seconds, ...BUDGET);
      do rounds.next();
      while (performance.now() < end);
      measured();
    } else if ((waited += seconds) > PACE) {
      waited = 0;
      rounds.next();
      measured();
    }
    return playing;
  });
  const run = (on) => {
    [playing, waited, played] = [on, PACE, 0];
    if (on) start();
    view.say();
    view.redraw();
  };
  const once = (step) => () => {
    run(false);
    step();
    measured();
  };
  const play = button(view, "Play", () => run(!playing));
  const stepD = button(view, "D step", once(() => rounds.stepD()));
  const stepG = button(view, "G step", once(() => rounds.stepG()));
  const back = button(view, "Start over", once(() => rounds.begin(false)));
  const fresh = button(view, "Fresh weights", once(() => rounds.begin(true)));
  const slow = make("input", { type: "checkbox" });
  life.listen(slow, "change", () => view.set("slow", slow.checked));
  const note = make("figcaption");
  const read = make("p", { class: "read" });
  const settings = buildSettings(view);
  const lossNote = make("figcaption", {}, "■ solid: D, ● dashed: G, always on the same data and noise");
  const coverNote = make("figcaption", {}, "at least 1 % of 512 samples in the circle");
  view.stage.append(
    make("div", { class: "game" },
      make("figure", {}, plane.node, note),
      make("div", {},
        make("div", { class: "bar" }, play, stepD, stepG),
        make("div", { class: "bar" }, back, fresh),
        make("div", { class: "bar" }, make("label", { class: "check" }, slow, "slow: one step at a time")),
        read)),
    make("div", { class: "pair" }, make("figure", {}, losses.node, lossNote), make("figure", {}, cover.node, coverNote)),
    settings.node);

  view.sentence = () => inWords(rounds);
  view.draw = () => {
    const still = !playing || model.get("slow");
    drawGame(view, plane, rounds, { critic: critic(), arrows: still });
    drawLosses(view, losses, rounds, { critic: critic() });
    drawCover(view, cover, rounds);
    play.textContent = playing ? "Pause" : "Play";
    slow.checked = model.get("slow");
    stepD.classList.toggle("lit", still && rounds.last === "D");
    stepG.classList.toggle("lit", still && rounds.last === "G");
    const numbers = inWords(rounds).replace(": ", ":\n").replace("; ", "\n").replace("covered, ", "covered,\n");
    read.textContent = `${numbers}\n\n${still ? whatMoved(rounds, model.get("k")) : "Both play."}`;
    note.textContent = (critic()
      ? "Blue: the critic is high, orange: low; lines of equal height. "
      : "Blue: D takes it for data, orange: for a fake; on the line D = ½. ")
      + "Small squares: data; discs: samples" + (still ? "; arrows: where G is pushed." : ".");
    settings.show();
  };
  life.follow(model, ["k", "unroll", "rate_d", "rate_g", "slow"], view.redraw);
  life.follow(model, ["objective"], () => {
    rounds.forget();
    view.redraw();
  });
  life.follow(model, ["data"], () => {
    rounds.begin(false);
    measured();
  });
}

/** What the last step changed, and whose turn is next. */
function whatMoved({ last, turn }, k) {
  const next = turn < k ? `D, step ${turn + 1} of ${k}` : "G";
  const moved = { "": "", D: "D moved: tint and arrows changed.", G: "G moved: the samples changed." };
  return `${moved[last]} Next: ${next}.`.trim();
}

/** A plane that is looked at, with a name. */
function picture(view, options, name) {
  const plane = new Plane(view, options);
  plane.node.setAttribute("role", "img");
  plane.node.setAttribute("aria-label", name);
  return plane;
}

/** Data set and objective, k, unrolled steps, and both rates. */
function buildSettings(view) {
  const { model } = view;
  const select = (key, name, options) => {
    const input = make("select", {}, ...Object.entries(options).map(([value, words]) => make("option", { value }, words)));
    view.life.listen(input, "change", () => view.set(key, input.value));
    return { node: make("label", { class: "choice" }, name, input), show: () => (input.value = model.get(key)) };
  };
  const whole = (key, name, label, low, high) => {
    const found = slider(view, { name, label, low, high, step: 1, format: String, change: (v) => view.set(key, v) });
    return { node: found.node, show: () => found.show(model.get(key)) };
  };
  const rate = (key, name, label) => {
    const format = () => short(model.get(key));
    const change = (v) => view.set(key, Number((10 ** v).toPrecision(2)));
    const found = slider(view, { name, label, low: -4, high: -1, step: 0.1, format, change });
    return { node: found.node, show: () => found.show(Math.log10(model.get(key))) };
  };
  const choices = [select("data", "data", DATA), select("objective", "objective", OBJECTIVES)];
  const sliders = [
    whole("k", "k", "k, steps of D for each of G", 1, 10),
    whole("unroll", "unrolling", "unrolled steps of D", 0, 5),
    rate("rate_d", "rate of D", "learning rate of D"),
    rate("rate_g", "rate of G", "learning rate of G"),
  ];
  const all = [...choices, ...sliders];
  const node = make("div", {},
    make("div", { class: "choices" }, ...choices.map((choice) => choice.node)),
    make("div", { class: "sliders" }, ...sliders.map((each) => each.node)),
    make("div", { class: "bar" }, hint(`k: steps of D for each of G. Unrolling: G looks that many gradient steps of D (rate ${INNER}) ahead. Both learn by Adam.`)));
  return { node, show: () => all.forEach(({ show }) => show()) };
}

const render = (context) => explore(context, { name: "GAN playground", style: STYLE, build });
export default { render };
