# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 GAN theory
#
# **What does the adversarial game converge to?**
#
# By the end you can
#
# - derive the best discriminator, show that the generator's cost against it is $-\log 4 + 2\,
#   \mathrm{JSD}$, and say at which line the proof needs it to be the best;
# - choose a generator's loss by its gradient, and predict when that gradient vanishes;
# - test a rule of thumb of GAN training over several seeds, and say which four of them deserve what
#   trust.
#
# You need expectations, KL and JSD from notebook 01 and a training loop from notebook 02. Study
# time: 70 minutes. Computing time: about 50 seconds on one core.

# %%
import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import sympy
import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.distributions import Normal
from torch.optim import Adam

from course_utils import divergences, objectives, plotting
from course_utils.checks import gan_theory as check
from course_utils.derivation import Derivation, Line
from course_utils.distributions import gaussian_mixture
from course_utils.divergences import estimate
from course_utils.explorers import DensityExplorer
from course_utils.formulas import Formula, FormulaTable
from course_utils.training import linear_tail, train

# %% [markdown]
# ## Two players who only improve
#
# Two players share one number, $V = x\,y$. The first owns $x$ and wants $V$ small; the second owns
# $y$ and wants it large. At $x = y = 0$ neither gains by moving alone. Such a point is called a
# **Nash equilibrium**. They start at $(1, 0)$, and in every step both move a little in their best
# direction: $x$ by $-\eta\, \partial V / \partial x$ and $y$ by $+\eta\, \partial V/\partial y$,
# with $\eta = 0.1$.
#
# Before you run the cell: where are they after 200 steps?

# %%
plotting.use_style()
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)  # the formulas below are compared to six digits

path = [(1.0, 0.0)]
for _ in range(200):
    x, y = path[-1]
    path.append((x - 0.1 * y, y + 0.1 * x))
first, last = math.hypot(*path[0]), math.hypot(*path[-1])
# %%
fig, ax = plt.subplots(figsize=(3.4, 3.2))
ax.plot(*zip(*path, strict=True), color=plotting.MODEL)
ax.plot(*path[0], "o", color=plotting.DATA)
ax.annotate("start", path[0], (0.4, -0.4))
ax.plot(0, 0, "x", color=plotting.FAKE)
ax.annotate("equilibrium", (0, 0), (-0.9, 0.15), color=plotting.FAKE)
ax.set(xlabel="$x$, wants $xy$ small", ylabel="$y$, wants $xy$ large", aspect="equal")
plotting.show(
    fig,
    alt="The path of two players around the equilibrium at the origin: an outward spiral from "
    f"distance {first:.0f} to distance {last:.2f} in 200 steps.",
)

# %% [markdown]
# Every single step is an improvement for the player who takes it, and they end further from the
# equilibrium than they began. Descent on one loss cannot do that. A game is not a minimisation, so
# "what does it converge to?" has two halves: *where is the equilibrium*, and *does the training get
# there*? Sections 1 to 4 answer the first exactly. Sections 5 to 8 measure the second.
#
# ## 1. A machine that makes a distribution
#
# The **generator** $G$ is a network, differentiable, that turns noise into a sample: draw $z \sim p_z$, return
# $\tilde x = G(z)$. The noise is as plain as it can be, $\mathcal{N}(0, 1)$ or uniform. All shape
# comes from $G$, and the density that the samples follow is called $p_g$. Nobody writes $p_g$ down;
# you can only draw from it.
#
# The data of this notebook live on the line, so that every integral can be checked: $p_d$ has two
# humps, at $-1.5$ and $1.5$. On the line a perfect generator is known, by matching ranks: $z$ with
# 30 % of the noise below it goes to the $x$ with 30 % of the data below it. What happens to a $z$
# near 0?

# %%
LINE = torch.linspace(-12, 12, 9601)
SPACING = 24 / 9600
HUMPS = gaussian_mixture(
    torch.tensor([0.5, 0.5]), torch.tensor([[-1.5], [1.5]]), torch.tensor([0.5, 0.5])
)
p_humps = HUMPS.log_prob(LINE[:, None]).exp()
MASS_BELOW = p_humps.cumsum(dim=0) * SPACING


def perfect_generator(z: Tensor) -> Tensor:
    """The x that has as much of the data below it as z has of the noise."""
    return LINE[torch.searchsorted(MASS_BELOW, Normal(0.0, 1.0).cdf(z))]


# %%
fig, ax = plt.subplots(figsize=(5.0, 2.8))
z = Normal(0.0, 1.0).icdf(torch.linspace(0.02, 0.98, 25))
ax.fill_between(LINE, 2 + p_humps, 2, color=plotting.DATA, alpha=0.2)
ax.fill_between(LINE, -Normal(0.0, 1.0).log_prob(LINE).exp(), color=plotting.PRIOR, alpha=0.4)
for start, end in zip(z.tolist(), perfect_generator(z).tolist(), strict=True):
    ax.annotate("", (end, 2), (start, 0), arrowprops={"arrowstyle": "->", "alpha": 0.6})
ax.text(2.5, -0.3, "noise $z$", color=plotting.PRIOR)
ax.text(2.5, 2.2, "data $x = G(z)$", color=plotting.DATA)
ax.set(xlim=(-4, 4), yticks=[], xlabel="$z$ below, $x$ above")
spread = perfect_generator(torch.full((5,), 0.3)).var()
plotting.show(
    fig,
    alt="Arrows from noise below to data above. Those that start left of 0 end in the left hump at "
    "−1.5, the others in the right one at 1.5; in the middle neighbours part.",
)
print(f"variance of five outputs at z = 0.3: {spread:.1f}")

# %% [markdown]
# Neighbours near 0 are torn apart, since hardly any data lie between the humps. $G$ pushes one
# distribution into another: a **change of measure**.
#
# > **Common slip.** "$G$ draws $\tilde x \sim p(x \mid z)$." Five outputs at the same $z$ have
# > variance 0.0: $G$ is deterministic, $p(x \mid z)$ is a point. All randomness sits in $z$.
#
# That gives the rule on which everything below rests. An average over samples of $p_g$ can be taken
# over the noise: $\mathbb{E}_{x \sim p_g} f(x) = \mathbb{E}_{z \sim p_z} f(G(z))$. Test it with
# $G(z) = 3 + 2z$, so that $p_g = \mathcal{N}(3, 2^2)$ is known, and with a function that will
# matter: $f = \log(1 - D)$ for some $D(x)$ between 0 and 1.


# %%
class Push:
    """p_d = N(0, 1), and G(z) = 3 + 2z."""

    p_z = p_d = Normal(0.0, 1.0)
    p_g = Normal(3.0, 2.0)

    def generate(self, z: Tensor) -> Tensor:
        return 3 + 2 * z

    def log_not_d(self, x: Tensor) -> Tensor:
        """log(1 − D(x)) for D = p_d / (p_d + p_g)."""
        return nn.functional.logsigmoid(self.p_g.log_prob(x) - self.p_d.log_prob(x))

    def integral(self, p: Normal, f: Callable[[Tensor], Tensor]) -> Tensor:
        """The expectation of f under p, by a sum over a grid."""
        x = torch.linspace(-20, 25, 45_001)
        return (p.log_prob(x).exp() * f(x)).sum() * 45 / 45_000


