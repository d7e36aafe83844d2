# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 Latent variables
#
# **How can hidden causes explain data, and what is hard about it?**
#
# By the end you can
#
# - build a model with a hidden cause, sample from it, and find its parameters by EM, knowing which
#   half of EM is inference and which is estimation;
# - show with numbers why the evidence $p(x)$ and the posterior $p(z \mid x)$ get out of reach when
#   the cause has many dimensions;
# - use the two ways out, Markov chains and variational inference, and measure what each gets wrong.
#
# You need notebook 01 (Bayes' rule, KL, Jensen). Study time: 75 minutes. Computing time: about 35
# seconds on one core.

# %%
import math
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace

import torch
from matplotlib import pyplot as plt
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as ScikitMixture
from torch import Generator, Tensor, nn
from torch.distributions import MultivariateNormal, Normal

# %%
from course_utils import plotting, samplers
from course_utils.checks import latent_variables as check
from course_utils.data.toy import spiral
from course_utils.derivation import Derivation, Line
from course_utils.divergences import kl_gaussian
from course_utils.evaluation import autocorrelation, autocorrelation_time
from course_utils.explorers import ElboExplorer
from course_utils.models.linear_gaussian import LinearGaussian
from course_utils.models.mixture import GaussianMixture
from course_utils.nn import mlp
from course_utils.training import Batches, linear_tail, train

# %%
plotting.use_style()
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)  # the formulas below are compared to six digits and more

# %% [markdown]
# ## 150 flowers
#
# In 1936 R. A. Fisher published measurements of 150 irises. Take two of them, in centimetres: the
# width of a sepal and the width of a petal. A flower is one row $x$ of two numbers.
#
# The most common model of two numbers is a Gaussian. Fit it: its mean and covariance are those of
# the data. Two questions before you run the cell. Do flowers with wider sepals have wider petals?
# And what share of the Gaussian's flowers have a petal between 0.6 and 1 cm wide?

# %%
iris = load_iris()
x = torch.from_numpy(iris.data[:, [1, 3]])
species = torch.from_numpy(iris.target)

one = MultivariateNormal(x.mean(dim=0), torch.cov(x.T, correction=0))
petal = Normal(one.mean[1], one.variance[1].sqrt())
share = (petal.cdf(torch.tensor(1.0)) - petal.cdf(torch.tensor(0.6))).item()
in_gap = ((x[:, 1] > 0.6) & (x[:, 1] < 1.0)).sum().item()

print(f"correlation of sepal and petal width: {torch.corrcoef(x.T)[0, 1]:.3f}")
print(f"petals between 0.6 and 1 cm: Gaussian {share:.1%}, flowers {in_gap} of {len(x)}")
for k, name in enumerate(iris.target_names):
    print(f"correlation within {name:10} {torch.corrcoef(x[species == k].T)[0, 1]:.3f}")

# %% [markdown]
# The wider the sepal, the narrower the petal, says the correlation. It is wrong about every single
# species: within each, the two grow together. And one flower in six that the Gaussian makes up has
# a petal of a width that no flower has. Both failures have one reason.


# %%
def ellipse(mean: Tensor, cov: Tensor) -> Tensor:
    """The points at two standard deviations of a Gaussian in the plane, shape (2, points)."""
    angle = torch.linspace(0, 2 * math.pi, 100)
    circle = torch.stack([angle.cos(), angle.sin()])
    return mean[:, None] + 2 * torch.linalg.cholesky(cov) @ circle


markers, colours = "osD", (plotting.MODEL, plotting.FAKE, plotting.FIFTH)
fig, ax = plt.subplots()
for k, name in enumerate(iris.target_names):
    ax.plot(*x[species == k].T, markers[k], color=colours[k], ms=4, alpha=0.7, label=name)
ax.plot(*ellipse(one.mean, one.covariance_matrix), color=plotting.DATA, label="one Gaussian")
ax.set_xlabel("sepal width (cm)")
ax.set_ylabel("petal width (cm)")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plotting.show(
    fig,
    alt="Sepal and petal widths of 150 irises: three clouds that each rise to the right, setosa "
    "apart from the others at the bottom. One Gaussian over all of them falls to the right.",
)

# %% [markdown]
# There are three species. The botanist, E. Anderson, wrote them down; had he not, they would be a
# **latent variable** (or hidden cause) $z$: something you do not see, without which what you see
# looks odd. This notebook first shows what latent variables buy, then what they cost, then two ways
# to pay.
#
# ## 1. Learn p(x), and sample
#
# A deep generative model learns a distribution $p(x)$ from examples, and draws new ones. Three
# verbs recur in every notebook from here on: **sample**, **score** (how many nats of $\log p(x)$
# does an example get?) and **compare**. With a latent variable a model has two parts, a **prior**
# $p(z)$ and a **likelihood** $p(x \mid z)$, and
#
# $$ p(x) = \sum_z p(z)\, p(x \mid z). \tag{1} $$
#
# With the species as $z$, each part is easy to fit: count flowers for $p(z)$; take the mean and the
# covariance within each species for $p(x \mid z)$.


# %%
def fit_by_labels(x: Tensor, z: Tensor, count: int) -> GaussianMixture:
    """The mixture whose components are the Gaussians of each class."""
    parts = [x[z == k] for k in range(count)]
    weights = torch.tensor([len(part) / len(x) for part in parts])
    means = torch.stack([part.mean(dim=0) for part in parts])
    return GaussianMixture(
        weights, means, torch.stack([torch.cov(p.T, correction=0) for p in parts])
    )


expert = fit_by_labels(x, species, 3)
made_up = expert.marginal.sample((100_000,))
gap_share = ((made_up[:, 1] > 0.6) & (made_up[:, 1] < 1.0)).double().mean().item()

print(f"score: one Gaussian {one.log_prob(x).mean():.3f} nats per flower")
print(f"       three species {expert.log_prob(x).mean():.3f} nats per flower")
print(f"petals between 0.6 and 1 cm: {gap_share:.1%} instead of {share:.1%}")

# %% [markdown]
# Higher by 0.9 nats per flower, and the gap is nearly empty. A mixture of densities is a density
# again; check on a fine grid that the probability adds up to one.


# %%
def mass(log_density: Callable[[Tensor], Tensor], low: float, high: float, count: int) -> float:
    """The sum of exp(log_density) over an even grid on a square, times the area of a cell."""
    side = torch.linspace(low, high, count)
    density = log_density(torch.cartesian_prod(side, side)).exp()
    return (density.sum() * (side[1] - side[0]) ** 2).item()


total = mass(expert.log_prob, -2.0, 7.0, 901)
print(f"the mixture integrates to {total:.6f}")
assert abs(total - 1) < 1e-6

# %% [markdown]
# Two obstacles stand between this toy and an image, and they have shaped the field.
#
# 1. **Structure.** Somebody had to know that there are three species, and that a Gaussian fits
#    each. Nobody knows the causes of a photograph.
# 2. **Inference.** Finding $z$ from $x$ is easy for three values. For many causes at once it is
#    not.
#
# Sections 2 to 7 attack the first, 8 measures the second, 9 to 11 attack that.
#
# ## 2. Causes behind causes
#
# A model with hidden causes is best drawn. Each circle is a variable, grey where it is observed; an
# arrow points from a cause to what it causes. The joint distribution is a product, one factor for
# each circle given its parents.

# %%
graphs = {
    "mixture": {"z": (0, 1), "x": (0, 0)},
    "hierarchy": {"m": (0, 2), "z": (0, 1), "x": (0, 0)},
    "two causes": {"z₁": (-0.6, 1), "z₂": (0.6, 1), "x": (0, 0)},
}
fig, axes = plt.subplots(1, 3, figsize=(5.0, 2.4))
for ax, (name, nodes) in zip(axes, graphs.items(), strict=True):
    for label, at in nodes.items():
        face = "#d0d0d0" if label == "x" else "white"
        children = [to for to in nodes.values() if to[1] == at[1] - 1]
        for to in children:
            arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": 13, "shrinkB": 13}
            ax.annotate("", xy=to, xytext=at, arrowprops=arrow)
        ax.text(*at, label, ha="center", va="center", bbox={"boxstyle": "circle", "fc": face})
    ax.set(xlim=(-1.2, 1.2), ylim=(-0.5, 2.5), title=name)
    ax.set_axis_off()
