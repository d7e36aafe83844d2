# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 Probability
#
# **What tools measure the difference between two distributions?**
#
# By the end you can
#
# - say what each of four measures (KL in both directions, JSD, $W_1$) sees and what it is blind to,
#   and pick one on purpose;
# - prove that KL is never negative, and turn "maximise the likelihood" into "minimise a KL";
# - follow a density through a map and a gradient through a matrix, and let the computer referee.
#
# You need derivatives, a little linear algebra, and enough Python to read a loop. Study time: 75
# minutes. Computing time: about 15 seconds on one core.

# %%
import math
from types import SimpleNamespace

import sympy
import torch
from matplotlib import pyplot as plt
from torch import Tensor
from torch.autograd.functional import jacobian
from torch.distributions import Bernoulli, Normal, kl_divergence

from course_utils import divergences, plotting
from course_utils.checks import probability as check
from course_utils.data import mnist
from course_utils.derivation import Derivation, DerivationError, Line
from course_utils.explorers import DensityExplorer
from course_utils.formulas import Formula, FormulaTable

# %% [markdown]
# ## Two fits, two winners
#
# Two people fit one Gaussian to the same density $p$, which has two humps. Both say: "I made the KL
# divergence as small as it gets." Here are their fits. Before you run the cell: which one is closer
# to $p$?

# %%
plotting.use_style()
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)  # the formulas below are compared to six digits and more
line = torch.linspace(-14, 14, 5601)
spacing = 28 / 5600


def bell(x: Tensor, mu: float | Tensor, sigma: float | Tensor) -> Tensor:
    """The density of a Gaussian with mean mu and standard deviation sigma at each x."""
    return Normal(mu, sigma).log_prob(x).exp()


p = 0.5 * bell(line, -2.0, 0.5) + 0.5 * bell(line, 2.0, 0.5)
broad = bell(line, 0.0, math.sqrt(4.25))
narrow = bell(line, 2.0, 0.5)

# %%
fig, ax = plt.subplots()
ax.plot(line, p, color=plotting.DATA, label="$p$")
ax.plot(line, broad, "--", color=plotting.MODEL, label="broad fit")
ax.plot(line, narrow, "-.", color=plotting.FAKE, label="narrow fit")
ax.set_xlim(-6, 6)
ax.set_xlabel("$x$")
ax.set_ylabel("density")
ax.legend(loc="upper left")
plotting.show(
    fig,
    alt="A density with humps at −2 and 2, and two Gaussians fitted to it: a broad one over both "
    "humps, highest at 0 where there are no data, and a narrow one over the right hump.",
)

# %% [markdown]
# Now ask four measures that people use to compare distributions. You need not know them yet. A
# small number means close.

# %%
kl, jsd = divergences.kl_on_grid, divergences.jsd_on_grid
w1 = divergences.wasserstein1_on_grid

verdicts = {}
for name, q in {"broad": broad, "narrow": narrow}.items():
    forward, backward = kl(p, q, spacing=spacing), kl(q, p, spacing=spacing)
    verdicts[name] = forward, backward, jsd(p, q, spacing=spacing), w1(p, q, spacing=spacing)

print("          KL(p ‖ q)  KL(q ‖ p)     JSD      W₁")
for name, numbers in verdicts.items():
    print(f"{name:8}" + "".join(f"{number.item():10.3f}" for number in numbers))

# %% [markdown]
# The first column calls the broad fit twenty times closer. The second calls the narrow fit three
# times closer. Both are called "the KL divergence". The third sees hardly a difference, and the
# fourth sides with the first. Nobody has made a mistake: "how different are two distributions?" has
# several answers, and the models of this course differ most of all in which answer they make small.
# This notebook builds the four measures from the ground, and then finds both fits again.

# %% [markdown]
# ## 1. Two writers, three letters
#
# Sections 1 to 11 are about probability; 12 to 14 about the matrices underneath; 15 collects.
#
# A message arrives, one letter $x$ out of a, b, c. It was sent by one of two writers, $z = 1$ or
# $z = 2$, and you do not see which. Everything there is to know is a table: the **joint**
# probability $P(x, z)$ of each pair, one row per writer, one column per letter.
#
# Summing over what you do not care about gives a **marginal** (sum rule). Dividing by it gives a
# **conditional**, and multiplying back gives the **product rule**:
#
# $$ P(z) = \sum_x P(x, z), \qquad P(x, z) = P(x \mid z)\, P(z). $$


# %%
def row(values: Tensor) -> str:
    """The numbers of a tensor at three digits."""
    return "  ".join(f"{value:.3f}" for value in values.flatten().tolist())


joint = torch.tensor([[0.20, 0.15, 0.05], [0.10, 0.15, 0.35]])
writers = joint.sum(dim=1)
letters = joint.sum(dim=0)
letter_given_writer = joint / writers[:, None]
writer_given_letter = joint / letters

print("P(z)        ", row(writers))
print("P(x)        ", row(letters))
print("P(x | z = 1)", row(letter_given_writer[0]), "  sum", row(letter_given_writer[0].sum()))
print("P(x | z = 2)", row(letter_given_writer[1]), "  sum", row(letter_given_writer[1].sum()))

# %% [markdown]
# > **Common slip.** "For every $z$: $\sum_x P(x, z) = 1$." The sums of the joint are 0.400 and
# > 0.600: they are $P(z)$. It is the *conditional* that sums to one in each row.
#
# The letter is a c. Who wrote it? Both factorisations of the joint are equal, $P(z \mid x)\, P(x) =
# P(x \mid z)\, P(z)$, and dividing gives **Bayes' rule**:
#
# $$ \underbrace{P(z \mid x)}_{\text{posterior}} =
# \frac{\overbrace{P(x \mid z)}^{\text{likelihood}}\;\overbrace{P(z)}^{\text{prior}}}
# {\underbrace{P(x)}_{\text{evidence}}}. $$
#
# Guess first: is the posterior of writer 2 above or below the likelihood, 0.583?

# %%
seen = 2  # the column of the letter c
likelihood, prior, evidence = letter_given_writer[1, seen], writers[1], letters[seen]
posterior = likelihood * prior / evidence

print(f"likelihood {likelihood:.3f}, prior {prior:.3f}, evidence {evidence:.3f}")
print(f"posterior by Bayes {posterior:.3f}, read off the table {writer_given_letter[1, seen]:.3f}")
torch.testing.assert_close(letter_given_writer * writers[:, None], writer_given_letter * letters)

# %% [markdown]
# Above: writer 2 also writes more letters. The likelihood is no probability of writers; over $z$ it
# need not even sum to one. A latent-variable model (Part III of the course) is this table with a
# network for $P(x \mid z)$; its evidence is a sum that no computer can carry out.
#
# Now two letters from the *same* writer, each drawn from the writer's row. The **chain rule** takes
# any joint apart, one variable at a time:
#
# $$ P(z, x_1, x_2) = P(z)\, P(x_1 \mid z)\, P(x_2 \mid z, x_1). $$
#
# Are the two letters independent? Two variables are, if $P(x_1, x_2) = P(x_1)\, P(x_2)$ for every
# pair.

# %%
triple = torch.einsum("z,zi,zj->zij", writers, letter_given_writer, letter_given_writer)
third = triple / triple.sum(dim=2, keepdim=True)  # P(x₂ | z, x₁)
torch.testing.assert_close(writers[:, None, None] * letter_given_writer[:, :, None] * third, triple)
torch.testing.assert_close(third[:, 0], letter_given_writer)  # given z, x₁ says nothing more

both = triple.sum(dim=0)
print(f"P(c, c)          {both[seen, seen]:.3f}")
print(f"P(c) P(c)        {letters[seen] ** 2:.3f}")
print(f"P(c, c | z = 2)  {triple[1, seen, seen] / writers[1]:.3f}")
print(f"P(c | z = 2)²    {letter_given_writer[1, seen] ** 2:.3f}")

# %% [markdown]
# Given the writer, the letters are independent and identically distributed (**iid**). Without the
# writer they are not: one c makes the next more likely, because it points to writer 2. A hidden
# cause makes dependent data out of independent pieces, and that is the whole idea of latent
# variables.
#
# > **Common slip.** "Independent means $P(x, z) = P(x)$." For a table that *is* independent, with
# > the same marginals, $P(x = \mathrm{a}, z = 1)$ is $0.3 \cdot 0.4 = 0.12$ and $P(x = \mathrm{a})$
# > is 0.30. Right are $P(x, z) = P(x)\,P(z)$ and $P(x \mid z) = P(x)$.
#
# For iid data the probability of the whole set is a product. Try it on 1,000 letters by writer 2.

# %%
generator = torch.Generator().manual_seed(0)
drawn = torch.multinomial(letter_given_writer[1], 1000, replacement=True, generator=generator)
probabilities = letter_given_writer[1][drawn]

print("product of 1,000 probabilities:", probabilities.prod().item())
print(f"sum of their logarithms:        {probabilities.log().sum():.1f} nats")

# %% [markdown]
# The product is too small for a computer. So everybody adds logarithms: the **log-likelihood** is
# $\sum_i \log P(x_i)$. With the natural logarithm its unit is the **nat**.

# %% [markdown]
# ## 2. Averages, and averages of samples
#
# It takes 1, 2 and 4 strokes of the pen to write a, b and c. How many does a letter take on
# average? The **expectation** of a function $f$ weighs each value by its probability, and the
# **variance** is the expected squared distance from it:
#
# $$ \mathbb{E}[f(x)] = \sum_x P(x)\, f(x), \qquad
# \mathrm{Var}[f] = \mathbb{E}\big[(f - \mathbb{E}f)^2\big] = \mathbb{E}[f^2] - (\mathbb{E}f)^2. $$
#
# For a density the sum becomes an integral. Two rules do most of the work: expectations are
# **linear**, and a constant is its own expectation.

# %%
strokes = torch.tensor([1.0, 2.0, 4.0])
mean = (letters * strokes).sum()
variance = (letters * (strokes - mean) ** 2).sum()

print(f"E[f] = {mean:.3f}, Var[f] = {variance:.3f}")
print(f"E[f²] − (E f)² = {(letters * strokes**2).sum() - mean**2:.3f}")
print(
    f"E[10 f + 3] = {(letters * (10 * strokes + 3)).sum():.3f}, 10 E[f] + 3 = {10 * mean + 3:.3f}"
)

# %% [markdown]
# You may also average in two steps: first for each writer, then over the writers. That is the
# **tower rule**, $\mathbb{E}\big[\mathbb{E}[f \mid z]\big] = \mathbb{E}[f]$. What are the three
# numbers?

# %%
per_writer = letter_given_writer @ strokes  # E[f | z], one number per writer
print("E[f | z]   ", row(per_writer))
print("E[E[f | z]]", row((writers * per_writer).sum()))

