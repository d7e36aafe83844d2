# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 GAN training
#
# **Why do GANs fail, and what cures them?**
#
# By the end you can
#
# - recognise mode collapse by counting, say in which settings it happens, and name three cures with
#   what each costs;
# - show why the Jensen–Shannon divergence (JSD) stops helping where two distributions do not
#   overlap, and what the Wasserstein distance and its critic do instead;
# - compare a GAN with a VAE on equal terms: sharpness, coverage, and what only one of them can
#   tell.
#
# You need the game and its value from notebook 11, and the VAE of notebook 09. Study time: 70
# minutes. Computing time: about 90 seconds on one core.

# %%
import math
from typing import NamedTuple

import torch
from matplotlib import pyplot as plt
from torch import Tensor
from torch.distributions import Normal

from course_utils import divergences, evaluation, objectives, plotting, weights
from course_utils.checks import gan_training as check
from course_utils.data import mnist
from course_utils.data.toy import ring

# %%
from course_utils.derivation import Derivation, Line
from course_utils.explorers import DensityExplorer, GanPlayground
from course_utils.models import VAE
from course_utils.models.crowd import Crowd, SpectralCrowd, largest_singular_value, with_deviation
from course_utils.models.gan import dcgan_generator
from course_utils.models.judges import digit_judge
from course_utils.models.ring_gan import RingGame, critic_loss
from course_utils.training import History, train

# %% [markdown]
# ## 1. Eight places to be
#
# The data: eight small round Gaussians on a circle of radius 2, each with standard deviation 0.1. A
# sample counts as *near* a mode within three standard deviations, 0.3. A mode counts as **covered**
# if at least 1 % of 1,000 samples are near it. In this game nobody can be fooled by pretty
# pictures: a generator has covered 8 of 8, or it has not.

# %%
plotting.use_style()
torch.manual_seed(0)
POOL = ring(20_000, seed=0).x
TURN = torch.arange(8) * (2 * math.pi / 8)
CENTRES = 2 * torch.stack([TURN.cos(), TURN.sin()], dim=1)


def modes(x: Tensor) -> tuple[int, float]:
    """Modes that samples cover, and the share of samples near any mode."""
    return evaluation.modes_covered(x, CENTRES, radius=0.3)


covered, share = modes(POOL[:1000])
print(f"1,000 samples of the data: {covered} of 8 modes, {share:.1%} of them near one")

# %% [markdown]
# The players are small: generator $G$ from two numbers of noise $z \sim \mathcal{N}(0, I)$ through
# two hidden layers of 32 units to a point; discriminator $D$ from a point through 32 and 32 to one
# logit. Section 6 of notebook 11 wrote the alternation of the two by hand. `RingGame` is that loop
# for many games at once: a network's weights are one row of a table, `theta` for generators and
# `phi` for discriminators, so that five seeds cost little more than one. One **round** is one
# update of $G$; before it come $k$ updates of $D$.
#
# Five seeds, always the same five. Adam for both. Over the second half of a game both learning
# rates fall linearly to zero. What changes from game to game is printed.


# %%
class Run(NamedTuple):
    """A finished game: samples at each look, shape (seeds, 1000, 2), losses, and the game."""

    samples: list[Tensor]
    history: History
    game: RingGame

    def modes(self, at: int = -1) -> list[int]:
        """Modes that each seed covers at one look; the last by default."""
        return [modes(x)[0] for x in self.samples[at]]


def play(game: RingGame, *, k: int = 1, batch: int = 64, looks: int = 8) -> Run:
    """Play to the end with k updates of D in each round."""
    torch.manual_seed(0)
    shape = (k, len(game.theta), batch)
    data = (POOL[torch.randint(len(POOL), shape)] for _ in range(game.rounds))
    history, samples = {"D": [], "G": []}, []
    for _ in range(looks):
        for name, values in train(game, data, game.rounds // looks).items():
            history[name] += values
        with torch.no_grad():
            samples.append(game.sample(game.theta, 1000))

    return Run(samples, history, game)


# %% [markdown]
# First two careless choices, with five seeds each, side by side. **Slow D**: $G$ learns at rate
# 0.01, $D$ at 0.002, and Adam's momentum $\beta_1$ is 0.5. **Heavy**: both learn at 0.003 and the
# momentum is 0.9. Each game takes 400 rounds with $k = 1$ and batches of 64. Before you look: what
# will the generators make of eight places?

# %%
generator, discriminator = Crowd(2, 32, 32, 2), Crowd(2, 32, 32, 1)
pairs = torch.tensor([[0.01, 0.002, 0.5], [0.003, 0.003, 0.9]]).repeat_interleave(5, dim=0)
hard = dict(zip(("g_rate", "d_rate", "momentum"), pairs.split(1, dim=1), strict=True))
hard |= {"seeds": [*range(5)] * 2, "rounds": 400}
slow_d = {name: v[:5] if isinstance(v, Tensor | list) else v for name, v in hard.items()}


def report(name: str, run: Run, *, rounds: int, gradients: int) -> None:
    """Print what a run costs, and the modes of every seed in both settings."""
    slow, heavy = (",".join(str(m) for m in run.modes()[i : i + 5]) for i in (0, 5))
    print(f"{name:16} {rounds:5} rounds, {gradients:5} of D    slow D ≈ {slow}    heavy ≈ {heavy}")


runs = {"plain": play(RingGame(generator, discriminator, **hard))}
report("plain", runs["plain"], rounds=400, gradients=400)
assert sum(runs["plain"].modes()) <= 25


# %%
def draw_samples(ax: plt.Axes, x: Tensor, title: str) -> None:
    """Samples over the eight modes."""
    ax.plot(*x.T, ".", color=plotting.FAKE, markersize=2, alpha=0.5)
    ax.plot(*CENTRES.T, "o", color=plotting.DATA, markersize=9, fillstyle="none")
    ax.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)


fig, axes = plt.subplots(1, 5, figsize=(8.0, 1.9))
for seed, ax in enumerate(axes):
    draw_samples(ax, runs["plain"].samples[-1][seed], f"seed {seed}")
plotting.show(
    fig,
    alt="Samples of five plain generators with a slow D over the ring of eight modes: each forms a "
    "clump or a short streak, and most of the modes stay empty.",
)