# %%
change_of_measure = Derivation(
    Line(
        r"\mathbb{E}_{z \sim p_z} \log(1 - D(G(z)))",
        "noise through G, by Monte Carlo",
        lambda m: estimate(m.log_not_d(m.generate(m.p_z.sample((100_000,))))),
    ),
    Line(
        r"\mathbb{E}_{x \sim p_g} \log(1 - D(x))",
        "other samples, drawn from p_g itself",
        lambda m: estimate(m.log_not_d(m.p_g.sample((100_000,)))),
    ),
    Line(
        r"\int p_g(x) \log(1 - D(x))\, dx",
        "no samples at all",
        lambda m: m.integral(m.p_g, m.log_not_d),
    ),
)
change_of_measure.run(Push())

# %% [markdown]
# Either the noise goes through $G$, or $x$ comes from $p_g$: never both, never neither.
#
# > **Common slips.** Lecture notes print $\mathbb{E}_{z} \log(1 - D(z))$, where $D$ is shown raw
# > noise, and $\mathbb{E}_{x \sim p_g} \log(1 - D(G(x)))$, which applies $G$ twice. The table gives
# > the number of each.

# %%
push = Push()
truth = push.integral(push.p_g, push.log_not_d)
through = push.integral(push.p_z, lambda z: push.log_not_d(push.generate(z)))
raw = push.integral(push.p_z, push.log_not_d)
twice = push.integral(push.p_g, lambda x: push.log_not_d(push.generate(x)))

through_g = r"\mathbb{E}_{z \sim p_z} \log(1 - D(G(z)))"
FormulaTable(
    Formula(through_g, through, "integral over p_g", truth).misprinted(
        r"\mathbb{E}_{z \sim p_z} \log(1 - D(z))", raw
    ),
    Formula(through_g, through, "integral over p_g", truth).misprinted(
        r"\mathbb{E}_{x \sim p_g} \log(1 - D(G(x)))", twice
    ),
)

# %% [markdown]
# ## 2. A detective
#
# The **discriminator** $D$ is a classifier with two classes: label 1 for data, label 0 for fakes.
# $D(x)$ is the probability it gives to "real". A network returns the **logit** $a(x)$, any real
# number, and $D = \mathrm{sigmoid}(a) = 1 / (1 + e^{-a})$. The game is about one number (Goodfellow
# et al., 2014, eq. 1):
#
# $$ \min_G \max_D V(D, G), \qquad
# V(D, G) = \mathbb{E}_{x \sim p_d} \log D(x) + \mathbb{E}_{z \sim p_z} \log(1 - D(G(z))). $$
#
# $D$ raises $V$ by saying "real" on data and "fake" on fakes. $G$ lowers the second term; the first
# does not contain it. By hand, for a $D$ that believes "left is real" and a generator that makes
# $\mathcal{N}(1, 1)$:

# %%
x_real = HUMPS.sample((1000,)).squeeze(1)
x_fake = 1 + torch.randn(1000)
logits_real, logits_fake = -2 * x_real, -2 * x_fake

by_hand = logits_real.sigmoid().log().mean() + (1 - logits_fake.sigmoid()).log().mean()
labels = torch.cat([torch.ones(1000), torch.zeros(1000)])
bce = nn.BCEWithLogitsLoss()(torch.cat([logits_real, logits_fake]), labels)
print(f"V by hand        {by_hand:.4f}")
print(f"value_function   {objectives.value_function(logits_real, logits_fake):.4f}")
print(f"−2 · PyTorch BCE {-2 * bce:.4f}")
print(f"D = 1/2          {objectives.value_function(torch.zeros(9), torch.zeros(9)):.4f}")

# %% [markdown]
# This $D$ is worse than a coin: it is sure of itself and wrong about the right hump. A $D$ that
# says one half to everything gets $2 \log \tfrac12 = -\log 4 = -1.3863$. Remember that number. Look
# at the scores that lie behind the average.

# %%
fig, ax = plt.subplots(figsize=(5.0, 2.6))
bins = torch.linspace(0, 1, 26)
ax.hist(logits_real.sigmoid(), bins, color=plotting.DATA, alpha=0.35, label="real")
ax.hist(logits_fake.sigmoid(), bins, color=plotting.FAKE, histtype="step", lw=2, label="fake")
ax.set(xlabel="$D(x)$", ylabel="samples")
ax.legend(loc="upper center")
fooled = (logits_real < 0).double().mean()
plotting.show(
    fig,
    alt="Scores of a poor discriminator: real samples pile up at 0 and at 1 alike, fakes mostly "
    f"at 0. It calls {fooled:.0%} of the real samples fake.",
)

# %% [markdown]
# $D$ is trained to *minimise* $E_D = -V$, which is twice the binary cross-entropy of its two equal
# batches, and the generator of the min-max game minimises $E_G = -E_D = V$.
#
# > **Common slips.** (a) A slide prints $E_D$ with $\log D(G(z))$ in the second term. Then the best
# > $D$ says "real" to everything: 1.00 in place of 0.60 at a point with $p_d = 0.3$, $p_g = 0.2$.
# > (b) With that $E_D$ and $E_G = -E_D$, descent makes fakes look *more* fake: the slope in
# > $D(G(z))$ at 0.3 is $+3.33$ in place of $-1.43$. (c) Another page drops the minus sign of the
# > cross-entropy, $\tfrac12(\mathbb{E} \log D + \mathbb{E}\log(1 - D))$: a "loss" below zero.

# %%
y = torch.linspace(0.0001, 0.9999, 9999)
score = torch.tensor(0.3, requires_grad=True)
(slope,) = torch.autograd.grad((1 - score).log(), score)  # E_G, as far as D(G(z)) is in it
(wrong_slope,) = torch.autograd.grad(score.log(), score)
best_y = y[(-0.3 * y.log() - 0.2 * (1 - y).log()).argmin()]
wrong_y = y[(-0.3 * y.log() - 0.2 * y.log()).argmin()]

FormulaTable(
    Formula(r"\arg\min_D\, -a \log D - b \log(1 - D)", best_y, "a/(a+b)", 0.6).misprinted(
        r"\arg\min_D\, -a \log D - b \log D", wrong_y
    ),
    Formula(r"\partial E_G / \partial D(G(z))", slope, "−1/(1 − D)", -1 / 0.7).misprinted(
        r"E_D = -\mathbb{E} \log D(x) - \mathbb{E} \log D(G(z))", wrong_slope
    ),
    Formula(r"-V/2", -by_hand / 2, "PyTorch", bce).misprinted(r"+V/2", by_hand / 2),
)

# %% [markdown]
# > **Common slips.** (d) The heading "the discriminator is trained" above the update of $\theta_G$:
# > that update trains the *generator*, and only the second term of $V$ has $\theta_G$ in it. (e) So
# > "$\min_G \mathbb{E}_{x \sim p_d} \log(1 - D(x))$" trains nothing, and neither does its remedy
# > "$\max_G \mathbb{E}_{x \sim p_d} \log D(x)$". Measure the slopes in $\theta$, with $G(z) = \theta
# > + z$ at $\theta = 1$, by moving $\theta$ a little both ways:

# %%
noise = torch.randn(1000)
log = nn.functional.logsigmoid
terms = {
    "E_x log D(x)": lambda theta: log(-2 * x_real).mean(),
    "E_x log(1 − D(x))": lambda theta: log(2 * x_real).mean(),
    "E_z log(1 − D(G(z)))": lambda theta: log(2 * (theta + noise)).mean(),
}
for name, term in terms.items():
    slope_in_theta = (term(1.001) - term(0.999)) / 0.002
    print(f"{name:21} slope in θ: {slope_in_theta:.4f}")