plotting.show(
    fig,
    alt="Three graphs of hidden causes. Mixture: z points to x. Hierarchy: m points to z, z points "
    "to x. Two causes: z₁ and z₂ both point to x.",
)

# %% [markdown]
# Sampling follows the arrows: first a variable without parents, then its children given what was
# drawn. That is **ancestral sampling**. Try the hierarchy: flowers are picked in one of two meadows
# $m$, the meadow decides how common the species $z$ are, the species decides the petal $x$.
#
# The marginal of the petal follows from the sum rule, twice. Do the samples agree with it?

# %%
p_m = torch.tensor([0.4, 0.6])
p_z_given_m = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
generator = Generator().manual_seed(0)
m = torch.multinomial(p_m, 20_000, replacement=True, generator=generator)
z = torch.multinomial(p_z_given_m[m], 1, generator=generator)[:, 0]
means, deviations = expert.means[:, 1], expert.covs[:, 1, 1].sqrt()
petals = means[z] + deviations[z] * torch.randn(20_000, generator=generator)

p_z = p_m @ p_z_given_m
width = torch.linspace(-0.3, 3.0, 400)
analytic = (p_z * Normal(means, deviations).log_prob(width[:, None]).exp()).sum(dim=1)
print("p(z):   exact", [f"{p:.2f}" for p in p_z.tolist()])
print("      samples", [f"{p:.2f}" for p in (torch.bincount(z) / len(z)).tolist()])
print(f"mean petal: exact {p_z @ means:.2f}, samples {petals.mean():.2f}")

# %%
fig, ax = plt.subplots()
bins = torch.linspace(-0.3, 3.0, 67).numpy()
ax.hist(petals.numpy(), bins=bins, density=True, color=plotting.PRIOR, label="samples")
ax.plot(width, analytic, color=plotting.MODEL, label="sum over m and z")
ax.set_xlabel("petal width (cm)")
ax.set_ylabel("density")
ax.legend()
plotting.show(
    fig,
    alt="Histogram of 20,000 petal widths by ancestral sampling, with a narrow peak at 0.25 cm and "
    "two broad ones at 1.3 and 2 cm; the analytic marginal runs along the tops of its bars.",
)

# %% [markdown]
# They agree, and sampling never needed the sum. Keep that asymmetry in mind: **sampling follows the
# arrows and is cheap; scoring sums over everything hidden.**
#
# The mean petal is an average of averages, $\mathbb{E}[x] = \mathbb{E}\big[\mathbb{E}[x \mid
# z]\big]$.
#
# > **Common slip.** The rule is often printed as $\mathbb{E}[\mathbb{E}[x]] = \mathbb{E}[x]$, which
# > is true and empty: the inside is a constant. Only with "given $z$" inside is there something to
# > average: here 0.25, 1.33 and 2.03 cm.
#
# ## 3. Inference and estimation
#
# Two different questions, easily confused:
#
# - **Inference**: the parameters $\theta$ are known (here weights $\pi_k$, means $\mu_k$,
#   covariances $\Sigma_k$). What is the hidden $z$ of *this* flower? The answer is a distribution.
# - **Estimation**: what are the parameters $\theta$? The answer is one value for all flowers.
#
# You did the estimation above, with $z$ known: it was averaging. Inference is Bayes' rule,
#
# $$ r_k(x) = p(z = k \mid x) = \frac{\pi_k\, \mathcal{N}(x; \mu_k, \Sigma_k)}
# {\sum_j \pi_j\, \mathcal{N}(x; \mu_j, \Sigma_j)}, \tag{2} $$
#
# and the $r_k$ are called **responsibilities**: how much of the flower component $k$ answers for.
#
# **Exercise 6.1.** Write equation (2) for a batch of flowers: one row per flower, one column per
# component. Section 4 runs on your function.


# %% tags=["exercise"]
def responsibilities(weights: Tensor, means: Tensor, covs: Tensor, x: Tensor) -> Tensor:
    """p(z = k | x), shape (batch, components), for x of shape (batch, dim)."""
    ### BEGIN SOLUTION
    log_likelihood = MultivariateNormal(means, covs).log_prob(x[:, None])
    return (weights.log() + log_likelihood).softmax(dim=1)
    ### END SOLUTION


# %% tags=["check"]
responsibilities = check.responsibilities(responsibilities)

# %% [markdown] tags=["solution"]
# `x[:, None]` has shape (batch, 1, dim) and meets the components' batch of $K$, so that `log_prob`
# is (batch, K). The softmax over the components divides by the sum in equation (2), and subtracts
# the largest logarithm first: far from all components nothing rounds to 0/0.

# %% [markdown]
# Ask it about three flowers: a typical setosa, one between the two other species, and an invented
# one in the gap.

# %%
asked = torch.stack([x[0], x[77], torch.tensor([3.0, 0.75])])
print("  sepal  petal    setosa  versicolor  virginica")
for flower, r in zip(asked, responsibilities(expert.weights, expert.means, expert.covs, asked)):
    print(f"{flower[0]:6.1f} {flower[1]:6.2f} " + "".join(f"{value:11.3f}" for value in r))

# %% [markdown]
# The second flower is a versicolor that the model would rather call a virginica. That is no
# mistake: a posterior says what is known, and two numbers do not tell these species apart for
# certain.
#
# ## 4. EM: neither is known
#
# Now burn the botanist's labels. To estimate $\theta$ you would need $z$, to infer $z$ you would
# need $\theta$. The way out is to alternate. Why that works is three lines of algebra with any
# distribution $q(z)$, which are the seed of the whole of Part III:
#
# $$ \log p(x) = \underbrace{\mathbb{E}_q \log \frac{p(x, z)}{q(z)}}_{\text{ELBO}} +
# \underbrace{\mathbb{E}_q \log \frac{q(z)}{p(z \mid x)}}_{\mathrm{KL}(q\,\|\,p(z \mid x))\ \ge\ 0}.
# \tag{3} $$
#
# ELBO stands for *evidence lower bound*; the **evidence** is $p(x)$. Here it is, evaluated for one
# flower and an arbitrary $q$ over the three species.

# %%
evidence_exact = [
    Line(r"\log p(x)", "the sum over three species", lambda f: f.joint.logsumexp(0)),
    Line(
        r"\sum_z q(z) \log p(x)",
        "no z in it, and q sums to 1",
        lambda f: (f.q * f.joint.logsumexp(0)).sum(),
    ),
    Line(
        r"\sum_z q(z) \log \frac{p(x, z)}{p(z \mid x)}",
        "Bayes' rule",
        lambda f: (f.q * (f.joint - f.joint.log_softmax(0))).sum(),
    ),
]

# %%
evidence_bound = [
    Line(
        r"\sum_z q \log \frac{p(x, z)}{q} + \sum_z q \log \frac{q}{p(z \mid x)}",
        "multiply by q/q",
        lambda f: (
            (f.q * (f.joint - f.q.log())).sum() + (f.q * (f.q.log() - f.joint.log_softmax(0))).sum()
        ),
    ),
    Line(
        r"\sum_z q(z) \log \frac{p(x, z)}{q(z)}",
        "the second sum is a KL",
        lambda f: (f.q * (f.joint - f.q.log())).sum(),
        "≥",
    ),
]
flower = SimpleNamespace(
    joint=expert.log_joint(x[77:78])[0],  # log p(x, z), three numbers
    q=torch.tensor([0.05, 0.65, 0.3]),
)
Derivation(*evidence_exact, *evidence_bound).run(flower)

# %% [markdown]
# > **Common slip.** Lecture notes write line 2 as $\log p(x) \approx \mathbb{E}_q[\log p(x)]$ and
# > call it a hope. It is exact: lines 1 and 2 agree to the last digit, for every $q$. What is lost
# > is the KL in the last line, and nothing else.
#
# EM climbs by two moves. **E step**: set $q$ to the posterior under the present $\theta$. The KL is
# 0 and the ELBO touches $\log p_\theta(x)$. **M step**: keep $q$, choose the $\theta'$ that makes
# the ELBO largest. The ELBO is a lower bound also at $\theta'$, so the likelihood there is no
# smaller. For the mixture the M step is averaging again, with responsibilities as weights (Bishop,
# eq. 9.24 to 9.26).