# %% [markdown]
# Each generator sits on one or two places, and often beside them. This is **mode collapse**: $G$
# gets paid for samples that *this* $D$ takes for real, one at a time. Nothing in its loss asks for
# variety. $D$ then learns that this place is full of fakes, $G$ moves on, and they run in circles.
# Watch seed 1 do so: one panel every 100 rounds.

# %%
fig, axes = plt.subplots(1, 4, figsize=(6.6, 1.9))
for i, ax in enumerate(axes):
    draw_samples(ax, runs["plain"].samples[2 * i + 1][1], f"round {100 * (i + 1)}")
plotting.show(
    fig,
    alt="One plain game at rounds 100, 200, 300 and 400: a clump of samples that moves from place "
    "to place around the ring and never spreads over it.",
)

# %% [markdown]
# Take such a game into your hands. The playground trains both networks in the page: play, pause, or go
# step by step with arrows that show where each sample is pushed. It opens with equal rates and
# $\beta_1 = 0.5$, after 400 steps; below are the rates, the steps $k$, the objective and the look
# ahead, which sections 3 to 5 explain. Predict first: what happens to the modes when $D$'s rate
# falls to a fifth of $G$'s?

# %%
playground = GanPlayground(
    task="Make G lose modes by one rate alone. Then try to win them back without touching a rate."
)
playground

# %% [markdown]
# One game in the page is an anecdote, and so was the one above. Is the GAN to blame for what you saw, or
# the choice of rates? That takes more games.

# %% [markdown]
# ## 2. A property of the setting
#
# Map it. Three learning rates of $G$ (0.002, 0.005, 0.01) and three momenta (0, 0.5, 0.9); once with $D$ at the same rate, once with $D$ five times
# slower. Eighteen settings with five seeds each are 90 games, played side by side for 600 rounds
# with $k = 1$. Guess before you run: which of the three knobs matters most?

# %%
RATES, MOMENTA, RATIOS = (0.002, 0.005, 0.01), (0.0, 0.5, 0.9), (1.0, 0.2)
settings = torch.cartesian_prod(
    torch.tensor(RATIOS), torch.tensor(RATES), torch.tensor(MOMENTA)
).repeat_interleave(5, dim=0)
ratio, rate, momentum = (column[:, None] for column in settings.T)

atlas = play(
    RingGame(
        generator,
        discriminator,
        seeds=[*range(5)] * 18,
        g_rate=rate,
        d_rate=ratio * rate,
        momentum=momentum,
        rounds=600,
    ),
    looks=1,
)
table = torch.tensor(atlas.modes()).reshape(2, 3, 3, 5)

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8))
for ax, panel, name in zip(
    axes, table, ("$D$ as fast as $G$", "$D$ five times slower"), strict=True
):
    ax.imshow(panel.double().mean(dim=-1), vmin=0, vmax=8, cmap="cividis", aspect="auto")
    for row in range(3):
        for column in range(3):
            counts = panel[row, column].tolist()
            colour = "black" if sum(counts) > 22 else "white"
            ax.text(column, row, " ".join(map(str, counts)), ha="center", va="center", color=colour)
    ax.set_xticks(range(3), MOMENTA)
    ax.set_yticks(range(3), RATES)
    ax.set(xlabel=r"momentum $\beta_1$", ylabel="learning rate of $G$", title=name)
    ax.grid(False)
calm, heavy = table[0, :, :2].double().mean(), table[0, :, 2].double().mean()
slow = table[1].double().mean()
assert calm > 5.5 > 4 > max(heavy, slow)
plotting.show(
    fig,
    alt="Modes of five seeds in 18 settings. With equal rates and momentum 0 or 0.5 the mean is "
    "above 5.5 of 8; with momentum 0.9, or with D five times slower, it is below 4.",
)

# %% [markdown]
# The same networks, the same data, the same loss: all modes in one corner, hardly any in another. (The
# slowest rate on the left may be unfinished after 600 rounds; the bottom row is not.) **Collapse is a property of the setting.** Two knobs do it here. Heavy momentum carries
# both players past each other (0.9 is Adam's default, made for minimisation). And a $D$ that is too
# slow lets $G$ cash in at one place for long before it is noticed. Whoever shows you one collapsed
# run beside one good run of another method has shown you two settings.
#
# So a cure has to be tried *where the plain game fails*, over seeds, and its price has to be named.
# The two settings of section 1 are such places, and 400 rounds are the time they get.

# %% [markdown]
# ## 3. Three cures in the same game
#
# **Show $D$ a whole batch.** $D$ judges one sample at a time and cannot see that all of them are
# alike. So append to each sample one number: the standard deviation of its batch, averaged over the
# coordinates (Karras et al., 2018; simpler than the minibatch features of Salimans et al., 2016).
# By hand it is two lines. Real batches spread over the ring; a collapsed batch gives itself away.

# %%
batches = {"data": POOL[:64], "plain generator": runs["plain"].samples[-1][1][:64]}
for name, x in batches.items():
    deviation = x.std(dim=0).mean()
    wider = torch.cat([x, deviation.expand(len(x), 1)], dim=1)
    print(f"{name:15} {tuple(x.shape)} becomes {tuple(wider.shape)}, deviation ≈ {deviation:.2f}")


# %%
class BatchCrowd(Crowd):
    """Discriminators that see how much their batch varies."""

    def __call__(self, rows: Tensor, x: Tensor) -> Tensor:
        return super().__call__(rows, with_deviation(x))


runs["deviation"] = play(RingGame(generator, BatchCrowd(3, 32, 32, 1), **hard))
runs["k = 6"] = play(RingGame(generator, discriminator, **hard), k=6)
for name, gradients in {"plain": 400, "deviation": 400, "k = 6": 2400}.items():
    report(name, runs[name], rounds=400, gradients=gradients)

# %% [markdown]
# One number in $D$'s input, and with a slow $D$ the collapse is gone at no cost. The third row is
# the plainest cure of all: if $D$ is too slow, give it **six updates per round**. That works too,
# at six times the gradients. Heavy momentum is harder: the deviation does not help there. Keep both
# rows in mind as the price of everything that follows.
#
# **Look ahead.** The third cure lets $G$ know that $D$ will answer. In the puzzle of notebook 11
# two players share $V = x y$ and spiral away from the equilibrium at 0. Let $x$ look one step
# ahead: player $y$ will move to $y + \eta x$. So $x$ minimises
#
# $$ V(x, y + \eta x) = x y + \eta x^2, $$
#
# and the second term is a spring that pulls $x$ home. With $K$ steps of looking ahead it is
# $K \eta x^2$. What does the spiral do? By hand, with autograd through the inner steps:


# %%
def distance_after(steps: int, *, ahead: int, eta: float = 0.1) -> float:
    """Distance from the equilibrium of xy when x looks `ahead` steps of y ahead."""
    x, y = torch.tensor(1.0), torch.tensor(0.0)
    for _ in range(steps):
        x.requires_grad_()
        y_ahead = y
        for _ in range(ahead):
            y_ahead = y_ahead + eta * x  # y's own ascent, kept in the graph
        (slope,) = torch.autograd.grad(x * y_ahead, x)
        x, y = (x - eta * slope).detach(), y + eta * x.detach()

    return math.hypot(x, y)


for ahead in (0, 1, 5):
    print(f"{ahead} steps ahead: distance {distance_after(200, ahead=ahead):.3g} after 200 rounds")

# %% [markdown]
# That is the **unrolled GAN** (Metz et al., 2017, eq. 6 to 8): copy $D$, let the copy take $K$
# steps *as a function of the generator's samples*, and differentiate $G$'s loss through all of
# them. The copy is thrown away; $D$ itself takes its one ordinary step. `unrolled` in
# `models.crowd` is the loop above with Adam's step in place of the plain one. Each round computes
# $1 + K$ gradients of $D$'s loss. We use $K = 5$.

# %%
runs["unrolled"] = play(RingGame(generator, discriminator, **hard, ahead=5))
report("unrolled, K = 5", runs["unrolled"], rounds=400, gradients=2400)
well = sum(m >= 7 for m in runs["unrolled"].modes()[:5])
assert well >= 4
print(f"slow D: at least 7 modes in at least 4 of 5 seeds: {well >= 4}")

# %% [markdown]
# What is an equal budget? Metz et al. compare **equal rounds**: 400 updates of $G$ and 400 of $D$,
# and looking ahead counts as thinking. In that account unrolling wins clearly over the plain game.
# The other account counts **gradients of $D$'s loss**: 2,400. There the fair rivals are the plain
# game with $k = 6$, and the plain game of six times as many rounds.

# %%
longer = {**hard, "rounds": 2400}
runs["plain, longer"] = play(RingGame(generator, discriminator, **longer))
print("equal rounds")
report("  plain", runs["plain"], rounds=400, gradients=400)
report("  unrolled, K = 5", runs["unrolled"], rounds=400, gradients=2400)
print("equal gradients of D")
report("  plain, longer", runs["plain, longer"], rounds=2400, gradients=2400)
report("  plain, k = 6", runs["k = 6"], rounds=400, gradients=2400)
report("  unrolled, K = 5", runs["unrolled"], rounds=400, gradients=2400)
gain = sum(runs["unrolled"].modes()[:5]) - sum(runs["plain"].modes()[:5])
assert gain >= 20

# %% [markdown]
# Round for round, which is the account of the paper, unrolling turns a lost game into a won one.
# Gradient for gradient it also beats patience: six times as many rounds of the plain game bring some
# seeds home and leave others where they were (which ones changes with the noise). But it does not beat
# a plain $D$ that takes its six steps *for real*. Looking ahead buys a $D$ that answers in time; you
# may also pay $D$ directly. And it is a cure for a slow $D$, not for everything: against heavy
# momentum neither five steps ahead nor the deviation do much. What does?
#
# First the same games against time, since a count at the end may be luck.

# %%
looks = torch.arange(1, 9) * 50
styles = {"plain": ":", "deviation": "-.", "k = 6": "--", "unrolled": "-"}
colours = (plotting.DATA, plotting.FIFTH, plotting.FAKE, plotting.MODEL)

fig, ax = plt.subplots(figsize=(5.0, 2.8))
for (name, style), colour in zip(styles.items(), colours, strict=True):
    counts = torch.tensor([runs[name].modes(i)[:5] for i in range(8)]).double()
    ax.plot(looks, counts.mean(dim=1), style, color=colour, label=name)
    ax.fill_between(looks, counts.amin(dim=1), counts.amax(dim=1), color=colour, alpha=0.08)
ax.set(xlabel="round", ylabel="modes covered", ylim=(-0.2, 8.4))
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plotting.show(
    fig,
    alt="Modes covered against rounds, slow D, mean and range of five seeds: the plain game stays "
    "near 1; with the batch deviation, k = 6 or unrolling the mean climbs to more than 6.",
)
assert all(sum(runs[name].modes()[:5]) > 30 for name in ("deviation", "k = 6", "unrolled"))

# %% [markdown]
# ## 4. A distance that does not let go
#
# Every game so far is about the Jensen–Shannon divergence: against the best $D$, the generator's
# cost is $-\log 4 + 2\,\mathrm{JSD}(p_d, p_g)$ (notebook 11). What does JSD say about a clump that
# lies *beside* a mode? Take the extreme: no $x$ is possible under both. Each line is computed on
# six states, of which $p$ uses three and $q$ the other three; $m = (p + q) / 2$.


# %%
class Disjoint:
    """Two distributions without a common state."""

    p = torch.tensor([0.2, 0.5, 0.3, 0.0, 0.0, 0.0], dtype=torch.float64)
    q = torch.tensor([0.0, 0.0, 0.0, 0.6, 0.1, 0.3], dtype=torch.float64)

    def kl(self, a: Tensor, b: Tensor) -> Tensor:
        """KL(a ‖ b) over the states that a uses."""
        used = a > 0
        return (a[used] * (a[used] / b[used]).log()).sum()