# %% [markdown]
# ## 3. The best answer to a given generator
#
# Hold $G$ still. Which $D$ makes $V$ largest? By the change of measure, $V$ is one integral:
#
# $$ V(D, G) = \int \big[\, p_d(x) \log D(x) + p_g(x) \log(1 - D(x)) \,\big]\, dx. $$
#
# $D$ may answer every $x$ separately, so maximise the bracket at each $x$ on its own. With $a =
# p_d(x)$, $b = p_g(x)$ and $y = D(x)$ that is $a \log y + b \log(1 - y)$: school calculus.

# %%
a, b, answer = sympy.symbols("a b y", positive=True)
bracket = a * sympy.log(answer) + b * sympy.log(1 - answer)
(best,) = sympy.solve(sympy.diff(bracket, answer), answer)
curvature = sympy.diff(bracket, answer, 2).subs({a: 0.3, b: 0.2, answer: 0.6})

print("slope zero at y =", best)
print(f"second derivative there, for a = 0.3, b = 0.2: {float(curvature):.3f}")

# %% [markdown]
# The curvature is negative, so it is the maximum:
#
# $$ D^*(x) = \frac{p_d(x)}{p_d(x) + p_g(x)} \qquad \text{(Goodfellow et al., eq. 2).} $$
#
# Its logit is $\log p_d(x) - \log p_g(x)$: a classifier that is good enough **measures the ratio of
# two densities**, one of which nobody can write down. That is what $G$ learns from.
#
# > **Common slips.** (a) "$D^* = \max(\dots)$": the maximum is the *value*, here $-0.34$. The
# > argument is 0.60. (b) "If $p_d = p_g$, then $D^* = p_d/(p_d + p_g)$": the formula holds for
# > *every* $p_g$. If $p_d = p_g$, it is one half. (c) "$D \ge \tfrac12$ when $p_d = p_g$": exactly
# > one half there, and below where the generator puts more than the data do.


# %%
def best_on_grid(a: float, b: float) -> Tensor:
    """The y that maximises a log y + b log(1 − y), by trying 9,999 of them."""
    y = torch.linspace(0.0001, 0.9999, 9999)
    return y[(a * y.log() + b * (1 - y).log()).argmax()]


largest = 0.3 * math.log(0.6) + 0.2 * math.log(0.4)
FormulaTable(
    Formula(r"D^*, \; p_d = 0.3, p_g = 0.2", 0.6, "grid", best_on_grid(0.3, 0.2)).misprinted(
        r"D^* = \max_y \, a \log y + b \log(1 - y)", largest
    ),
    Formula(r"D^*, \; p_g = p_d", 0.5, "grid", best_on_grid(0.3, 0.3)),
    Formula(r"D^*, \; p_g = p_d / 2", 0.6667, "grid", best_on_grid(0.3, 0.15), "≈"),
    Formula(r"D^*, \; p_g = 2 p_d", 0.3333, "grid", best_on_grid(0.3, 0.6), "≈").misprinted(
        r"D \ge 1/2", 0.5
    ),
)

# %% [markdown]
# **Exercise 11.1 (derivation).** Suppose a share $\pi$ of what $D$ sees is real, and not half: it
# maximises $\pi\, \mathbb{E}_{x \sim p_d} \log D(x) + (1 - \pi)\, \mathbb{E}_{x \sim p_g} \log(1 -
# D(x))$. Derive its best answer and write it as a function of both densities. The next figure draws
# your curve.


# %% tags=["exercise"]
def best_response(p_data: Tensor, p_g: Tensor, share: float) -> Tensor:
    """The best D(x) at each point, for a share of real samples."""
    ### BEGIN SOLUTION
    real, fake = share * p_data, (1 - share) * p_g
    return real / (real + fake)
    ### END SOLUTION


# %% tags=["check"]
best_response = check.best_response(best_response)

# %% [markdown] tags=["solution"]
# The bracket is now $\pi p_d \log y + (1 - \pi) p_g \log(1 - y)$. It has the old form with $a = \pi
# p_d$ and $b = (1 - \pi) p_g$, so the best answer is $a / (a + b)$ again. This is Bayes' rule: the
# probability of "real" given $x$, with $\pi$ as the prior.

# %% [markdown]
# Now *learn* it. The generator is frozen at $p_g = \mathcal{N}(0.6, 1.2^2)$, and two small networks
# see samples only, no density: one gets as many fakes as real samples, the other one fake for three
# real ones. First the networks. They stand side by side, one per row of a stacked weight, so that
# several cost little more than one; later the rows are seeds.


# %%
class Players(nn.Module):
    """Small networks side by side: (networks, batch, in) to (networks, batch, out)."""

    def __init__(self, *sizes: int, networks: int, first_seed: int = 0) -> None:
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        seeds = range(first_seed, first_seed + networks)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        for a, b in pairwise(sizes):
            rows = torch.stack([torch.rand(a + 1, b, generator=g) * 2 - 1 for g in generators])
            rows = rows / math.sqrt(a)
            self.weights.append(nn.Parameter(rows[:, :a].clone()))
            self.biases.append(nn.Parameter(rows[:, a:].clone()))

    def forward(self, x: Tensor) -> Tensor:
        *hidden, (w_last, b_last) = zip(self.weights, self.biases, strict=True)
        for w, b in hidden:
            x = torch.tanh(torch.baddbmm(b, x, w))
        return torch.baddbmm(b_last, x, w_last)


# %%
shares = torch.tensor([0.5, 0.75])
judges = Players(1, 32, 32, 1, networks=2)
optimizer = Adam(judges.parameters(), lr=1e-2, fused=True)
schedule = linear_tail(optimizer, steps=1000, tail=0.7)


def judge_step(x: Tensor) -> dict[str, Tensor]:
    x_fake = 0.6 + 1.2 * torch.randn_like(x)
    real = nn.functional.logsigmoid(judges(x.expand(2, -1, -1))).mean(dim=(1, 2))
    fake = nn.functional.logsigmoid(-judges(x_fake.expand(2, -1, -1))).mean(dim=(1, 2))
    value = shares * real + (1 - shares) * fake
    optimizer.zero_grad()
    (-value.sum()).backward()
    optimizer.step()
    schedule.step()
    return {"value": value[0]}


history = train(judge_step, (HUMPS.sample((2048,))[None] for _ in range(1000)), 1000)

# %% [markdown]
# Compare with the formula, with your function for the second network. Where is agreement to be
# expected, and where not?

# %%
p_broad = Normal(0.6, 1.2).log_prob(LINE).exp()
where = (p_humps + p_broad) / 2 > 0.05  # where there are samples to learn from
inside = ((p_humps + p_broad) / 2)[where].sum() * SPACING
with torch.no_grad():
    learned = judges(LINE[None, :, None].expand(2, -1, -1)).sigmoid().squeeze(-1)
wanted = [best_response(p_humps, p_broad, share) for share in shares.tolist()]
errors = [(d - w)[where].abs().max().item() for d, w in zip(learned, wanted, strict=True)]

print(f"largest error where {inside:.0%} of all samples are:")
for name, error in zip(("half of them real", "three in four real"), errors, strict=True):
    print(f"    {name:18} ≈ {error:.3f}, below 0.03: {error < 0.03}")
assert max(errors) < 0.03

# %%
fig, ax = plt.subplots()
ax.fill_between(LINE, p_humps, color=plotting.DATA, alpha=0.15, label="$p_d$")
ax.fill_between(LINE, p_broad, color=plotting.FAKE, alpha=0.2, label="$p_g$")
for w, d, style in zip(wanted, learned, ("-", "--"), strict=True):
    ax.plot(LINE, w, style, color=plotting.DATA, lw=1)
    ax.plot(LINE, d, style, color=plotting.FIFTH, lw=3, alpha=0.5)