# %%
def em_by_hand(
    weights: Tensor, means: Tensor, covs: Tensor, x: Tensor, infer: Callable[..., Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """One step of EM; `infer` computes responsibilities."""
    r = infer(weights, means, covs, x)  # E step: inference
    sizes = r.sum(dim=0)  # M step: estimation
    means = r.T @ x / sizes[:, None]
    centred = x[:, None] - means
    covs = torch.einsum("nk,nki,nkj->kij", r, centred, centred) / sizes[:, None, None]
    return sizes / len(x), means, covs


theta = torch.full((3,), 1 / 3), x[[0, 50, 100]], one.covariance_matrix.repeat(3, 1, 1)
first = GaussianMixture(*theta)
for _ in range(200):
    theta = em_by_hand(*theta, x, responsibilities)
by_hand = GaussianMixture(*theta).log_prob(x).sum()
print(f"log-likelihood after 200 steps by hand: {by_hand:.4f} nats")

# %% [markdown]
# It started from three flowers as means, equal weights and the covariance of all data. The first
# step, executed for all 150 flowers at once:

# %%
em_step = Derivation(
    Line(r"\log p_\theta(X)", "sum over the flowers", lambda s: s.before.log_prob(s.x).sum()),
    Line(
        r"\mathrm{ELBO}(r, \theta)",
        "E step: r is the posterior, the KL is 0",
        lambda s: (s.r * (s.before.log_joint(s.x) - s.r.log())).sum(),
    ),
    Line(
        r"\mathrm{ELBO}(r, \theta')",
        "M step: θ' makes it largest",
        lambda s: (s.r * (s.after.log_joint(s.x) - s.r.log())).sum(),
        "≤",
    ),
    Line(
        r"\log p_{\theta'}(X)",
        "a lower bound: the KL of the old r is not negative",
        lambda s: s.after.log_prob(s.x).sum(),
        "≤",
    ),
)
em_step.run(SimpleNamespace(x=x, before=first, after=first.em_step(x), r=first.responsibilities(x)))

# %% [markdown]
# From here on `GaussianMixture` does it. Is our EM the real one? scikit-learn's
# `GaussianMixture` can be given the same start. Predict how many digits agree.

# %%
learned, curve = first.fit(x, steps=200)
theirs = ScikitMixture(
    3,
    weights_init=first.weights.numpy(),
    means_init=first.means.numpy(),
    precisions_init=torch.linalg.inv(first.covs).numpy(),
    reg_covar=0.0,
    tol=1e-13,
    max_iter=1000,
).fit(x.numpy())
ours, scikit = 150 * curve[-1], 150 * theirs.score(x.numpy())

print(f"log-likelihood: ours {ours:.6f}, scikit-learn {scikit:.6f} nats")
print(f"within 1e-6 of each other: {abs(ours - scikit) < 1e-6}")
print(f"never falls: {min(b - a for a, b in pairwise(curve)) > -1e-12}")
assert abs(ours - scikit) < 1e-6
assert abs(ours - by_hand) < 1e-9
assert min(b - a for a, b in pairwise(curve)) > -1e-12

# %% [markdown]
# Now watch it. Colours mix the three responsibilities of each flower. Before you run the cell: the
# first step starts with three equal ellipses. What do the responsibilities look like then?

# %%
palette = torch.tensor([[0.0, 0.447, 0.698], [0.835, 0.369, 0.0], [0.478, 0.129, 0.867]])
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8), sharey=True)
for ax, step in zip(axes, (0, 5, 200), strict=True):
    now, _ = first.fit(x, steps=step)
    mixed = (now.responsibilities(x) @ palette).clamp(0, 1)
    ax.scatter(*x.T, c=mixed.numpy(), s=12)
    for k in range(3):
        ax.plot(*ellipse(now.means[k], now.covs[k]), color=colours[k])
    ax.set_title(f"step {step}: {150 * curve[step]:.1f} nats".replace("-", "−"), fontsize=9)
    ax.set_xlabel("sepal width (cm)")
axes[0].set_ylabel("petal width (cm)")
plotting.show(
    fig,
    alt="EM after 0, 5 and 200 steps: three equal ellipses shrink onto the three clouds, and muddy "
    f"colours become clear. The log-likelihood rises from {150 * curve[0]:.0f} to {ours:.0f} nats.",
)

# %% [markdown]
# Muddy at first: every component answers a little for every flower. After 200 steps each cloud has
# its component, and only on the border of the upper two are colours mixed.
#
# ## 5. Chosen by an expert, or learned?
#
# The same data, the same family, two latent variables: the botanist's species, and what EM made up
# without a label. Which one gives the data the higher likelihood? How often do the two agree?

# %%
answer = learned.responsibilities(x).argmax(dim=1)  # each began at a flower of one species
agree = (answer == species).sum().item()
table = torch.stack([torch.bincount(answer[species == k], minlength=3) for k in range(3)])

print("rows: species; columns: learned component")
for name, counts in zip(iris.target_names, table.tolist()):
    print(f"{name:11}" + "".join(f"{count:4}" for count in counts))
print(f"agreement: {agree} of 150")
print(f"log-likelihood: expert {expert.log_prob(x).sum():.1f}, learned {ours:.1f} nats")

# %% [markdown]
# EM rediscovers the species for all but eight flowers, and its likelihood is *higher* than the
# botanist's: it is free to put the border where the density wants it. That is the bargain of
# learned causes. They explain the data better than an expert's, and nobody guarantees that they
# mean what the expert meant.
#
# ## 6. How far does a mixture carry?
#
# Enough bumps can imitate almost any density. Take one that is no mixture: a bell that is cut into
# waves,
#
# $$ p(x) \propto e^{-x^2/8}\,\big(1.05 + \sin 4x\big). $$
#
# On a grid it is normalised exactly, so the expected score of a model, $-\mathbb{E}_p[\log
# p_\theta(x)]$ (a cross-entropy), is exact too, and its floor is the entropy of $p$. Fit mixtures
# with $K = 1$ to 32 components to 200 samples, and again to 5,000. Predict both curves, on the
# training samples and in truth.

# %%
line = torch.linspace(-8, 8, 4001)
spacing = (line[1] - line[0]).item()
wiggly = (-line.square() / 8).exp() * (1.05 + (4 * line).sin())
wiggly = wiggly / (wiggly.sum() * spacing)
floor = -(torch.special.xlogy(wiggly, wiggly).sum() * spacing).item()


def draw(density: Tensor, grid: Tensor, n: int, seed: int) -> Tensor:
    """Samples of a density on an even grid, shape (n, 1), by its cumulative sum."""
    cell = torch.multinomial(density, n, replacement=True, generator=Generator().manual_seed(seed))
    jitter = torch.rand(n, generator=Generator().manual_seed(seed + 1)) - 0.5
    return (grid[cell] + jitter * (grid[1] - grid[0]))[:, None]


def start(x: Tensor, count: int) -> GaussianMixture:
    """Equal components at the quantiles of 1-D samples."""
    at = (torch.arange(count) + 0.5) / count
    variance = (x.std() / count) ** 2 * torch.ones(count, 1, 1)
    return GaussianMixture(
        torch.full((count,), 1 / count), torch.quantile(x[:, 0], at)[:, None], variance
    )


# %%
counts, fits, scores = (1, 2, 4, 6, 8, 12, 16, 24, 32), {}, {}
for n, steps in ((200, 200), (5000, 100)):
    samples = draw(wiggly, line, n, seed=0)
    for count in counts:
        fitted, nll = start(samples, count).fit(samples, steps=steps, ridge=1e-4)
        truth = -(wiggly * fitted.log_prob(line[:, None])).sum().item() * spacing
        fits[n, count], scores[n, count] = fitted, (-nll[-1], truth)

print(f"floor (entropy of p): {floor:.3f} nats")
print("  K   train 200  truth 200   train 5000  truth 5000")
for count in counts:
    few, many = scores[200, count], scores[5000, count]
    print(f"{count:3} {few[0]:11.2f} {few[1]:10.2f} {many[0]:12.2f} {many[1]:11.2f}")