# %%
jsd_saturates = Derivation(
    Line(
        r"\tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m)",
        "the definition",
        lambda m: (m.kl(m.p, (m.p + m.q) / 2) + m.kl(m.q, (m.p + m.q) / 2)) / 2,
    ),
    Line(
        r"\tfrac12 \mathrm{KL}(p \,\|\, \tfrac p2) + \tfrac12 \mathrm{KL}(q \,\|\, \tfrac q2)",
        "where p > 0, q = 0 and m is p/2; the other way round for q",
        lambda m: (m.kl(m.p, m.p / 2) + m.kl(m.q, m.q / 2)) / 2,
    ),
    Line(
        r"\tfrac12 \log 2 \sum p + \tfrac12 \log 2 \sum q",
        "every ratio is 2",
        lambda m: math.log(2) * (m.p.sum() + m.q.sum()) / 2,
    ),
    Line(r"\log 2", "probabilities sum to 1", lambda m: torch.tensor(math.log(2))),
)
jsd_saturates.run(Disjoint())

# %% [markdown]
# Nothing in the last line knows *where* the states of $q$ are. Near or far, the cost is the same,
# and a constant has no gradient.
#
# The **Wasserstein distance** $W_1$ is the work of carrying one distribution onto the other: mass
# times way, for the best plan. Its other form is a game (Arjovsky et al., 2017, eq. 2):
#
# $$ W_1(p, q) = \max_{f \text{ of slope} \le 1} \; \mathbb{E}_{x \sim p} f(x) -
# \mathbb{E}_{x \sim q} f(x). $$
#
# $f$ is called a **critic**: it gives marks, not probabilities. For a distribution $q$ and its copy
# shifted by $\theta$, both forms can be followed line by line. $u$ is a draw of $q$; the critic is
# $f(x) = \sin x$, whose slope is at most 1.


# %%
class Shifted:
    """u ~ q = N(0, 1), and p is q moved by theta."""

    theta = 3.0
    u = Normal(0.0, 1.0).icdf(torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64))


# %%
w1_of_shift = Derivation(
    Line(
        r"\mathbb{E}\, f(u + \theta) - \mathbb{E}\, f(u)",
        "what the critic sin says",
        lambda m: (m.u + m.theta).sin().mean() - m.u.sin().mean(),
    ),
    Line(
        r"\mathbb{E}\, [f(u + \theta) - f(u)]",
        "pair every u with its own copy: a plan",
        lambda m: ((m.u + m.theta).sin() - m.u.sin()).mean(),
    ),
    Line(
        r"\mathbb{E}\, |(u + \theta) - u|",
        "slope at most 1",
        lambda m: ((m.u + m.theta) - m.u).abs().mean(),
        "≤",
    ),
    Line(
        r"\mathbb{E}\, (u + \theta) - \mathbb{E}\, u",
        "the critic f(x) = x says the same: nothing is lost",
        lambda m: (m.u + m.theta).mean() - m.u.mean(),
    ),
    Line(r"|\theta|", "so this is W₁", lambda m: torch.tensor(m.theta)),
)
w1_of_shift.run(Shifted())

# %% [markdown]
# In numbers, for two narrow Gaussians (standard deviation 0.1) at distance $\theta$:

# %%
LINE = torch.linspace(-3, 12, 30_001, dtype=torch.float64)
SPACING = 15 / 30_000


def narrow(at: float) -> Tensor:
    """Density of N(at, 0.1²) on the line, 0 where it is below 1e-300."""
    p = Normal(torch.tensor(at, dtype=torch.float64), 0.1).log_prob(LINE).exp()
    return torch.where(p > 1e-300, p, 0)


for theta in (0.1, 2.0, 4.0, 8.0):
    pair = narrow(0.0), narrow(theta)
    jsd = divergences.jsd_on_grid(*pair, spacing=SPACING)
    w1 = divergences.wasserstein1_on_grid(*pair, spacing=SPACING)
    print(f"θ = {theta:3.1f}   JSD {jsd:.4f}   W₁ {w1:.4f}   (log 2 = {math.log(2):.4f})")

# %% [markdown]
# > **Looks like a slip, is none.** "JSD saturates, so its gradients are bad." For disjoint supports
# > that is right: 0.6931 at distance 2, 4 and 8, while $W_1$ is 2, 4 and 8. It is no statement
# > about overlapping distributions: at $\theta = 0.1$ JSD is far from $\log 2$ and has a good
# > slope.
#
# **Exercise 13.1 (derivation).** Where between the two does the slope die? Let $p$ be uniform on
# $[0, 1]$ and $q$ uniform on $[\theta, \theta + 1]$, for any real $\theta$. Split the line into the
# part that only $p$ reaches, the part both reach, and the part only $q$ reaches; on each, $p / m$
# is a constant. Write $\mathrm{JSD}(\theta)$.


# %% tags=["exercise"]
def jsd_of_shift(theta: Tensor) -> Tensor:
    """JSD in nats of uniform densities on [0, 1] and [theta, theta + 1]."""
    ### BEGIN SOLUTION
    return theta.abs().clamp(max=1) * math.log(2)
    ### END SOLUTION


# %% tags=["check"]
jsd_of_shift = check.jsd_of_shift(jsd_of_shift)

# %% [markdown] tags=["solution"]
# For $0 \le \theta \le 1$: a share $\theta$ of $p$ lies where $q = 0$, with $\log(p/m) = \log 2$;
# on the rest $p = q = m$ and the logarithm is 0. So $\mathrm{KL}(p \| m) = \theta \log 2$, the same
# for $q$, and the mean of both is $\theta \log 2$. Beyond 1 there is no overlap: $\log 2$.

# %% [markdown]
# Your function against the Wasserstein distance. Where would a generator at $\theta$ be pulled
# home?

# %%
theta = torch.linspace(-3, 3, 241)
fig, ax = plt.subplots(figsize=(5.0, 2.6))
ax.plot(theta, jsd_of_shift(theta), color=plotting.FAKE, label="JSD, in nats")
ax.plot(theta, theta.abs(), "--", color=plotting.MODEL, label="$W_1$, in units of $x$")
ax.set(xlabel=r"shift $\theta$")
ax.legend(loc="upper center")
far_jsd = jsd_of_shift(torch.tensor([3.0])).item()
plotting.show(
    fig,
    alt="JSD and W1 of two uniform densities against their shift. JSD rises to "
    f"{far_jsd:.3f} at shift 1 and is flat beyond; W1 is a V that reaches 3 at shift 3.",
)

# %% [markdown]
# Beyond one, JSD is silent and $W_1$ still says how far. In the explorer two narrow densities lie
# apart. Move $p_g$ towards $p_d$ in small steps, with the pointer or with the arrow keys.