ax.plot([], [], color=plotting.DATA, lw=1, label="formula")
ax.plot([], [], color=plotting.FIFTH, lw=3, alpha=0.5, label="learned")
ax.set(xlim=(-5, 9), xlabel="$x$", ylabel="$D(x)$, densities")
ax.legend(loc="upper right")
plotting.show(
    fig,
    alt="Two learned discriminators lie on their formulas, for half real (solid) and three in four "
    "real (dashed), to within 0.03 where there are samples. The second is higher everywhere.",
)

# %% [markdown]
# The networks have never seen a density, and they know the ratio of two. In the far tails, where
# neither has samples, they say what they like: nothing in $V$ asks them. More real samples raise
# the whole curve, which is why the two batches are made equal, or averaged separately.

# %% [markdown]
# ## 4. What the generator minimises
#
# Put the best $D$ into $V$. What remains depends on $G$ alone: $C(G) = \max_D V(D, G)$ is the
# generator's cost. Each line below is computed for $p_d = \mathcal{N}(0, 1)$ and $p_g =
# \mathcal{N}(1.5, 1)$. The first knows nothing of the formula for $D^*$: it searches the best
# answer at each of 9,601 points by bisection.


# %%
class Pair:
    """Two Gaussians on the line: p of the data, and q of the generator."""

    def __init__(self, mu: float) -> None:
        self.data, self.fake = Normal(0.0, 1.0), Normal(mu, 1.0)
        self.p, self.q = (d.log_prob(LINE).exp() for d in (self.data, self.fake))
        self.middle = (self.p + self.q) / 2

    def area(self, f: Tensor) -> Tensor:
        return f.sum() * SPACING

    def kl(self, p: Tensor, q: Tensor) -> Tensor:
        return divergences.kl_on_grid(p, q, spacing=SPACING)

    def log_d(self, x: Tensor, *, real: bool) -> Tensor:
        """log D*(x), or log(1 − D*(x))."""
        logits = objectives.optimal_logits(self.data.log_prob(x), self.fake.log_prob(x))
        return nn.functional.logsigmoid(logits if real else -logits)


# %%
def searched(m: Pair) -> Tensor:
    """The largest V, each D(x) found by halving an interval of logits 60 times."""
    low, high = torch.full_like(LINE, -90), torch.full_like(LINE, 90)
    for _ in range(60):
        logit = (low + high) / 2
        rises = m.p * torch.sigmoid(-logit) > m.q * torch.sigmoid(logit)
        low, high = torch.where(rises, logit, low), torch.where(rises, high, logit)
    log = nn.functional.logsigmoid
    return m.area(m.p * log(low) + m.q * log(-low))


# %%
generator_cost = [
    Line(r"\max_D V(D, G)", "by search, point by point", searched),
    Line(
        r"\int p_d \log D^* + \int p_g \log(1 - D^*)",
        "D* = p_d/(p_d + p_g) is the best everywhere",
        lambda m: m.area(m.p * m.log_d(LINE, real=True) + m.q * m.log_d(LINE, real=False)),
    ),
    Line(
        r"\mathbb{E}_{p_d} \log D^* + \mathbb{E}_{p_g} \log(1 - D^*)",
        "the same by Monte Carlo",
        lambda m: estimate(
            m.log_d(m.data.sample((100_000,)), real=True)
            + m.log_d(m.fake.sample((100_000,)), real=False)
        ),
    ),
    Line(
        r"-\log 4 + \int p_d \log \tfrac{2p_d}{p_d + p_g} + \int p_g \log \tfrac{2p_g}{p_d + p_g}",
        "a factor 2 in each logarithm, and log 2 twice taken off",
        lambda m: m.area(m.p * (m.p / m.middle).log() + m.q * (m.q / m.middle).log()) - math.log(4),
    ),
]

# %%
as_divergence = [
    Line(
        r"-\log 4 + \mathrm{KL}(p_d \| m) + \mathrm{KL}(p_g \| m)",
        "with the middle m = (p_d + p_g)/2, a density",
        lambda m: m.kl(m.p, m.middle) + m.kl(m.q, m.middle) - math.log(4),
    ),
    Line(
        r"-\log 4 + 2\, \mathrm{JSD}(p_d, p_g)",
        "definition of the JSD, notebook 01",
        lambda m: 2 * divergences.jsd_on_grid(m.p, m.q, spacing=SPACING) - math.log(4),
    ),
    Line(r"-\log 4", "JSD ≥ 0, and 0 only for p_g = p_d", lambda m: -math.log(4), "≥"),
]
cost_is_jsd = Derivation(*generator_cost, *as_divergence)
cost_is_jsd.run(Pair(1.5))

# %% [markdown]
# So the game has one solution. $C(G) \ge -\log 4$, with equality only when the generator's
# distribution *is* the data's, and then $D^* = \tfrac12$ everywhere (Goodfellow et al., theorem 1).
#
# Two lines deserve a mark. The second needs the *best* $D$; everything that follows hangs on
# it. And the fourth shows what the two KLs are measured against: the middle $m$, which is a density,
# and not the ratio $p_d / (p_d + p_g)$, which is none. Three misprints live there.

# %%
m = Pair(1.5)
cost, jsd = searched(m), divergences.jsd_on_grid(m.p, m.q, spacing=SPACING)
print(f"C(G) by search {cost:.6f},  −log 4 + 2 JSD = {2 * jsd - math.log(4):.6f}")
assert abs(cost - (2 * jsd - math.log(4))) < 1e-4

cost_formula = r"C(G) = -\log 4 + \mathrm{KL}(p_d \Vert m) + \mathrm{KL}(p_g \Vert m)"
value = m.kl(m.p, m.middle) + m.kl(m.q, m.middle) - math.log(4)
ratio_p, ratio_q = m.p / (2 * m.middle), m.q / (2 * m.middle)
no_two = m.area(m.p * ratio_p.log() + m.q * ratio_q.log()) - math.log(4)
no_density = m.area(m.p * (m.p / ratio_p).log() + m.q * (m.q / ratio_q).log()) - math.log(4)
FormulaTable(
    Formula(cost_formula, value, "search", cost).misprinted(
        r"\mathrm{KL}(p_d \Vert m) + \mathrm{KL}(p_g \Vert m)", value + math.log(4)
    ),
    Formula(cost_formula, value, "search", cost).misprinted(
        r"-\log 4 + \int p_d \log \tfrac{p_d}{p_d + p_g} + \int p_g \log \tfrac{p_g}{p_d + p_g}",
        no_two,
    ),
    Formula(cost_formula, value, "search", cost).misprinted(
        r"-\log 4 + \mathrm{KL}(p_d \Vert \tfrac{p_d}{p_d + p_g}) + \dots", no_density
    ),
)

# %% [markdown]
# > **Common slips.** (a) Without $-\log 4$ the cost of a perfect generator would be 0, and the same
# > page ends with $2 \log \tfrac12$. (b) Taking out $-\log 4$ leaves a factor 2 inside each
# > logarithm. (c) $p_d / (p_d + p_g)$ is no density, and a KL against it is none. The value
# > $-\log 4$ at $p_g = p_d$, which all of these pages print, is right.
#
# How does the cost change as the generator moves? The figure shifts $p_g = \mathcal{N}(\mu, 1)$.
# Where is the lowest point, how high can the curve get, and what will $D^*$ look like in the three
# panels?

# %%
shifts = torch.linspace(-6, 6, 49)
costs = torch.stack([searched(Pair(mu)) for mu in shifts.tolist()])