# %% [markdown]
# > **Common slip.** Lecture notes print the rule as $\mathbb{E}[\mathbb{E}[X]] = \mathbb{E}[X]$.
# > That is true and says nothing: $\mathbb{E}[X]$ is a constant. The useful law has a condition
# > inside; only there is something left to average, here 1.750 and 3.000.
#
# The rule of constants looks as empty, and the most important derivation of this course starts with
# it. Let $q$ be *any* distribution over writers. Then $\log P(x) = \mathbb{E}_{z \sim q}[\log
# P(x)]$, since there is no $z$ in it.

# %%
any_q = torch.tensor([0.9, 0.1])
print(f"log P(c) = {evidence.log():.6f}, E_q[log P(c)] = {(any_q * evidence.log()).sum():.6f}")
print(
    f"E_q[log P(c | z)] = {(any_q * letter_given_writer[:, seen].log()).sum():.6f}: another matter"
)

# %% [markdown]
# Exactly equal, for every $q$, and not an approximation as one often reads. Section 10 uses it.
#
# **Monte Carlo.** Sums over all states die when $x$ is an image. But if you can *sample*, an
# average over samples will do, whatever the dimension (the notation $s \leftarrow q$ or $s \sim q$
# means: drawn from $q$):
#
# $$ \mathbb{E}_{s \sim q}[f(s)] \approx \frac{1}{N}\sum_{i=1}^{N} f(s_i), \qquad s_i \sim q. $$
#
# How wrong is it? Repeat the estimate 400 times for each $N$ and take the root of the mean squared
# error. Predict: how many times more samples does one more digit cost?

# %%
sizes = [4**k for k in range(8)]
errors = []
for n in sizes:
    draws = torch.multinomial(letters, 400 * n, replacement=True, generator=generator)
    estimates = strokes[draws].reshape(400, n).mean(dim=1)
    errors.append((estimates - mean).square().mean().sqrt().item())
log_n, log_error = torch.tensor(sizes).log(), torch.tensor(errors).log()
slope = torch.cov(torch.stack([log_n, log_error]))[0, 1] / log_n.var()
assert abs(slope + 0.5) < 0.03

fig, ax = plt.subplots()
ax.loglog(sizes, errors, "o", color=plotting.MODEL, label="measured")
expected = [(variance / n).sqrt().item() for n in sizes]
ax.loglog(sizes, expected, "--", color=plotting.DATA, label=r"$\sigma / \sqrt{N}$")
ax.set_xlabel("samples $N$")
ax.set_ylabel("error (strokes)")
ax.legend()
plotting.show(
    fig,
    alt="Error of a Monte Carlo average against the number of samples, both on logarithmic axes: "
    f"the points follow the line σ/√N, with slope {slope:.1f}.",
)

# %% [markdown]
# The slope is minus one half: the error is $\sqrt{\mathrm{Var}[f] / N}$, so **a digit costs a
# hundred times the samples**. The dimension of $x$ appears nowhere. Only the variance matters, and
# later notebooks fight hard to make it small.
#
# > **Common slip.** Since $\mathbb{E}[f] = \sum_x q(x) f(x)$, some write $\sum_i q(x_i) f(x_i)$
# > over the samples. But the samples already come as often as $q$ says. The weights count twice:

# %%
sample = torch.multinomial(letters, 100_000, replacement=True, generator=generator)
print(f"mean of f(sᵢ)            {strokes[sample].mean():.2f}")
print(f"mean of q(sᵢ) f(sᵢ)      {(letters[sample] * strokes[sample]).mean():.2f}")
print(f"sum of q(sᵢ) f(sᵢ)   {(letters[sample] * strokes[sample]).sum():.0f}, growing with N")

# %% [markdown]
# ## 3. The average of a logarithm
#
# A lottery multiplies your money by 4 or by 1/2, each with probability one half. The expected
# factor is 2.25, so after 20 rounds you expect $2.25^{20} \approx 11$ million for each coin you put
# in. What does a typical player hold?

# %%
factors = torch.tensor([4.0, 0.5])
chances = {4**wins * 0.5 ** (20 - wins): math.comb(20, wins) / 2**20 for wins in range(21)}
expected_money = sum(chance * money for money, chance in chances.items())
rich = sum(chance for money, chance in chances.items() if money >= expected_money)

print(f"expected after 20 rounds: {expected_money:,.0f} coins")
print(f"with ten wins in twenty:  {4**10 * 0.5**10:,.0f} coins")
print(f"players with the expected sum or more: {rich:.1%}")
print(f"log of the mean factor {factors.mean().log():.4f}")
print(f"mean of the log factor {factors.log().mean():.4f}")

# %% [markdown]
# A thousand coins, not eleven million; one player in fifty drags the average up. What multiplies
# grows by the mean of the *logarithm*, and that is smaller than the logarithm of the mean.
# Likelihoods multiply, so this gap is everywhere in what follows. It has a name and a reason.
#
# A function $f$ is **convex** if every chord lies on or above its graph: for all $a$, $b$ and
# $t \in [0, 1]$
#
# $$ f\big(t a + (1 - t) b\big) \le t f(a) + (1 - t) f(b). $$
#
# A second derivative $f'' \ge 0$ everywhere is enough. $-\log$ has $f'' = 1/x^2$, so it is convex,
# and $\log$ is **concave**.

# %%
cases = {
    r"$-\log x$: $f'' > 0$": (lambda x: -x.log(), 0.3, 3.5),
    r"$-x^2$: $f'' = -2$": (lambda x: -x.square(), 0.0, 2.0),
}
middles = {}
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8))
for ax, (name, (f, low, high)) in zip(axes, cases.items(), strict=True):
    x, ends = torch.linspace(low, high, 100), torch.tensor([low, high])
    middles[name] = f(ends.mean()).item(), f(ends).mean().item()
    ax.plot(x, f(x), color=plotting.MODEL, label="$f$")
    ax.plot(ends, f(ends), "o--", color=plotting.FAKE, label="chord")
    ax.plot([ends.mean()] * 2, middles[name], ":", color=plotting.DATA)
    ax.set_title(name)
    ax.set_xlabel("$x$")
axes[0].legend()
plotting.show(
    fig,
    alt="Two graphs with a chord. For −log x the chord lies above the graph. For −x² it lies "
    f"below: in the middle at {middles[name][1]:.1f}, the graph at {middles[name][0]:.1f}.",
)

# %% [markdown]
# > **Common slip.** "Convex if $f'' \le 0$." Then $-x^2$ would be convex; in the middle between 0
# > and 2 its graph is at −1 and the chord at −2, on the wrong side.
#
# Why people love convex losses: **every local minimum is global**. The proof is a walk. Suppose
# $\hat x$ is a local minimum and $x^*$ is a lower point. Go a fraction $t$ of the way. Each line is
# evaluated for $f(x) = e^x - 2x$, from $\hat x = 2$ towards $x^* = \log 2$, with $t = 0.01$.

# %%
walk = Derivation(
    Line(
        r"f\big((1 - t)\hat x + t x^*\big)",
        "a point near $\\hat x$",
        lambda m: m.f((1 - m.t) * m.here + m.t * m.there),
    ),
    Line(
        r"(1 - t) f(\hat x) + t f(x^*)",
        "convexity: the chord is above",
        lambda m: (1 - m.t) * m.f(m.here) + m.t * m.f(m.there),
        "≤",
    ),
    Line(
        r"f(\hat x) - t\,\big(f(\hat x) - f(x^*)\big)",
        "sort the terms",
        lambda m: m.f(m.here) - m.t * (m.f(m.here) - m.f(m.there)),
    ),
    Line(r"f(\hat x)", "$x^*$ is lower, so the bracket is positive", lambda m: m.f(m.here), "≤"),
)
walk.run(SimpleNamespace(f=lambda x: math.exp(x) - 2 * x, here=2.0, there=math.log(2), t=0.01))

# %% [markdown]
# However small $t$ is, the point is lower than $\hat x$. So $\hat x$ has lower points arbitrarily
# near: it was no local minimum. Where does the proof break for a function with two valleys? Give it
# the local minimum of $x^4 - 2x^2 + 0.3x$ at $0.96$, and the deeper valley at $-1.04$.

# %%
valleys = SimpleNamespace(f=lambda x: x**4 - 2 * x**2 + 0.3 * x, here=0.96, there=-1.04, t=0.01)
try:
    walk.run(valleys)
except DerivationError as error:
    print(error)

# %% [markdown]
# At the step that uses convexity, as it should be. Networks have such losses, so nothing promises
# their minima; notebook 02 lives with that.
#
# The chord has two ends. With many, weighted by probabilities, the definition becomes **Jensen's
# inequality**:
#
# $$ f(\mathbb{E}[x]) \le \mathbb{E}[f(x)] \ \text{ for convex } f, \qquad
# \log \sum_i \alpha_i x_i \;\ge\; \sum_i \alpha_i \log x_i $$
#
# for weights $\alpha_i \ge 0$ with sum 1 and $x_i > 0$. When is it an equality? Try ten thousand
# random weights, on random $x$ and on constant $x$.

# %%
alpha = torch.rand(10_000, 6, generator=generator)
alpha = alpha / alpha.sum(dim=1, keepdim=True)
x = 5 * torch.rand(10_000, 6, generator=generator) + 0.01
gap = (alpha * x).sum(dim=1).log() - (alpha * x.log()).sum(dim=1)
constant = torch.full_like(x, 3.0)
gap_constant = (alpha * constant).sum(dim=1).log() - (alpha * constant.log()).sum(dim=1)

print(f"random x:   smallest gap {gap.min():.3f}, largest {gap.max():.3f}")
print(f"constant x: all gaps zero: {bool(gap_constant.abs().max() < 1e-12)}")

# %% [markdown]
# Never negative, and zero when there is nothing to average. The lottery's gap is $0.8109 - 0.3466$.
#
# > **Common slip.** "$\mathbb{E}[x] \le \psi(\mathbb{E}[x])$ for concave $\psi$", with the $\psi$
# > on the left forgotten. For the lottery and $\psi = \log$ that says $2.25 \le 0.8109$. Right is
# > $\mathbb{E}[\psi(x)] \le \psi(\mathbb{E}[x])$: $0.3466 \le 0.8109$.

# %% [markdown]
# ## 4. The price of a surprise
#
# Call $-\log q(x)$ the **surprise** of someone who believes $q$ and sees $x$. If letters come from
# $p$, the average surprise is the **cross-entropy**; if you believe the truth, it is the
# **entropy**:
#
# $$ H(p, q) = -\sum_x p(x) \log q(x), \qquad H(p) = H(p, p). $$
#
# The letters have $p = (0.3, 0.3, 0.4)$. Which belief $q$ is surprised least? Try every $q$ on a
# grid of hundredths. Does it pay to bet more on c than its 0.4?

# %%
steps = torch.arange(1, 99)
pairs = torch.cartesian_prod(steps, steps)
pairs = pairs[pairs.sum(dim=1) < 100]
beliefs = torch.cat([pairs, 100 - pairs.sum(dim=1, keepdim=True)], dim=1) / 100
prices = -(letters * beliefs.log()).sum(dim=1)
other = torch.tensor([0.50, 0.25, 0.25])