# %%
explorer = DensityExplorer(
    p=[(1.0, -1.5, 0.2)],
    q=[(1.0, 2.0, 0.2)],
    names=("p_d", "p_g"),
    game=True,
    shade="jsd",
    task="Bring p_g home. Which number falls from the first step on, and which waits for contact?",
)
explorer

# %% [markdown]
# $W_1$ falls from the first step. JSD waits until the densities touch, and then drops all at once;
# $D^*$ is a wall between them all the while. A trained $D$ is smoother than $D^*$, which is why the
# plain game works at all.
#
# ## 5. A critic with a slope limit
#
# A network $f$ must learn to give good marks under the rule "slope at most 1". Three ways to
# enforce it:
#
# - **Clip** every weight to $[-c, c]$ after each step (the first Wasserstein GAN). Crude: it limits
#   the slope by something, not by 1.
# - **Gradient penalty** (Gulrajani et al., 2017, eq. 3): add $\lambda$ times
#   $(\lVert \nabla f(\bar x) \rVert - 1)^2$ to the critic's loss, at points $\bar x = u x +
#   (1 - u) \tilde x$ on the way from data to samples, with one uniform $u$ per pair.
# - **Spectral normalisation** (Miyato et al., 2018, eq. 8): divide each weight matrix by its
#   largest singular value, so that no layer stretches anything.
#
# **Exercise 13.2.** Write the penalty. `critic` maps points (batch, 2) to marks (batch, 1), each
# row on its own; `u` has the shape (batch, 1). The games below use *your* function.


# %% tags=["exercise"]
def slope_penalty(critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """(‖∇f‖ − 1)² at u x_real + (1 − u) x_fake, one value per pair, shape (batch,)."""
    ### BEGIN SOLUTION
    between = (u * x_real + (1 - u) * x_fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.norm(dim=1) - 1).square()
    ### END SOLUTION


# %% tags=["check"]
slope_penalty = check.slope_penalty(slope_penalty)

# %% [markdown] tags=["solution"]
# `sum()` before `grad` is safe because each row of marks depends on its own row of points only.
# `create_graph=True` keeps the gradient differentiable: the critic must learn from it.

# %% [markdown]
# The same function is `objectives.gradient_penalty`. Play with $\lambda = 1$ and $k = 6$: as many
# rounds as the plain game, and as many gradients of $D$'s loss as the unrolled one.


# %%
def penalised_loss(judge, x_real: Tensor, x_fake: Tensor) -> Tensor:
    """The critics' losses with the penalty, added up over the networks."""
    pairs = x_real.flatten(0, 1), x_fake.flatten(0, 1)

    def critic(x: Tensor) -> Tensor:
        return judge(x.reshape(x_real.shape)).flatten(0, 1)

    penalty = slope_penalty(critic, *pairs, torch.rand(len(pairs[0]), 1))
    return critic_loss(judge, x_real, x_fake) + len(x_real) * penalty.mean()


wasserstein = {"g_loss": objectives.wasserstein_generator_loss, **hard}
runs["WGAN-GP"] = play(
    RingGame(generator, discriminator, d_loss=penalised_loss, **wasserstein), k=6
)
report("WGAN-GP, k = 6", runs["WGAN-GP"], rounds=400, gradients=2400)
report("plain, k = 6", runs["k = 6"], rounds=400, gradients=2400)
for first, name in ((0, "slow D"), (5, "heavy")):
    well = sum(m >= 7 for m in runs["WGAN-GP"].modes()[first : first + 5])
    assert well >= 4
    print(f"{name}: at least 7 modes in at least 4 of 5 seeds: {well >= 4}")

# %% [markdown]
# The penalised critic holds in *both* settings. It is the only row so far that heavy momentum does
# not hurt: a critic of slope 1 gives gradients of length about 1 wherever the generator strays, and
# no player can run far.
#
# Now the other two ways. Clipping is one line after $D$'s step. For spectral normalisation the
# largest singular value $\sigma$ comes from **power iteration**: multiply a vector by $W$ and
# $W^\top$ in turns; the strongest direction wins. One turn per step is enough, since $W$ hardly
# changes between steps.

# %%
w = torch.randn(32, 32)
u = torch.ones(32)
for turn in range(31):
    v = w @ u / (w @ u).norm()
    u = w.T @ v / (w.T @ v).norm()
    if turn % 10 == 0:
        print(f"after {turn + 1:2} turns: {v @ w @ u:.3f}")
imported, _ = largest_singular_value(w[None], iterations=31)
print(f"largest_singular_value: {imported[0]:.3f}   exact: {torch.linalg.matrix_norm(w, 2):.3f}")


# %%
class ClippedGame(RingGame):
    """Every weight of the critics stays in [−0.1, 0.1]."""

    def d_step(self, x_real: Tensor) -> Tensor:
        loss = super().d_step(x_real)
        self.phi = self.phi.clamp(-0.1, 0.1)
        return loss


runs["clipped"] = play(
    ClippedGame(generator, discriminator, d_loss=critic_loss, **wasserstein), k=6
)
report("clipped, k = 6", runs["clipped"], rounds=400, gradients=2400)

# %% [markdown]
# Clipping leaves some seeds lost; the paper itself calls it "a clearly terrible way to enforce a
# Lipschitz constraint". Spectral normalisation keeps the ordinary GAN loss and needs no second
# derivative. Try it with six steps of $D$ in each round, and with one.

# %%
for k in (6, 1):
    normalised = SpectralCrowd(2, 32, 32, 1)
    runs[f"spectral, k = {k}"] = play(RingGame(generator, normalised, **slow_d), k=k, looks=1)
for name in ("spectral, k = 6", "k = 6", "spectral, k = 1", "plain"):
    print(f"{name:16} slow D: modes ≈ {','.join(map(str, runs[name].modes()[:5]))}")
assert sum(runs["spectral, k = 6"].modes()) >= 32

# %% [markdown]
# With six steps it holds everything, and so did six steps without it; with one step it does not
# cure a $D$ that is too slow. On this ring the steps do the work. (On large images, where one step
# of $D$ is all one can afford, the limit on the slope is what keeps the game stable: that is the
# paper's case.) A cure has an illness it is for.
#
# ## 6. What the losses tell you
#
# Training losses are the first thing one plots. Do they say how good the generator is? As the judge
# take the distance to the data itself: $W_1$ in the plane, averaged over 16 directions (**sliced**
# $W_1$: project both sets on a line, then match ranks).


# %%
def sliced_w1(x: Tensor, y: Tensor) -> float:
    """W₁ of the projections on 16 directions, averaged; x and y have equally many rows."""
    angle = torch.arange(16) * (math.pi / 16)
    lines = torch.stack([angle.cos(), angle.sin()])
    return ((x @ lines).sort(dim=0).values - (y @ lines).sort(dim=0).values).abs().mean().item()


distances, losses = {}, {}
for name in ("plain", "WGAN-GP"):
    run = runs[name]
    distances[name] = torch.tensor(
        [sum(sliced_w1(x, POOL[:1000]) for x in samples) / 10 for samples in run.samples]
    )
    losses[name] = {key: torch.tensor(run.history[key]).reshape(8, -1).mean(1) for key in "DG"}

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8))
for ax, (name, run) in zip(axes, losses.items(), strict=True):
    d = -run["D"] if name == "WGAN-GP" else run["D"]
    label = "$-$ critic's loss" if name == "WGAN-GP" else "$D$'s loss"
    ax.plot(looks, d, "o-", color=plotting.MODEL, label=label)
    ax.plot(looks, distances[name], "s--", color=plotting.DATA, label="sliced $W_1$")
    ax.set(xlabel="round", title=name, ylim=(0, None))
    ax.legend(fontsize=8)