fig, axes = plt.subplots(1, 4, figsize=(9.0, 2.5), width_ratios=(1, 1, 1, 1.3))
for ax, mu in zip(axes, (4.0, 1.5, 0.0), strict=False):
    pair = Pair(mu)
    ax.fill_between(LINE, pair.p, color=plotting.DATA, alpha=0.2)
    ax.plot(LINE, pair.q, "--", color=plotting.FAKE)
    ax.plot(LINE, pair.log_d(LINE, real=True).exp(), ":", color=plotting.FIFTH, lw=2)
    ax.set(xlim=(-4, 7), ylim=(-0.03, 1.03), title=f"$\\mu = {mu:g}$: $V = {searched(pair):.2f}$")
    ax.set_xlabel("$x$")
axes[0].text(5.0, 0.5, "$p_g$", color=plotting.FAKE)
axes[0].text(-3.4, 0.3, "$p_d$", color=plotting.DATA)
axes[0].text(0.4, 0.85, "$D^*$", color=plotting.FIFTH)
axes[3].plot(shifts, costs, color=plotting.MODEL)
axes[3].axhline(0, color=plotting.PRIOR, linestyle=":")
axes[3].axhline(-math.log(4), color=plotting.PRIOR, linestyle=":")
axes[3].text(-6, -1.32, "$-\\log 4$", color=plotting.PRIOR)
axes[3].set(xlabel=r"$\mu$", title="$C(G)$, nats", ylim=(-1.45, 0.1))
plotting.show(
    fig,
    alt="As the generator's Gaussian moves from 4 to 1.5 to 0, the best discriminator goes from a "
    f"step to a slope to one half. Its value falls to {costs.min():.2f} at 0 and is flat, "
    f"near {costs[-1]:.3f}, at distance 6.",
)

# %% [markdown]
# One valley, at the data, and a plateau on either side: for a generator that is far away the cost
# is nearly 0 wherever it stands, and has no slope. The lecture says so, and it is right: for
# densities that do not overlap the JSD is stuck at $\log 2 = 0.6931$, while $W_1$ still counts the
# way. Two Gaussians of width 0.1 show it. Notebook 13 trains on $W_1$ instead.

# %%
bump = Normal(0.0, 0.1).log_prob(LINE).exp().clamp(min=1e-300)  # halves of it stay above 0
for shift in (2.0, 4.0, 8.0):
    moved = Normal(shift, 0.1).log_prob(LINE).exp().clamp(min=1e-300)
    saturated = divergences.jsd_on_grid(bump, moved, spacing=SPACING)
    way = divergences.wasserstein1_on_grid(bump, moved, spacing=SPACING)
    print(f"shift {shift:.0f}: JSD {saturated:.4f}, W₁ {way:.2f}")
for mu in (0.0, 5.0):
    print(f"the broad Gaussian at μ = {mu:.0f}: C(G) {searched(Pair(mu)):.3f}")

# %% [markdown]
# > **Common slip.** "$G^* = \arg\max_G V(G, D)$." Read the right panel: the largest $\max_D V$ has
# > the *worst* generator. It is $\arg\min_G \max_D V$. Exactly: $C$ is $-1.386$ at $\mu = 0$ and
# > $-0.034$ at $\mu = 5$.
#
# Now play both sides yourself. The dotted curve is $D^*$, and it follows you; $V$ and $C(G)$ agree.
# Then **hold** $D$. From here on $V(D, G)$ is that of the old detective, and you are the generator:
# make $V$ as small as you can. Where does the held $D$ send you? Release it, and see what it says
# now. The same moves with the keyboard: Tab to a letter, arrows to move it.

# %%
explorer = DensityExplorer(
    p=[(0.5, -1.5, 0.5), (0.5, 1.5, 0.5)],
    q=[(1.0, 0.6, 1.2)],
    names=("p_d", "p_g"),
    game=True,
    shade="value",
    task="Hold D, then move p_g to make V as small as you can. Where does D send you? Release D.",
)
explorer

# %% [markdown]
# The held $D$ sends you to wherever it says "real" most firmly, and nothing in its answer asks you
# to cover both humps. One narrow peak near $-1.9$ beats every honest generator, and then the
# released $D$ falls there. That is the **original figure's game** in slow motion: $D$ moves
# towards $D^*$, $p_g$ moves up $D$, and so on. Do the same by numbers.

# %%
trial = DensityExplorer([(0.5, -1.5, 0.5), (0.5, 1.5, 0.5)], [(1.0, 0.6, 1.2)], game=True)
trial.held = [trial.p, trial.q]
for name, q in {"where D was held": trial.q, "collapsed": [[1.0, -1.9, 0.1]]}.items():
    trial.q = q
    found = trial.divergences
    print(f"{name:17} V(D, G) {found['value']:7.3f}   C(G) {found['cost']:7.3f}")

# %% [markdown]
# For the held $D$ the collapsed generator is the far better one; its true cost has *risen*.
#
# > **Common slip.** "A GAN needs no bound." For any $D$ that is not the best, $V(D, G)$ is a **lower
# > bound** on $C(G)$, and $G$ minimises it. Minimising a lower bound promises nothing, as you have
# > seen. (A VAE maximises a lower bound, which does.)
#
# > **Common slip.** "$p_g$ is close to $p_d$ when $D$ says real on samples." Only the *best* $D$
# > says anything about closeness, and it says one half.

# %%
narrow, wide = Normal(1.0, 0.01), Normal(0.0, 1.0)
x, x_tilde = wide.sample((100_000,)), narrow.sample((100_000,))
print(
    f"a fixed D with logit x:  mean D on data {x.sigmoid().mean():.2f}, "
    f"on fakes {x_tilde.sigmoid().mean():.2f}"
)
gap = torch.distributions.kl_divergence(wide, narrow)
print(f"KL(p_d ‖ p_g) = {gap:.0f} nats")

# %% [markdown]
# ## 5. Two losses for one generator
#
# A generator at the beginning makes obvious fakes, and $D(G(z))$ is near 0. How strongly is a fake
# pushed then? Everything $G$ learns passes through the slope of its loss in the logit $a$, with $D =
# \mathrm{sigmoid}(a)$. Goodfellow et al. (2014, section 3) give two losses that pull the same way:
#
# | loss, to be minimised | slope in the logit |
# |:--|:--|
# | **saturating**, of the min-max game: $\log(1 - D(G(z)))$ | $-D$ |
# | **non-saturating**: $-\log D(G(z))$ | $-(1 - D)$ |
#
# Predict both slopes at $D(G(z)) = 10^{-4}$. Then sweep.

# %%
logits = torch.linspace(-12, 8, 201).requires_grad_()
slopes = {
    "saturating": torch.autograd.grad(objectives.saturating_generator_loss(logits).sum(), logits),
    "non-saturating": torch.autograd.grad(-logits.sigmoid().log().sum(), logits),
}
unsure = torch.tensor(1e-4).logit().requires_grad_()
for name, loss in {
    "log(1 − D)": (1 - unsure.sigmoid()).log(),
    "−log D": -unsure.sigmoid().log(),
}.items():
    (g,) = torch.autograd.grad(loss, unsure)
    print(f"{name:10} slope at D = 1e-4: {g:.4f}")

# %%
fig, ax = plt.subplots()
for (name, (g,)), colour, line in zip(
    slopes.items(), (plotting.PRIOR, plotting.FAKE), ("--", "-"), strict=True
):
    ax.plot(logits.detach(), g.abs(), line, color=colour, label=name)