print(f"{len(beliefs)} beliefs; the least surprised is", row(beliefs[prices.argmin()]))
print(f"its price {prices.min():.4f} nats, the entropy {divergences.entropy(letters):.4f}")
print(f"price of believing 0.50, 0.25, 0.25: {divergences.cross_entropy(letters, other):.4f}")

# %% [markdown]
# Honesty is cheapest, and even the honest pay the entropy, 1.0889 nats: that is in the data. What
# the other belief pays *on top*, 0.0894, is in the belief. This excess is the first measure of the
# title question.

# %% [markdown]
# ## 5. KL, the excess
#
# The **Kullback-Leibler divergence** from $p$ to $q$ is
#
# $$ \mathrm{KL}(p \,\|\, q) = H(p, q) - H(p) = \sum_x p(x) \log \frac{p(x)}{q(x)}, \qquad
# \text{or} \quad \int p(x) \log \frac{p(x)}{q(x)}\, dx $$
#
# for densities. It is the average evidence per letter, in nats, that the letters come from $p$ and
# not from $q$. Writer 1 sends 14 letters. How sure are you who it is? And would writer 2 be found
# out faster or more slowly?

# %%
one, two = letter_given_writer
kl_12, kl_21 = kl(one, two, spacing=1.0), kl(two, one, spacing=1.0)
messages = torch.multinomial(one, 20_000 * 14, replacement=True, generator=generator)
log_odds = (one[messages].log() - two[messages].log()).reshape(20_000, 14).sum(dim=1)

print(f"KL(1 ‖ 2) = {kl_12:.3f}, KL(2 ‖ 1) = {kl_21:.3f} nats per letter")
print(f"after 14 letters of writer 1: 14 KL = {14 * kl_12:.2f}, simulated {log_odds.mean():.2f}")
print(f"letters until the odds are 1000 : 1: {math.log(1000) / kl_12:.1f} for writer 1")
print(f"                                     {math.log(1000) / kl_21:.1f} for writer 2")

# %% [markdown]
# Writer 2 is found out faster, so **KL is not symmetric, and no distance**. The order of the
# arguments says who speaks: the first distribution produces the data, the second one is the belief.
#
# Can the excess be negative? The grid above says no, and Jensen says why. Each line is computed for
# two beliefs over three letters; this proof returns in notebook 08.

# %%
minus_kl = Line(
    r"-\mathrm{KL}(p \,\|\, q)",
    "what we want to bound",
    lambda m: -kl(m.p, m.q, spacing=1.0),
)
flipped = Line(
    r"\sum_x p(x) \log \frac{q(x)}{p(x)}",
    "the minus sign turns the fraction over",
    lambda m: (m.p * (m.q / m.p).log()).sum(),
)
jensen = Line(
    r"\log \sum_x p(x)\,\frac{q(x)}{p(x)}",
    "Jensen: log is concave, and p are the weights",
    lambda m: (m.p * (m.q / m.p)).sum().log(),
    "≤",
)
total = Line(r"\log \sum_x q(x)", "p cancels", lambda m: m.q.sum().log())
zero = Line(r"0", "q sums to one, and log 1 = 0", lambda m: 0.0)

beliefs_of_two = SimpleNamespace(
    p=torch.tensor([0.500, 0.375, 0.125]), q=torch.tensor([0.125, 0.250, 0.625])
)
Derivation(minus_kl, flipped, jensen, total, zero).run(beliefs_of_two)

# %% [markdown]
# The gap at Jensen's line is the KL itself, and it closes when $q(x)/p(x)$ is constant: when $q =
# p$.
#
# > **Common slip.** In one cheat sheet the two letters in the fractions have merged: $\int p
# > \log \frac{p}{p} \le \log \int p\,\frac{p}{p}$. What does the machine make of that line?

# %%
merged = Line(
    r"\sum_x p(x) \log \frac{p(x)}{p(x)}",
    "as printed",
    lambda m: (m.p * (m.p / m.p).log()).sum(),
)
try:
    Derivation(minus_kl, merged).run(beliefs_of_two)
except DerivationError as error:
    print(error)

# %% [markdown]
# One proof, and ten thousand attempts to find a counter-example: random pairs over eight states.

# %%
ps, qs = (table / table.sum(dim=1, keepdim=True) for table in torch.rand(2, 10_000, 8) ** 3)
there, back = (ps * (ps / qs).log()).sum(dim=1), (qs * (qs / ps).log()).sum(dim=1)

print(f"smallest of 10,000: {there.min():.3f} nats, negative: {(there < 0).sum().item()}")
print(f"pairs whose two directions differ: {((there - back).abs() > 1e-6).sum().item()}")

# %% [markdown]
# ## 6. Both directions
#
# Back to the two fits. $\mathrm{KL}(p \,\|\, q)$ averages over the data $p$. Where $p$ has mass and
# $q$ has almost none, the logarithm explodes: $q$ **must cover** all of $p$. $\mathrm{KL}(q \,\|\,
# p)$ averages over the model $q$. Where $q$ has no mass, nothing is charged; where it has mass and
# $p$ almost none, a lot. So $q$ may **seek one mode**, and must avoid the gaps.
#
# **Exercise 1.1 (prediction).** The narrow fit of the opening misses one hump of two and pays
# 0.693. Now let $p$ have *ten* equal humps, far apart, and let $q$ be a copy of one of them. How
# large is $\mathrm{KL}(q \,\|\, p)$ in nats? Decide without a computer.

# %% tags=["exercise"]
### BEGIN SOLUTION
one_of_ten = 2.3026  # log 10
### END SOLUTION

# %% tags=["check"]
one_of_ten = check.one_of_ten(one_of_ten)

# %% [markdown] tags=["solution"]
# Where $q$ lives, $p(x) = \frac{1}{10} q(x)$, so $\log q(x)/p(x) = \log 10$ everywhere, and so is
# its average. With two humps it is $\log 2 = 0.693$, the number of the opening.

# %% [markdown]
# The answer on a grid, beside yours. Nine humps of ten are missing; does the price shock you?

# %%
wide_line = torch.linspace(-40, 40, 16_001)
ten = sum(bell(wide_line, 6.0 * k - 27, 0.5) for k in range(10)) / 10
single = bell(wide_line, 3.0, 0.5)
ignored = kl(single, ten, spacing=80 / 16_000)
print(f"one hump of ten: KL(q ‖ p) = {ignored:.4f}, predicted {one_of_ten:.4f}")

# %% [markdown]
# Now let gradient descent fit both. The same Gaussian, the same target, the same optimiser; only
# the order of the two arguments differs. The reversed one starts twice, a little to the right and a
# little to the left of the middle. Where do the three runs end?


# %%
def fit(p: Tensor, x: Tensor, *, forward: bool, start: float) -> tuple[float, float, float]:
    """Mean and standard deviation of the Gaussian with the least KL to p, and that KL."""
    mu = torch.tensor(start, requires_grad=True)
    logvar = torch.tensor(0.0, requires_grad=True)
    optimizer = torch.optim.Adam([mu, logvar], lr=0.03)
    step_of_grid = (x[1] - x[0]).item()

    for _ in range(600):
        q = bell(x, mu, (0.5 * logvar).exp()).clamp(min=1e-300)
        pair = (p, q) if forward else (q, p)
        loss = divergences.kl_on_grid(*pair, spacing=step_of_grid)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return mu.item(), (0.5 * logvar).exp().item(), loss.item()


# %%
runs = {
    "KL(p ‖ q)": fit(p, line, forward=True, start=0.5),
    "KL(q ‖ p), from the right": fit(p, line, forward=False, start=0.5),
    "KL(q ‖ p), from the left": fit(p, line, forward=False, start=-0.5),
}
for name, (mu, sigma, loss) in runs.items():
    print(f"{name:26} mean ≈ {mu:.3f}  sigma ≈ {sigma:.3f}  KL ≈ {loss:.3f}")

(cover, right, left) = runs.values()
assert abs(cover[0]) < 0.01
assert abs(cover[1] - math.sqrt(4.25)) < 0.01
assert abs(right[0] - 2) < 0.02
assert abs(left[0] + 2) < 0.02
assert abs(right[2] - math.log(2)) < 0.005

# %% [markdown]
# These *are* the two fits of the opening. Both people were right, about different questions. The
# first run covers both humps and is highest where no data are. The other two sit on one hump, and
# which one depends on the start.
#
# The first answer can be had without descent. In $\mathrm{KL}(p \,\|\, q)$ only $\mathbb{E}_p[-\log
# q]$ depends on $q$, and for a Gaussian its minimum has the mean and variance of $p$: here $0$ and
# $2^2 + 0.5^2 = 4.25$. The second answer ignores half of the data, for the price of $\log 2$.
#
# Where does each direction look? The picture shows both integrands, the amount that each place $x$
# adds to the divergence.

# %%
q = bell(line, 1.2, 0.9)
parts = {
    r"$p\,\log\,(p/q)$": (p * (p / q).log(), kl(p, q, spacing=spacing)),
    r"$q\,\log\,(q/p)$": (q * (q / p).log(), kl(q, p, spacing=spacing)),
}
fig, axes = plt.subplots(3, 1, figsize=(5.0, 4.8), sharex=True)
axes[0].plot(line, p, color=plotting.DATA, label="$p$")
axes[0].plot(line, q, "--", color=plotting.MODEL, label="$q$")
axes[0].legend(loc="upper left")
for ax, (name, (integrand, area)) in zip(axes[1:], parts.items(), strict=True):
    ax.fill_between(line, integrand, color=plotting.FIFTH, alpha=0.3)
    ax.plot(line, integrand, color=plotting.FIFTH)
    ax.set_title(f"{name}, area {area:.2f}", fontsize=9)
axes[2].sharey(axes[1])
axes[2].set_xlabel("$x$")
axes[2].set_xlim(-6, 6)
areas = [f"{area:.2f}" for _, area in parts.values()]
plotting.show(
    fig,
    alt="Two humps p, a Gaussian q over the right one, and the integrands below. p log p/q has "
    f"most of its area, {areas[0]}, under the missed left hump; q log q/p, {areas[1]}, in the gap.",
)

# %% [markdown]
# ### Explorer
#
# Drag $q$ and its width over the two humps of $p$, and watch KL in both directions, JSD and $W_1$
# at once (the last two are the subject of section 7). Your task: put a narrow $q$ on the right
# hump, so that $\mathrm{KL}(q \,\|\, p)$ is below 0.75 while $\mathrm{KL}(p \,\|\, q)$ is above 10.
# Then move it slowly to the other hump. Predict first: which of the four numbers climb on the way,
# and which fall?

# %%
DensityExplorer(
    p=[(0.5, -2.0, 0.5), (0.5, 2.0, 0.5)],
    q=[(1.0, 1.2, 0.9)],
    task="Make KL(q ‖ p) less than 0.75 while KL(p ‖ q) is above 10. Then cross to the other hump.",
)

# %% [markdown]
# The same walk in numbers:

# %%
print("mean of q  KL(p ‖ q)  KL(q ‖ p)     JSD      W₁")
for mu in (2.0, 1.0, 0.0, -1.0, -2.0):
    q = bell(line, mu, 0.5)
    numbers = kl(p, q, spacing=spacing), kl(q, p, spacing=spacing)
    numbers += jsd(p, q, spacing=spacing), w1(p, q, spacing=spacing)
    print(f"{mu:9.0f}" + "".join(f"{number.item():10.3f}" for number in numbers))

# %% [markdown]
# $\mathrm{KL}(q \,\|\, p)$ and JSD have a hill in the middle, so a model that walks downhill on
# them stays on the hump it is on. $\mathrm{KL}(p \,\|\, q)$ and $W_1$ have a valley there: they
# pull the model off its hump to a place without data.

# %% [markdown]
# ## 7. A symmetric one, and one that feels distance
#
# KL has two defects as a distance: it has a direction, and it is infinite as soon as $q$ gives no
# mass to a place that $p$ visits. The **Jensen-Shannon divergence** compares both with their
# mixture $m = \frac12 (p + q)$, which has mass wherever either does:
#
# $$ \mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m). $$
#
# It is symmetric. It is at most $\log 2$, because $p/m \le 2$. The **Wasserstein distance** $W_1$
# is of another kind: the least work of shovelling the mass of $p$ into the shape of $q$, mass times
# distance. On the line it is the area between the two cumulative distributions.
#
# Take two boxes of width 1 and move one by $s$. Sketch the three curves before you run the cell:
# what happens at $s = 1$, when the boxes part?

# %%
cells = (torch.arange(1200) + 0.5) / 200  # centres of cells from 0 to 6
shifts = torch.arange(81) / 20
boxes = [((cells >= s) & (cells < s + 1)).double() for s in shifts]
kl_box, jsd_box, w1_box = (
    torch.stack([measure(boxes[0], box, spacing=1 / 200) for box in boxes])
    for measure in (kl, jsd, w1)
)
print("shift      0.00    0.50    1.00    2.00    4.00")
for name, values in {"KL": kl_box, "JSD": jsd_box, "W₁": w1_box}.items():
    print(f"{name:6}" + "".join(f"{values[i].item():8.3f}" for i in (0, 10, 20, 40, 80)))

# %%
fig, ax = plt.subplots()
ax.plot(shifts, jsd_box, color=plotting.MODEL, label="JSD (nats)")
ax.plot(shifts, w1_box, "--", color=plotting.FAKE, label="$W_1$ (unit of $x$)")
ax.axhline(math.log(2), color=plotting.PRIOR, linestyle=":", label=r"$\log 2$")
ax.set_xlabel("shift $s$ of a box of width 1")
ax.legend()
plotting.show(
    fig,
    alt="JSD and Wasserstein distance of two boxes against their shift: JSD rises to "
    f"{jsd_box.max():.3f}, log 2, where the boxes part at 1, and is flat from there; the "
    f"Wasserstein distance rises with slope 1, to {w1_box.max():.1f}.",
)

# %% [markdown]
# KL is infinite from the first step on. JSD is $s \log 2$ while the boxes overlap and exactly
# $\log 2 = 0.693$ after that: it has **saturated**. Two boxes a metre apart and two boxes a mile
# apart are the same to it, and its slope is zero, so a model that learns by its gradient learns
# nothing. $W_1 = s$ keeps pulling. Notebooks 11 and 13 are about this figure.
#
# > **Common slip.** "JSD is the symmetrised KL." Averaging the two directions gives something else
# > (Jeffreys' divergence up to a factor), without a bound. For $p$ and the narrow fit:

# %%
forward, backward, symmetric, _ = verdicts["narrow"]
print(f"JSD {symmetric:.3f}, average of both directions {(forward + backward) / 2:.3f}")
print(f"log 2 = {math.log(2):.3f}")

# %% [markdown]
# ## 8. Gaussians in closed form
#
# The models of this course meet KL most often between two Gaussians, $q = \mathcal N(\mu_q,
# \sigma_q^2)$ and $p = \mathcal N(\mu_p, \sigma_p^2)$. There the integral can be done by hand.
#
# **Exercise 1.2 (derivation).** Start from $\log \mathcal N(x; \mu, \sigma^2) = -\frac12 \log 2\pi
# \sigma^2 - (x - \mu)^2 / 2\sigma^2$, write down $\log q(x) - \log p(x)$ and take the expectation
# under $q$. You need $\mathbb{E}_q[(x - \mu_q)^2]$ and $\mathbb{E}_q[(x - \mu_p)^2]$. Then write it
# as a function for rows of independent dimensions, whose divergences add up. It receives $\log
# \sigma^2$, called `logvar`: any real number is one.