plotting.show(
    fig,
    alt="Losses and sliced W1 against rounds. Plain game: D's loss moves little while the distance "
    "stays high. WGAN-GP: the critic's loss and the distance fall together towards zero.",
)

# %% [markdown]
# Left: $D$'s loss wanders near $\log 4 = 1.39$ or below while the generator goes nowhere. It is a
# score in a match, not a distance: it says who is ahead. A minimum of such a curve is no place to
# stop. Right: the critic's loss is an estimate of $W_1$ (up to its unit: the penalty holds the
# slope *near* 1), so it falls when the generator gets better. The number that GAN users had missed.
#
# What does $D = \tfrac12$ say, then? Take a generator that has learned $m$ of the eight modes
# perfectly and does not know of the others. The modes do not overlap.
#
# **Exercise 13.3 (derivation).** What is the value $V(D^*, G)$ of the *best* discriminator, as a
# function of $m$ and of the number $n$ of modes? Work out $D^*$ on a known mode and on an unknown
# one first; $p_d$ has weight $1/n$ on each mode and $p_g$ has $1/m$ on each it knows.


# %% tags=["exercise"]
def value_of_modes(m: Tensor, n: int) -> Tensor:
    """V(D*, G) in nats when p_g covers m of n equal modes perfectly."""
    ### BEGIN SOLUTION
    return m / n * (m / (n + m)).log() + (n / (n + m)).log()
    ### END SOLUTION


# %% tags=["check"]
value_of_modes = check.value_of_modes(value_of_modes)

# %% [markdown] tags=["solution"]
# On a known mode $D^* = \frac{1/n}{1/n + 1/m} = \frac{m}{n + m}$, on an unknown one $D^* = 1$. Of
# the data a share $m/n$ lies on known modes: $\frac mn \log \frac{m}{n+m}$, the rest adds $\log 1 =
# 0$. All samples lie on known modes: $\log(1 - D^*) = \log \frac{n}{n + m}$. At $m = n$ that is
# $-\log 4$.

# %% [markdown]
# Now ask a **fresh** discriminator. Freeze each generator, start a new $D$, and train it alone for
# 300 steps. In the last column your formula, at the number of modes that were counted.


# %%
def value_of(game: RingGame) -> Tensor:
    """V of each game of the slow-D setting, with its discriminator as it is."""
    shape = (len(game.theta), 2000)
    x_real, x_fake = POOL[torch.randint(len(POOL), shape)], game.sample(game.theta, 2000)
    with torch.no_grad():
        scores = [game.discriminator(game.phi, x)[:5] for x in (x_real, x_fake)]
    return torch.stack([objectives.value_function(*pair) for pair in zip(*scores, strict=True)])


def with_fresh_d(game: RingGame, rounds: int = 300) -> RingGame:
    """The same generators, frozen, against new discriminators that are trained alone."""
    rates = {"g_rate": 0.0, "d_rate": 0.01, "momentum": 0.5}
    seeds = range(50, 50 + len(game.theta))
    trial = RingGame(game.generator, game.discriminator, seeds, **rates, rounds=rounds)
    trial.theta = game.theta.detach()
    for trial.done in range(rounds):
        trial.d_step(POOL[torch.randint(len(POOL), (len(seeds), 256))])
    return trial


# %%
fresh = {}
for name in ("plain", "k = 6"):
    game = runs[name].game
    own, fresh[name] = value_of(game), value_of(with_fresh_d(game))
    ideal = value_of_modes(torch.tensor(runs[name].modes()[:5]).clamp(min=0.01), 8)
    print(
        f"{name:6} V of its own D ≈ {own.mean():.2f}, of a fresh D ≈ {fresh[name].mean():.2f}, "
        f"formula for its modes ≈ {ideal.mean():.2f}"
    )
print(f"−log 4 = {-math.log(4):.4f}")
assert fresh["plain"].mean() > fresh["k = 6"].mean() + 0.3

# %% [markdown]
# Read the first row. The collapsed generators' own $D$ reports a match that is not lost; a fresh
# $D$, shown the same samples, tells them from data with ease (a value of 0 would be perfect). Your
# formula says how much of that is due to the missing modes alone; what lies above it is due to
# samples that are *beside* the modes. In the second row even a fresh $D$ finds less, and the
# formula says $-\log 4$ where all eight are covered: what is left is the shape of the modes.
#
# > **Common slip.** "$p_g$ is close to $p_d$ when $D$ answers one half, or says *real* on samples."
# > Only the *best* $D$ speaks of closeness, and what it says then is one half. Any other $D$ speaks
# > of itself. An example in two numbers: a fixed $D$ with logit $x$ gives 0.73 on average to the
# > samples of $\mathcal{N}(1, 0.01^2)$ and 0.50 to the data of $\mathcal{N}(0, 1)$. The samples
# > look *more* real than the data, and $\mathrm{KL}(p_d \| p_g)$ is 9,995 nats.