ax.axvline(-9.21, color=plotting.DATA, linestyle=":", lw=1)
ax.text(-9.0, 0.45, "$D = 10^{-4}$")
ax.set(xlabel="logit of a fake: obvious on the left, convincing on the right", ylabel="|slope|")
ax.legend(loc="center right")
plotting.show(
    fig,
    alt="Size of the slope against the logit of a fake. The saturating loss has slope 0.0001 where "
    "D is 0.0001 and 1 on the right; the non-saturating one is its mirror image.",
)

# %% [markdown]
# Ten thousand to one. The saturating loss pushes hardest where a fake already convinces, the other
# where it does not. At the equilibrium, $D = \tfrac12$, both slopes are $-\tfrac12$: $G$ rests there
# only because the best $D$ is flat in $x$. The equilibrium is the same, but with the second loss the
# game is no longer zero-sum: $G$ and $D$ do not share one $V$ any more.
#
# **Exercise 11.2 (code).** Write the non-saturating loss from logits, one number per logit, finite
# for logits of $\pm 200$. All networks of section 6 and most of section 8 are trained with your
# function.


# %% tags=["exercise"]
def generator_loss(logits_fake: Tensor) -> Tensor:
    """−log D(G(z)) for each fake's logit, in nats."""
    ### BEGIN SOLUTION
    return -nn.functional.logsigmoid(logits_fake)
    ### END SOLUTION


# %% tags=["check"]
generator_loss = check.generator_loss(generator_loss)
own = generator_loss is not objectives.non_saturating_generator_loss
print("The generators below descend on", "your own loss." if own else "the reference.")

# %% [markdown] tags=["solution"]
# $-\log \mathrm{sigmoid}(a) = \log(1 + e^{-a})$, which `logsigmoid` computes without forming the
# sigmoid. `-torch.log(torch.sigmoid(a))` is infinite at $a = -200$ in single precision.

# %% [markdown]
# Does the saturated gradient occur, or only in a sweep? Put $G$ far away, at $p_g = \mathcal{N}(6,
# 0.5^2)$, and make $D$ perfect: you know its logit, $\log p_d - \log p_g$. Then let $G(z) = \theta +
# z/2$ descend on its mean $\theta$ alone with step size 0.1, against that fixed $D$, for 20 steps.

# %%
far = Normal(6.0, 0.5)
moves = {}
for name, loss in {
    "saturating": objectives.saturating_generator_loss,
    "non-saturating": generator_loss,
}.items():
    theta = torch.tensor(6.0, requires_grad=True)
    for _ in range(20):
        x = theta + torch.randn(1000) / 2
        logits = objectives.optimal_logits(HUMPS.log_prob(x[:, None]), far.log_prob(x))
        (g,) = torch.autograd.grad(loss(logits).mean(), theta)
        theta = (theta - 0.1 * g).detach().requires_grad_()
    moves[name] = 6.0 - theta.item()
    print(f"{name:15} θ moved by {moves[name]:.3f}")
assert moves["saturating"] < 0.01 < 1 < moves["non-saturating"]

# %% [markdown]
# > **Common slip.** "Learning of $G$ happens even when $D$ is saturated." With the loss of the
# > min-max game, which is the one on the slide, $G$ does not move. With the other it does. The
# > sentence is about the loss. Section 8 finds that it is also about the optimiser.

# %% [markdown]
# ## 6. The algorithm
#
# ![Noise z goes through the generator G to a fake; real x and fake go to the discriminator D, which gives a logit. One update raises V in the weights of D, the other lowers it in those of G, through D.](../figures/gan.svg)
#
# Nobody has $D^*$ in a real game, so the two take turns (Goodfellow et al., algorithm 1): $k$ steps
# of $D$ on fresh batches of data and fakes, then one step of $G$. By hand:


# %%
def update(optimizer: Adam, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def batches(k: int, seeds: int) -> Iterator[Tensor]:
    """Endless batches of 128 for k steps of each seed's discriminator."""
    while True:
        yield HUMPS.sample((k, seeds, 128))


# %%
class Match:
    """Games side by side, one per seed; each player has its optimiser."""

    def __init__(self, generator: Players, discriminator: Players, loss: Callable) -> None:
        self.generator, self.discriminator, self.loss = generator, discriminator, loss
        self.g_optimizer, self.d_optimizer = (
            Adam(player.parameters(), lr=2e-3, betas=(0.5, 0.999), fused=True)
            for player in (generator, discriminator)
        )

    def discriminator_step(self, x: Tensor) -> Tensor:
        x_fake = self.generator(torch.randn_like(x)).detach()  # G only delivers
        loss = objectives.discriminator_loss(self.discriminator(x), self.discriminator(x_fake))
        update(self.d_optimizer, len(x) * loss)  # a mean over seeds, made a sum
        return -loss.detach()

    def generator_step(self, z: Tensor) -> None:
        logits_fake = self.discriminator(self.generator(z))
        update(self.g_optimizer, len(z) * self.loss(logits_fake).mean())

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """k steps of D on x of shape (k, seeds, batch, 1), then one of G."""
        values = [self.discriminator_step(batch) for batch in x]
        self.generator_step(torch.randn_like(x[0]))
        return {"value": values[-1]}


# %% [markdown]
# The `detach` matters: in $D$'s step the fakes are data. In $G$'s step gradients run *through* $D$
# into $G$, and $D$'s own are thrown away by its next `zero_grad`.
#
# The original paper's first figure shows one game on the line at four moments. Here it is, played
# by the code above with $k = 1$. In each panel: the noise below, arrows to where $G$ sends it, the
# two densities and $D$. Before you look: what is $D$ at the start, and at the end?

# %%
torch.manual_seed(1)
game = Match(Players(1, 32, 1, networks=1), Players(1, 32, 1, networks=1), generator_loss)
even_z = Normal(0.0, 1.0).icdf((torch.arange(20_000) + 0.5) / 20_000)
moments, done = {}, 0
for until in (0, 30, 150, 1000):
    train(game, batches(1, 1), until - done)
    done = until
    with torch.no_grad():
        sent = game.generator(even_z[None, :, None]).flatten()
        d = game.discriminator(LINE[None, :, None]).sigmoid().flatten()
    moments[until] = sent, d


# %%
def draw_moment(ax: plt.Axes, sent: Tensor, d: Tensor, z: Tensor) -> None:
    """Noise, arrows, both densities and D at one moment of the game."""
    counts, edges = torch.histogram(sent, 160, range=(-4.0, 4.0), density=True)
    middles = (edges[1:] + edges[:-1]) / 2
    ax.plot(middles, counts.clamp(max=1.0), "-", color=plotting.FAKE, lw=1.5)
    ax.plot(LINE, d, ":", color=plotting.FIFTH, lw=2)
    for i in range(600, 20_000, 1200):
        arrow = {"arrowstyle": "->", "alpha": 0.5}
        ax.annotate("", (sent[i], -0.02), (z[i], -0.5), arrowprops=arrow)
    ax.set(xlim=(-4, 4), ylim=(-0.55, 1.05), yticks=[0, 0.5, 1])
    ax.set_xlabel("$z$ below, $x$ above")


# %% tags=["readme"]
fig, axes = plt.subplots(1, 4, figsize=(9.0, 2.8), sharey=True)
for ax, (until, (sent, d)) in zip(axes, moments.items(), strict=True):
    ax.fill_between(LINE, p_humps, color=plotting.DATA, alpha=0.2)
    draw_moment(ax, sent, d, even_z)
    ax.set_title(f"step {until}")
axes[0].text(-3.8, 0.25, "$p_d$", color=plotting.DATA)
axes[0].text(0.9, 0.9, "$p_g$", color=plotting.FAKE)
axes[0].text(2.5, 0.65, "$D$", color=plotting.FIFTH)
last_d = moments[1000][1][p_humps > 0.05]
assert (last_d - 0.5).abs().max() < 0.2
plotting.show(
    fig,
    alt="The game at steps 0, 30, 150 and 1000. The generator's density starts as one spike, "
    "widens and splits into two humps on the data's; D bends, and ends within 0.2 of one half.",
)

# %% [markdown]
# $p_g$ climbs to where $D$ is high, $D$ follows, and at the end $D$ is close to one half where the
# data are. Between the humps some mass stays: $G$ is continuous, and to leave no sample there it
# would need a cliff. The 2-D form of this game, with a playground, is in notebook 13.
#
# What does $k$ buy? Section 8 plays that over seeds. One seed of one game proves little.

# %% [markdown]
# ## 7. Why the two players spiral
#
# Back to the puzzle. With simultaneous steps of size $\eta$ on $V = xy$, the new point is $(x - \eta
# y,\; y + \eta x)$.
#
# **Exercise 11.3 (prediction).** By which factor does the distance $\sqrt{x^2 + y^2}$ from the
# equilibrium change in 100 steps with $\eta = 0.1$? Multiply out the square of the new distance;
# the cross terms are kind.

# %% tags=["exercise"]
### BEGIN SOLUTION
growth = 1.01**50
### END SOLUTION

# %% tags=["check"]
growth = check.spiral(growth)

# %% [markdown] tags=["solution"]
# $(x - \eta y)^2 + (y + \eta x)^2 = (1 + \eta^2)(x^2 + y^2)$: the cross terms cancel. A hundred
# steps give $(1.01)^{50} = 1.645$.

# %% [markdown]
# Two ways to take the same steps: both at once, or in turns, where $y$ already sees the new $x$, as
# in the algorithm. For the second watch also the *mean* of all points visited so far. Which of the
# three curves gets to the equilibrium?


# %%
def distances(rule: str, steps: int, eta: float = 0.1) -> list[float]:
    """How far from the equilibrium the players of xy are, step by step."""
    x, y, found = 1.0, 0.0, []
    mean_x, mean_y = 0.0, 0.0
    for i in range(1, steps + 1):
        new_x = x - eta * y
        y = y + eta * (x if rule == "at once" else new_x)
        x = new_x
        mean_x, mean_y = mean_x + (x - mean_x) / i, mean_y + (y - mean_y) / i
        found.append(math.hypot(mean_x, mean_y) if rule == "mean" else math.hypot(x, y))

    return found


runs = {rule: distances(rule, 400) for rule in ("at once", "in turns", "mean")}
assert abs(runs["at once"][99] - growth) < 0.01

# %%
fig, ax = plt.subplots()
ax.plot(runs["at once"], color=plotting.FAKE, label="at once")
ax.plot(runs["in turns"], "--", color=plotting.MODEL, label="in turns")
ax.plot(runs["mean"], ":", color=plotting.DATA, label="in turns, mean of all points so far")
ax.plot(100, growth, "o", color=plotting.DATA)
ax.annotate("your prediction", (100, growth), (110, 1.9))
ax.set(xlabel="step", ylabel="distance from the equilibrium", ylim=(0, 7.5))
ax.legend()
plotting.show(
    fig,
    alt=f"Distance from the equilibrium of xy. At once it grows to {runs['at once'][-1]:.1f} in "
    "400 steps; in turns it stays at about 1; the mean of all points falls to "
    f"{runs['mean'][-1]:.2f}.",
)

# %% [markdown]
# At once, the players leave for good. In turns they circle for ever. The *mean* of their path goes
# to the equilibrium, which is one reason why generators are often averaged over steps. GAN training
# is such a game in thousands of dimensions; that it settles in section 6 is a fact about that game,
# not a theorem.
#
# > **Common slip.** "$\min_{G, D} \max V$." The order and the owners matter: for $V = \sin(g + d)$
# > the two orders differ by 2. A pair that no one wants to leave does not exist there.

# %%
turn = torch.linspace(0, 2 * math.pi, 721)
v = torch.sin(turn[:, None] + turn[None, :])  # g down, d across
print(f"min over g of max over d: {v.amax(dim=1).min():+.3f}")
print(f"max over d of min over g: {v.amin(dim=0).max():+.3f}")

# %% [markdown]
# ## 8. Four rules of thumb, five seeds
#
# A lecture gives four: "The discriminator usually wins, and that is good." "$D$ is bigger than $G$."
# "$G$ learns even when $D$ is saturated." "At equilibrium $D$ answers one half." Each becomes a
# setting of the game of section 6, played 700 steps on five seeds: same data, same rates. The
# verdict is the $W_1$ distance between $p_g$ and $p_d$ (notebook 01: the work of moving one onto the
# other), averaged over the last five looks, 50 steps apart. A generator at the start has about 1.3.
#
# Write down your guess for each rule before you run.


# %%
RANKS = (torch.arange(2000) + 0.5) / 2000
TRUE_QUANTILES = LINE[torch.searchsorted(MASS_BELOW, RANKS)]


def distance(generator: Players, seeds: int) -> Tensor:
    """W₁ between each seed's generator and the data, by matching ranks."""
    z = Normal(0.0, 1.0).icdf(RANKS)[None, :, None].expand(seeds, -1, -1)
    with torch.no_grad():
        made = generator(z).squeeze(-1).sort(dim=1).values
    return (made - TRUE_QUANTILES).abs().mean(dim=1)


def play(match: Match, *, k: int = 1, steps: int = 700, seeds: int = 5) -> tuple[Tensor, float]:
    """W₁ of each seed, over the last five looks, and V over the last 200 steps."""
    looks, values = [], []
    for _ in range(steps // 50):
        values += train(match, batches(k, seeds), 50)["value"]
        looks.append(distance(match.generator, seeds))

    return torch.stack(looks[-5:]).mean(dim=0), sum(values[-200:]) / 200


# %%
def new_match(
    d: int = 32, g: int = 32, *, loss: Callable, lead: int = 0, far: float = 0.0
) -> Match:
    """Five games with d and g hidden units, after `lead` steps that D has to itself."""
    torch.manual_seed(0)
    made = Match(Players(1, g, 1, networks=5), Players(1, d, 1, networks=5), loss)
    made.generator.biases[-1].data += far  # start further to the right
    for (x,), _ in zip(batches(1, 5), range(lead), strict=False):
        made.discriminator_step(x)

    return made


def report(name: str, result: tuple[Tensor, float]) -> tuple[Tensor, float]:
    """Print one row: the five distances in short, and the value of the game."""
    w1, value = result
    print(
        f"{name:22} W₁ ≈ {w1.mean():.2f}, spread ≈ {w1.std():.2f}, worst ≈ {w1.max():.2f}; "
        f"V ≈ {value:.2f}"
    )
    return result


# %% [markdown]
# First the size of the players and the number of steps. "Spread" is the standard deviation over the
# five seeds.

# %%
results = {}
for name, sizes, k in (
    ("32 units each, k = 1", {}, 1),
    ("k = 5", {}, 5),
    ("D bigger: 128 units", {"d": 128}, 1),
    ("G bigger: 128 units", {"g": 128}, 1),
    ("D small: 3 units", {"d": 3}, 1),
):
    results[name] = report(name, play(new_match(**sizes, loss=generator_loss), k=k))

# %% [markdown]
# Now give $D$ a lead: 700 steps before $G$ is allowed its first. Then its optimiser is kept, or
# replaced by a new one. (A new Adam takes full-size steps in its first moments, and a test of "D is
# ahead" that makes one tests two things at once.)

# %%
saturating = objectives.saturating_generator_loss
ahead = new_match(loss=generator_loss, lead=700)
results["D ahead"] = report("D ahead, −log D", play(ahead))
with torch.no_grad():
    right_share = (ahead.generator(torch.randn(5, 2000, 1)) > 0).double().mean(dim=(1, 2))
print("    share of samples right of 0:", ", ".join(f"≈ {share:.2f}" for share in right_share))
ahead = new_match(loss=saturating, lead=700)
results["D ahead, saturating"] = report("D ahead, log(1 − D)", play(ahead))
ahead = new_match(loss=generator_loss, lead=700)
ahead.d_optimizer = Match(ahead.generator, ahead.discriminator, generator_loss).d_optimizer
results["D ahead, new Adam"] = report("the same, a new Adam", play(ahead))

# %% [markdown]
# Last, a $D$ that *is* saturated: the generator starts 6 further to the right, and $D$ again has
# 700 steps before it. What do you expect of the two losses after section 5?

# %%
for name, loss in {"far, −log D": generator_loss, "far, log(1 − D)": saturating}.items():
    apart = new_match(loss=loss, lead=700, far=6.0)
    with torch.no_grad():
        d_fake = apart.discriminator(apart.generator(torch.randn(5, 500, 1))).sigmoid().mean()
    start = distance(apart.generator, 5).mean()
    results[name] = report(name, play(apart))
    print(f"    at the start: D(G(z)) ≈ {d_fake:.4f}, W₁ ≈ {start:.1f}")
    assert d_fake < 0.02

# %% [markdown]
# Both generators arrive, the one with the vanishing gradient too! Section 5 says that it should
# stand still. The difference is Adam, which divides each gradient by its own running size: a slope
# of 0.001 becomes a full step. Check the explanation: the same two games, with plain descent for
# $G$.

# %%
for name, loss in {"far, −log D": generator_loss, "far, log(1 − D)": saturating}.items():
    apart = new_match(loss=loss, lead=700, far=6.0)
    apart.g_optimizer = torch.optim.SGD(apart.generator.parameters(), lr=0.02)
    results[f"{name}, plain"] = report(f"{name}, plain", play(apart))

# %% [markdown]
# All rows in one picture. Which settings are worse than the first by more than the spread?

# %%
fig, ax = plt.subplots(figsize=(6.0, 3.2))
for row, (w1, _) in enumerate(results.values()):
    ax.plot(w1, torch.full((5,), -row), "o", color=plotting.MODEL, alpha=0.5)
    ax.plot(w1.mean(), -row, "|", color=plotting.DATA, markersize=14)
ax.set_yticks([-row for row in range(len(results))], list(results))
ax.set(xscale="log", xlabel="$W_1$ after 700 steps, one dot per seed, bar: mean")
ax.set_xticks([0.1, 0.2, 0.5, 1, 2, 5], ["0.1", "0.2", "0.5", "1", "2", "5"])
ax.minorticks_off()
plotting.show(
    fig,
    alt="Distances of five seeds in twelve settings. Equal players and a bigger D lie low and "
    "close together; a small D, and a lead of D with the non-saturating loss, scatter far up.",
)
means = {name: w1.mean().item() for name, (w1, _) in results.items()}

# %% [markdown]
# **"$D$ usually wins, and that is good: the theory assumes a perfect $D$."** Not in this game. The
# theory needs a perfect $D$ *in every step*, along with a gradient of $C(G)$; a lead of 700 steps
# leaves the generator with more than three times the distance of the first row, and $k = 5$ does not
# help either. Here the lead hurts the non-saturating loss more than the other: it answers a
# confident $D$ with large steps, which throw one seed of five onto a single hump and leave the
# others with twice the distance of the first row. The row with the new Adam is worse again by a
# factor of two; whoever tests "$D$ is ahead" in that way blames $D$ for the optimiser.
#
# **"$D$ is bigger than $G$."** Half of it survives. A $D$ of 3 units cannot bend to two humps, and
# the generator is lost. Beyond "big enough" there is nothing to gain here: 128 units do what 32 do,
# and a $G$ that is bigger than $D$ is hardly worse.
#
# **"$G$ learns even when $D$ is saturated."** True with the non-saturating loss, and true with Adam.
# False for the loss of the slide with plain descent. It is not a property of the game.
#
# **"At equilibrium $D$ answers one half."** The theorem says so, and the first row shows it: $V \approx
# -1.38$, against $-\log 4 = -1.386$. But look at the small $D$: nearly the same $V$, with a generator
# that is far from the data. One half is what a good generator *and* a poor discriminator look like.
# Read $V$ as evidence about $p_g$ only as far as you trust $D$ to be the best.

# %%
value = {name: v for name, (_, v) in results.items()}
assert means["32 units each, k = 1"] < 0.3
assert abs(means["D bigger: 128 units"] - means["32 units each, k = 1"]) < 0.15
assert means["D small: 3 units"] > 0.4
assert means["D ahead"] > means["32 units each, k = 1"] + 0.1
assert means["far, log(1 − D)"] < 1.0 < 5.0 < means["far, log(1 − D), plain"]
print("V within 0.05 of −log 4:")
for name in ("32 units each, k = 1", "D small: 3 units"):
    close = abs(value[name] + math.log(4)) < 0.05
    print(f"    {name:22} {close}, with W₁ below 0.3: {means[name] < 0.3}")

# %% [markdown]
# ## What you have seen
#
# - The best discriminator is $p_d / (p_d + p_g)$, a ratio of densities learned from samples alone,
#   to within 0.03. Against it the generator's cost is $-\log 4 + 2\,\mathrm{JSD}$, lowest at $p_g =
#   p_d$. The proof needs $D$ to be the best at one line; any other $D$ gives a lower bound.
# - At $D(G(z)) = 10^{-4}$ the two generator losses have slopes 0.0001 and 0.9999. The equilibrium
#   is where both players rest, and gradient steps need not get there: on $xy$ they spiral out by
#   1.645 in 100 steps, circle when taken in turns, and arrive on average.
# - Of four rules of thumb none survives as printed. What survives: $D$ must not be too small; its
#   lead costs; Adam rescues a small gradient that plain descent does not; and one half at the end is
#   necessary for success, and no proof of it.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, Y.
#   Bengio (2014), "Generative adversarial nets", *NeurIPS*: eq. 1 (value), eq. 2 (best $D$), theorem
#   1 (cost), algorithm 1, figure 1. [arXiv 1406.2661](https://arxiv.org/abs/1406.2661)
# - I. Goodfellow (2016), "NIPS 2016 tutorial: generative adversarial networks", section 3.2: the
#   losses, and the advice that $D$ may win. [arXiv 1701.00160](https://arxiv.org/abs/1701.00160)
# - M. Arjovsky, L. Bottou (2017), "Towards principled methods for training generative adversarial
#   networks", *ICLR*: what a perfect $D$ does to the gradient.
#   [arXiv 1701.04862](https://arxiv.org/abs/1701.04862)
# - L. Mescheder, A. Geiger, S. Nowozin (2018), "Which training methods for GANs do actually
#   converge?", *ICML*: games as small as $xy$. [arXiv 1801.04406](https://arxiv.org/abs/1801.04406)
#
# **The way on:** 12 plays the same game with images; 13 shows how it fails in the plane, and what
# cures it.
