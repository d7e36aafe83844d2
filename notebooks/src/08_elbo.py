# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 The evidence lower bound
#
# **How can we maximise a likelihood that we cannot compute?**
#
# By the end you can
#
# - derive the evidence lower bound (ELBO) in three ways, say what the gap is in each, and find a
#   wrong sign by letting every line of a derivation be computed;
# - say when maximising the bound maximises the likelihood, and when it does not;
# - differentiate an average over samples correctly, recognise a gradient that is zero by mistake,
#   and a loss whose "mean" has quietly changed the model.
#
# You need KL divergences and Jensen's inequality (notebook 01), latent variables (notebook 06) and
# the training loop (notebook 02). Study time: 75 minutes. Computing time: about 30 seconds on one
# core.

# %%
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.distributions import Independent, Normal

from course_utils import divergences, objectives, plotting
from course_utils.checks import elbo as check
from course_utils.data import mnist
from course_utils.derivation import Derivation, DerivationError, Line
from course_utils.distributions import diagonal_normal, standard_normal
from course_utils.evaluation import pca
from course_utils.explorers import ElboExplorer
from course_utils.training import Batches, train

# %% [markdown]
# ## A curve that climbs too high
#
# A hidden number $z$ is drawn, a number $x = 1.2$ is observed, and the logarithm of its probability
# under the model, $\log p(x)$, is known: $-1.602$. Two lecture notes print a "lower bound on $\log
# p(x)$". They agree up to one sign. Start both bounds from the same guess and let gradient ascent
# improve the guess. Before you run the cell: what must a lower bound on $-1.602$ never do?

# %%
plotting.use_style()
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)  # equal lines below agree to six digits and more


def ascent(sign: float, *, steps: int) -> list[float]:
    """The values of one of the two bounds while Adam improves the guess."""
    mu = torch.zeros(1, requires_grad=True)
    logvar = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([mu, logvar], lr=0.05)
    values = []
    for _ in range(steps):
        kl = divergences.kl_to_prior(mu[:, None], logvar[:, None])
        bound = objectives.elbo_linear_gaussian(torch.tensor([1.2]), mu, logvar) + (1 + sign) * kl
        optimizer.zero_grad()
        (-bound).sum().backward()
        optimizer.step()
        values.append(bound.item())
    return values


# %%
curves = {"bound A": ascent(-1.0, steps=100), "bound B": ascent(1.0, steps=100)}
truth = Normal(0.0, math.sqrt(1.5)).log_prob(torch.tensor(1.2)).item()

fig, ax = plt.subplots()
ax.plot(curves["bound A"], color=plotting.MODEL, label="bound A")
ax.plot(curves["bound B"], "--", color=plotting.FAKE, label="bound B")
ax.axhline(truth, color=plotting.DATA, linestyle=":", label=r"$\log p(x)$")
ax.set_xlabel("step")
ax.set_ylabel("nats")
ax.legend()
assert max(curves["bound A"]) <= truth
assert curves["bound B"][-1] > truth
plotting.show(
    fig,
    alt=f"Two bounds during 100 steps of ascent. A rises to log p(x) = {truth:.3f} and stays just "
    f"below it. B crosses that line and ends at {curves['bound B'][-1]:.2f}, still climbing.",
)

# %% [markdown]
# A climbs to $\log p(x)$ and stops. B goes through the ceiling and keeps going, so it bounds
# nothing; a training loop that maximises it would report ever better numbers for ever worse guesses.
#
# In this model you can see it, because $\log p(x)$ is known. In the models of notebook 09 nobody
# knows $\log p(x)$, and both curves look healthy. So the sign has to come from a proof, and a proof
# is only as good as its weakest line. This notebook computes every line.

# %% [markdown]
# ## 1. Two models whose truth is known
#
# A **latent-variable model** has a **prior** $p(z)$ for the hidden $z$ and a **likelihood** $p(x
# \mid z)$ for what is seen. The **evidence** $p(x) = \int p(x \mid z)\,p(z)\,dz$ and the
# **posterior** $p(z \mid x) = p(x \mid z)\,p(z) / p(x)$ are what nobody can compute in general. Here
# are two models where everybody can.
#
# The *linear-Gaussian* one has numbers for $z$ and $x$:
#
# $$ p(z) = \mathcal N(0, 1), \quad p(x \mid z) = \mathcal N(z, \tfrac12) \quad\Rightarrow\quad
# p(x) = \mathcal N(0, \tfrac32), \quad p(z \mid x) = \mathcal N(\tfrac23 x, \tfrac13). $$
#
# The *discrete* one has three states $z$ and four letters $x$, and everything is a sum. The **guess**
# $q(z \mid x)$ is any distribution over $z$ that you can sample; the two used below are made up.
# `Known` holds four functions of $z$ as tensors, over a fine grid for the one model and over the three
# states for the other, and the number $\log p(x)$.


# %%
@dataclass
class Known:
    """One x, one guess q, and the truth: each tensor is a function of z, shape (states,)."""

    log_prior: Tensor
    log_likelihood: Tensor
    log_posterior: Tensor
    log_q: Tensor
    log_evidence: float
    spacing: float

    def total(self, values: Tensor) -> Tensor:
        """The integral (or sum) over z."""
        return values.sum() * self.spacing

    def average(self, values: Tensor) -> Tensor:
        """The expectation under q."""
        return self.total(self.log_q.exp() * values)

    @property
    def log_weight(self) -> Tensor:
        """log w = log p(x, z) − log q(z | x)."""
        return self.log_likelihood + self.log_prior - self.log_q


# %%
def linear_gaussian(x: float, mu: float | Tensor, var: float) -> Known:
    """The first model with q = N(mu, var), on a grid; the truths are the closed forms."""
    z = torch.linspace(-8, 8, 601)
    return Known(
        log_prior=Normal(0.0, 1.0).log_prob(z),
        log_likelihood=Normal(z, math.sqrt(0.5)).log_prob(torch.tensor(x)),
        log_posterior=Normal(2 * x / 3, math.sqrt(1 / 3)).log_prob(z),
        log_q=Normal(mu, math.sqrt(var)).log_prob(z),
        log_evidence=Normal(0.0, math.sqrt(1.5)).log_prob(torch.tensor(x)).item(),
        spacing=16 / 600,
    )


PRIOR = torch.tensor([0.5, 0.3, 0.2])
LETTERS = torch.tensor([[0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.2, 0.6], [0.05, 0.8, 0.1, 0.05]])


def discrete(letter: int, q: Tensor) -> Known:
    """The second model: three states, one of four letters."""
    joint = PRIOR * LETTERS[:, letter]
    posterior, evidence = joint / joint.sum(), joint.sum().log().item()
    return Known(PRIOR.log(), LETTERS[:, letter].log(), posterior.log(), q.log(), evidence, 1.0)


# %% [markdown]
# Before anything is derived from a model, ask whether it is one: a density must integrate to 1, and
# probabilities must sum to 1.

# %%
gauss = linear_gaussian(x=1.2, mu=0.4, var=0.6)
letters = discrete(3, torch.tensor([0.2, 0.5, 0.3]))

xs = torch.linspace(-12, 12, 2401)
z = torch.linspace(-8, 8, 601)
joint = Normal(0.0, 1.0).log_prob(z) + Normal(z, math.sqrt(0.5)).log_prob(xs[:, None])
p_of_x = joint.exp().sum(dim=1) * (16 / 600)
print(f"linear-Gaussian: p(x) integrates to {p_of_x.sum() * 0.01:.6f}")
print(f"                 p(z | x) to        {gauss.total(gauss.log_posterior.exp()):.6f}")
print(f"discrete:        P(x) sums to       {(PRIOR @ LETTERS).sum():.6f}")
print(f"                 P(z | x) to        {letters.total(letters.log_posterior.exp()):.6f}")

# %% [markdown]
# ## 2. First derivation: multiply by q/q
#
# The goal is $\log p(x)$, and the trouble is that it cannot be computed. The trick is to bring in
# something that can: the guess $q$. $\mathbb{E}_q$ means the average over $z \sim q(z \mid x)$, and
# $\mathrm{KL}(q \,\|\, p) = \mathbb{E}_q[\log q/p]$. Read each line and its reason; the value in the
# table is that line, computed.