# %%
clump, cloud = Normal(1.0, 0.01), Normal(0.0, 1.0)
line = torch.linspace(-8, 8, 160_001)
scores = [(p.log_prob(line).exp() * line.sigmoid()).sum() * 0.0001 for p in (clump, cloud)]
print(f"mean D on samples {scores[0]:.2f}, on data {scores[1]:.2f}")
print(f"KL(p_d ‖ p_g) = {torch.distributions.kl_divergence(cloud, clump):.0f} nats")

# %% [markdown]
# ## 7. The rules of thumb, on the ring
#
# Notebook 11 tested four rules in one dimension and none survived as printed. Here they are again
# on the ring, in the slow-$D$ setting, with the same five seeds. Do the verdicts carry over?

# %%
saturating = {"g_loss": objectives.saturating_generator_loss}
rules = {
    "plain": runs["plain"],
    "D wins: k = 6": runs["k = 6"],
    "D bigger: 128": play(RingGame(generator, Crowd(2, 128, 128, 1), **slow_d), looks=1),
    "D small: 3, k = 6": play(RingGame(generator, Crowd(2, 3, 3, 1), **slow_d), k=6, looks=1),
    "log(1 − D), k = 6": play(
        RingGame(generator, discriminator, **slow_d, **saturating), k=6, looks=1
    ),
}
for name, run in rules.items():
    counts = ",".join(map(str, run.modes()[:5]))
    print(f"{name:18} modes ≈ {counts}   V ≈ {value_of(run.game).mean():.2f}")

# %% [markdown]
# **"$D$ usually wins, and that is good."** On the line it was not: notebook 11 found that neither
# $k = 5$ nor a lead of $D$ helps. Here six steps per round are a cure. Both are measured; what differs
# is the illness. This $D$ lags behind, that one did not.
#
# **"$D$ is bigger than $G$."** Too small stays too small, whatever the number of steps: 3 units cannot
# draw eight places. Four times the units help some of the seeds and not others.
#
# **"$G$ learns even when $D$ is saturated."** Compare the last row with the second: with Adam, which
# rescales small gradients, the loss of the slide is no catastrophe. Notebook 11 shows the catastrophe
# that it is without Adam.
#
# **"At equilibrium $D$ answers one half."** $V$ of the plain game is within a few hundredths of
# $-\log 4 = -1.386$, closer than that of any game that covers the ring, and it covers one mode or
# two. A $D$ that lags behind is at one half too.
#
# The first rule has changed its verdict with the game. Ask of a rule of thumb on which game, at which
# rates, and over how many seeds it was found.

# %% [markdown]
# ## 8. GAN against VAE, on equal terms
#
# Digits, the same training images for both. The GAN is the DCGAN of notebook 12, the VAE that of
# notebook 09; both are loaded from the package and took a longer run of the same code. The terms:
# 2,000 images from each, the same judge (a classifier that neither has seen in training; its 64
# features are the space in which distances are taken), and 2,000 fresh test images as the mark to
# compare with. Of the VAE take the mean of $p(x \mid z)$, grey pixels as the GAN's.
#
# A third contestant is the same GAN after a complete collapse, staged on purpose: it knows 20 noise
# vectors and repeats their images a hundred times each. Before you look: which rows are as sharp as
# the data? Could you tell the collapsed GAN from a row of twelve?

# %%
judge = weights.load("digit_judge", digit_judge())
gan = weights.load("mnist_dcgan", dcgan_generator(64))
vae = weights.load("mnist_vae", VAE(784, 440, 440, 40))
digits = mnist()
order = torch.randperm(10_000, generator=torch.Generator().manual_seed(0))
real, other = (
    digits.x_test[part].reshape(-1, 1, 28, 28) / 255 for part in order[:4000].split(2000)
)

torch.manual_seed(0)
with torch.no_grad():
    z = torch.randn(2000, 64)
    candidates = {
        "fresh data": other,
        "GAN": (gan(z) + 1) / 2,
        "GAN, 20 noises": ((gan(z[:20]) + 1) / 2).repeat(100, 1, 1, 1),
        "VAE": vae.decode(vae.prior.sample((2000,))).mean.reshape(-1, 1, 28, 28),
    }

# %%
fig, axes = plt.subplots(4, 1, figsize=(5.0, 3.0))
for ax, (name, x) in zip(axes, candidates.items(), strict=True):
    plotting.plot_images(ax, x[:12], columns=12)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Rows of twelve digits: fresh data, the GAN, the collapsed GAN, the VAE. The GAN's strokes "
    "are as crisp as the data's in both rows; the VAE's are soft or broken in places.",
)

# %% [markdown]
# Now the numbers. **Fréchet**: distance of two Gaussians fitted to the features (notebook 12);
# lower is better. **Precision**: share of the images that lie among the data. **Recall**: share of
# the data that lie among the images. **Coverage**: share of the data with an image close by.
# **Sharpness**: mean absolute Laplacian.

# %%
features = evaluation.features_of(judge.features, real)
measured, classes = {}, {}
print(" " * 16 + "Fréchet   precision recall    coverage  sharpness")
for name, x in candidates.items():
    f = evaluation.features_of(judge.features, x)
    classes[name] = torch.bincount(evaluation.features_of(judge, x).argmax(dim=1), minlength=10)
    measured[name] = (
        evaluation.frechet_distance(features, f),
        *evaluation.precision_recall(features, f),
        evaluation.coverage(features, f),
        evaluation.sharpness(x).mean().item(),
    )
    cells = (f"≈ {value:7.3f}" for value in measured[name])
    print(f"{name:15}", *cells)

# %%
print("images of each digit, of 2,000")
for name, counts in classes.items():
    print(f"{name:15} ≈ {','.join(str(c) for c in counts.tolist())}")

recall, coverage, sharpness = ({n: row[i] for n, row in measured.items()} for i in (2, 3, 4))
assert measured["GAN"][0] < 15 < measured["VAE"][0]
assert sharpness["GAN"] > 1.15 * sharpness["VAE"]
assert sharpness["GAN, 20 noises"] > 1.15 * sharpness["VAE"]
assert coverage["GAN, 20 noises"] < 0.1 < min(coverage["GAN"], coverage["VAE"])
assert recall["GAN, 20 noises"] < 0.1 < min(recall["GAN"], recall["VAE"])