# %% tags=["exercise"]
def gaussian_kl(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL(q ‖ p) of diagonal Gaussians in nats: shape (batch, dim) to (batch,)."""
    ### BEGIN SOLUTION
    spread = logvar_q.exp() + (mu_q - mu_p).square()  # E_q[(x − μ_p)²]
    return 0.5 * (logvar_p - logvar_q + spread / logvar_p.exp() - 1).sum(dim=1)
    ### END SOLUTION


# %% tags=["check"]
gaussian_kl = check.gaussian_kl(gaussian_kl)

# %% [markdown] tags=["solution"]
# $\mathbb{E}_q[\log q] = -\frac12 \log 2\pi\sigma_q^2 - \frac12$ and $\mathbb{E}_q[\log p] =
# -\frac12 \log 2\pi\sigma_p^2 - \big(\sigma_q^2 + (\mu_q - \mu_p)^2\big) / 2\sigma_p^2$. The
# difference is $\frac12 \big(\log \sigma_p^2 / \sigma_q^2 + (\sigma_q^2 + (\mu_q - \mu_p)^2) /
# \sigma_p^2 - 1\big)$.

# %% [markdown]
# Never trust a closed form alone. Here are three independent ways to the same number, for Gaussians
# in two dimensions: the formula, an average over a million samples with its standard error, and
# PyTorch's own.

# %%
mu_q, logvar_q = torch.tensor([[1.0, -0.5]]), torch.tensor([[0.25, 0.64]]).log()
mu_p, logvar_p = torch.tensor([[0.0, 0.3]]), torch.tensor([[1.00, 2.25]]).log()
normal_q = Normal(mu_q, (0.5 * logvar_q).exp())
normal_p = Normal(mu_p, (0.5 * logvar_p).exp())

closed = gaussian_kl(mu_q, logvar_q, mu_p, logvar_p).squeeze()
x = normal_q.sample((1_000_000,))
sampled = divergences.estimate((normal_q.log_prob(x) - normal_p.log_prob(x)).sum(dim=(1, 2)))
by_torch = kl_divergence(normal_q, normal_p).sum()
print(f"formula {closed:.4f}, torch {by_torch:.4f}, samples {sampled}")
assert abs(sampled.value - closed) < 4 * sampled.standard_error

# %% [markdown]
# Against the standard normal the formula is short enough to remember; it is the second half of
# every VAE loss:
#
# $$ \mathrm{KL}\big(\mathcal N(\mu, \mathrm{diag}\, \sigma^2) \,\|\, \mathcal N(0, I)\big) =
# \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\big). $$
#
# > **Common slip.** A cheat sheet prints, as the closed form of $\int q \log \frac{p}{q}$, the sum
# > $-\frac12 \sum_j \big(\log 2\pi + \log \sigma_{p,j}^2 + (\sigma_{q,j}^2 + (\mu_{q,j} -
# > \mu_{p,j})^2) / \sigma_{p,j}^2\big)$. That is the cross term $\int q \log p$; the entropy of $q$
# > is missing.

# %%
cross = normal_p.log_prob(x).sum(dim=(1, 2)).mean()
spread = logvar_q.exp() + (mu_q - mu_p).square()
printed_kl = -0.5 * (math.log(2 * math.pi) + logvar_p + spread / logvar_p.exp()).sum()
short = divergences.kl_to_prior(mu_q, logvar_q).squeeze()
zeros = torch.zeros(1, 2)
yours = gaussian_kl(mu_q, logvar_q, zeros, zeros).squeeze()

print(f"−KL {-closed:.4f}, as printed {printed_kl:.4f}, E_q[log p] by samples ≈ {cross:.4f}")
print(f"to N(0, I): short formula {short:.4f}, yours {yours:.4f}")

# %% [markdown]
# Your function draws the next figure: the KL between $\mathcal N(\mu, \sigma^2)$ and $\mathcal N(0,
# 1)$ for every $\mu$ and $\sigma$, in both directions. Predict: which of the two hates a small
# $\sigma$ more?

# %%
mus, logvars = torch.linspace(-3, 3, 121), torch.linspace(-4, 3, 141)
levels = (0.1, 0.5, 1, 2, 4, 8)
mu_grid, logvar_grid = torch.meshgrid(mus, logvars, indexing="xy")
q_grid = mu_grid.reshape(-1, 1), logvar_grid.reshape(-1, 1)
prior_grid = torch.zeros_like(q_grid[0]), torch.zeros_like(q_grid[0])
maps = {
    r"$\mathrm{KL}(q \,\|\, \mathcal{N}(0, 1))$": gaussian_kl(*q_grid, *prior_grid),
    r"$\mathrm{KL}(\mathcal{N}(0, 1) \,\|\, q)$": gaussian_kl(*prior_grid, *q_grid),
}
low = [values.reshape(mu_grid.shape)[0, 60].item() for values in maps.values()]

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.0), sharey=True)
for ax, (name, values) in zip(axes, maps.items(), strict=True):
    surface = values.reshape(mu_grid.shape)
    lines = ax.contour(mus, (0.5 * logvars).exp(), surface, levels, colors=plotting.MODEL)
    ax.clabel(lines, fontsize=8)
    ax.set_yscale("log", base=2)
    ax.set_title(name, fontsize=9)
    ax.set_xlabel(r"$\mu$")
axes[0].set_ylabel(r"$\sigma$")
plotting.show(
    fig,
    alt="Contours of KL over μ and σ, both zero at μ = 0, σ = 1. At μ = 0 and σ = "
    f"{math.exp(-2):.2f}, KL from q to the standard normal is {low[0]:.2f} nats; the other "
    f"direction is {low[1]:.1f}.",
)

# %% [markdown]
# A $q$ that is too narrow costs little when $q$ speaks and a lot when the other speaks: mode
# seeking and mass covering once more, now as a formula. (If you filled in exercise 1.2, you are
# looking at your own function.)

# %% [markdown]
# ## 9. Maximum likelihood is a KL
#
# You have data $x_1, \dots, x_n$ and a model $q_\theta$ with parameters $\theta$. The recipe,
# always: choose a distribution; write the probability of the data as a product over examples; take
# the logarithm, a minus sign and the mean. What you make small is the average **negative
# log-likelihood** (NLL). Let $\hat p$ be the distribution of the data themselves, each example with
# weight $1/n$.

# %%
likelihood_is_kl = Derivation(
    Line(
        r"-\frac1n \sum_i \log q_\theta(x_i)",
        "the average NLL, over the examples",
        lambda m: -m.q[m.data].log().mean(),
    ),
    Line(
        r"-\sum_x \hat p(x) \log q_\theta(x)",
        "count equal examples together",
        lambda m: divergences.cross_entropy(m.p, m.q),
    ),
    Line(
        r"H(\hat p) + \mathrm{KL}(\hat p \,\|\, q_\theta)",
        "cross-entropy is entropy plus KL",
        lambda m: divergences.entropy(m.p) + kl(m.p, m.q, spacing=1.0),
    ),
    Line(
        r"H(\hat p)",
        "KL is not negative, and zero at $q_\\theta = \\hat p$",
        lambda m: divergences.entropy(m.p),
        "≥",
    ),
)
shares = torch.bincount(drawn, minlength=3) / len(drawn)
likelihood_is_kl.run(SimpleNamespace(data=drawn, p=shares, q=other))

# %% [markdown]
# The entropy of the data does not contain $\theta$. So **maximum likelihood minimises
# $\mathrm{KL}(\hat p \,\|\, q_\theta)$, the mass-covering direction**. Whoever fits a Gaussian to
# two-humped data by maximum likelihood gets the broad fit of the opening. How many of its samples
# fall between the humps, where there are hardly any data?

# %%
centres = 4 * torch.randint(2, (100_000,), generator=generator) - 2.0
humps = centres + 0.5 * torch.randn(100_000, generator=generator)
covering = Normal(humps.mean(), humps.std(correction=0))  # the maximum of the likelihood
inside = covering.cdf(torch.tensor(1.0)) - covering.cdf(torch.tensor(-1.0))

between = (humps.abs() < 1).double().mean()

print(f"standard deviation {covering.scale:.2f}, of the broad fit {math.sqrt(4.25):.2f}")
print(f"between −1 and 1: {between:.0%} of the data, {inside:.0%} of the fit")

# %% [markdown]
# More than a third of what this model generates is unlike anything it has seen. Keep it in mind
# when samples of a likelihood-trained model look blurred.
#
# Now real data. For each of 60,000 handwritten digits take two numbers: whether the pixel in
# the middle is inked (a **Bernoulli** variable, with $P(1) = \pi$), and the ink of the whole image,
# counted in full rows of 28 pixels (a **Gaussian**, say). Minimise the NLL of both by stochastic
# gradient descent (SGD): 500 examples at a time, with a step size that falls to zero.

# %%
digits = mnist()
ink = digits.x_train.flatten(1).double().sum(dim=1) / 255 / 28
middle = (digits.x_train[..., 14, 14].flatten() > 127).double()
logit = torch.tensor(0.0, requires_grad=True)  # π = sigmoid(logit)
mu = torch.tensor(0.0, requires_grad=True)
logvar = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.SGD([logit, mu, logvar], lr=0.5)
schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=1000)

for _ in range(1000):
    some = torch.randint(60_000, (500,), generator=generator)
    nll_middle = -Bernoulli(logits=logit).log_prob(middle[some]).mean()
    nll_ink = -Normal(mu, (0.5 * logvar).exp()).log_prob(ink[some]).mean()
    optimizer.zero_grad()
    (nll_middle + nll_ink).backward()
    optimizer.step()
    schedule.step()

# %%
found = {"π": logit.sigmoid(), "μ": mu, "σ²": logvar.exp()}
wanted = {"π": middle.mean(), "μ": ink.mean(), "σ²": ink.var(correction=0)}
for name, value in found.items():
    print(f"{name}: data {wanted[name]:.3f}, SGD ≈ {value.item():.3f}")
    assert abs(value - wanted[name]) < 0.03

# %% [markdown]
# SGD has not been told about means, and finds the share of ones, the mean and the variance of the
# data. (With $1/n$. The familiar $1/(n-1)$ removes a bias that maximum likelihood has; for $n = 10$
# the two differ by a tenth.)
#
# > **Common slip.** "$-\log P(D) = \sum_i x_i \log \pi + (1 - x_i) \log (1 - \pi)$." The minus sign
# > is lost: the right side is negative, and descending on it makes the data *less* likely.

# %%
fitted = Normal(mu, (0.5 * logvar).exp())
bins = torch.linspace(0, 10, 81)
far_left = (ink < ink.mean() - 2 * ink.std()).double().mean()
far_right = (ink > ink.mean() + 2 * ink.std()).double().mean()

fig, ax = plt.subplots()
ax.hist(ink, bins, density=True, color=plotting.PRIOR, alpha=0.5, label="60,000 digits")
ax.plot(bins, fitted.log_prob(bins).exp().detach(), color=plotting.MODEL, label="Gaussian")
ax.set_xlabel("ink of an image (rows of 28 pixels)")
ax.set_ylabel("density")
ax.legend()
plotting.show(
    fig,
    alt="Histogram of the ink of 60,000 digits with the fitted Gaussian. The data have the longer "
    f"tail on the right: {far_left:.1%} are two standard deviations or more below the mean, "
    f"{far_right:.1%} above.",
)

# %% [markdown]
# The best Gaussian is not good: the data are skewed. Maximum likelihood finds the nearest member of
# the family, in the sense of KL. It does not tell you that the family is wrong.

# %% [markdown]
# ## 10. When the cause is hidden
#
# One last use of everything so far, on the table of section 1. A c arrives; its log-probability is
# $\log P(c) = \log \sum_z P(c, z)$. Suppose that the sum were out of reach and that all you had was
# a guess $q(z)$ at the writer, here one half each. Before you run it: which line contains a number
# that can have either sign, and which one cannot be negative?


# %%
def bound(m: SimpleNamespace) -> Tensor:
    """E_q[log P(x, z)/q(z)] for one row of a table, z by z."""
    return (m.q * (m.joint / m.q).log()).sum()


evidence_line = Line(r"\log P(x)", "what we want", lambda m: m.joint.sum().log())
constant_line = Line(
    r"\mathbb{E}_q\big[\log P(x)\big]",
    "a constant is its own expectation: exact",
    lambda m: (m.q * m.joint.sum().log()).sum(),
)
product_line = Line(
    r"\mathbb{E}_q\big[\log \tfrac{P(x, z)}{P(z \mid x)}\big]",
    "product rule",
    lambda m: (m.q * (m.joint / m.posterior).log()).sum(),
)
two_terms = Line(
    r"\mathbb{E}_q\big[\log \tfrac{P(x, z)}{q(z)}\big] + \mathrm{KL}(q(z) \,\|\, P(z \mid x))",
    "multiply and divide by q(z)",
    lambda m: bound(m) + kl(m.q, m.posterior, spacing=1.0),
)
bound_line = Line(
    r"\mathbb{E}_q\big[\log \tfrac{P(x, z)}{q(z)}\big]", "drop the KL: it is ≥ 0", bound, "≥"
)

# %%
half = torch.tensor([0.5, 0.5])
message = SimpleNamespace(joint=joint[:, seen], q=half, posterior=writer_given_letter[:, seen])
Derivation(evidence_line, constant_line, product_line, two_terms, bound_line).run(message)

# %% [markdown]
# The last line needs no sum over causes inside the logarithm, and the gap is the KL from your guess
# to the posterior: improve the guess and the bound rises. Notebook 08 builds a whole family of
# models on it; the bound is called ELBO.
#
# > **Common slip.** "$\log p(x) = \dots \ge 0$", with the sign of the KL written behind the whole
# > line. Only the KL is at least zero. $\log P(c)$ is −0.916. For a density neither sign is special,
# > because densities may exceed one:

# %%
print(f"log N(0; 0, 0.01²) = {Normal(0.0, 0.01).log_prob(torch.tensor(0.0)):.2f}")

# %% [markdown]
# ## 11. A density on the move
#
# Generative models push noise through a function: $x = f(z)$. If $f$ is invertible, what is the
# density of $x$? Mass is neither made nor lost. A piece of length $dz$ becomes a piece of length
# $|f'(z)|\, dz$ with the same mass, so where $f$ stretches, the density sinks. In several
# dimensions the stretch of a volume is the determinant of the **Jacobian** $\partial f / \partial
# z$, the matrix of all partial derivatives:
#
# $$ p_x(x) = p_z(z)\, \Big|\det \frac{\partial f}{\partial z}\Big|^{-1}
# = p_z\big(f^{-1}(x)\big)\, \Big|\det \frac{\partial f^{-1}}{\partial x}\Big|. $$
#
# **Exercise 1.3 (code).** Write it in logarithms, for a batch of $z$ with their Jacobians. Which
# sign does the log-determinant get? `torch.linalg.slogdet` returns the sign and the logarithm of
# the absolute value.


# %% tags=["exercise"]
def change(log_p_z: Tensor, jacobian: Tensor) -> Tensor:
    """log p(x) of x = f(z): from log p(z), (batch,), and ∂f/∂z, (batch, dim, dim)."""
    ### BEGIN SOLUTION
    return log_p_z - torch.linalg.slogdet(jacobian).logabsdet
    ### END SOLUTION


# %% tags=["check"]
change = check.change(change)

# %% [markdown] tags=["solution"]
# Minus: a stretch makes the density smaller. The absolute value is there because a mirror image has
# a negative determinant and the same volume.

# %% [markdown]
# Your function at work: $z \sim \mathcal N(0, 1)$ and $x = e^z$. Half of the samples end up between
# 0 and 1. Where will the highest point of the density be: at $e^0 = 1$?

# %%
z = torch.randn(200_000, generator=generator)
places = torch.linspace(-6, 8, 20_001)  # even in z, so uneven in x = e^z
log_p_z, x = Normal(0.0, 1.0).log_prob(places), places.exp()
log_p_x = change(log_p_z, x[:, None, None])  # f′(z) = e^z
forms = {"right": log_p_x, "no Jacobian": log_p_z, "times |f′|": 2 * log_p_z - log_p_x}
masses = {name: torch.trapezoid(form.exp(), x).item() for name, form in forms.items()}
top = x[log_p_x.argmax()].item()

counts = torch.histc(z.exp(), 100, 0, 5) * 20 / len(z)  # 20 bars in a unit of x

# %%
fig, ax = plt.subplots()
ax.stairs(counts, torch.linspace(0, 5, 101), fill=True, color="#C5C5C5", label="samples")
for (name, form), style in zip(forms.items(), ("-", "--", ":"), strict=True):
    ax.plot(x, form.exp(), style, label=f"{name}: area {masses[name]:.2f}")
ax.set_xlim(0, 5)
ax.set_ylim(0, 1)
ax.set_xlabel("$x$")
ax.legend()
plotting.show(
    fig,
    alt="Histogram of e to the z with three curves. Only the one with the inverse Jacobian follows "
    f"it, with its top at {top:.2f} and area {masses['right']:.2f}; the other areas are "
    f"{masses['no Jacobian']:.2f} and {masses['times |f′|']:.2f}.",
)

# %% [markdown]
# The top is at $e^{-1} = 0.37$: the map squeezes the left side and stretches the right. And there
# is a test that needs no samples: **a density integrates to one**. Without the Jacobian the area is
# 1.65, and multiplied by $|f'|$ instead of divided it is 7.39, most of it outside the picture.
# (These are $e^{1/2}$ and $e^2$. Can you see why?)
#
# > **Common slip.** The formula appears in print as $p_z(f^{-1}(x))\,|\det \partial f^{-1}(x) /
# > \partial z|$. There is no $z$ to differentiate by: it is $\partial f^{-1} / \partial x$, or one
# > over the determinant of $\partial f / \partial z$. For $x = 2z + 1$ at $x = 0.5$ the density is
# > 0.1933; with $|\partial f / \partial z|$ in place of its inverse it comes out as 0.7733.
#
# Now the plane. Noise $z \in \mathbb{R}^2$ becomes a funnel, $x_1 = z_1$ and $x_2 = e^{z_1/2}\,
# z_2$. This time autograd supplies the Jacobian.


# %%
def funnel(z: Tensor) -> Tensor:
    """One point of the plane, or many in rows, to where the funnel puts them."""
    return torch.stack([z[..., 0], (0.5 * z[..., 0]).exp() * z[..., 1]], dim=-1)


def funnel_log_density(x: Tensor) -> Tensor:
    """log p(x) in nats by the change of variables, for points (n, 2)."""
    z = torch.stack([x[:, 0], (-0.5 * x[:, 0]).exp() * x[:, 1]], dim=1)
    jacobians = torch.func.vmap(torch.func.jacrev(funnel))(z)
    return change(Normal(0.0, 1.0).log_prob(z).sum(dim=1), jacobians)


# %%
across, up = (torch.arange(240) - 119.5) / 20, (torch.arange(2400) - 1199.5) / 20
plane, cell = torch.cartesian_prod(across, up), 0.05**2  # centres of little squares
plane_density = funnel_log_density(plane).exp()
back = torch.stack([plane[:, 0], (-0.5 * plane[:, 0]).exp() * plane[:, 1]], dim=1)
unchanged = Normal(0.0, 1.0).log_prob(back).sum(dim=1).exp()

z = torch.randn(400_000, 2, generator=generator)
far = (funnel(z).abs().amax(dim=1) > 3).double().mean()
far_by_formula = plane_density[plane.abs().amax(dim=1) > 3].sum() * cell
mass = plane_density.sum() * cell
print(f"the density integrates to {mass:.3f}")
print(f"without the Jacobian: {unchanged.sum() * cell:.3f}")
print(f"outside the square of side 6: formula {far_by_formula:.3f}, samples ≈ {far:.3f}")
assert abs(far - far_by_formula) < 0.003

# %%
area, square = 0.1**2, [[-3, 3], [-3, 3]]
weights = torch.full((len(z),), 1 / (len(z) * area))
peak = plane_density.max().item()

fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.4), sharey=True)
axes[0].hist2d(*funnel(z).T.numpy(), bins=60, range=square, weights=weights, vmin=0, vmax=peak)
plotting.plot_density(axes[1], funnel_log_density, bounds=(-3, 3, -3, 3))
axes[1].images[0].set_clim(0, peak)
for ax, name in zip(axes, ("400,000 samples", "formula"), strict=True):
    ax.set_title(name)
    ax.set_xlabel("$x_1$")
    ax.set_aspect("equal")
    ax.grid(False)
plotting.show(
    fig,
    alt="Histogram of 400,000 points pushed through the funnel, and the density by the formula: "
    "the same shape, narrow on the left and wide on the right. The density integrates to "
    f"{mass:.2f}.",
)

# %% [markdown]
# Two pictures of one density: one by throwing points, one by a formula that knows the height at
# every place. A normalising flow (notebook 17) is this section with a network for $f$.

# %% [markdown]
# ## 12. Products, lengths, rotations
#
# The Jacobian has brought matrices in. The next three sections are about what the course needs of
# them, again with a referee beside each formula.
#
# A matrix product is $c_{ik} = \sum_j a_{ij} b_{jk}$: sum over the index that appears twice.
# `torch.einsum` writes exactly that, `"ij,jk->ik"`, and with other letters it writes every other
# product too: the inner product $\langle x, y \rangle = \sum_i x_i y_i$, a number; the outer
# product $(x y^\top)_{ij} = x_i y_j$, a matrix; the length $\lVert x \rVert_2 = \sqrt{\langle x, x
# \rangle}$; and the Frobenius norm $\lVert A \rVert_F = \sqrt{\sum_{ij} a_{ij}^2}$. What is the
# pattern of the inner product?

# %%
m, k = torch.randn(3, 4), torch.randn(4, 2)
x, y = torch.randn(4), torch.randn(4)
by_loops = torch.zeros(3, 2)
for i in range(3):
    for j in range(2):
        by_loops[i, j] = sum(m[i, n] * k[n, j] for n in range(4))

products = {
    "matrix product": (m @ k, torch.einsum("ij,jk->ik", m, k), by_loops),
    "inner product": (x @ y, torch.einsum("i,i->", x, y), sum(x[n] * y[n] for n in range(4))),
    "outer product": (torch.outer(x, y), torch.einsum("i,j->ij", x, y), x[:, None] * y[None, :]),
    "length": (x.norm(), torch.einsum("i,i->", x, x).sqrt(), x.square().sum().sqrt()),
    "Frobenius norm": (m.norm(), torch.einsum("ij,ij->", m, m).sqrt(), (m.T @ m).trace().sqrt()),
}
for name, ways in products.items():
    agree = all(torch.allclose(ways[0], way) for way in ways[1:])
    print(f"{name:15} shape {tuple(ways[0].shape)!s:8} three ways agree: {agree}")

# %% [markdown]
# The inner product also measures the angle between two vectors, $\langle x, y \rangle = \lVert x
# \rVert\, \lVert y \rVert \cos \theta$, and lengths of sums: $\lVert x \pm y \rVert^2 = \lVert x
# \rVert^2 \pm 2 \langle x, y \rangle + \lVert y \rVert^2$.
#
# A square matrix $Q$ with orthonormal columns, $Q^\top Q = I$, is **orthogonal**: a rotation,
# perhaps with a reflection. The Q of a QR decomposition is one. What does it leave as it was?

# %%
vector = x
rotation = torch.linalg.qr(torch.randn(4, 4)).Q
rx, ry = rotation @ x, rotation @ y
cosine = torch.nn.functional.cosine_similarity
other_rotation = torch.linalg.qr(torch.randn(4, 4)).Q
product = rotation @ other_rotation
flat = torch.outer(x, y)  # a matrix of rank 1
kept = {
    "inverse = transpose": (torch.linalg.inv(rotation), rotation.T),
    "inner product": (rx @ ry, x @ y),
    "length": (rx.norm(), x.norm()),
    "distance": ((rx - ry).norm(), (x - y).norm()),
    "angle": (cosine(rx, ry, dim=0), cosine(x, y, dim=0)),
    "|det| = 1": (torch.linalg.det(rotation).abs(), torch.tensor(1.0)),
    "rank": (torch.linalg.matrix_rank(rotation @ flat), torch.linalg.matrix_rank(flat)),
    "product orthogonal": (product.T @ product, torch.eye(4)),
    "‖x − y‖² expanded": ((x - y) @ (x - y), x @ x - 2 * x @ y + y @ y),
}
for name, (after, before) in kept.items():
    print(f"{name:20} {torch.allclose(after, before)}")

# %% [markdown]
# Now combine this with section 11. Take $z \sim \mathcal N(0, I)$ and $x = Qz$. By the change of
# variables the density is divided by $|\det Q| = 1$, and $\log \mathcal N(z; 0, I)$ depends on $z$
# through its length only, which $Q$ keeps. So $x$ has the *same* distribution. And noise that is
# not round?

# %%
z = torch.randn(100_000, 4, generator=generator)
prior = Normal(torch.zeros(4), 1.0)
unmoved = (prior.log_prob(z @ rotation.T) - prior.log_prob(z)).sum(dim=1).abs().max()
stretch = torch.tensor([2.0, 1.0, 1.0, 1.0])
print(f"largest change of log p(z): below 1e-12: {bool(unmoved < 1e-12)}")
for name, noise in {"N(0, I)": z, "stretched": z * stretch}.items():
    before, after = torch.cov(noise.T), torch.cov((noise @ rotation.T).T)
    print(f"{name:10} largest change of the covariance {(after - before).abs().max():.2f}")

# %% [markdown]
# Round noise looks the same from every side. A model that starts from it cannot tell $z$ from $Qz$,
# so no axis of its latent space means anything by itself. Notebook 09 meets this as a fact about
# VAEs.

# %% [markdown]
# ## 13. Slopes
#
# Training needs derivatives. Autograd computes them, and you check the rules it uses. `sympy`
# differentiates symbols, so that it can referee the rules themselves, for $f = \sin t + 2$ and
# $g = t^2 + 1$. Each entry holds a rule, what it gives, and the function to differentiate.

# %%
t = sympy.symbols("t", positive=True)
f, g = sympy.sin(t) + 2, t**2 + 1
df, dg = f.diff(t), g.diff(t)
rules = [
    (r"(fg)' = f'g + fg'", df * g + f * dg, f * g),
    (r"(f/g)' = (f'g - fg')/g^2", (df * g - f * dg) / g**2, f / g),
    (r"(1/f)' = -f'/f^2", -df / f**2, 1 / f),
    (r"f(g)' = f'(g)\,g'", df.subs(t, g) * dg, f.subs(t, g)),
    (r"(t^3)' = 3 t^2", 3 * t**2, t**3),
    (r"(\log t)' = 1/t", 1 / t, sympy.log(t)),
    (r"(f^g)' = f^g (f'g/f + g' \log f)", f**g * (df * g / f + dg * sympy.log(f)), f**g),
]
for latex, rule, function in rules:
    assert sympy.simplify(rule - function.diff(t)) == 0
    print(f"sympy agrees: {latex}")

# %% [markdown]
# > **Common slip.** A cheat sheet prints the quotient rule as $(fg - f'g)/g^2$ and the rule for
# > $f^g$ as $f^g (f' + g' \log f)$. One number is enough to tell: put in $t = 0.7$.


# %%
def at_07(expression: sympy.Expr) -> float:
    """The expression's value at 0.7."""
    (symbol,) = expression.free_symbols
    return float(expression.subs(symbol, 0.7))


quotient_misprint = r"(fg - f'g)/g^2", at_07((f * g - df * g) / g**2)
power_misprint = r"f^g (f' + g' \log f)", at_07(f**g * (df + dg * sympy.log(f)))
print(f"quotient: right {at_07(rules[1][1]):.4f}, as printed {quotient_misprint[1]:.4f}")
print(f"power:    right {at_07(rules[-1][1]):.4f}, as printed {power_misprint[1]:.4f}")

# %% [markdown]
# The same page has $|t|' = (-1)^{|t|} (t > 0)$. At $t = -1.5$ the condition is false, which makes
# it 0, and the slope of $|t|$ there is −1. Right is $\mathrm{sign}(t)$. At 0 there is no
# derivative; what does autograd say there?

# %%
corner = torch.tensor([-1.5, 0.0, 2.0], requires_grad=True)
corner.abs().sum().backward()
print("autograd's derivative of |t| at −1.5, 0 and 2:", corner.grad.tolist())

# %% [markdown]
# **Two layouts.** For $f: \mathbb{R}^n \to \mathbb{R}^m$ the derivative is a table of $m \times n$
# numbers. The **numerator layout** puts outputs in rows: that is the Jacobian, shape $(m, n)$, and
# `jacobian` returns it. The **gradient layout** (or denominator layout) gives the derivative of a
# *number* the shape of its argument: that is what `.grad` holds. For $f(x) = b^\top A x$ they are
# $b^\top A$, a row, and $A^\top b$, a column. The same numbers, and a source of endless confusion.

# %%
a, b = torch.randn(2, 3), torch.randn(2)
x = torch.randn(3, requires_grad=True)
(b @ a @ x).backward()
as_row = jacobian(lambda v: (b @ a @ v)[None], x.detach())
row_by_formula = b[None] @ a

print(
    "numerator layout:", tuple(as_row.shape), "equal to bᵀA:", torch.allclose(as_row, b[None] @ a)
)
print("gradient layout: ", tuple(x.grad.shape), "  equal to Aᵀb:", torch.allclose(x.grad, a.T @ b))
try:
    b[:, None] @ a
except RuntimeError as error:
    print("a column b times A:", error)

# %% [markdown]
# > **Common slip.** A page with the heading "numerator layout" lists $\partial (b^\top x)/\partial
# > x = b$ and $\partial (c^\top X b)/\partial X = c\, b^\top$. These are gradients: $c\, b^\top$
# > has the shape of $X$. The numerator layout would have $b^\top$ and $b\, c^\top$. Both layouts
# > are fine, a mixture is not. In the numerator layout the chain rule multiplies left to right,
# > $\frac{\partial z}{\partial x} = \frac{\partial z}{\partial y} \frac{\partial y}{\partial x}$,
# > and a factor that is a column, as the cell shows, does not even fit.
#
# **The chain rule**, for $g: \mathbb{R}^n \to \mathbb{R}^m$ and $f: \mathbb{R}^m \to \mathbb{R}^k$,
# sums over the $m$ numbers in the middle: it is a product of Jacobians. How does it fail if only
# one of them is followed?


# %%
def inner(x: Tensor) -> Tensor:
    """Three numbers to two."""
    return torch.stack([x[0] * x[1], x[2].sin()])


def outer(y: Tensor) -> Tensor:
    """Two numbers to two."""
    return torch.stack([y[0].exp() * y[1], y[0] + y[1] ** 2])


at = torch.tensor([0.5, -1.0, 0.6])
whole = jacobian(lambda x: outer(inner(x)), at)
first, second = jacobian(inner, at), jacobian(outer, inner(at))
one_path = second[:, :1] @ first[:1]
print("shapes:", tuple(second.shape), "times", tuple(first.shape), "is", tuple(whole.shape))
print(f"product of Jacobians off by {(second @ first - whole).abs().max():.3f}")
print(f"one path only, off by       {(one_path - whole).abs().max():.3f}")

# %% [markdown]
# The **total derivative** is the same rule when one argument enters twice: $f(x, y, t) = xy + 3t$
# with $x = t^2$ and $y = \sin t$. There are three paths from $t$ to $f$, and one of them is direct.

# %%
clock = torch.tensor(0.5, requires_grad=True)
(clock**2 * clock.sin() + 3 * clock).backward()
through_x = clock.sin() * 2 * clock
through_y = clock**2 * clock.cos()
two_paths = (through_x + through_y).item()

print(f"autograd {clock.grad:.4f}, all three paths {two_paths + 3:.4f}")
print(f"without the direct one {two_paths:.4f}")

# %% [markdown]
# > **Common slip.** $\frac{df}{dt} = \frac{\partial f}{\partial x} \frac{dx}{dt} + \frac{\partial
# > f}{\partial y} \frac{dy}{dt}$ for an $f(x, y, t)$ misses $\frac{\partial f}{\partial t}$, which
# > is 3 here.

# %% [markdown]
# ## 14. Uphill in many dimensions
#
# The gradients that papers use without comment, all in the gradient layout, with two referees each:
# autograd, and central finite differences, which know no rules at all.


# %%
def finite_difference(f, x: Tensor, radius: float = 1e-5) -> Tensor:
    """The gradient of a number f(x), entry by entry, from two values on either side."""
    directions = torch.eye(x.numel()).reshape(-1, *x.shape)
    slopes = [(f(x + radius * d) - f(x - radius * d)) / (2 * radius) for d in directions]
    return torch.stack(slopes).reshape(x.shape)


# %%
v, b, c = torch.randn(3), torch.randn(3), torch.randn(2)
a, n, w = torch.randn(2, 3), torch.randn(3, 3), torch.randn(2, 3)
gradients = [
    (r"\partial\, b^\top x = b", lambda x: b @ x, v, b),
    (r"\partial\, x^\top x = 2x", lambda x: x @ x, v, 2 * v),
    (r"\partial\, x^\top A x = (A + A^\top) x", lambda x: x @ n @ x, v, (n + n.T) @ v),
    (r"\partial\, c^\top A x = A^\top c", lambda x: c @ a @ x, v, a.T @ c),
    (r"\partial\, c^\top X b = c\, b^\top", lambda x: c @ x @ b, w, torch.outer(c, b)),
    (r"\partial\, b^\top X^\top c = c\, b^\top", lambda x: b @ x.T @ c, w, torch.outer(c, b)),
    (
        r"\partial\, \Vert x - b \Vert_2 = (x - b) / \Vert x - b \Vert_2",
        lambda x: (x - b).norm(),
        v,
        (v - b) / (v - b).norm(),
    ),
    (r"\partial\, \Vert X \Vert_F^2 = 2X", lambda x: x.square().sum(), w, 2 * w),
]

# %%
by_autograd = []
for latex, function, point, formula in gradients:
    leaf = point.clone().requires_grad_()
    function(leaf).backward()
    by_autograd.append(leaf.grad)
    torch.testing.assert_close(leaf.grad, formula)
    error = (finite_difference(function, point) - formula).abs().max()
    print(f"autograd agrees, finite differences to 1e-8: {bool(error < 1e-8)}  {latex}")

# %% [markdown]
# > **Common slip.** $\partial\, x^\top A x = 2Ax$ holds for a symmetric $A$ only.
#
# One application carries the second half of this course. The **score** of a density is the gradient
# of its logarithm in $x$, $\nabla_x \log p(x)$: at every place an arrow towards more probable data.
# No normalising constant is left in it.
#
# **Exercise 1.4 (derivation).** The log-density of a Gaussian with mean $\mu$ and covariance
# $\Sigma$ is $-\frac12 (x - \mu)^\top \Sigma^{-1} (x - \mu)$ plus a constant. Use the list above to
# find its score, and write it for points in rows.


# %% tags=["exercise"]
def score(x: Tensor, mu: Tensor, cov: Tensor) -> Tensor:
    """∇ₓ log N(x; mu, cov) for each row of x: shape (n, dim) to (n, dim)."""
    ### BEGIN SOLUTION
    return -(x - mu) @ torch.linalg.inv(cov)
    ### END SOLUTION


# %% tags=["check"]
score = check.score(score)

# %% [markdown] tags=["solution"]
# With $v = x - \mu$ and $A = \Sigma^{-1}$, the gradient of $v^\top A v$ is $(A + A^\top) v$, which
# is $2 \Sigma^{-1} v$ because $\Sigma$ is symmetric. The half cancels the two: $-\Sigma^{-1} (x -
# \mu)$. A row times $\Sigma^{-1}$ is the transpose of that.

# %% [markdown]
# Before you look: do the arrows of a slanted Gaussian point at its centre?

# %%
mu_plane = torch.tensor([0.5, -0.3])
cov_plane = torch.tensor([[1.5, 0.9], [0.9, 0.8]])
gaussian = torch.distributions.MultivariateNormal(mu_plane, cov_plane)
start = torch.tensor([[2.0, -1.5]])
arrow, to_centre = score(start, mu_plane, cov_plane)[0], (mu_plane - start)[0]
angle = torch.rad2deg(torch.nn.functional.cosine_similarity(arrow, to_centre, dim=0).arccos())

fig, ax = plt.subplots(figsize=(5.0, 4.0))
plotting.plot_density(ax, gaussian.log_prob, bounds=(-3, 3, -3, 3))
plotting.plot_field(
    ax,
    lambda x: score(x, mu_plane, cov_plane),
    bounds=(-2.5, 2.5, -2.5, 2.5),
    count=11,
    colour="white",
)
ax.plot(*torch.cat([start, mu_plane[None]]).T, "o--", color=plotting.FAKE)
plotting.show(
    fig,
    alt="A slanted Gaussian and its score as arrows. They point to the ridge first, not to the "
    f"centre: at (2, −1.5) the arrow is {angle:.0f} degrees off the dashed line to the mean.",
)

# %% [markdown]
# No: they point to the ridge, the shortest way to more probable data. Notebooks 04 and 18 learn
# such a field from samples, where no formula exists, and walk along it to make new data.

# %% [markdown]
# ## 15. All formulas, refereed
#
# Here is what this notebook has used, in one table. The cells below compute every row twice, once
# by the formula and once by a referee that does not know it; a row that failed would stop the
# notebook. Where lecture notes print, or people write, something else, the last columns show it and
# what it gives: a row would also stop the notebook if that were right. Lists show their first two
# numbers. You may skip the cells, go to the table, cover the last column and say what is wrong with
# each entry.

# %%
states = [(z, x, joint[z, x].item()) for z in range(2) for x in range(3)]
p_first = sum(pr for z, _, pr in states if z == 0)
p_a = sum(pr for _, x, pr in states if x == 0)
spelled = sum(pr * strokes[x].item() for _, x, pr in states)
squares = sum(pr * (strokes[x].item() - spelled) ** 2 for _, x, pr in states)
chain = writers[1] * letter_given_writer[1, seen] * third[1, seen, seen]
few = probabilities[:20]

rows_of_tables = [
    Formula(r"\sum_x P(x, z) = P(z)", joint[0].sum(), "enumeration", p_first).misprinted(
        r"\sum_x P(x, z) = 1", 1.0
    ),
    Formula(r"\sum_x P(x \mid z) = 1", letter_given_writer[0].sum(), "arithmetic", 1.0),
    Formula(r"P(z \mid x) = P(x \mid z) P(z) / P(x)", posterior, "enumeration", 0.35 / 0.40),
    Formula(r"P(z) P(x \mid z) P(x' \mid z, x)", chain, "enumeration", triple[1, seen, seen]),
    Formula(r"P(x) P(z),\ \text{independent}", p_a * p_first, "enumeration", 0.12).misprinted(
        "P(x)", p_a
    ),
    Formula(r"\textstyle\sum_i \log P(x_i)", few.log().sum(), "product", few.prod().log()),
]

# %%
second_moment = (letters * strokes**2).sum()
linear = sum(pr * (10 * strokes[x].item() + 3) for _, x, pr in states)
log_c = math.log(sum(pr for _, x, pr in states if x == seen))
constant_rule = (any_q * evidence.log()).sum()
no_constant = (any_q * letter_given_writer[:, seen].log()).sum()
weighted_twice = (letters[sample] * strokes[sample]).sum()

rows_of_expectations = [
    Formula(r"\mathbb{E}[f^2] - (\mathbb{E}f)^2", second_moment - mean**2, "enumeration", squares),
    Formula(r"a\,\mathbb{E}[f] + b = \mathbb{E}[af + b]", 10 * mean + 3, "enumeration", linear),
    Formula(r"\mathbb{E}[\mathbb{E}[f \mid z]]", writers @ per_writer, "enumeration", spelled),
    Formula(
        r"\frac1N \sum_i f(s_i)", strokes[sample].mean(), "enumeration", spelled, "≈"
    ).misprinted(r"\textstyle\sum_i q(s_i) f(s_i)", weighted_twice),
    Formula(
        r"\mathbb{E}_{q(z)}[\log P(x)] = \log P(x)", constant_rule, "enumeration", log_c
    ).misprinted(r"\mathbb{E}_{q(z)}[\log P(x \mid z)]", no_constant),
]

# %%
above, below = (chord - graph for graph, chord in middles.values())
mean_log, log_mean = factors.log().mean(), factors.mean().log()

rows_of_convexity = [
    Formula(r"\text{chord} - f \text{ for } f'' \ge 0", above, "definition", 0.0, "≥").misprinted(
        r"f'' \le 0", below
    ),
    Formula(
        r"\mathbb{E}[\log x] \le \log \mathbb{E}[x]", mean_log, "lottery", log_mean, "≤"
    ).misprinted(r"\mathbb{E}[x] \le \log \mathbb{E}[x]", factors.mean()),
]

# %%
three = list(zip(beliefs_of_two.p.tolist(), beliefs_of_two.q.tolist(), strict=True))
kl_sum = sum(pi * math.log(pi / qi) for pi, qi in three)
cross_sum = sum(-pi * math.log(qi) for pi, qi in three)
excess = cross_sum - divergences.entropy(beliefs_of_two.p)
to_posterior = kl(half, writer_given_letter[:, seen], spacing=1.0)

rows_of_information = [
    Formula(r"H(p, q) - H(p) = \mathrm{KL}(p \Vert q)", excess, "sum", kl_sum),
    Formula(
        r"\textstyle\sum p \log (q/p) = -\mathrm{KL}(p \Vert q)", -kl_sum, "sum", -excess
    ).misprinted(r"\textstyle\sum p \log (p/p)", 0.0),
    Formula(r"\mathrm{KL}(q \Vert P(z \mid x)) \ge 0", to_posterior, "proof", 0.0, "≥").misprinted(
        r"\log P(x) \ge 0", log_c
    ),
    Formula(r"\mathrm{JSD} \le \log 2", symmetric, "proof", math.log(2), "≤").misprinted(
        r"\text{mean of both KL}", (forward + backward) / 2
    ),
    Formula(r"W_1 = \vert s \vert \text{ for a shift by } s", w1_box[40], "the shift", shifts[40]),
]

# %%
dimensions = (((1.0, 0.5), (0.0, 1.0)), ((-0.5, 0.8), (0.3, 1.5)))
by_area = sum(kl(bell(line, *q), bell(line, *p), spacing=spacing) for q, p in dimensions)
standard = bell(line, 0.0, 1.0)
to_prior = sum(kl(bell(line, *q), standard, spacing=spacing) for q, _ in dimensions)

rows_of_gaussians = [
    Formula(
        r"\frac12 \sum \big(\log \frac{\sigma_p^2}{\sigma_q^2} + \frac{\sigma_q^2 + \Delta^2}"
        r"{\sigma_p^2} - 1\big),\ \Delta = \mu_q - \mu_p",
        *(closed, "quadrature", by_area),
    ).misprinted(
        r"\frac12 \sum \big(\log 2\pi\sigma_p^2 + \frac{\sigma_q^2 + \Delta^2}{\sigma_p^2}\big)",
        -printed_kl,
    ),
    Formula(r"\frac12 \sum (\mu^2 + \sigma^2 - 1 - \log \sigma^2)", short, "quadrature", to_prior),
]

# %%
flips, pi = torch.tensor([1.0, 0.0, 1.0, 1.0]), torch.tensor(0.6)
log_p_flips = (flips * pi.log() + (1 - flips) * (1 - pi).log()).sum()
best = torch.stack([ink.mean(), ink.var(correction=0).log()]).requires_grad_()
Normal(best[0], (0.5 * best[1]).exp()).log_prob(ink).mean().backward()
by_product = -math.log(0.6**3 * 0.4)

rows_of_likelihoods = [
    Formula(
        r"-\sum x \log \pi + (1 - x) \log(1 - \pi)",
        -log_p_flips,
        "product",
        by_product,
    ).misprinted(r"+\sum \dots", log_p_flips),
    Formula(
        r"\nabla\,\text{NLL} = 0,\ \text{mean, variance}", best.grad, "autograd", torch.zeros(2)
    ),
]

# %%
base = bell(torch.tensor(-0.25), 0.0, 1.0)  # z = (x − 1) / 2 at x = 0.5
truth = bell(torch.tensor(0.5), 1.0, 2.0)  # 2z + 1 has the distribution N(1, 2²)
identity = torch.linalg.det(rotation.T @ rotation)
by_angle = vector.norm() * y.norm() * cosine(vector, y, dim=0)
spectrum = torch.linalg.svdvals(m).square().sum()

rows_of_maps = [
    Formula(
        r"p_z(f^{-1}(x))\, \vert \det \partial f^{-1} / \partial x \vert",
        base / 2,
        "𝒩(1, 2²)",
        truth,
    ).misprinted(r"\dots \vert \det \partial f / \partial z \vert", 2 * base),
    Formula(r"\textstyle\int p_x\, dx,\ x = e^z", masses["right"], "definition", 1.0).misprinted(
        r"\textstyle\int p_z(\log x)\, dx", masses["no Jacobian"]
    ),
    Formula(r"\Vert Qx \Vert = \Vert x \Vert", rx.norm(), "loop", math.hypot(*vector.tolist())),
    Formula(r"\det Q^\top Q = 1", identity, "arithmetic", 1.0),
    Formula(r"(AB)_{ik} = \textstyle\sum_j a_{ij} b_{jk}", m @ k, "loops", by_loops),
    Formula(r"x^\top y = \Vert x \Vert \Vert y \Vert \cos \theta", vector @ y, "angle", by_angle),
    Formula(r"\Vert A \Vert_F^2", m.square().sum(), "singular values", spectrum),
]

# %%
rows_of_rules = [
    Formula(latex, at_07(rule), "sympy", at_07(function.diff(t))) for latex, rule, function in rules
]
rows_of_rules[1] = rows_of_rules[1].misprinted(*quotient_misprint)
rows_of_rules[-1] = rows_of_rules[-1].misprinted(*power_misprint)

# %%
leaf = start.clone().requires_grad_()
gaussian.log_prob(leaf).sum().backward()
arrow = score(start, mu_plane, cov_plane)

rows_of_gradients = [
    Formula(latex, formula, "autograd", grad)
    for (latex, _, _, formula), grad in zip(gradients, by_autograd, strict=True)
]
rows_of_gradients[2] = rows_of_gradients[2].misprinted("2Ax", 2 * n @ v)
rows_of_chains = [
    Formula(r"\vert t \vert' = \mathrm{sign}\, t", -1.0, "autograd", corner.grad[0]).misprinted(
        r"(-1)^{\vert t \vert} (t > 0)", 0.0
    ),
    Formula(
        r"\partial z / \partial x = \partial z / \partial y \; \partial y / \partial x",
        *((second @ first)[:, 2], "autograd", whole[:, 2]),
    ).misprinted(r"\text{one term of the sum}", one_path[:, 2]),
    Formula(
        r"df/dt = f_x \dot x + f_y \dot y + f_t", two_paths + 3, "autograd", clock.grad
    ).misprinted(r"f_x \dot x + f_y \dot y", two_paths),
    Formula(
        r"\partial\, b^\top A x = b^\top A\ \text{(row)}", row_by_formula, "autograd", as_row
    ).misprinted(r"A^\top b\ \text{(column)}", row_by_formula.T),
    Formula(r"\nabla \log \mathcal{N} = -\Sigma^{-1} (x - \mu)", arrow, "autograd", leaf.grad),
]

# %%
FormulaTable(
    *rows_of_tables,
    *rows_of_expectations,
    *rows_of_convexity,
    *rows_of_information,
    *rows_of_gaussians,
    *rows_of_likelihoods,
    *rows_of_maps,
    *rows_of_rules,
    *rows_of_gradients,
    *rows_of_chains,
)

# %% [markdown]
# ## What you have seen
#
# - Four measures, four verdicts. $\mathrm{KL}(p \,\|\, q)$ makes the model cover the data,
#   $\mathrm{KL}(q \,\|\, p)$ lets it pick a mode for the price of a logarithm; JSD is symmetric and
#   saturates at $\log 2$, and $W_1$ goes on feeling the distance. The two fits of the opening are the
#   minima of the first two.
# - KL is never negative, because the logarithm is concave. Maximum likelihood is the minimum of
#   $\mathrm{KL}(\hat p \,\|\, q_\theta)$ up to the entropy of the data, which no model can touch.
# - A density that moves is divided by the stretch of volume, and integrates to one before and after.
#   A gradient goes through a matrix by its transpose; where layouts or misprints disagree, autograd,
#   sympy and quadrature decide.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, chapters 2 and 3: section 3.13 for
#   entropy and KL, with a figure of both directions.
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/prob.html)
# - D. MacKay (2003), *Information Theory, Inference, and Learning Algorithms*, chapters 2 and 4.
#   [inference.org.uk](https://www.inference.org.uk/mackay/itila/)
# - S. Kullback, R. Leibler (1951), "On information and sufficiency", *Annals of Mathematical
#   Statistics* 22.
# - J. Lin (1991), "Divergence measures based on the Shannon entropy", *IEEE Transactions on
#   Information Theory* 37.
# - D. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", appendix B for the KL to
#   $\mathcal N(0, I)$. [arXiv 1312.6114](https://arxiv.org/abs/1312.6114)
# - D. Rezende, S. Mohamed (2015), "Variational inference with normalizing flows", eq. 5 for the
#   change of variables. [arXiv 1505.05770](https://arxiv.org/abs/1505.05770)
# - K. Petersen, M. Pedersen (2012), *The Matrix Cookbook*, chapter 2, in the gradient layout.
#
# **The way on:** 02 takes the loop of section 9 apart and asks when its result can be trusted.