# %%
start = Line(r"\log p(x)", "what we want", lambda m: m.log_evidence)
constant = Line(
    r"\mathbb{E}_q[\log p(x)]",
    "there is no z in it, so it is its own average",
    lambda m: m.average(torch.full_like(m.log_q, m.log_evidence)),
)
bayes = Line(
    r"\mathbb{E}_q\Big[\log \frac{p(x|z)\,p(z)}{p(z|x)}\Big]",
    "Bayes' rule, solved for p(x)",
    lambda m: m.average(m.log_likelihood + m.log_prior - m.log_posterior),
)
times_one = Line(
    r"\mathbb{E}_q\Big[\log \frac{p(x|z)\,p(z)}{p(z|x)} \cdot \frac{q(z|x)}{q(z|x)}\Big]",
    "multiply by q/q = 1",
    lambda m: m.average(m.log_likelihood + m.log_prior - m.log_posterior + (m.log_q - m.log_q)),
)

# %%
sorted_logs = Line(
    r"\mathbb{E}_q[\log p(x|z)] - \mathbb{E}_q\Big[\log \frac{q(z|x)}{p(z)}\Big]"
    r" + \mathbb{E}_q\Big[\log \frac{q(z|x)}{p(z|x)}\Big]",
    "the logarithm of a product; one q goes below p(z), one above p(z | x)",
    lambda m: (
        m.average(m.log_likelihood)
        - m.average(m.log_q - m.log_prior)
        + m.average(m.log_q - m.log_posterior)
    ),
)
bound = Line(
    r"\mathbb{E}_q[\log p(x|z)] - \mathrm{KL}(q(z|x) \,\|\, p(z))",
    "drop the last KL: it is not negative",
    lambda m: m.average(m.log_likelihood) - m.average(m.log_q - m.log_prior),
    "≥",
)
by_one = Derivation(start, constant, bayes, times_one, sorted_logs, bound)
by_one.run(gauss)

# %% [markdown]
# The last line is the **evidence lower bound**. It contains only what you can have: the likelihood,
# the prior and the guess. Its gap, 0.3461 here, is what was dropped: $\mathrm{KL}(q(z \mid x) \,\|\,
# p(z \mid x))$, how far the guess is from the posterior. So the bound is **tight exactly when the
# guess is the posterior**.
#
# Does it hold without Gaussians, without integrals? The same lines on the discrete model:

# %%
by_one.run(letters)

# %% [markdown]
# > **Common slip.** "$\log p(x) \approx \mathbb{E}_q[\log p(x)]$, we hope." No hope is needed in
# > line 2: it is exact, for every $q$. What is approximate is the last line. And $\mathbb{E}_q[\log
# > p(x \mid z)]$ is another number.
#
# > **Common slip.** In one cheat sheet Bayes' rule of line 3 has lost its prior: $\mathbb{E}_q[\log
# > p(x \mid z) / p(z)]$. Let the machine say which line that is.

# %%
misprint = Line(
    r"\mathbb{E}_q[\log p(x|z) / p(z)]",
    "as printed",
    lambda m: m.average(m.log_likelihood - m.log_prior),
)
try:
    Derivation(start, constant, misprint).run(gauss)
except DerivationError as error:
    print(error)
print(f"log p(x) {gauss.log_evidence:.4f}, its average {constant.value(gauss):.4f}")
print(f"E_q[log p(x | z)] {gauss.average(gauss.log_likelihood):.4f}")

# %% [markdown]
# "It is not negative" was used in the last line. Here is its proof, for the pair in question. One
# cheat sheet prints its fractions as $p/p$, which makes its first line 0 instead of $-0.3461$.

# %%
not_negative = Derivation(
    Line(
        r"-\mathrm{KL}(q(z|x) \,\|\, p(z|x))",
        "what we want to bound",
        lambda m: -m.average(m.log_q - m.log_posterior),
    ),
    Line(
        r"\mathbb{E}_q\Big[\log \frac{p(z|x)}{q(z|x)}\Big]",
        "the minus sign turns the fraction over",
        lambda m: m.average(m.log_posterior - m.log_q),
    ),
    Line(
        r"\log \mathbb{E}_q\Big[\frac{p(z|x)}{q(z|x)}\Big]",
        "Jensen: log is concave",
        lambda m: m.average((m.log_posterior - m.log_q).exp()).log(),
        "≤",
    ),
    Line(r"\log \int p(z|x)\,dz", "q cancels", lambda m: m.total(m.log_posterior.exp()).log()),
    Line("0", "a density integrates to 1", lambda m: 0.0),
)
not_negative.run(gauss)

# %% [markdown]
# > **Common slip.** Some notes write "$\ge 0$" behind the whole decomposition. Only the last KL is
# > at least 0. $\log p(x)$ is $-1.6017$ here, and for continuous $x$ it may have any sign: a Gaussian
# > of standard deviation 0.01 has the log-density 3.69 at its mean.

# %%
print(f"log-density at the mean: {Normal(0.0, 0.01).log_prob(torch.tensor(0.0)):.2f}")

# %% [markdown]
# ## 3. Find the sign
#
# One of the two lecture notes says $\mathbb{E}_q[\log p(x \mid z)] + \mathrm{KL}(q \,\|\, p(z))$: bound B
# of the opening. A colleague defends it with a derivation, and has swapped nothing but signs:
#
# 1. $\log p(x)$
# 2. $= \mathbb{E}_q[\log p(x)]$
# 3. $= \mathbb{E}_q\big[\log \frac{p(x \mid z)\,p(z)}{p(z \mid x)} \cdot \frac{q}{q}\big]$
# 4. $= \mathbb{E}_q[\log p(x \mid z)] + \mathbb{E}_q[\log q/p(z)] + \mathbb{E}_q[\log q/p(z \mid x)]$
# 5. $= \mathbb{E}_q[\log p(x \mid z)] + \mathrm{KL}(q \,\|\, p(z)) + \mathrm{KL}(q \,\|\, p(z \mid
#    x))$
# 6. $\ge \mathbb{E}_q[\log p(x \mid z)] + \mathrm{KL}(q \,\|\, p(z))$
#
# **Exercise 8.1 (prediction).** The machine compares each line with the one before. Which line's
# number does it name?

# %% tags=["exercise"]
### BEGIN SOLUTION
named_line = 4
### END SOLUTION

# %% tags=["check"]
named_line = check.named_line(named_line)

# %% [markdown] tags=["solution"]
# Line 4. There $\log \frac{p(z)}{q}$ becomes $+\log \frac{q}{p(z)}$. Line 5 only gives the terms
# their names, so it agrees with line 4 and would pass on its own; line 6 drops a positive term and
# would pass too.

# %% [markdown]
# Now hand the colleague's derivation to the machine. All signs stand in one place, the last line of
# the second cell below. Run it. Then put in the right signs, $-1, 1, -1$, and **spoil one at a time**:
# the machine names the line where your change first shows. Does it catch you every time?


# %%
def with_signs(before: tuple[Line, ...], prior: int, posterior: int, dropped: int) -> Derivation:
    """The colleague's derivation with these signs before its KL terms; −1, 1, −1 is right."""
    split = Line(
        "E_q log p(x|z) ± E_q log q/p(z) ± E_q log q/p(z|x)",
        "the logarithm of a product",
        lambda m: (
            m.average(m.log_likelihood)
            + prior * m.average(m.log_q - m.log_prior)
            + posterior * m.average(m.log_q - m.log_posterior)
        ),
    )
    named = Line("E_q log p(x|z) ± KL ± KL", "name the divergences", split.value)
    last = Line(
        "E_q log p(x|z) ± KL(q || p(z))",
        "drop the last KL",
        lambda m: m.average(m.log_likelihood) + dropped * m.average(m.log_q - m.log_prior),
        "≥",
    )
    return Derivation(*before, split, named, last)


# %%
def verdict(derivation: Derivation, model: Known) -> str:
    """What the machine says: that every line holds, or which one does not."""
    try:
        derivation.run(model)
    except DerivationError as failure:
        return str(failure)
    return "every line holds"