best = min(counts, key=lambda count: scores[200, count][1])
assert scores[200, 32][0] < floor < scores[200, 32][1] - 0.3
assert scores[5000, 32][1] < floor + 0.03

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.0))
for n, colour in ((200, plotting.FAKE), (5000, plotting.MODEL)):
    for which, style, name in ((0, "--", "training"), (1, "-", "in truth")):
        values = [scores[n, count][which] for count in counts]
        axes[0].plot(counts, values, style, color=colour, marker=".", label=f"{n}, {name}")
axes[0].axhline(floor, color=plotting.DATA, linestyle=":", label="floor")
axes[0].set(xlabel="components $K$", ylabel="negative log-likelihood (nats)")
axes[0].legend(fontsize=7, loc="upper center")
axes[1].plot(line, wiggly, color=plotting.DATA, label="$p$")
for (n, count), colour in (((200, 32), plotting.FAKE), ((5000, 32), plotting.MODEL)):
    density = fits[n, count].log_prob(line[:, None]).exp()
    axes[1].plot(line, density, color=colour, linewidth=1, label=f"$K$ = {count}, {n} samples")
axes[1].set(xlim=(-5, 5), ylim=(0, 1.0), xlabel="$x$", ylabel="density")
axes[1].legend(fontsize=7)
plotting.show(
    fig,
    alt=f"With 200 samples the training loss falls below the floor of {floor:.2f} nats while the "
    f"true one rises again after K = {best}; with 5,000 both end near the floor. Right: 32 "
    "components follow p with 5,000 samples, and grow spikes with 200.",
)

# %% [markdown]
# Two lessons. With enough data the mixture follows every wave: at $K = 32$ it is within 0.03 nats
# of the floor. With 200 samples the training loss keeps falling, even *below the entropy of the
# truth*, which no honest model can do; the true loss has its minimum at $K = 6$ and then climbs.
# Structure has to be chosen, by held-out data if by nothing else.
#
# > **Common slip.** "EM finds the maximum-likelihood mixture." There is none. Put one component on
# > a single sample and let its width shrink:

# %%
samples = draw(wiggly, line, 200, seed=0)
for spread in (1e-1, 1e-50, 1e-100, 1e-150):
    spiky = GaussianMixture(
        torch.tensor([0.5, 0.5]),
        torch.stack([samples.mean(dim=0), samples[0]]),
        torch.stack([samples.var() * torch.eye(1), spread**2 * torch.eye(1)]),
    )
    print(f"width {spread:.0e}: log-likelihood {spiky.log_prob(samples).sum():8.1f} nats")

# %% [markdown]
# It grows without limit, by 115 nats for every factor of $10^{50}$, and soon beats every fit of the
# table. The `ridge` of `em_step` (1e-4 above, added to each variance) forbids that.
#
# ## 7. Infinitely many causes
#
# ![Three graphical models, x observed inside a plate of N examples. A mixture: class z causes x. A VAE: z causes x with θ outside, a dashed arrow with φ infers z. A hierarchy: z₂ causes z₁ causes x.](../figures/graphical_models.svg)
#
# A mixture has a list of causes. Make $z$ a real number instead, keep the prior as plain as
# possible and let a neural network $f$ do the work:
#
# $$ z \sim \mathcal{N}(0, I), \qquad x \mid z \sim \mathcal{N}\big(f(z), \sigma^2 I\big), \qquad
# p(x) = \int p(z)\, \mathcal{N}\big(x; f(z), \sigma^2 I\big)\, dz. \tag{4} $$
#
# It is a mixture with a component at every point of a curve (or surface) $f(z)$. This one equation
# is the decoder of every variational autoencoder to come. While $z$ has one dimension, the integral
# is a sum over a grid of $z$, and its gradient is autograd's. The data: 2,000 points on a spiral.
#
# Before you run it: can a straight line of causes be bent into a spiral by nothing but the gradient
# of $\log p(x)$?


