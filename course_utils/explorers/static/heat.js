// heat.js: what the discriminator answers as a tint with contours, and lines over steps.

const hex = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
const channels = (colour) => (colour[0] === "#" ? hex(colour) : colour.match(/[\d.]+/g).map(Number));
const STRENGTH = 110; // of the tint, out of 255

/** A tint that goes from `low` at 0 over nothing at one half to `high` at 1. */
export class Heat {
  constructor(side) {
    this.side = side;
    this.tile = document.createElement("canvas");
    this.tile.width = this.tile.height = side;
  }

  draw(plane, pen, shares, { low, high }) {
    const { side, tile } = this;
    const ink = tile.getContext("2d");
    const image = ink.createImageData(side, side);
    const [below, above] = [channels(low), channels(high)];
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const share = shares[i * side + j];
        const at = 4 * ((side - 1 - i) * side + j);
        image.data.set(share < 0.5 ? below : above, at);
        image.data[at + 3] = STRENGTH * Math.sqrt(Math.abs(2 * share - 1)); // a root shows small leanings too
      }
    }
    ink.putImageData(image, 0, 0);
    const { clientWidth: width, clientHeight: height } = plane.node;
    const edge = 0.5; // nodes lie on the border of the plane, in the middle of a pixel of the tile
    pen.drawImage(tile, edge, edge, side - 1, side - 1, 0, 0, width, height);
  }

  /** The lines where the values on the grid are `level`: marching squares. */
  contour(plane, pen, values, level) {
    const { side } = this;
    const { clientWidth: width, clientHeight: height } = plane.node;
    pen.beginPath();
    for (let i = 0; i + 1 < side; i++) {
      for (let j = 0; j + 1 < side; j++) {
        const corners = [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]];
        const ends = corners.flatMap(([x, y], c) => {
          const [u, v] = corners[(c + 1) % 4];
          const [a, b] = [values[y * side + x] - level, values[v * side + u] - level];
          return a < 0 === b < 0 ? [] : [[x + ((u - x) * a) / (a - b), y + ((v - y) * a) / (a - b)]];
        });
        ends.forEach(([x, y], k) => {
          const to = [(x / (side - 1)) * width, (1 - y / (side - 1)) * height];
          if (k % 2) pen.lineTo(...to);
          else pen.moveTo(...to);
        });
      }
    }
    pen.stroke();
  }
}

/** A line through points with a mark at its end, over the steps. */
export function track(plane, pen, points, { colour, dash = [], square = false }) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(plane.x(x), plane.y(y));
  [pen.strokeStyle, pen.fillStyle, pen.lineWidth, pen.lineJoin] = [colour, colour, 2, "round"];
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
  const [x, y] = points.at(-1);
  pen.beginPath();
  if (square) pen.rect(plane.x(x) - 3.5, plane.y(y) - 3.5, 7, 7);
  else pen.arc(plane.x(x), plane.y(y), 4, 0, 7);
  pen.fill();
}

/** The next of 1, 2 and 5 times a power of ten: an edge that seldom moves. */
export function roundUp(v) {
  const unit = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 5, 10].find((m) => m * unit >= v) * unit;
}
