// codes.js: the latent plane with the codes of data on it, each class in its colour and by name.

import { bytes, floats } from "./bytes.js";

/** The codes of one decoder, with their classes. */
export class Codes {
  constructor(points, labels, names, bounds) {
    this.points = floats(points);
    this.labels = new Uint16Array(bytes(labels).buffer);
    [this.names, this.bounds] = [names, bounds];
    this.count = this.points.length / 2;
    this.tags = this.names.map((name, k) => ({ name, k, middle: this.middle(k) })).filter(({ middle }) => middle);
  }

  /** The median of what is in sight of a class. */
  middle(k) {
    const [left, right, bottom, top] = this.bounds;
    const seen = (x, y) => x >= left && x <= right && y >= bottom && y <= top;
    const chosen = [...Array(this.count).keys()].filter(
      (i) => this.labels[i] === k && seen(this.points[2 * i], this.points[2 * i + 1]),
    );
    if (!chosen.length) return null;
    return [0, 1].map((d) => chosen.map((i) => this.points[2 * i + d]).sort((a, b) => a - b)[chosen.length >> 1]);
  }

  /** The class of the code next to z, or nothing. */
  nearest(z) {
    let [least, found] = [Infinity, -1];
    for (let i = 0; i < this.labels.length; i++) {
      const distance = (this.points[2 * i] - z[0]) ** 2 + (this.points[2 * i + 1] - z[1]) ** 2;
      if (distance < least) [least, found] = [distance, i];
    }
    return found < 0 ? null : this.names[this.labels[found]];
  }

  draw(plane) {
    const pen = plane.ground.pen();
    const { classes, prior } = plane.view.colours;
    plane.axes(pen, { x: "z₁", y: "z₂" });
    const size = this.count > 2000 ? 2.5 : 3.5;
    pen.globalAlpha = 0.5;
    for (let i = 0; i < this.count; i++) {
      pen.fillStyle = this.labels.length ? classes[this.labels[i] % 10] : prior;
      pen.fillRect(plane.x(this.points[2 * i]) - size / 2, plane.y(this.points[2 * i + 1]) - size / 2, size, size);
    }
    pen.globalAlpha = 1;
    this.drawTags(plane, pen);
  }

  /** Names at the medians; those that would overlap move apart. */
  drawTags(plane, pen) {
    const { classes, paper, ink } = plane.view.colours;
    const { clientWidth: width, clientHeight: height } = plane.node;
    pen.font = "bold 12px system-ui, sans-serif";
    const tags = this.tags.map(({ name, k, middle }) => {
      const w = pen.measureText(name).width + 10;
      return { name, k, w, x: plane.x(middle[0]), y: plane.y(middle[1]) };
    });
    for (let round = 0; round < 40; round++) {
      for (const a of tags) for (const b of tags) if (a !== b) apart(a, b);
      for (const tag of tags) {
        tag.x = Math.min(width - tag.w / 2 - 2, Math.max(tag.w / 2 + 2, tag.x));
        tag.y = Math.min(height - 22, Math.max(12, tag.y));
      }
    }
    for (const { name, k, w, x, y } of tags) {
      pen.beginPath();
      pen.roundRect(x - w / 2, y - 9, w, 18, 5);
      pen.fillStyle = paper;
      pen.fill();
      pen.strokeStyle = classes[k % 10];
      pen.lineWidth = 2;
      pen.stroke();
      pen.fillStyle = ink;
      pen.textAlign = "center";
      pen.fillText(name, x, y + 4);
    }
  }
}

/** Move two tags half the way to where they no longer overlap. */
function apart(a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const [over, tall] = [(a.w + b.w) / 2 + 3 - Math.abs(dx), 21 - Math.abs(dy)];
  if (over <= 0 || tall <= 0) return;
  if (over < tall) {
    const move = (over / 4) * (dx < 0 ? -1 : 1);
    [a.x, b.x] = [a.x - move, b.x + move];
  } else {
    const move = (tall / 4) * (dy < 0 ? -1 : 1);
    [a.y, b.y] = [a.y - move, b.y + move];
  }
}

/** The point looked at: a ring with a cross that shows on any ground. */
export function ring(plane, pen, [x, y], colour) {
  const [across, down] = [plane.x(x), plane.y(y)];
  for (const [width, style] of [[5, plane.view.colours.paper], [2.5, colour]]) {
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(across, down, 9, 0, 7);
    for (const [u, v] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(across + 5 * u, down + 5 * v);
      pen.lineTo(across + 14 * u, down + 14 * v);
    }
    pen.stroke();
  }
}

/** One end of a path: a disc with its letter. */
export function end(plane, pen, [x, y], letter) {
  const [across, down] = [plane.x(x), plane.y(y)];
  const { paper, ink } = plane.view.colours;
  pen.beginPath();
  pen.arc(across, down, 10, 0, 7);
  pen.fillStyle = ink;
  pen.fill();
  pen.strokeStyle = paper;
  pen.lineWidth = 2;
  pen.stroke();
  pen.fillStyle = paper;
  pen.font = "bold 12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.fillText(letter, across, down + 4);
}