first_three = start, constant, times_one
print(verdict(with_signs(first_three, prior=1, posterior=1, dropped=1), gauss))

# %% [markdown]
# All eight combinations at once, with the beginning of what the machine says. Two of them get
# through. Which one is a surprise?

# %%
for prior in (-1, 1):
    for posterior in (-1, 1):
        for dropped in (-1, 1):
            said = verdict(with_signs(first_three, prior, posterior, dropped), gauss)
            print(f"{prior:+d} {posterior:+d} {dropped:+d}   {said.split(' (')[0]}")
print(f"the answer of exercise 8.1: line {named_line:.0f}")

# %% [markdown]
# The right signs, $-, +, -$, hold. But so does $-, +, +$, with the wrong sign in the last line: at
# this $q$ it gives $-1.6770$, which happens to lie below $-1.6017$. An equality that is wrong is
# wrong almost everywhere, but **an inequality can be true by luck**. So test a bound where it should
# be tight: at the posterior, and at a very narrow $q$.

# %%
wrong = Line(
    r"\mathbb{E}_q[\log p(x|z)] + \mathrm{KL}(q \,\|\, p(z))",
    "drop the last KL, with the slip",
    lambda m: m.average(m.log_likelihood) + m.average(m.log_q - m.log_prior),
    "≥",
)
print("q                      with −KL   with +KL   log p(x)")
for mu, var in ((0.4, 0.6), (0.8, 1 / 3), (0.8, 0.01)):
    m = linear_gaussian(1.2, mu, var)
    good, bad = bound.value(m), wrong.value(m)
    print(f"mean {mu}, variance {var:4.2f} {good:10.4f} {bad:10.4f} {m.log_evidence:10.4f}")

try:
    Derivation(start, sorted_logs, wrong).run(linear_gaussian(1.2, 0.8, 1 / 3))
except DerivationError as error:
    print(error)

# %% [markdown]
# > **Common slip.** "$\mathcal L = \mathrm{KL}(q \,\|\, p(z)) + \mathbb{E}_q[\log p(x \mid z)]$."
# > At the posterior it is $-0.5297$, far above $\log p(x) = -1.6017$, and it grows without limit
# > as $q$ becomes narrow. Right: $\mathcal L = \mathbb{E}_q[\log p(x \mid z)] - \mathrm{KL}(q \,\|\,
# > p(z))$.

# %% [markdown]
# ## 4. Second derivation: Jensen
#
# The first derivation started from Bayes' rule. This one starts from the integral that could not be
# done. Divide and multiply by $q$ under the integral, and it becomes an average over the guess; then
# pull the logarithm inside. Where do you expect the gap, and how large?

# %%
evidence = Line(
    r"\log \int p(x, z)\,dz",
    "sum rule",
    lambda m: m.total((m.log_likelihood + m.log_prior).exp()).log(),
)
average = Line(
    r"\log \mathbb{E}_q\Big[\frac{p(x, z)}{q(z|x)}\Big]",
    "multiply by q/q under the integral",
    lambda m: m.average(m.log_weight.exp()).log(),
)
inside = Line(
    r"\mathbb{E}_q\Big[\log \frac{p(x, z)}{q(z|x)}\Big]",
    "Jensen: log is concave",
    lambda m: m.average(m.log_weight),
    "≥",
)
split_joint = Line(
    bound.latex,
    "p(x, z) = p(x | z) p(z), and sort the logarithms",
    bound.value,
)
by_jensen = Derivation(start, evidence, average, inside, split_joint)
by_jensen.run(gauss)

# %% [markdown]
# The same last line and the same gap to the last digit. The first way says that the gap is a KL. The
# second says that it is the price of exchanging log and average, which is zero only if $p(x, z) /
# q(z \mid x)$ is the same for every $z$. Both are zero for the same $q$.
#
# > **Common slip.** "Trick: $\mathbb{E}[w] \le \psi(\mathbb{E}[w])$ for concave $\psi$": the $\psi$
# > on the left is lost. With $\psi = \log$ and $w = p(x, z)/q(z \mid x)$ that says $0.2016 \le
# > -1.6017$.

# %%
print(f"E_q[w] {gauss.average(gauss.log_weight.exp()):.4f}, its log {average.value(gauss):.4f}")
print(f"E_q[log w] {inside.value(gauss):.4f}")

# %% [markdown]
# ## 5. Third derivation: importance weights
#
# Sample $z \sim q$ and compute the **importance weight** $w = p(x, z) / q(z \mid x)$. Its average is
# $p(x)$, so one weight is an honest, if noisy, estimate of the evidence. Its *logarithm* is not: it
# is too small on average. But the average of $K$ weights is less noisy, so its logarithm should be
# less too small. Here $K = 2$, and the averages run over all pairs $z_1, z_2$.


# %%
def average_pairs(m: Known, values: Tensor) -> Tensor:
    """The expectation under two independent draws from q; values has shape (states, states)."""
    q = m.log_q.exp() * m.spacing
    return q @ values @ q


def log_mean_of_two(m: Known) -> Tensor:
    """log ½(w₁ + w₂) for every pair."""
    return torch.logaddexp(m.log_weight[:, None], m.log_weight) - math.log(2)


def mean_log_of_two(m: Known) -> Tensor:
    """½(log w₁ + log w₂) for every pair."""
    return (m.log_weight[:, None] + m.log_weight) / 2


# %%
by_weights = Derivation(
    start,
    Line(
        r"\log \mathbb{E}\big[\tfrac12 (w_1 + w_2)\big]",
        "each weight has the mean p(x)",
        lambda m: average_pairs(m, log_mean_of_two(m).exp()).log(),
    ),
    Line(
        r"\mathbb{E}\big[\log \tfrac12 (w_1 + w_2)\big]",
        "Jensen: the bound with two samples",
        lambda m: average_pairs(m, log_mean_of_two(m)),
        "≥",
    ),
    Line(
        r"\mathbb{E}\big[\tfrac12 (\log w_1 + \log w_2)\big]",
        "Jensen again, for the two weights",
        lambda m: average_pairs(m, mean_log_of_two(m)),
        "≥",
    ),
    Line(inside.latex, "both have the same distribution", inside.value),
)
by_weights.run(gauss)

# %% [markdown]
# The ELBO is the bound with one sample. Two samples close part of the gap, whatever $q$ is, and the
# argument works for every $K$ (Burda et al., 2016). All three derivations on both models, and the
# worst disagreement of two lines that should be equal:

# %%
checked, worst = 0, 0.0
for derivation in (by_one, not_negative, by_jensen, by_weights):
    for model in (gauss, letters):
        equal = [row for row in derivation.run(model).rows if row.sign == "="]
        checked += len(equal)
        worst = max([worst, *(row.gap for row in equal)])
assert worst < 1e-6
print(f"{checked} equalities on two models, the worst off by less than 1e-6: {worst < 1e-6}")

# %% [markdown]
# ## 6. By hand, then imported
#
# In a real model the average over $q$ is an average over samples. In code the ELBO of a batch is
# four lines. The letters of the course: `q_z` is the distribution $q(z \mid x)$ with one row per
# example, `decoder` turns $z$ of shape (batch, latent) into the distribution $p(x \mid z)$, `p_z` is
# the prior.


# %%
def decoder(z: Tensor) -> Independent:
    """p(x | z) = N(z, 1/2)."""
    return Independent(Normal(z, math.sqrt(0.5)), 1)


x = torch.tensor([[1.2], [-0.3], [2.0], [0.0], [-1.5]])
mu = torch.tensor([[0.4], [0.1], [1.5], [0.0], [-1.0]])
logvar = torch.tensor([0.6, 1.0, 0.2, 1 / 3, 0.5]).log()[:, None]
q_z, p_z = diagonal_normal(mu, logvar), standard_normal(1)

torch.manual_seed(1)
z = q_z.rsample()
log_p_x_given_z = decoder(z).log_prob(x)
kl = q_z.log_prob(z) - p_z.log_prob(z)
by_hand = log_p_x_given_z - kl

torch.manual_seed(1)
torch.testing.assert_close(objectives.elbo(x, q_z, decoder, p_z), by_hand)
print("one sample each:", "  ".join(f"{value:.3f}" for value in by_hand.tolist()))

