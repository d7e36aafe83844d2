// measures.js: how different are two densities on the line? Sums over an even grid, in nats.
//
// The grid reaches one width beyond the picture on either side, so that no mass is lost. A density
// is kept with its logarithm, which stays exact where the density itself would be zero.

export const ROOT = Math.sqrt(2 * Math.PI);
const FLOOR = Math.log(1e-300);

/** The points at which everything is summed; Python uses the same ones. */
export function grid([low, high], count = 3601) {
  const width = high - low;
  const spacing = (3 * width) / (count - 1);
  return { spacing, x: Float64Array.from({ length: count }, (_, i) => low - width + i * spacing) };
}

/** One Gaussian's density. */
export const normal = (x, mean, scale) => Math.exp(-0.5 * ((x - mean) / scale) ** 2) / (scale * ROOT);

/** log of a mixture of Gaussians [weight, mean, scale] at each point. */
export function logDensity(x, mixture) {
  return x.map((at) => {
    const terms = mixture.map(([weight, mean, scale]) => Math.log(weight / (scale * ROOT)) - 0.5 * ((at - mean) / scale) ** 2);
    const most = Math.max(...terms);
    return Math.max(FLOOR, most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0)));
  });
}

const log1pExp = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

/**
 * All divergences of two mixtures, and the functions whose areas they are. The discriminator is
 * the best one, p / (p + q), for `rivals`: for these two mixtures, or for two of an earlier time.
 */
export function measure({ x, spacing }, first, second, rivals = [first, second]) {
  const [logP, logQ] = [logDensity(x, first), logDensity(x, second)];
  const [p, q] = [logP.map(Math.exp), logQ.map(Math.exp)];
  const ratio = logP.map((v, i) => v - logQ[i]);
  // D* = p / (p + q), by its logit, which is log p/q
  const [share, rest] = [ratio.map((r) => -log1pExp(-r)), ratio.map((r) => -log1pExp(r))];
  const [above, below] = rivals.map((mixture) => logDensity(x, mixture));
  const logit = above.map((v, i) => v - below[i]);
  const [logD, logNotD] = [logit.map((r) => -log1pExp(-r)), logit.map((r) => -log1pExp(r))];
  const area = (f) => f.reduce((sum, v) => sum + v, 0) * spacing;

  const gap = new Float64Array(x.length); // P − Q, the cumulative distributions' difference
  const [P, Q] = [new Float64Array(x.length), new Float64Array(x.length)];
  for (let i = 0, a = 0, b = 0; i < x.length; i++) {
    [P[i], Q[i]] = [(a += p[i] * spacing), (b += q[i] * spacing)];
    gap[i] = a - b;
  }
  const integrands = {
    kl_pq: p.map((v, i) => v * ratio[i]),
    kl_qp: q.map((v, i) => -v * ratio[i]),
    jsd: p.map((v, i) => 0.5 * (v * (share[i] + Math.LN2) + q[i] * (rest[i] + Math.LN2))),
    w1: gap.map(Math.abs),
    value: p.map((v, i) => v * logD[i] + q[i] * logNotD[i]),
  };
  const values = {
    kl_pq: area(integrands.kl_pq.map((v, i) => v - p[i] + q[i])), // the added terms have area 0
    kl_qp: area(integrands.kl_qp.map((v, i) => v - q[i] + p[i])),
    jsd: area(integrands.jsd),
    w1: area(integrands.w1),
    value: area(integrands.value),
  };
  values.cost = 2 * values.jsd - Math.log(4); // C(G), the most that any D reaches
  return { x, p, q, P, Q, D: logD.map(Math.exp), integrands, values };
}