# %%
class Curve(nn.Module):
    """z ~ N(0, 1), x | z ~ N(f(z), σ² I) with an MLP f; p(x) by a sum over an even grid of z."""

    def __init__(self, count: int = 150) -> None:
        super().__init__()
        self.f = mlp(1, 64, 64, 2, activation=nn.Tanh)
        self.log_sigma2 = nn.Parameter(torch.tensor(0.25).log())
        self.register_buffer("z", torch.linspace(-4, 4, count)[:, None])
        self.register_buffer("log_p_z", (-0.5 * self.z[:, 0].square()).log_softmax(dim=0))

    def log_joint(self, x: Tensor) -> Tensor:
        """log p(x, z) for each point of the grid, shape (batch, count)."""
        centres = self.f(self.z)
        distance = x.square().sum(1, keepdim=True) - 2 * x @ centres.T + centres.square().sum(1)
        log_p_x_given_z = -0.5 * distance / self.log_sigma2.exp() - self.log_sigma2
        return log_p_x_given_z - math.log(2 * math.pi) + self.log_p_z

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) in nats, shape (batch,)."""
        return self.log_joint(x).logsumexp(dim=1)


# %%
toy, held_out = spiral(2000, noise=0.1, seed=0), spiral(2000, noise=0.1, seed=1)
torch.manual_seed(0)
curve_model = Curve().float()
before = curve_model.f(curve_model.z).detach()
optimizer = torch.optim.Adam(curve_model.parameters(), lr=5e-3, fused=True)
schedule = linear_tail(optimizer, steps=1500)


def curve_step(x: Tensor) -> dict[str, Tensor]:
    loss = -curve_model.log_prob(x).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    return {"negative log-likelihood": loss}


history = train(curve_step, Batches(toy.x.float(), size=256, seed=0), steps=1500)

# %% [markdown]
# Score it on points it has not seen, beside the true density, one Gaussian, and a mixture of eight.
# And integrate: this density has to have mass one as well.

# %%
unseen = held_out.x.double()
eight, _ = GaussianMixture(
    torch.full((8,), 1 / 8), toy.x[:8].double(), torch.eye(2).repeat(8, 1, 1)
).fit(toy.x.double(), steps=100)
plain = MultivariateNormal(toy.x.double().mean(dim=0), torch.cov(toy.x.double().T))
curve_model.double().requires_grad_(False)
found = -curve_model.log_prob(unseen).mean().item()
true = -held_out.log_density(unseen).mean().item()
curve_mass = mass(curve_model.log_prob, -4.0, 4.0, 401)

print(f"nats per point: truth {true:.2f}, curve ≈ {found:.2f}, within 0.1: {found < true + 0.1}")
print(f"one Gaussian {-plain.log_prob(unseen).mean():.2f}")
print(f"eight Gaussians {-eight.log_prob(unseen).mean():.2f}")
print(f"the curve's density integrates to {curve_mass:.5f}")
assert found < true + 0.1
assert abs(curve_mass - 1) < 1e-4

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8))
z_grid = curve_model.z[:, 0]
shown = z_grid.abs() < 2.5
centres = curve_model.f(curve_model.z)
for ax, path, name in zip(axes, (before, centres), ("before training", "after"), strict=False):
    ax.plot(*toy.x[:800].T, ".", color=plotting.PRIOR, ms=2)
    ax.plot(*path[shown].T, color=plotting.DATA, linewidth=1)
    dots = ax.scatter(*path[shown][::3].T, c=z_grid[shown][::3], s=12, cmap="cividis", zorder=3)
    ax.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xlabel="$x_1$", title=name, aspect="equal")
fig.colorbar(dots, ax=axes[1], label="$z$", shrink=0.8)
box = (-2.4, 2.4, -2.4, 2.4)
plotting.plot_density(axes[2], lambda points: curve_model.log_prob(points.double()), bounds=box)
axes[2].set_title("its density")
plotting.show(
    fig,
    alt="Left, an untrained network maps the line of z to a short stroke in the middle of the "
    "spiral of points. Centre, after training the line follows the spiral from end to end. "
    "Right, the learned density is a spiral.",
)

# %% [markdown]
# It can. One number per point, bent by a network of 4,500 weights, is worth more than eight full
# Gaussians, and it comes within a tenth of a nat of the truth. The latent is learned: nobody said
# that position along the arm is what matters. (Another seed may fold the line or leave a piece of
# the arm out: the likelihood has local maxima.)
#
# You could stop the course here, if the grid did not have a price.
#
# ## 8. What is hard: two integrals
#
# **The evidence.** Equation (4) is an expectation over the prior, so why not Monte Carlo?
#
# $$ p(x) = \mathbb{E}_{z \sim p(z)}\big[p(x \mid z)\big] \approx \frac{1}{N} \sum_{i=1}^N p(x \mid
# z_i), \qquad z_i \sim p(z). \tag{5} $$
#
# Notebook 01 said that its error does not depend on the dimension, only on the variance. So look at
# the variance, in a model where all is known: $z \sim \mathcal{N}(0, I)$ in $d$ dimensions and $x
# \mid z \sim \mathcal{N}(z, \sigma^2 I)$ with $\sigma = 0.3$. At $x = 0$, the most probable point,
# the squared relative error of equation (5) is, with $x_1, z_1$ for a single dimension,
#
# $$ \frac{1}{N}\left( R^d - 1 \right), \qquad R = \frac{\mathbb{E}[p(x_1 \mid z_1)^2]}{p(x_1)^2} =
# \frac{1 + \sigma^2}{\sigma \sqrt{2 + \sigma^2}} \approx 2.51. $$
#
# **Exercise 6.2 (prediction).** In one dimension, 152 samples give a relative error of 10 %. How
# many are needed for $d = 50$? Give the logarithm to base 10 of $N$.

# %% tags=["exercise"]
### BEGIN SOLUTION
log10_samples = 50 * math.log10(2.5133) + 2
### END SOLUTION

# %% tags=["check"]
log10_samples = check.samples_needed(log10_samples)

# %% [markdown] tags=["solution"]
# $R^{50} / N = 0.01$, so $\log_{10} N = 50 \log_{10} 2.5133 + 2 = 22.0$. The dimensions are
# independent, the second moment of a product of independent factors is the product of their second
# moments, and so $d$ becomes an exponent.

# %% [markdown]
# Now measure: 10,000 samples, 100 repeats, four dimensions. Besides the predicted relative error,
# look at what a typical (median) run says about $\log p(x)$.

# %%
dims, sigma, n_samples = (1, 2, 10, 50), 0.3, 10_000
generator = Generator().manual_seed(0)
runs = {}
for d in dims:
    logs = []
    for _ in range(100):
        z = torch.randn(n_samples, d, generator=generator)
        log_p_x_given_z = Normal(z, sigma).log_prob(torch.tensor(0.0)).sum(dim=1)
        logs.append(log_p_x_given_z.logsumexp(dim=0).item() - math.log(n_samples))
    runs[d] = torch.tensor(logs)

# %%
second_moment = (1 + sigma**2) / (sigma * math.sqrt(2 + sigma**2))
exact = {d: LinearGaussian(torch.eye(d), sigma).log_prob(torch.zeros(1, d)).item() for d in dims}
print("  d   log p(x)   median run    relative error: predicted   measured")
for d in dims:
    predicted = math.sqrt((second_moment**d - 1) / n_samples)
    measured = ((runs[d] - exact[d]).exp() - 1).square().mean().sqrt()
    median = runs[d].median()
    print(f"{d:3} {exact[d]:10.2f} {median:12.2f} {predicted:24.2g} {measured:14.2g}")
assert (runs[50] < exact[50] - 20).double().mean() > 0.9

# %% [markdown]
# In one or two dimensions it is fine. In ten the error is about the size of the answer. In fifty
# the predicted error is a hundred million times the answer, and the measurement does not even show
# it: all 100 runs miss the rare samples that matter. The typical run is 60 nats too low, which
# makes the estimate 0 for all purposes, so that the measured error is 1. **A Monte Carlo estimate
# that fails does not warn you.** An image model has 50 latents or more.
#
# > **Common slip.** Writing the sum as $\sum_i p(z_i)\, p(x \mid z_i)$ over samples $z_i \sim
# > p(z)$. The samples already come as often as $p$ says; the density must not weigh them again:

# %%
z = torch.randn(100_000, generator=generator)
likelihood = Normal(z, sigma).log_prob(torch.tensor(0.0)).exp()
weighted = Normal(0.0, 1.0).log_prob(z).exp() * likelihood
print(f"exact p(x)                  {math.exp(exact[1]):.3f}")
print(f"mean of p(x | zᵢ)           {likelihood.mean():.2f}")
print(f"sum of p(zᵢ) p(x | zᵢ)  {weighted.sum():.0f}, growing with N")

# %% [markdown]
# **The posterior.** Bayes' rule has the evidence in its denominator,
#
# $$ p(z \mid x) = \frac{p(z)\, p(x \mid z)}{p(x)}, $$
#
# so it inherits the problem. In one or two dimensions a grid settles both. Two examples with two
# causes $z_1, z_2 \sim \mathcal{N}(0, 1)$, of which you see only
#
# - the **sum**: $x = z_1 + z_2 + \varepsilon$ with noise of variance 0.1; seen $x = 1.5$;
# - the **product**: $x = z_1 z_2 + \varepsilon$ with noise of variance 0.25; seen $x = 1.5$.
#
# A priori the causes are independent. Draw (on paper) where the posterior has its mass.


# %%
def log_joint_sum(z: Tensor, x: float) -> Tensor:
    """log p(x, z) for x = z₁ + z₂ + noise of variance 0.1, shape (batch,)."""
    return Normal(0.0, 1.0).log_prob(z).sum(dim=1) + Normal(z.sum(dim=1), 0.1**0.5).log_prob(
        torch.tensor(x)
    )


def log_joint_product(z: Tensor, x: float) -> Tensor:
    """log p(x, z) for x = z₁ z₂ + noise of variance 0.25, shape (batch,)."""
    return Normal(0.0, 1.0).log_prob(z).sum(dim=1) + Normal(z.prod(dim=1), 0.5).log_prob(
        torch.tensor(x)
    )


side = torch.linspace(-5, 5, 401)
plane, cell = torch.cartesian_prod(side, side), (10 / 400) ** 2
evidence, posterior = {}, {}
for name, log_joint in (("sum", log_joint_sum), ("product", log_joint_product)):
    values = log_joint(plane, 1.5)
    evidence[name] = values.logsumexp(dim=0).item() + math.log(cell)
    posterior[name] = values.softmax(dim=0)  # the probability of each cell

# %%
adder = LinearGaussian(torch.ones(1, 2), 0.1**0.5)
seen = torch.tensor([[1.5]])
exact_sum = adder.log_prob(seen).item()
p_z_given_x = adder.encode(seen)
correlation = {}
for name, weight in posterior.items():
    centred = plane - weight @ plane
    cov = (weight[:, None] * centred).T @ centred
    correlation[name] = (cov[0, 1] / (cov[0, 0] * cov[1, 1]).sqrt()).item()

print(f"sum:     log p(x) by grid {evidence['sum']:.6f}, exact {exact_sum:.6f}")
print(f"product: log p(x) by grid {evidence['product']:.6f}")
print("correlation of the causes in the posterior:", end=" ")
print(f"sum {correlation['sum']:.3f}, product {correlation['product']:.3f}")
assert abs(evidence["sum"] - exact_sum) < 1e-6

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.9))
prior = Normal(0.0, 1.0).log_prob(plane).sum(dim=1).softmax(dim=0)
for ax, (name, weight) in zip(axes, {"prior": prior, **posterior}.items(), strict=True):
    picture = weight.reshape(401, 401).T
    ax.imshow(picture.numpy(), extent=(-5, 5, -5, 5), origin="lower", cmap="cividis")
    ax.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="$z_1$", title=name)
    ax.grid(False)
axes[0].set_ylabel("$z_2$")
plotting.show(
    fig,
    alt="Two independent causes. Prior: a round spot. Given their sum: a thin ridge falling to the "
    f"right, correlation {correlation['sum']:.2f}. Given their product: two bent spots, one where "
    "both are positive and one where both are negative.",
)

# %% [markdown]
# Seeing the sum ties the causes together: if one was large, the other was small. They **explain
# each other away**, with correlation −0.91, though a priori they knew nothing of each other. Seeing
# the product leaves two explanations that have nothing in common: both positive, or both negative.
#
# The grid had $401^2$ points. With $K$ points per dimension it has $K^d$. At 50 points per
# dimension and a billion points a second:

# %%
for d in dims:
    seconds = 50.0**d / 1e9
    print(f"d = {d:2}: {50.0**d:8.2g} points, {seconds:8.2g} seconds")
age = 4.35e17  # of the universe, in seconds
print(f"ages of the universe for d = 50: {50.0**50 / 1e9 / age:.0e}")

# %% [markdown]
# Ten latents take three years, fifty are hopeless. So here is what is hard about hidden causes, in
# one sentence: **the likelihood of one point is an integral over all its explanations, and almost
# all explanations are useless.** There are two classic ways out. One walks to the good
# explanations, the other describes where they are.
#
# ## 9. Way out 1: walk (Markov chain Monte Carlo)
#
# You can compute $p(x, z)$ for any $z$, only not its sum. **Metropolis** (1953) needs no more.
# Stand at $z$. Propose a step in a random direction, $z' = z + s\,\varepsilon$ with $\varepsilon
# \sim \mathcal{N}(0, I)$ and a step size $s$. Go there with probability $\min(1, p(x, z') / p(x,
# z))$; otherwise stay, and count the place once more. In the ratio the evidence cancels. After many
# steps the places visited are samples of $p(z \mid x)$, but not independent ones.
#
# By hand, one chain on the posterior of the product:


# %%
def metropolis_by_hand(
    log_density: Callable[[Tensor], Tensor], steps: int, scale: float, seed: int
) -> Tensor:
    """One chain from (1, 1), shape (steps, 2)."""
    generator = Generator().manual_seed(seed)
    z, states = torch.ones(1, 2), []
    for _ in range(steps):
        proposal = z + scale * torch.randn(1, 2, generator=generator)
        ratio = (log_density(proposal) - log_density(z)).exp().item()
        if torch.rand(1, generator=generator).item() < ratio:
            z = proposal
        states.append(z)
    return torch.cat(states)


chain = metropolis_by_hand(lambda z: log_joint_product(z, 1.5), steps=2000, scale=0.7, seed=0)
print(f"mean of z₁ over the chain: {chain[:, 0].mean():.2f}, by symmetry it must be 0")

# %% [markdown]
# Not quite: 2,000 steps are few, for a reason that the trace below shows. From here on `samplers` runs
# many chains at once. Besides Metropolis try **Gibbs sampling**: draw
# each cause from its distribution given the other. For the product these are Gaussians: given
# $z_2$, the product is linear in $z_1$, so that
#
# $$ z_1 \mid z_2, x \sim \mathcal{N}\left(\frac{x z_2}{z_2^2 + \sigma^2},\;
# \frac{\sigma^2}{z_2^2 + \sigma^2}\right), \qquad \sigma^2 = 0.25. $$
#
# And **Langevin** steps, which also use the gradient of $\log p(x, z)$. Do all three find the same
# posterior as the grid? And which mixes best?


# %%
def conditional(j: int, x: float) -> samplers.Conditional:
    """Draws z_j given the other cause and their noisy product x."""

    def draw_coordinate(z: Tensor, generator: Generator) -> Tensor:
        other = z[:, 1 - j]
        precision = other.square() + 0.25
        noise = torch.randn(len(z), generator=generator)
        return x * other / precision + (0.25 / precision).sqrt() * noise

    return draw_coordinate


# %%
def chains_for(x: float, *, steps: int, count: int) -> dict[str, samplers.Run]:
    """Chains of each sampler on the posterior of the product, half started in each mode."""
    begin = math.sqrt(x) * torch.ones(count, 2)
    begin[::2] *= -1

    def log_density(z: Tensor) -> Tensor:
        return log_joint_product(z, x)

    both = [conditional(0, x), conditional(1, x)]
    return {
        "Metropolis": samplers.metropolis(log_density, begin, steps=steps, scale=0.7),
        "Langevin": samplers.langevin(log_density, begin, steps=steps, scale=0.6),
        "Gibbs": samplers.gibbs(both, begin, steps=steps),
    }


# %%
on_grid = {"E z₁²": plane[:, 0].square(), "E z₁z₂": plane.prod(dim=1)}
target = {name: (posterior["product"] @ values).item() for name, values in on_grid.items()}
walks = chains_for(1.5, steps=3000, count=200)
print(f"{'':11} accepted   E z₁²   E z₁z₂    τ of z₁")
print(f"{'grid':11} {'':8} {target['E z₁²']:7.2f} {target['E z₁z₂']:8.2f}")
for name, walk in walks.items():
    z = walk.x
    second, product = z[..., 0].square().mean(), z.prod(dim=-1).mean()
    tau = autocorrelation_time(z[..., 0])
    print(f"{name:11} {walk.accepted:7.0%} {second:8.2f} {product:8.2f}    ≈ {tau:.0f}")
    assert abs(second - target["E z₁²"]) < 0.05
    assert abs(product - target["E z₁z₂"]) < 0.05

# %% [markdown]
# All three agree with the grid. (The gradient of Langevin steps is no help here: it pulls back into
# the mode where the chain already is.) The last column says what a step is worth. The
# **autocorrelation** $\rho(\ell)$ is the correlation of $z_1$ with itself $\ell$ steps later, and
# the **autocorrelation time**
#
# $$ \tau = 1 + 2 \sum_{\ell \ge 1} \rho(\ell) $$
#
# says how many steps make one independent sample: 3,000 steps of Metropolis are worth about a
# dozen. The estimator is tested on a chain with a known answer, $z_{t+1} = \rho z_t +
# \sqrt{1-\rho^2}\,\varepsilon$, for which $\tau = (1 + \rho)/(1 - \rho)$. Check it for $\rho =
# 0.9$, then look at traces.

# %%
generator = Generator().manual_seed(0)
values = [torch.randn(100, generator=generator)]
for _ in range(5000):
    values.append(0.9 * values[-1] + math.sqrt(0.19) * torch.randn(100, generator=generator))
ar1_tau = autocorrelation_time(torch.stack(values))
print(f"τ of the known chain: exact 19, measured ≈ {ar1_tau:.1f}")
assert abs(ar1_tau - 19) < 1.5

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8))
styles = {"Metropolis": (plotting.MODEL, "-"), "Gibbs": (plotting.FAKE, "--")}
for name, (colour, style) in styles.items():
    z1 = walks[name].x[..., 0]
    axes[0].plot(z1[:1500, 1], style, color=colour, linewidth=0.6, label=name)
    axes[1].plot(autocorrelation(z1, lags=400), style, color=colour, label=name)
axes[0].set(xlabel="step", ylabel="$z_1$ of one chain")
axes[1].set(xlabel="lag (steps)", ylabel="autocorrelation of $z_1$")
axes[1].legend()
plotting.show(
    fig,
    alt="Left, traces of one Metropolis and one Gibbs chain: long stays on one side of zero, then "
    "a jump to the other. Right, the autocorrelation decays over hundreds of steps for Metropolis, "
    "over tens for Gibbs.",
)

# %% [markdown]
# Inside a mode the chains move quickly. What is slow is the step from one explanation to the other.
# Now let the two modes move apart: the observed product $x$ goes from 0.5 to 2, and the modes sit
# at about $\pm(\sqrt{x}, \sqrt{x})$. Predict how the time between two switches grows: like the
# distance, its square, or faster?

# %%
apart, waiting = (0.5, 1.0, 1.5, 2.0), {"Metropolis": [], "Gibbs": []}
for seen_x in apart:
    moving = walks if seen_x == 1.5 else chains_for(seen_x, steps=1500, count=200)
    for name in waiting:
        signs = moving[name].x.sum(dim=-1).sign()
        rate = (signs[1:] != signs[:-1]).double().mean().item()
        waiting[name].append(1 / rate)

for name, times in waiting.items():
    print(f"{name:11}", "  ".join(f"x = {a}: ≈ {t:.0f}" for a, t in zip(apart, times)))
    ratios = [late / early for early, late in pairwise(times)]
    print(f"{'':11} each factor is larger than the one before: {ratios == sorted(ratios)}")
    assert ratios == sorted(ratios)
    assert times[3] > 100 * times[0]

# %% [markdown]
# Faster than any power: the *factors* grow. The walk has to cross a valley, and the valley's depth
# stands in an exponent. At $x = 2$ Metropolis waits well over a thousand steps for one switch, and a
# chain that has not crossed yet looks perfectly healthy: its trace is flat, and its autocorrelation
# time, measured inside one mode, is short. **A chain cannot tell you about places it has never
# been.** MCMC is exact in the limit; the price is that you do not know when the limit has come.
#
# ## 10. Way out 2: describe (variational inference)
#
# Choose a family of simple distributions $q(z)$ and take the member that is closest to the
# posterior. Equation (3) turns that into something you can compute. Since $\log p(x)$ does not
# depend on $q$,
#
# $$ \underbrace{\mathrm{ELBO}(q)}_{\text{computable: needs only } p(x, z)} = \log p(x) -
# \mathrm{KL}\big(q \,\|\, p(z \mid x)\big), $$
#
# the $q$ with the largest ELBO is the one with the smallest KL. An integral became an optimisation.
#
# Try it in one dimension, where a grid referees: $z \sim \mathcal{N}(0, 1)$, and a sensor reports
# $x = z^2 + \varepsilon$ with noise of standard deviation 0.5. It has reported $x = -1$, 0.5 or 2.
# Fit a Gaussian $q = \mathcal{N}(\mu, s^2)$ by gradient ascent on the ELBO, and check at each of 80
# steps that ELBO + KL stays at $\log p(x)$.

# %%
z_line = torch.linspace(-5, 5, 801)
step_z = (z_line[1] - z_line[0]).item()
reported = (-1.0, 0.5, 2.0)
log_joints = torch.stack(
    [
        Normal(0.0, 1.0).log_prob(z_line) + Normal(z_line.square(), 0.5).log_prob(torch.tensor(r))
        for r in reported
    ]
)


def elbo_and_kl(mu: Tensor, logvar: Tensor, log_joint: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """Both parts of log p(x) for a Gaussian q, as sums over an even grid."""
    spacing = z[1] - z[0]
    log_q = (-0.5 * (z - mu).square() / logvar.exp()).log_softmax(dim=0) - spacing.log()
    log_posterior = log_joint.log_softmax(dim=0) - spacing.log()
    q = log_q.exp() * spacing
    return (q * (log_joint - log_q)).sum(), (q * (log_q - log_posterior)).sum()


# %%
fitted, worst = {}, 0.0
for r, log_joint in zip(reported, log_joints):
    phi = torch.tensor([0.3, -1.0], requires_grad=True)  # mean and log variance of q
    ascent = torch.optim.Adam([phi], lr=0.1)
    log_p_x = log_joint.logsumexp(dim=0) + math.log(step_z)
    path = []
    for _ in range(80):
        elbo, kl = elbo_and_kl(*phi, log_joint, z_line)
        worst = max(worst, (elbo + kl - log_p_x).abs().item())
        path.append((elbo.item(), kl.item()))
        ascent.zero_grad()
        (-elbo).backward()
        ascent.step()
    fitted[r] = phi.detach(), path, log_p_x.item()
    print(f"x = {r:4}: ELBO {path[0][0]:.3f} → {path[-1][0]:.3f}", end=", ")
    print(f"KL {path[0][1]:.3f} → {path[-1][1]:.3f}, log p(x) = {log_p_x:.3f}")

print(f"ELBO + KL = log p(x) at all {3 * 80} steps, to 1e-6: {worst < 1e-6}")
assert worst < 1e-6

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8))
for ax, r, log_joint in zip(axes[:2], (-1.0, 2.0), (log_joints[0], log_joints[2]), strict=True):
    (mu, logvar), _, _ = fitted[r]
    exact_posterior = log_joint.softmax(dim=0) / step_z
    ax.plot(z_line, exact_posterior, color=plotting.DATA, label="$p(z | x)$")
    q = Normal(mu, (0.5 * logvar).exp()).log_prob(z_line).exp()
    ax.plot(z_line, q, "--", color=plotting.MODEL, label="$q$")
    ax.set(xlim=(-2.5, 2.5), xlabel="$z$", title=f"$x$ = {r}")
axes[0].legend(loc="upper right", fontsize=7)
_, path, log_p_x = fitted[2.0]
elbos = torch.tensor([elbo for elbo, _ in path])
axes[2].fill_between(range(80), elbos, log_p_x, color=plotting.FAKE, alpha=0.4, label="KL")
axes[2].plot(elbos, color=plotting.MODEL, label="ELBO")
axes[2].axhline(log_p_x, color=plotting.DATA, linestyle=":", label=r"$\log p(x)$")
axes[2].set(xlabel="step", ylabel="nats", title="$x$ = 2.0", ylim=(log_p_x - 3, log_p_x + 0.3))
axes[2].legend(fontsize=7)
plotting.show(
    fig,
    alt="Left, a posterior with one hump and a Gaussian q that nearly covers it. Centre, a "
    "posterior with two humps; q covers the right one only. Right, the ELBO rises "
    f"towards log p(x) and stops {path[-1][1]:.2f} nats below.",
)

# %% [markdown]
# With one hump $q$ nearly fits. With two it takes *one* and ignores the other: where $q$ has mass
# and the posterior has none, $\log(q/p)$ is expensive; where the posterior has mass and $q$ has
# none, it is free. The ELBO stays below $\log p(x)$ and says nothing about the hump it misses.
#
# **Exercise 6.3 (prediction).** A posterior has two equal humps, far apart, and $q$ equals one of
# them exactly. What is $\mathrm{KL}(q \,\|\, p)$, in nats?

# %% tags=["exercise"]
### BEGIN SOLUTION
missed_hump = math.log(2)
### END SOLUTION

# %% tags=["check"]
missed_hump = check.one_of_two(missed_hump)

# %% [markdown] tags=["solution"]
# Wherever $q$ has mass, the posterior is half as high: $\log(q/p) = \log 2$ there, and the
# expectation of a constant is itself.

# %%
print(f"two humps of equal weight: {missed_hump:.3f} nats")
print(f"the fit at x = 2:          {fitted[2.0][1][-1][1]:.3f} nats")

# %% [markdown]
# Nearly that price: 0.693 of the 0.713 is the hump that is missed, the rest is the shape of the
# other.
#
# Now do it with your hands. Drag $q$ over the posterior, change its width, choose another $x$. The
# bar splits $\log p(x)$ into ELBO and KL; watch what moves and what does not. **Task:** for $x =
# 2$, first put $q$ on one hump, then over both. Which is better, by how many nats? For which of the
# three $x$ can the KL get closest to 0?

# %%
explorer = ElboExplorer(
    log_joints,
    z_line,
    names=[f"x = {r}" for r in reported],
    x=2,
    mu=0.0,
    sigma=1.2,
    task="Put q on one hump, then over both: which costs less?",
)
explorer

# %%
on_both = explorer.parts
explorer.mu, explorer.sigma = fitted[2.0][0][0].item(), (0.5 * fitted[2.0][0][1]).exp().item()
on_one = explorer.parts
for name, parts in (("over both humps", on_both), ("on one hump", on_one)):
    total = parts["elbo"] + parts["kl"]
    print(f"{name:16} ELBO {parts['elbo']:.3f} + KL {parts['kl']:.3f} = {total:.3f}")
assert abs(on_both["elbo"] + on_both["kl"] - on_one["elbo"] - on_one["kl"]) < 1e-6

# %% [markdown]
# The sum never moves. One hump is better by far: a $q$ that spans both wastes its mass on the
# valley.
#
# > **Common slip.** "Choose $z$ to maximise $p(x \mid z)$", or: maximise $\mathbb{E}_q[\log p(x
# > \mid z)]$ alone. Without the KL to the prior that is no lower bound of anything:

# %%
best_z = torch.tensor(2.0).sqrt()  # explains x = 2 perfectly
alone = Normal(best_z.square(), 0.5).log_prob(torch.tensor(2.0))
print(f"log p(x | best z) = {alone:.3f}, above log p(x) = {fitted[2.0][2]:.3f}")
assert alone > fitted[2.0][2]

# %% [markdown]
# ## 11. Mean field: how wrong, exactly?
#
# With many causes the usual family is a product, $q(z) = \prod_j q_j(z_j)$: the **mean-field**
# assumption. What does it cost? Take the posterior of the sum from section 8. It is a Gaussian with
# covariance $\Sigma$; call $\Lambda = \Sigma^{-1}$ its precision matrix. Let $q$ have variances
# $s_j^2$ and the right mean.

# %%
cov = p_z_given_x.covariance_matrix[0]
mu = p_z_given_x.mean[0]
variances_tried = torch.tensor([0.3, 0.2])


def kl_terms(m: SimpleNamespace, variances: Tensor) -> Tensor:
    """½ ( Σⱼ (Λⱼⱼ sⱼ² − log sⱼ² − 1) − log det Λ )."""
    diagonal = m.precision.diagonal()
    inside = (diagonal * variances - variances.log() - 1).sum()
    return 0.5 * (inside - torch.linalg.slogdet(m.precision).logabsdet)


def kl_on_plane(m: SimpleNamespace) -> Tensor:
    """KL(q ‖ p) as a sum over the grid."""
    log_q = Normal(m.mu, m.variances.sqrt()).log_prob(m.plane).sum(dim=1)
    log_p = MultivariateNormal(m.mu, m.cov).log_prob(m.plane)
    return (log_q.exp() * (log_q - log_p)).sum() * m.cell


# %%
mean_field = Derivation(
    Line(r"\mathrm{KL}(q \| p)", "the integral, on the grid", kl_on_plane),
    Line(
        r"\frac12 (\mathrm{tr}\,\Lambda S - 2 + \log\det\Sigma - \log\det S)",
        "both are Gaussian, S = diag s²",
        lambda m: kl_gaussian(m.mu, m.variances.diag(), m.mu, m.cov),
    ),
    Line(
        r"\frac12 (\sum_j (\Lambda_{jj} s_j^2 - \log s_j^2 - 1) - \log\det\Lambda)",
        "S is diagonal: only the diagonal of Λ enters",
        lambda m: kl_terms(m, m.variances),
    ),
    Line(
        r"\frac12 (\sum_j \log \Lambda_{jj} - \log\det\Lambda)",
        "a s − log s − 1 is smallest at s = 1/a",
        lambda m: kl_terms(m, 1 / m.precision.diagonal()),
        "≥",
    ),
)

# %%
gaussian_posterior = SimpleNamespace(mu=mu, cov=cov, precision=torch.linalg.inv(cov))
vars(gaussian_posterior).update(variances=variances_tried, plane=plane, cell=cell)
mean_field.run(gaussian_posterior)

# %% [markdown]
# **Exercise 6.4 (derivation).** Read off the variances $s_j^2$ of the best factorised $q$, for any
# covariance $\Sigma$. The picture below uses them.


# %% tags=["exercise"]
def best_variances(cov: Tensor) -> Tensor:
    """The variances of the factorised Gaussian q that minimises KL(q ‖ N(μ, cov)), shape (dim,)."""
    ### BEGIN SOLUTION
    return 1 / torch.linalg.inv(cov).diagonal()
    ### END SOLUTION


# %% tags=["check"]
best_variances = check.best_variances(best_variances)

# %% [markdown] tags=["solution"]
# $\Lambda_{jj} s_j^2 - \log s_j^2$ has the derivative $\Lambda_{jj} - 1/s_j^2$, zero at $s_j^2 =
# 1/\Lambda_{jj}$. That is the variance of $z_j$ *given all the others*, while $\Sigma_{jj}$ is its
# variance when the others are free; knowing more never widens a Gaussian.

# %% [markdown]
# Check that against an optimiser that has not read the derivation: gradient descent on the KL of
# the grid's closed form. And compare with the true variances. Guess the ratio first.

# %%
logvar = torch.zeros(2, requires_grad=True)
descent = torch.optim.Adam([logvar], lr=0.1)
for _ in range(300):
    loss = kl_gaussian(mu, logvar.exp().diag(), mu, cov)
    descent.zero_grad()
    loss.backward()
    descent.step()

best_s2 = best_variances(cov)
print(f"true variance Σⱼⱼ          {cov[0, 0]:.4f}")
print(f"mean field, 1/Λⱼⱼ          {best_s2[0]:.4f}")
print(f"mean field, by descent     {logvar[0].exp():.4f}")
print(f"too small by the factor    {cov[0, 0] / best_s2[0]:.2f}")
assert (logvar.exp() - best_s2).abs().max() < 1e-4
assert (best_s2 - 1 / 11).abs().max() < 1e-9

# %%
fig, ax = plt.subplots(figsize=(4.0, 3.2))
ax.plot(*ellipse(mu, cov), color=plotting.DATA, label="posterior")
ax.plot(*ellipse(mu, best_s2.diag()), "--", color=plotting.MODEL, label="mean field")
ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
ax.legend()
plotting.show(
    fig,
    alt="Ellipses at two standard deviations: the posterior is long and thin along the falling "
    "diagonal, the mean-field q is a small circle at its centre, as wide as a cut along one axis. "
    f"Its variance is {cov[0, 0] / best_s2[0]:.1f} times too small.",
)

# %% [markdown]
# The centre is right, the uncertainty is not: mean field reports about a sixth of the variance. It
# fits into the ridge instead of covering it, as $q$ fitted into one hump. **MCMC is slow and
# unbiased in the end; variational inference is fast and biased for ever.** A product $q$ is
# overconfident wherever causes explain each other away.
#
# > **Common slip.** "$q$ has a diagonal covariance, so the latents are uncorrelated." Only inside
# > one $q(z \mid x)$. The posterior it stands for has correlation −0.91. And collected over all
# > $x$, the $q$'s are strongly correlated too, with the other sign, because their means move
# > together:

# %%
some_x = adder.marginal.sample((200_000,))
centres_q = adder.encode(some_x[:1]).covariance_matrix[0] @ torch.ones(2, 1) / 0.1 @ some_x.T
z = centres_q.T + best_s2.sqrt() * torch.randn(200_000, 2)
print("inside one q:        0")
print(f"true posterior:     {correlation['sum']:.2f}")
print(f"all q's together:    {torch.corrcoef(z.T)[0, 1]:.2f}")

# %% [markdown]
# ## What you have seen
#
# - A hidden cause turns three clouds into one density: it can be chosen by an expert, found by EM,
#   or be a line bent by a network. Inference asks for $z$, estimation for $\theta$; EM alternates
#   them, and the likelihood never falls.
# - The evidence is an integral over all explanations. Naive Monte Carlo needs $10^{22}$ samples for
#   50 latents and fails without a warning; a grid needs $50^{50}$ points. The posterior is no
#   easier.
# - Markov chains walk to the posterior, and wait exponentially long between modes. Variational
#   inference fits $q$, with ELBO + KL = $\log p(x)$ at each step; it picks one hump, and mean field
#   reports $1/\Lambda_{jj}$ for $\Sigma_{jj}$.
#
# ## References
#
# - C. Bishop (2006), *Pattern Recognition and Machine Learning*: EM eq. 9.24 to 9.26, the split of
#   the evidence eq. 9.70, mean field eq. 10.9 and 10.12 to 10.15, Metropolis eq. 11.33.
# - A. Dempster, N. Laird, D. Rubin (1977), "Maximum likelihood from incomplete data via the EM
#   algorithm", *Journal of the Royal Statistical Society B* 39.
# - R. Neal, G. Hinton (1998), "A view of the EM algorithm that justifies incremental, sparse, and
#   other variants", in *Learning in Graphical Models*.
# - N. Metropolis et al. (1953), "Equation of state calculations by fast computing machines",
#   *Journal of Chemical Physics* 21. S. Geman, D. Geman (1984), "Stochastic relaxation, Gibbs
#   distributions, and the Bayesian restoration of images", *IEEE PAMI* 6.
# - D. Blei, A. Kucukelbir, J. McAuliffe (2017), "Variational inference: a review for
#   statisticians", *JASA* 112, eq. 13. [arXiv 1601.00670](https://arxiv.org/abs/1601.00670)
# - R. Fisher (1936), "The use of multiple measurements in taxonomic problems", *Annals of Eugenics*
#   7.
#
# **The way on:** 07 shows how the field began, with chains; 08 makes the ELBO trainable for
# networks, and 09 puts an encoder where this notebook fitted one $q$ for each $x$.