# %% [markdown]
# One number per example, in nats; the caller takes the mean. From here on it is imported.
#
# The ELBO has three faces: $\mathbb{E}_q[\log \frac{p(x,z)}{q}]$, then $\log p(x) - \mathrm{KL}(q
# \,\|\, p(z \mid x))$, and $\mathbb{E}_q[\log p(x \mid z)] - \mathrm{KL}(q \,\|\, p(z))$. The batch
# of five has five different guesses. Do the faces agree on each? (The fourth guess is the posterior.
# What do you expect of its row?)

# %%
print("   x    E log p(x,z)/q  log p − KL(post)  E log p(x|z) − KL(prior)  log p(x)")
for x_i, mu_i, logvar_i in zip(x[:, 0], mu[:, 0], logvar[:, 0], strict=True):
    m = linear_gaussian(x_i.item(), mu_i.item(), logvar_i.exp().item())
    first = m.average(m.log_weight)
    second = m.log_evidence - m.average(m.log_q - m.log_posterior)
    third = m.average(m.log_likelihood) - divergences.kl_to_prior(mu_i[None], logvar_i[None])
    torch.testing.assert_close(first, second, rtol=0, atol=1e-6)
    torch.testing.assert_close(first, third, rtol=0, atol=1e-6)
    print(f"{x_i:5.1f} {first:12.6f} {second:17.6f} {third:20.6f} {m.log_evidence:18.6f}")

# %% [markdown]
# Three times the same numbers. The middle one is the reason to believe in the bound, and cannot be
# computed in practice; the other two can.
#
# **Exercise 8.2 (derivation).** For the linear-Gaussian model the bound itself has a closed form.
# Work out $\mathbb{E}_q[\log p(x \mid z)]$ for $q = \mathcal N(\mu, \sigma^2)$ and $p(x \mid z) =
# \mathcal N(z, \frac12)$; you need $\mathbb{E}_q[(x - z)^2]$. Subtract $\mathrm{KL}(q \,\|\, \mathcal
# N(0, 1))$. All three arguments have the shape (batch,), and `logvar` is $\log \sigma^2$.


