// players.js: the two pictures of a game: the plane with both players, and the curves over steps.

import { fixed } from "./controls.js";
import { Heat, roundUp, track } from "./heat.js";
import { arrow } from "./marks.js";

const SIDE = 37; // points of the heat map along each side
const LEVELS = [1, 2, 3, 4, 5, 6].map((i) => i / 7); // contours of a critic
const heat = new WeakMap(); // one tile for each plane

/** Data, samples, modes, and what D answers; with arrows where the game stands still. */
export function drawGame(view, plane, rounds, { critic, arrows }) {
  const { data, fake, model, ink, paper } = view.colours;
  if (!heat.has(plane)) heat.set(plane, new Heat(SIDE));
  const tint = heat.get(plane);
  const ground = plane.ground.pen();
  const answers = rounds.answers(SIDE, plane.bounds);
  const [low, high] = [Math.min(...answers), Math.max(...answers)];
  const shares = critic
    ? answers.map((v) => (v - low) / Math.max(1e-12, high - low))
    : answers.map((v) => 1 / (1 + Math.exp(-v)));
  tint.draw(plane, ground, shares, { low: fake, high: model });
  ground.lineWidth = critic ? 0.75 : 1.5;
  ground.strokeStyle = ink;
  for (const level of critic ? LEVELS : [0.5]) tint.contour(plane, ground, shares, level);

  const pen = plane.top.pen();
  drawModes(plane, pen, rounds, ink);
  pen.fillStyle = data;
  pen.globalAlpha = 0.55;
  const { data: real } = rounds.seen.real;
  for (let i = 0; i < real.length; i += 2) pen.fillRect(plane.x(real[i]) - 1, plane.y(real[i + 1]) - 1, 2, 2);
  pen.globalAlpha = 1;
  [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [fake, paper, 1.75];
  pen.beginPath();
  for (let i = 0; i < rounds.samples.length; i += 2) {
    const [x, y] = [plane.x(rounds.samples[i]), plane.y(rounds.samples[i + 1])];
    pen.moveTo(x + 2.6, y);
    pen.arc(x, y, 2.6, 0, 7);
  }
  pen.stroke(); // the rims first, so that crowded discs do not turn white
  pen.fill();
  if (arrows) drawPushes(plane, pen, rounds.pushes(), ink);
}

/** A ring around each mode: solid where samples reach it, dotted where they do not. */
function drawModes(plane, pen, { toy, cover }, ink) {
  const radius = plane.x(toy.radius) - plane.x(0);
  [pen.strokeStyle, pen.lineWidth] = [ink, 1.25];
  toy.modes.forEach(([x, y], k) => {
    pen.setLineDash(cover.hit[k] ? [] : [2, 4]);
    pen.beginPath();
    pen.arc(plane.x(x), plane.y(y), radius, 0, 7);
    pen.stroke();
  });
  pen.setLineDash([]);
}

/** Where a step would push samples; the longest arrow is 0.6 long. */
function drawPushes(plane, pen, { from, along }, colour) {
  let longest = 1e-12;
  for (let i = 0; i < along.length; i += 2) longest = Math.max(longest, Math.hypot(along[i], along[i + 1]));
  const scale = 0.6 / longest;
  for (let i = 0; i < from.length; i += 2) {
    const [x, y] = [from[i], from[i + 1]];
    arrow(pen, plane.x(x), plane.y(y), plane.x(x + scale * along[i]), plane.y(y + scale * along[i + 1]), colour);
  }
}

/** Both losses over steps; for a discriminator also the level log 4 that D's loss has at D = ½. */
export function drawLosses(view, plane, { history }, { critic }) {
  const { data, fake, soft } = view.colours;
  const values = history.flatMap(({ lossD, lossG }) => [lossD, lossG]).concat(critic ? [0] : [0, Math.log(4)]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const reach = Math.max(0.2, high - low);
  plane.bounds = [...span(history), low - 0.15 * reach, high + 0.3 * reach];
  const ground = plane.ground.pen();
  plane.axes(ground, { x: "steps", y: "loss" });
  if (!critic) {
    [ground.strokeStyle, ground.lineWidth] = [soft, 1];
    ground.setLineDash([2, 3]);
    ground.beginPath();
    ground.moveTo(0, plane.y(Math.log(4)));
    ground.lineTo(plane.node.clientWidth, plane.y(Math.log(4)));
    ground.stroke();
    ground.setLineDash([]);
    plane.write(ground, "log 4", plane.node.clientWidth - 6, plane.y(Math.log(4)) - 5, "right", soft);
  }
  const pen = plane.top.pen();
  track(plane, pen, history.map(({ steps, lossD }) => [steps, lossD]), { colour: data, square: true });
  track(plane, pen, history.map(({ steps, lossG }) => [steps, lossG]), { colour: fake, dash: [7, 3] });
}

/** Modes reached over steps. */
export function drawCover(view, plane, { history, toy }) {
  const count = toy.modes.length;
  plane.bounds = [...span(history), -0.15 * count, 1.3 * count];
  plane.axes(plane.ground.pen(), { x: "steps", y: `${toy.word} of ${count}` });
  track(plane, plane.top.pen(), history.map(({ steps, modes }) => [steps, modes]), { colour: view.colours.fifth });
}

/** From a little before 0 to a round number of steps. */
function span(history) {
  const last = roundUp(Math.max(20, history.at(-1).steps));
  return [-0.03 * last, last];
}

/** What was measured, in words. */
export function inWords({ now, toy }) {
  const { steps, lossD, lossG, modes, near } = now;
  return `After ${steps} ${steps === 1 ? "step" : "steps"}: loss of D ${fixed(lossD, 3)}, loss of G ${fixed(lossG, 3)}; ${modes} of ${toy.modes.length} ${toy.word} covered, ${Math.round(100 * near)} % of the samples near one`;
}