# %% [markdown]
# Read it column by column, each against fresh data. **Sharpness**: both GAN rows reach the data's,
# the VAE does not: its mean image averages over what it is unsure of. **Recall and coverage**: the
# collapsed GAN has next to none. By eye, by sharpness and by precision it is as good as the other; a
# row of twelve could not tell. The count of classes sees it at once: some digits are missing, and
# every other count is a multiple of 100. **Sharp samples do not mean that the distribution was
# learned.**
#
# The honest GAN is ahead of the VAE in distance, recall, coverage and sharpness; in precision they are
# level, and in both a third of the images lie outside the data. Fresh data beat both in every column
# but sharpness. Four of the columns move with the length of training and the size of the networks:
# these are two models of this course, trained for half an hour and for three quarters, not two
# families. What does not move is which of them can be sharp, and which can answer the next question.

# %% [markdown]
# And the **likelihood**? The VAE bounds it: on binary test images it is at least the ELBO. The
# GAN's images are $G(z)$ with 64 numbers $z$ and no noise on top. How much of the space of $28^2$
# pixels can they fill? Look at the Jacobian of $G$ at one $z$.

# %%
binary = (digits.x_test[order[:1000]].flatten(1) / 255).bernoulli(
    generator=torch.Generator().manual_seed(0)
)
with torch.no_grad():
    bound = vae(binary)
jacobian = torch.func.jacrev(lambda z: gan(z[None]).flatten())(z[0]).detach()
rank = torch.linalg.matrix_rank(jacobian.double())
print(f"VAE: ELBO of 1,000 test images ≈ {bound.mean():.1f} ± ≈ {bound.std() / 1000**0.5:.1f} nats")
print(f"GAN: Jacobian {tuple(jacobian.shape)}, rank at most 64: {rank <= 64}")

# %% [markdown]
# Sixty-four directions of 784: the images lie on a sheet without volume, and nearly every test
# image lies beside it. Its density under $p_g$ is 0, its log-likelihood $-\infty$, or, on the
# sheet, not finite either. "The GAN has no tractable likelihood" is too kind: **there is none to
# compute**. So no test set can tell a GAN that it has forgotten a digit; you have to count, as
# above.
#
# > **Common slip.** "A VAE needs a variational bound, a GAN needs none." For any $D$ that is not
# > the best, $V(D, G)$ is a *lower* bound on $-\log 4 + 2\,\mathrm{JSD}$, and $G$ minimises it. The
# > VAE raises a lower bound of something it wants high; the GAN lowers a lower bound of something
# > it wants low. The first is safe. Two imperfect $D$ for $p_d = \mathcal{N}(0, 1)$ and $p_g =
# > \mathcal{N}(1.5, 1)$:

# %%
x = torch.linspace(-12, 14, 26_001, dtype=torch.float64)
log_pd, log_pg = Normal(0.0, 1.0).log_prob(x), Normal(1.5, 1.0).log_prob(x)
best = log_pd - log_pg
log_d = torch.nn.functional.logsigmoid
for name, a in {"D*": best, "half as sure": best / 2, "shifted by 1": best + 1}.items():
    v = (log_pd.exp() * log_d(a) + log_pg.exp() * log_d(-a)).sum() * 0.001
    print(f"{name:13} V(D, G) = {v:.4f}")
jsd = divergences.jsd_on_grid(log_pd.exp(), log_pg.exp(), spacing=0.001)
print(f"−log 4 + 2 JSD = {2 * jsd - math.log(4):.4f}")

# %% [markdown]
# ## What you have seen
#
# - Mode collapse is counted, not seen, and it is a property of the setting: equal rates and momentum
#   up to 0.5 keep most modes, momentum 0.9 or a slow $D$ loses most. Where the plain game fails, three
#   cures bring them back: a batch's deviation in $D$'s input (free), looking ahead (2,400 gradients of
#   $D$ in place of 400; no better than six real steps), and a penalised critic, the only one that held
#   in both failing settings.
# - Without overlap JSD is $\log 2$ at any distance and pulls nowhere; $W_1$ is the distance. Its
#   critic's loss falls as the generator gets better. $D$'s loss in the plain game does not tell.
# - On digits the GAN is the sharper one and the VAE the one with a likelihood. Sharpness says
#   nothing about coverage: a GAN that repeats itself is as sharp as before. Ask for recall, for
#   coverage, for a count of classes, and for fresh data beside them.
#
# ## References
#
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein (2017), "Unrolled generative adversarial
#   networks", *ICLR*: eq. 6 to 8, and the ring. [arXiv
#   1611.02163](https://arxiv.org/abs/1611.02163)
# - M. Arjovsky, S. Chintala, L. Bottou (2017), "Wasserstein GAN", *ICML*: eq. 2, example 1, and
#   section 3 on clipping. [arXiv 1701.07875](https://arxiv.org/abs/1701.07875)
# - I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville (2017), "Improved training of
#   Wasserstein GANs", *NeurIPS*: eq. 3. [arXiv 1704.00028](https://arxiv.org/abs/1704.00028)
# - T. Miyato, T. Kataoka, M. Koyama, Y. Yoshida (2018), "Spectral normalization for generative
#   adversarial networks", *ICLR*: eq. 8. [arXiv 1802.05957](https://arxiv.org/abs/1802.05957)
# - T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen (2016), "Improved
#   techniques for training GANs", *NeurIPS*: section 3.2. [arXiv
#   1606.03498](https://arxiv.org/abs/1606.03498)
# - T. Karras, T. Aila, S. Laine, J. Lehtinen (2018), "Progressive growing of GANs", *ICLR*: section
#   3, the batch's deviation. [arXiv 1710.10196](https://arxiv.org/abs/1710.10196)
# - T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila (2019), "Improved precision and
#   recall metric for assessing generative models", *NeurIPS*: eq. 1 and 2. [arXiv
#   1904.06991](https://arxiv.org/abs/1904.06991)
#
# **The way on:** 14 puts the adversary to other work: translating pictures, matching codes, hiding
# where data come from.