# %% tags=["exercise"]
def exact_elbo(x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The ELBO of each x in nats, without sampling."""
    ### BEGIN SOLUTION
    var = logvar.exp()
    reconstruction = -0.5 * math.log(math.pi) - ((x - mu).square() + var)
    return reconstruction - 0.5 * (mu.square() + var - logvar - 1)
    ### END SOLUTION


# %% tags=["check"]
exact_elbo = check.exact_elbo(exact_elbo)

# %% [markdown] tags=["solution"]
# $x - z$ has the mean $x - \mu$ and the variance $\sigma^2$, so $\mathbb{E}_q[(x - z)^2] = (x -
# \mu)^2 + \sigma^2$. With $s^2 = \frac12$ the log-density is $-\frac12 \log \pi - (x - z)^2$.

# %% [markdown]
# Your formula, as a line of its own between the quadrature and 200,000 samples. The Monte Carlo lines
# are compared within four standard errors. The last one uses `elbo_analytic`, which samples the
# first term only and takes the KL in closed form.


# %%
def many(objective: Callable[..., Tensor], **keywords: int) -> divergences.Estimate:
    """A Monte Carlo mean of one of the course's bounds, for x = 1.2 and q = N(0.4, 0.6)."""
    x, mu = torch.full((200_000, 1), 1.2), torch.full((200_000, 1), 0.4)
    q_z = diagonal_normal(mu, torch.full_like(mu, math.log(0.6)))
    bounds = objective(x, q_z, decoder, standard_normal(1), **keywords)
    return divergences.estimate(bounds)


guess = torch.tensor([1.2]), torch.tensor([0.4]), torch.tensor([0.6]).log()
Derivation(
    inside,
    Line(r"-\tfrac12\log\pi - \dots", "your closed form", lambda m: exact_elbo(*guess)),
    Line(r"\tfrac1N\sum \log w", "`objectives.elbo`", lambda m: many(objectives.elbo)),
    Line(
        r"\tfrac1N\sum \log p(x|z) - \mathrm{KL}",
        "`objectives.elbo_analytic`",
        lambda m: many(objectives.elbo_analytic),
    ),
).run(gauss)

# %% [markdown]
# All agree. Look at the two standard errors: with the KL in closed form the estimate is *noisier* here.
# Close to the posterior the noise of the two terms cancels, and the closed form takes away one half of
# the cancellation. It pays where $q$ is far off.
#
# And the bound with $K$ samples, `objectives.iwae`. How many weights does it take to come within a
# hundredth of a nat of $\log p(x) = -1.6017$ with this mediocre guess?

# %%
bounds_of_k = {}
for k in (1, 2, 8, 32):
    bounds_of_k[k] = many(objectives.iwae, samples=k)
    print(f"K = {k:2}: {bounds_of_k[k]}   gap {gauss.log_evidence - bounds_of_k[k].value:.4f}")
two = average_pairs(gauss, log_mean_of_two(gauss)).item()
assert abs(bounds_of_k[2].value - two) < 4 * bounds_of_k[2].standard_error
assert gauss.log_evidence - bounds_of_k[32].value < 0.02

# %% [markdown]
# Somewhere between 8 and 32. The row $K = 2$ is the number of the third derivation, $-1.7255$, within
# its error, and from $K = 8$ to $K = 32$ the gap falls by about four: like $1/K$. Many samples can
# replace a good guess, at $K$ times the price. Notebook 09 measures with $K = 500$.

# %% [markdown]
# ## 7. The Gaussian KL term
#
# The term that pulls $q$ to the prior is the one with a closed form. For $k$ latents and $q =
# \mathcal N(\mu, \Sigma)$ it is
#
# $$ \mathrm{KL}\big(\mathcal N(\mu, \Sigma) \,\|\, \mathcal N(0, I)\big) = \tfrac12 \big(
# \mathrm{tr}\,\Sigma + \mu^\top \mu - k - \log\det\Sigma \big). $$
#
# For a diagonal $\Sigma$ with entries $\exp(\ell_j)$, where $\ell_j = \log \sigma_j^2$ is the
# **log-variance**, the trace and the determinant are sums: $\frac12 \sum_j (e^{\ell_j} + \mu_j^2 - 1 -
# \ell_j)$.

# %%
mean = torch.tensor([0.5, -1.0, 0.2])
root = torch.tensor([[0.8, 0.0, 0.0], [0.3, 0.6, 0.0], [-0.2, 0.4, 0.9]])
full, diagonal = root @ root.T, (root @ root.T).diagonal().diag()
k = len(mean)
for name, cov in {"full": full, "diagonal": diagonal}.items():
    closed = 0.5 * (cov.trace() + mean @ mean - k - cov.logdet())
    q = torch.distributions.MultivariateNormal(mean, cov)
    sampled = divergences.kl_monte_carlo(q, standard_normal(k), n_samples=100_000)
    assert abs(sampled.value - closed) < 4 * sampled.standard_error
    print(f"{name:8} tr, det {closed:.4f}   sampled {sampled}")
by_sum = divergences.kl_to_prior(mean[None], diagonal.diagonal().log()[None])
print(f"diagonal, by the sum {by_sum.item():.4f}")
print(f"numbers that an encoder must predict for 200 latents: {2 * 200} or {200 + 200 * 201 // 2}")

# %% [markdown]
# The diagonal form is a sum of $k$ terms instead of a determinant, and an encoder needs 400 outputs
# instead of 20,300: that is the motive for a diagonal $q$. Its cost is section 9.
#
# Why $\log \sigma^2$ and not $\sigma$? Because a network's output may be any number. One step of
# gradient descent with rate 0.5 on a loss that wants $q$ narrower, from $\sigma = 0.3$:

# %%
sigma = torch.tensor(0.3, requires_grad=True)
logvar_0 = torch.tensor(2 * math.log(0.3), requires_grad=True)
(4 * sigma).backward()
(4 * (0.5 * logvar_0).exp()).backward()
print(f"sigma becomes {sigma.item() - 0.5 * sigma.grad.item():.2f}, which is none")
print(f"through log σ² it becomes {(0.5 * (logvar_0 - 0.5 * logvar_0.grad)).exp().item():.2f}")

# %% [markdown]
# Three slips live in this formula. All three are one line of code, so here are their numbers, at $\mu
# = 0.4$ and $\sigma^2 = 0.6$, where $-\mathrm{KL}(q \,\|\, p(z))$ is right at $-0.1354$.

# %%
mu_0, var_0 = 0.4, 0.6
bracket = mu_0**2 + var_0 - math.log(var_0) - 1
cross = -0.5 * (math.log(2 * math.pi) + var_0 + mu_0**2)
print(f"−½(σ² + μ² − 1 − log σ²)        {-0.5 * bracket:8.4f}")
print(f"the −½ lost                     {bracket:8.4f}")
print(f"E_q[log p(z)] alone             {cross:8.4f}")
print(
    f"log σ² read as log σ            {-0.5 * (mu_0**2 + var_0**2 - 2 * math.log(var_0) - 1):8.4f}"
)
print(f"average of log p(z)/q on a grid {-gauss.average(gauss.log_q - gauss.log_prior):8.4f}")

# %% [markdown]
# > **Common slip.** A loss slide ends in "$\mathbb{E}_q[\log p(x \mid z)]\; \Sigma_{kk} \sum \mu^2 -
# > \sum 1 - \sum \log \Sigma_{kk}$": the $-\frac12(\dots)$ is lost. Instead of $-0.1354$ it adds
# > $+0.2708$, and the narrower $q$, the more. (That reading $\log \sigma^2$ as $\log \sigma$ gives
# > nearly $-0.2708$ is an accident of these numbers.)
#
# > **Common slip.** "Analytic $-\mathrm{KL}$" $= -\frac12 \log 2\pi - \frac12 \log s_p^2 - \frac12
# > (\sigma^2 + (\mu - \mu_p)^2)/s_p^2$. That is $\mathbb{E}_q[\log p(z)]$, $-1.2989$ here: the entropy
# > of $q$ is missing, so nothing keeps $q$ wide.

# %% [markdown]
# ## 8. The gap, in your hands
#
# ![Three bars of equal height, log p(x), each split into the ELBO below and KL(q ‖ posterior) above. For a poor q the KL is large, for a better one small, and at the posterior it is zero.](../figures/elbo.svg)
#
# Here is a second likelihood, with two numbers in $x = (x_1, x_2)$ and a **bent** mean: $x_1$ around
# $z$, $x_2$ around $0.8\,(z^2 - 1)$, both with noise of standard deviation 0.5. Its posterior is no
# Gaussian. The bars below split $\log p(x)$ into ELBO and $\mathrm{KL}(q \,\|\, p(z \mid x))$ for
# four guesses; a cross marks the sum with the wrong sign. Predict: for which guesses does the KL
# vanish, and which cross lies to the right of $\log p(x)$?


# %%
def bent_log_joint(z: Tensor, x: Tensor) -> Tensor:
    """log p(x, z) on a grid of z, one row for each x: shape (batch, points)."""
    near_z = Normal(z, 0.5).log_prob(x[:, :1])
    near_square = Normal(0.8 * (z.square() - 1), 0.5).log_prob(x[:, 1:])
    return Normal(0.0, 1.0).log_prob(z) + near_z + near_square


z = torch.linspace(-4, 4, 801)
straight = Normal(0.0, 1.0).log_prob(z) + Normal(z, math.sqrt(0.5)).log_prob(torch.tensor(1.2))
bent = bent_log_joint(z, torch.tensor([[0.3, 0.4]]))[0]
explorer = ElboExplorer(
    torch.stack([straight, bent]),
    z,
    names=["straight, x = 1.2", "bent, x = (0.3, 0.4)"],
    mu=0.4,
    sigma=math.sqrt(0.6),
    task="Straight: make the KL 0. Bent: how low can you get it? Then make q very narrow: which "
    "way does the ELBO go, and which way would the sum with the wrong sign go?",
)


# %%
def parts_of(x: int, mu: float, sigma: float, explorer: ElboExplorer) -> tuple[float, ...]:
    """ELBO, log p(x), and the sum with the wrong sign, for one guess."""
    explorer.x, explorer.mu, explorer.sigma = x, mu, sigma
    elbo, log_p_x = explorer.parts["elbo"], explorer.parts["log_p_x"]
    kl = 0.5 * (mu**2 + sigma**2 - 2 * math.log(sigma) - 1)
    return elbo, log_p_x, elbo + 2 * kl


guesses = {
    "straight, q of section 2": parts_of(0, 0.4, math.sqrt(0.6), explorer),
    "straight, q = posterior": parts_of(0, 0.8, math.sqrt(1 / 3), explorer),
    "straight, q too narrow": parts_of(0, 0.8, 0.1, explorer),
    "bent, the best q": parts_of(1, 0.626, 0.411, explorer),
}
parts_of(0, 0.4, math.sqrt(0.6), explorer)  # back to the start
for name, (elbo, log_p_x, wrong_sum) in guesses.items():
    print(f"{name:25} ELBO {elbo:.3f} + KL {log_p_x - elbo:.3f} = {log_p_x:.3f}", end="  ")
    print(f"wrong sign: {wrong_sum:.3f}")

# %%
fig, ax = plt.subplots(figsize=(6.5, 2.6))
for row, (elbo, log_p_x, wrong_sum) in enumerate(guesses.values()):
    first = row == 0
    ax.barh(row, elbo + 4, left=-4, color=plotting.MODEL, label="ELBO" if first else None)
    ax.barh(row, log_p_x - elbo, left=elbo, color=plotting.FAKE, label="KL" if first else None)
    ax.plot([log_p_x] * 2, [row - 0.45, row + 0.45], color=plotting.DATA, linewidth=2)
    ax.plot(wrong_sum, row, "x", color=plotting.FIFTH, label="wrong sign" if first else None)
ax.set_yticks(range(4), list(guesses))
ax.invert_yaxis()
ax.set_xlabel(r"nats; the black line is $\log p(x)$")
ax.set_xlim(-4, 3.5)
ax.legend(loc="upper right")
posterior_bar = guesses["straight, q = posterior"]
plotting.show(
    fig,
    alt="Bars for four guesses: ELBO and KL add up to log p(x). At the posterior the KL is 0 and "
    f"the ELBO {posterior_bar[0]:.3f}; there the sum with the wrong sign is "
    f"{posterior_bar[2]:.3f}, above log p(x).",
)

# %% [markdown]
# The coloured parts always add up to the black line. Only the cross leaves the bars: at the posterior
# and for a narrow $q$ the wrong sum is above $\log p(x)$. Now drag $q$ yourself, and choose the bent
# model when you are done with the straight one.

# %%
explorer

# %% [markdown]
# On the straight model the KL reaches 0 at mean 0.8 and standard deviation 0.577. On the bent one no
# Gaussian gets below 0.175 nats: what remains is the price of the *family* of guesses. And a narrow
# $q$ loses ELBO, while the wrong sum would pay for it.

# %% [markdown]
# ## 9. What a poor family does to the model
#
# So far the model was fixed. Usually it has parameters $\theta$, and the ELBO is maximised over
# $\theta$ and $q$ together. "Maximising the bound maximises the likelihood", one reads. Try it: let
# $x \mid z \sim \mathcal N(\theta z, \frac12)$, and data with $\mathbb{E}[x^2] = 2$.
#
# The evidence is $\mathcal N(0, \theta^2 + \frac12)$, so the maximum-likelihood $\theta$ solves
# $\theta^2 + \frac12 = 2$: it is $\sqrt{1.5} = 1.2247$. Now restrict the guess: its mean is free, its
# variance $v$ is fixed at 0.2. The best mean is the posterior's, and what is left of the ELBO per
# example, up to constants, is
#
# $$ -\frac{\mathbb{E}[x^2]}{2(\theta^2 + \frac12)} - \theta^2 v, \qquad \text{stationary where}
# \quad (\theta^2 + \tfrac12)^2 = \frac{\mathbb{E}[x^2]}{2 v} = 5 . $$
#
# That is $\theta^2 = \sqrt5 - 0.5$. Do the curves agree with the algebra?


# %%
def average_bound(theta: float, var: float | None) -> tuple[float, float]:
    """ELBO with the best mean (and the best variance, or the given one), and log p(x)."""
    x = math.sqrt(2) * torch.tensor([1.0, -1.0])
    precision = theta**2 + 0.5
    best = 0.5 / precision if var is None else var
    logvar = torch.full_like(x, math.log(best))
    bounds = objectives.elbo_linear_gaussian(x, theta * x / precision, logvar, weight=theta)
    evidence = Normal(0.0, math.sqrt(precision)).log_prob(x)
    return bounds.mean().item(), evidence.mean().item()


thetas = torch.linspace(0.8, 2.0, 12_001).tolist()
fixed = [average_bound(theta, 0.2) for theta in thetas]
free = [average_bound(theta, None) for theta in thetas]
by_likelihood = max(zip(fixed, thetas, strict=True), key=lambda pair: pair[0][1])[1]
by_fixed = max(zip(fixed, thetas, strict=True), key=lambda pair: pair[0][0])[1]
by_free = max(zip(free, thetas, strict=True), key=lambda pair: pair[0][0])[1]

print(f"maximum likelihood  {by_likelihood:.4f}   by algebra {math.sqrt(1.5):.4f}")
print(f"ELBO, variance free {by_free:.4f}")
print(f"ELBO, variance 0.2  {by_fixed:.4f}   by algebra {math.sqrt(math.sqrt(5) - 0.5):.4f}")

# %%
fig, ax = plt.subplots()
ax.plot(thetas, [pair[1] for pair in fixed], color=plotting.DATA, label=r"$\log p(x)$")
ax.plot(thetas, [pair[0] for pair in fixed], "--", color=plotting.MODEL, label="ELBO, $v = 0.2$")
ax.axvline(by_likelihood, color=plotting.DATA, linestyle=":")
ax.axvline(by_fixed, color=plotting.MODEL, linestyle=":")
ax.set_xlabel(r"$\theta$")
ax.set_ylabel("nats per example")
ax.legend()
assert abs(by_likelihood - 1.2247) < 1e-4
assert abs(by_free - 1.2247) < 1e-4
assert abs(by_fixed - 1.3176) < 1e-4
plotting.show(
    fig,
    alt="Log-likelihood and ELBO against theta. The bound lies below and touches the likelihood "
    f"at 1.41; its maximum is at {by_fixed:.4f}, the likelihood's at {by_likelihood:.4f}.",
)

# %% [markdown]
# The bound touches the likelihood at $\theta = \sqrt2$, where the posterior's variance, $\frac12 /
# (\theta^2 + \frac12)$, happens to be 0.2. The bound rewards a model **whose posterior looks like the
# guess**, and so its maximum moves from 1.2247 towards 1.4142, to 1.3176.
#
# > **Common slip.** "Maximising the bound maximises the log-likelihood." Only if $q$ can be the exact
# > posterior for every $\theta$. Otherwise $\theta$ is biased: 1.3176 instead of 1.2247.
#
# > **Common slip.** "$q(z \mid x) = \mathcal N(\mu(x), \sigma(x)^2 I)$" with one number $\sigma$, when
# > a vector is meant: $\mathrm{diag}\,\sigma(x)^2$. That is a smaller family. Two latents, of which
# > only the first matters much to $x$, have posterior variances $\frac1{33}$ and $\frac1{1.08}$:

# %%
exact = torch.tensor([[1 / 33, 1 / 1.08]]).log()
zeros = torch.zeros_like(exact)
levels = torch.linspace(-5, 1, 6001)[:, None]
shapes = levels.expand(-1, 2)
to_posterior = divergences.kl_normal(zeros, shapes, zeros, exact)
print(f"best with one sigma: KL {to_posterior.min():.4f} at variance", end=" ")
print(f"{levels[to_posterior.argmin()].exp().item():.4f}")
print(f"best with two:       KL {divergences.kl_normal(zeros, exact, zeros, exact).item():.4f}")

# %% [markdown]
# ## 10. The gradient that is zero
#
# To improve $q$ you need the derivative of an average *over q itself*. Let $m$ be the mean of $q$, as
# in section 2 with $m = 0.4$; the exact derivative of the ELBO follows from your closed form. Three
# ways to get it from samples:
#
# - **naive**: draw $z$, treat it as data, differentiate what is inside the average;
# - **score function**: $\nabla_m \mathbb{E}_q[f] = \mathbb{E}_q[f\,\nabla_m \log q]$, which never
#   differentiates $f$;
# - **pathwise** (reparameterised): write $z = g(\varepsilon, \phi) = m + \sigma \varepsilon$ with
#   $\varepsilon \sim \mathcal N(0, 1)$, where $\phi$ are the parameters of $q$, here $m$ and $\sigma$.
#   The randomness no longer depends on them: differentiate through $z$.
#
# In PyTorch the first is `q.sample()`, the third `q.rsample()`. Before you run it: what does `sample`
# do to the derivative of $\log p(x \mid z)$?

# %%
m = torch.full((100_000, 1), 0.4, requires_grad=True)  # one copy per sample, one gradient per copy
var = torch.full_like(m, 0.6)
observed = torch.full_like(m, 1.2)
gradients = {}
for name in ("sample", "rsample"):
    q_m = Independent(Normal(m, var.sqrt()), 1)
    z = getattr(q_m, name)()
    inner = decoder(z).log_prob(observed) + p_z.log_prob(z) - q_m.log_prob(z)
    gradients[name] = torch.autograd.grad(inner.sum(), m)[0][:, 0]
    print(f"{name:8} z depends on m: {z.requires_grad}", end="   ")
    print("gradient", divergences.estimate(gradients[name]))

mu_1 = torch.tensor([0.4], requires_grad=True)
exact = torch.autograd.grad(exact_elbo(guess[0], mu_1, guess[2]).sum(), mu_1)[0].item()
print(f"exact    {exact:.4f}")
for name, target in (("sample", 0.0), ("rsample", exact)):
    estimated = divergences.estimate(gradients[name])
    assert abs(estimated.value - target) < 4 * estimated.standard_error

# %% [markdown]
# `sample` cuts the path: the reconstruction does not know that $z$ came from $m$, so its derivative is
# exactly zero, and all that is left is $-\mathbb{E}_q[\nabla_m \log q] = 0$. No error is raised, the
# loss is right, and the encoder learns nothing.
#
# Why is the score's average zero? Because $q$ integrates to 1 for every $m$:

# %%
score_mean = Derivation(
    Line(
        r"\mathbb{E}_q[\nabla_m \log q]",
        "what the naive gradient averages",
        lambda m: m.average((torch.linspace(-8, 8, 601) - 0.4) / 0.6),
    ),
    Line(
        r"\int \nabla_m\, q(z)\,dz",
        "∇ log q = ∇q / q, and q cancels",
        lambda m: m.total(m.log_q.exp() * (torch.linspace(-8, 8, 601) - 0.4) / 0.6),
    ),
    Line(
        r"\nabla_m \int q(z)\,dz",
        "exchange: here the samples are gone, so it is allowed",
        lambda m: jacobian(
            lambda mu: linear_gaussian(1.2, mu, 0.6).average(torch.ones(601)), torch.tensor(0.4)
        ),
    ),
    Line("0", "the integral is 1 for every m", lambda m: 0.0),
)
score_mean.run(gauss)

# %% [markdown]
# > **Common slip.** Lecture notes take the gradient inside: $\nabla_\phi \mathbb{E}_{q_\phi}[f] =
# > \mathbb{E}_{q_\phi}[\nabla_\phi f]$. For the parameters $\theta$ of the model that is fine. For the
# > parameters $\phi$ of $q$ it holds only after reparameterising: 0 instead of 1.2. And the estimate
# > is a mean over samples, $\frac1S \sum_s \nabla_\phi f(g(\varepsilon_s, \phi))$, without another
# > $\mathbb{E}$ inside.
#
# > **Common slip.** $z = \mu + \sigma^2 \varepsilon$. The noise is multiplied by the *standard
# > deviation*; and $\mu$, $\sigma$ are parameters, not draws. For a variance of 0.6:

# %%
eps = torch.randn(200_000)
print(f"variance of μ + σ ε:  {(0.4 + math.sqrt(0.6) * eps).var():.3f}")
print(f"variance of μ + σ² ε: {(0.4 + 0.6 * eps).var():.3f}")

# %% [markdown]
# **Exercise 8.3.** Write the score-function estimator for the mean of a Gaussian: `values` holds
# $f(z_s)$ for each sample, `z` the samples, both of shape (samples,). Return one estimate per sample.


# %% tags=["exercise"]
def score_gradient(values: Tensor, z: Tensor, mu: float, sigma: float) -> Tensor:
    """Estimates of the derivative of E[f(z)] for mu, from f's values only."""
    ### BEGIN SOLUTION
    return values * (z - mu) / sigma**2
    ### END SOLUTION


# %% tags=["check"]
score_gradient = check.score_gradient(score_gradient)

# %% [markdown] tags=["solution"]
# $\log q = -\frac{(z - \mu)^2}{2\sigma^2} + \text{const}$, so $\nabla_\mu \log q = (z - \mu) /
# \sigma^2$.

# %% [markdown]
# Compare your estimator with the pathwise one. First on $f(z) = z^2$ with $\mu = 0.7$ and $\sigma =
# 1.3$, where the truth is $2\mu = 1.4$ and both variances can be worked out: $4\sigma^2 = 6.76$ for
# the path, and $14\mu^2 + 15\sigma^2 + \mu^4/\sigma^2 = 32.35$ for the score. Then on $f(z) = \sum_j
# z_j^2$ in more dimensions, still for the first mean. Both are unbiased. Which variance grows?

# %%
print("dimensions   pathwise          score function    variances          ratio")
ratios = []
for dim in (1, 4, 16, 64):
    z = 0.7 + 1.3 * torch.randn(100_000, dim)
    path = 2 * z[:, 0]
    score = score_gradient(z.square().sum(dim=1), z[:, 0], 0.7, 1.3)
    for name, values in (("path", path), ("score", score)):
        estimated = divergences.estimate(values)
        assert abs(estimated.value - 1.4) < 4 * estimated.standard_error, name
    ratios.append((score.var() / path.var()).item())
    print(
        f"{dim:10}   {divergences.estimate(path)!s:17} {divergences.estimate(score)!s:17}", end=" "
    )
    print(f"{path.var():5.2f} {score.var():9.1f} {ratios[-1]:9.0f}")

# %% [markdown]
# In one dimension the ratio is about five: 32.3 against 6.8. With 64 dimensions the score function
# needs almost two thousand times the samples: it is told how well the whole vector did, but not which
# coordinate did it. The path tells. That is why the models of the next notebooks use continuous latents and
# `rsample`. Where $z$ is discrete there is no path, and variance reduction for the score function is a
# field of its own (Mohamed et al., 2020).
#
# The same on the ELBO's own gradient, with exact value 1.2:

# %%
z = 0.4 + math.sqrt(0.6) * torch.randn(100_000)
log_w = decoder(z[:, None]).log_prob(observed) + p_z.log_prob(z[:, None])
log_w = log_w - Normal(0.4, math.sqrt(0.6)).log_prob(z)
by_score = score_gradient(log_w, z, 0.4, math.sqrt(0.6))
for name, values in {"pathwise": gradients["rsample"], "score function": by_score}.items():
    estimated = divergences.estimate(values)
    assert abs(estimated.value - exact) < 4 * estimated.standard_error
    print(f"{name:15} {estimated}   variance {values.var():.2f}")

# %% [markdown]
# ## 11. Sum or mean?
#
# One sign is not the only way to change the bound silently. A common image decoder is $p(x \mid z) =
# \mathcal N(\hat x(z), s^2 I)$ with $n$ pixels, and then
#
# $$ -\log p(x \mid z) = \frac{\lVert x - \hat x \rVert^2}{2 s^2} + \text{const}. $$
#
# Much code writes `mse_loss(x_hat, x) + kl` instead, whose default is the *mean* over all pixels.
#
# **Exercise 8.4 (prediction).** For $n = 784$, which noise variance $s^2$ makes $\lVert x - \hat x
# \rVert^2 / 2 s^2$ equal to the mean squared error?

# %% tags=["exercise"]
### BEGIN SOLUTION
hidden_variance = 392.0
### END SOLUTION

# %% tags=["check"]
hidden_variance = check.hidden_variance(hidden_variance)

# %% [markdown] tags=["solution"]
# $\lVert x - \hat x \rVert^2 / n = \lVert x - \hat x \rVert^2 / 2s^2$ gives $s^2 = n/2 = 392$.

# %% [markdown]
# Compared with $s^2 = 1$ the KL weighs 392 times as much: a hidden $\beta$. Is that visible? Take the
# digits of MNIST and the simplest encoder and decoder, one affine layer each, with eight latents. For
# such a pair theory says which latents are worth their KL: those whose principal variance $\lambda_j$
# in the data exceeds the claimed noise $s^2$, and each then carries $\frac12 \log \lambda_j / s^2$
# nats (Lucas et al., 2019). What do you expect for $s^2 = 1$, and for $s^2 = 392$?

# %%
digits = mnist()
x_train, x_test = digits.x_train.flatten(1), digits.x_test.flatten(1) / 255
mean_image, _, variances = pca(x_train / 255, 8)
eight = variances[:8]
x_hat = mean_image.expand_as(x_test[:1])
squared = (x_test[:1] - x_hat).square()
print(f"mean over pixels {squared.mean():.6f}, sum / (2 · 392) {squared.sum() / 784:.6f}")
print("principal variances:", "  ".join(f"{value:.2f}" for value in eight.tolist()))
for s2 in (1.0, hidden_variance):
    nats = 0.5 * (eight / s2).clamp(min=1).log()
    print(f"s² = {s2:3.0f}: {(nats > 0).sum()} latents in use, {nats.sum():.2f} nats of KL")


# %%
class Affine(nn.Module):
    """Encoder and decoder with one affine layer each, for centred images."""

    def __init__(self, latent: int, variance: float) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(784, 2 * latent), nn.Linear(latent, 784)
        nn.init.zeros_(self.decoder.bias)
        self.prior, self.scale = standard_normal(latent), math.sqrt(variance)

    def decode(self, z: Tensor) -> Independent:
        """p(x | z), with the same variance for every pixel."""
        return Independent(Normal(self.decoder(z), self.scale), 1)

    def forward(self, x: Tensor) -> Tensor:
        """The ELBO of each image, in nats."""
        q_z = diagonal_normal(*self.encoder(x).chunk(2, dim=1))
        return objectives.elbo_analytic(x, q_z, self.decode, self.prior)


# %%
def fit(pair: Affine, data: Tensor, mean: Tensor, *, steps: int) -> None:
    """Maximise the mean ELBO."""
    optimizer = torch.optim.Adam(pair.parameters(), lr=3e-3)

    def pair_step(x: Tensor) -> dict[str, Tensor]:
        loss = -pair(x - mean).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"negative ELBO": loss}

    train(pair_step, Batches(data, size=128, seed=0), steps)


# %%
centred = x_test - mean_image
shown, measured = {}, {}
for name, variance in (("sum", 1.0), ("mean", hidden_variance)):
    torch.manual_seed(0)
    pair = Affine(latent=8, variance=variance)
    fit(pair, x_train, mean_image, steps=500)
    with torch.no_grad():
        mu, logvar = pair.encoder(centred).chunk(2, dim=1)
        kl = divergences.kl_to_prior(mu, logvar).mean().item()
        shown[name] = mean_image + pair.decoder(mu)
    error = (x_test - shown[name]).square().sum(dim=1).mean().item()
    measured[name] = kl, error
    print(f"{name:4}: KL ≈ {kl:.4f} nats, squared error ≈ {error:.1f} per image")

blank = centred.square().sum(dim=1).mean().item()
print(f"the mean image, for everything: squared error {blank:.1f}")
assert measured["sum"][0] > 2.5
assert measured["sum"][1] < 0.8 * blank
assert measured["mean"][0] < 0.001
assert abs(measured["mean"][1] - blank) < 0.2

# %%
ten = torch.stack([(digits.y_test == y).nonzero()[3, 0] for y in range(10)])
fig, axes = plt.subplots(3, 1, figsize=(5.0, 2.4))
rows = {"test images": x_test, "sum over pixels": shown["sum"], "mean over pixels": shown["mean"]}
for ax, (name, images) in zip(axes, rows.items(), strict=True):
    plotting.plot_images(ax, images[ten])
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Ten digits; reconstructions with the sum over pixels are blurred but mostly readable; "
    "with the mean over pixels all ten are the same grey blob, the mean image.",
)

# %% [markdown]
# With the mean, every latent is switched off, and every image comes back as the mean image. No bug, no
# warning: for a decoder that claims noise of variance 392 on pixels between 0 and 1, **it is the
# optimum**, as the theory said. (500 steps of the other pair reach most, not all, of its 3.95 nats.)
#
# > **Common slip.** "The decoder is $\mathcal N(f(z), I)$, so I use the MSE." Variance 1 is already
# > large for a pixel, and the mean over $n$ pixels makes it $n/2$. Sum over the event, average over
# > the batch, and state $s^2$.

# %% [markdown]
# ## 12. One guess for each, or one network for all?
#
# So far each $x$ had a $q$ of its own. For a million images that is a million optimisations, and
# again for each new image. **Amortised** inference trains one network, the encoder, that maps $x$ to
# $\mu$ and $\log \sigma^2$. It is fast, and it has a price. The gap splits in two:
#
# $$ \log p(x) - \text{ELBO}(q_{\text{encoder}}) = \underbrace{\log p(x) - \text{ELBO}(q^*)}_{
# \text{family}} + \underbrace{\text{ELBO}(q^*) - \text{ELBO}(q_{\text{encoder}})}_{\text{amortisation}} $$
#
# with $q^*$ the best Gaussian for that $x$ (Cremer et al., 2018). On the bent model all of it can be
# computed: $\log p(x)$ on a grid, the ELBO in closed form, since $z^2$ has the mean $\mu^2 + \sigma^2$
# and the variance $2\sigma^4 + 4\mu^2\sigma^2$.


# %%
def bent_elbo(x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The exact ELBO of each x, shape (batch, 2), in the bent model."""
    var = logvar.exp()
    square = mu.square() + var
    first = (x[:, 0] - mu).square() + var
    second = (x[:, 1] - 0.8 * (square - 1)).square()
    second = second + 0.64 * (2 * var.square() + 4 * mu.square() * var)
    kl = divergences.kl_to_prior(mu[:, None], logvar[:, None])
    return -math.log(2 * math.pi * 0.25) - (first + second) / 0.5 - kl


# %%
def improve(
    parameters: list[Tensor], loss: Callable[[], Tensor], *, rate: float, steps: int
) -> None:
    """Make a number small by Adam."""
    optimizer = torch.optim.Adam(parameters, lr=rate)
    for _ in range(steps):
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()


# %% [markdown]
# 400 examples from the model; the best guess for each starts at the posterior's mean and variance. Check
# first that the closed form and the grid agree. Then train encoders with 2, 16 and 64 hidden units.
# How does each part of the gap depend on the width?

# %%
z_true = torch.randn(400)
x = torch.stack([z_true, 0.8 * (z_true.square() - 1)], dim=1) + 0.5 * torch.randn(400, 2)
grid, spacing = torch.linspace(-6, 6, 601), 0.02
log_joint = bent_log_joint(grid, x)
log_p_x = log_joint.logsumexp(dim=1) + math.log(spacing)
weights = (log_joint - log_p_x[:, None]).exp() * spacing
center = weights @ grid
width = weights @ grid.square() - center.square()

own = torch.stack([center, width.log()], dim=1).requires_grad_()
improve([own], lambda: -bent_elbo(x, *own.T).sum(), rate=0.05, steps=300)
best = bent_elbo(x, *own.T).detach()
log_q = Normal(own[:1, 0], (0.5 * own[:1, 1]).exp()).log_prob(grid).detach()
by_grid = (log_q.exp() * (log_joint[0] - log_q)).sum() * spacing
torch.testing.assert_close(by_grid, best[0], rtol=0, atol=1e-6)
family = (log_p_x - best).mean().item()
assert (log_p_x >= best).all()
print(f"family: ≈ {family:.3f} nats on average, never negative: {bool((log_p_x >= best).all())}")

# %%
amortised = {}
for hidden in (2, 16, 64):
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
    parameters = list(encoder.parameters())
    improve(
        parameters,
        lambda encoder=encoder: -bent_elbo(x, *encoder(x).T).mean(),
        rate=0.02,
        steps=700,
    )
    with torch.no_grad():
        amortised[hidden] = (best - bent_elbo(x, *encoder(x).T)).mean().item()
    print(f"{hidden:2} hidden units: amortisation ≈ {amortised[hidden]:.3f} nats")

assert amortised[2] > 0.1 > amortised[16] > amortised[64] > 0
assert 0.01 < family < 0.05

# %%
fig, ax = plt.subplots(figsize=(5.0, 2.4))
names = ["own q", *(f"{hidden} units" for hidden in amortised)]
ax.barh(names, [family] * 4, color=plotting.FAKE, label="family")
ax.barh(names, [0.0, *amortised.values()], left=family, color=plotting.FIFTH, label="amortisation")
ax.invert_yaxis()
ax.set_xlabel(r"$\log p(x)$ − ELBO in nats")
ax.legend(loc="lower right")
plotting.show(
    fig,
    alt="Gap between log p(x) and ELBO: the same small part for the family in every row, and an "
    "amortisation part that is large for 2 hidden units, small for 16 and hardly visible for 64.",
)

# %% [markdown]
# The family's part does not care about the encoder: a Gaussian is a Gaussian. The amortisation part
# is a matter of the network, and can be trained away. When a model disappoints, ask which of the two
# it is: a richer $q$ cures the one (notebook 10), a better encoder the other.

# %% [markdown]
# ## What you have seen
#
# - Three derivations lead to one bound: its gap is $\mathrm{KL}(q \,\|\, p(z \mid x))$, or Jensen's,
#   or that of a single importance weight. Every line was computed, and the machine named the line
#   with the wrong sign; an inequality may pass by luck, so test it where it is tight.
# - The bound's maximum is the likelihood's only if $q$ can be the posterior: $\theta = 1.3176$
#   instead of 1.2247. What is lost splits into the family's part and the encoder's.
# - `rsample` carries the gradient, `sample` makes it zero without a word. Summing over pixels keeps
#   the model; their mean multiplies the KL by 392 and switches the latents off.
#
# ## References
#
# - D. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", *ICLR*, eq. 2, 3 and 7 and
#   appendix B. [arXiv 1312.6114](https://arxiv.org/abs/1312.6114)
# - M. Jordan, Z. Ghahramani, T. Jaakkola, L. Saul (1999), "An introduction to variational methods for
#   graphical models", *Machine Learning* 37.
# - Y. Burda, R. Grosse, R. Salakhutdinov (2016), "Importance weighted autoencoders", *ICLR*, eq. 8 and
#   theorem 1. [arXiv 1509.00519](https://arxiv.org/abs/1509.00519)
# - C. Cremer, X. Li, D. Duvenaud (2018), "Inference suboptimality in variational autoencoders",
#   *ICML*. [arXiv 1801.03558](https://arxiv.org/abs/1801.03558)
# - J. Lucas, G. Tucker, R. Grosse, M. Norouzi (2019), "Don't blame the ELBO! A linear VAE perspective
#   on posterior collapse", *NeurIPS*. [arXiv 1911.02469](https://arxiv.org/abs/1911.02469)
# - S. Mohamed, M. Rosca, M. Figurnov, A. Mnih (2020), "Monte Carlo gradient estimation in machine
#   learning", *JMLR* 21. [arXiv 1906.10652](https://arxiv.org/abs/1906.10652)
#
# **The way on:** 09 gives $q$ and $p$ a network each, and trains both by this bound on digits and
# faces.
