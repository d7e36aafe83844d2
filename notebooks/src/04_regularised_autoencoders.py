# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 Regularised autoencoders
#
# **How can we stop the copy without a bottleneck?**
#
# By the end you can
#
# - write one training loop for sparse, denoising and contractive autoencoders, and say what each of
#   them is charged for;
# - prove that the best denoiser moves a point by $\sigma^2$ times the *score* of the noisy data, and
#   train a network that finds this field without ever seeing a density;
# - compute the contractive penalty in closed form, by automatic differentiation and by random
#   projections, and say what it does to directions with data and to directions without.
#
# You need notebook 03 (the copy, the bottleneck, tied weights), Gaussians, and Bayes' rule from
# notebook 01. Study time: 70 minutes. Computing time: about 80 seconds on one core.

# %%
import time
from collections.abc import Callable

import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import objectives, plotting
from course_utils.checks import regularised_autoencoders as check
from course_utils.data import mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.distributions import gaussian_mixture
from course_utils.divergences import estimate
from course_utils.evaluation import precision_at_k, psnr
from course_utils.explorers import FieldExplorer
from course_utils.nn import TiedLinear, mlp
from course_utils.training import Batches, linear_tail, train

# %% [markdown]
# The data are the digits of notebook 03: rows $x$ of $n = 784$ grey values in $[0, 1]$. `noisy` is
# the test set with Gaussian noise of standard deviation $\sigma = 0.4$ on every pixel.

# %%
plotting.use_style()
seed_everything(0)
device = best_device()
digits = mnist().to(device)
x_train, x_test = digits.x_train.flatten(1), digits.x_test.flatten(1) / 255
mean = (x_train / 255).mean(dim=0)

generator = torch.Generator().manual_seed(0)
noisy = x_test + 0.4 * torch.randn(x_test.shape, generator=generator).to(device)
masked = objectives.masking_noise(x_test, 0.5, generator=generator)

# %% [markdown]
# ## 1. The copier meets a dirty image
#
# A code of $d = 1000$ numbers is wider than the image. Notebook 03 built the perfect copier by hand;
# here you train one. Its weights are tied: the encoder is $h = \mathrm{relu}(Wx + b)$ with $W$ of
# shape $d \times n$, the decoder is $\hat x = W^\top h + c$.
#
# One loop will serve all of this notebook. It has two sockets. `corrupt` changes what the encoder
# sees: $\tilde x = c(x)$. `penalty` charges for the code: $\Omega$, with weight $\lambda \ge 0$.
# The loss always compares with the *clean* $x$ (Goodfellow et al., eqs. 14.2, 14.9 and 14.11):
#
# $$ L\big(x,\, g(f(\tilde x))\big) + \lambda\, \Omega(\tilde x, h), \qquad
# L(x, \hat x) = \lVert x - \hat x \rVert^2, \quad h = f(\tilde x). $$


# %%
def unchanged(x: Tensor) -> Tensor:
    """The corruption that does nothing."""
    return x


def free(x_seen: Tensor, h: Tensor) -> Tensor:
    """The penalty that charges nothing."""
    return h.new_zeros(len(h))


def wide_pair(activation: type[nn.Module], mean: Tensor) -> tuple[nn.Sequential, TiedLinear]:
    """An encoder with 1,000 units and its tied decoder, which starts at the mean image."""
    layer = nn.Linear(784, 1000)
    decoder = TiedLinear(layer)
    decoder.bias.data = mean.clone()
    return nn.Sequential(layer, activation()).to(mean.device), decoder.to(mean.device)


# %%
def fit(
    encoder: nn.Module,
    decoder: nn.Module,
    batches: Batches,
    steps: int,
    corrupt: Callable[[Tensor], Tensor] = unchanged,
    penalty: Callable[[Tensor, Tensor], Tensor] = free,
    lam: float = 0.0,
    rate: float = 1e-3,
) -> None:
    """Train g(f(corrupt(x))) towards x, at a charge of lam times the penalty."""
    optimizer = Adam(nn.ModuleList([encoder, decoder]).parameters(), lr=rate, fused=True)
    schedule = linear_tail(optimizer, steps=steps, tail=0.6)

    def autoencoder_step(x: Tensor) -> dict[str, Tensor]:
        x_seen = corrupt(x)
        h = encoder(x_seen)
        loss = (objectives.squared_error(decoder(h), x) + lam * penalty(x_seen, h)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"loss": loss}

    train(autoencoder_step, batches, steps)


# %% [markdown]
# With both sockets empty it trains a copier. Now hand it a noisy digit. The quality of an image is
# quoted in decibels of **peak signal-to-noise ratio**,
#
# $$ \mathrm{PSNR} = -10 \log_{10} \Big( \tfrac1n \lVert \hat x - x \rVert^2 \Big), $$
#
# per image, always against the clean $x$: 10 dB more are a tenth of the squared error. Predict: does
# the copier return the noise, or a digit?


# %%
def of_digits(x: Tensor) -> Batches:
    """Batches of 128 images, in the same order for every network."""
    return Batches(x, size=128, seed=0)


copier = wide_pair(nn.ReLU, mean)
fit(*copier, of_digits(x_train), steps=300)


# %%
def restore(pair: tuple[nn.Module, nn.Module], x_seen: Tensor) -> Tensor:
    """The pair's reconstruction of what it sees."""
    encoder, decoder = pair
    with torch.no_grad():
        return decoder(encoder(x_seen))


def quality(x_hat: Tensor, x: Tensor) -> float:
    """Mean PSNR of the images, in dB."""
    return psnr(x_hat, x).mean().item()


print(f"a clean digit, copied:   ≈ {quality(restore(copier, x_test), x_test):.1f} dB")
print(f"a noisy digit:             {quality(noisy, x_test):.2f} dB")
print(f"a noisy digit, copied:   ≈ {quality(restore(copier, noisy), x_test):.1f} dB")

# %%
fig, axes = plt.subplots(3, 1, figsize=(5.0, 2.4))
rows = {"clean": x_test, "noisy": noisy, "the copier's answer to noisy": restore(copier, noisy)}
for ax, (name, images) in zip(axes, rows.items(), strict=True):
    plotting.plot_images(ax, images[:10])
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Three rows of ten digits: clean; under snow of standard deviation 0.4; and the copier's "
    "answer to the snow, in which most of the snow is still there.",
)

# %% [markdown]
# The copy of a clean digit is nearly perfect, and the copy of a dirty one is dirty. It is cleaner than
# what came in, by about six decibels, but not because the pair knows digits: 300 steps have not yet
# taught it to pass the directions in which digits never vary, such as the blank margin, and the noise
# in them is lost. Where the ink is, the snow stays. Six decibels are the bar that a denoiser has to
# clear.
#
# The rest of this notebook fills the two sockets, one after the other, with the code as wide as it
# is.

# %% [markdown]
# ## 2. Sparse: every active number costs
#
# Charge for the code's absolute values (an **L1 penalty**):
#
# $$ \Omega(h) = \sum_{j=1}^{d} |h_j|. $$
#
# A digit may use any of the 1,000 units, but not all of them at once. Why should the *absolute
# value* switch units off, and not the square? Look at one unit. Suppose that the loss, as a function
# of this unit alone, is $(a - h)^2$: without a penalty it would take the value $a$.
#
# **Exercise 4.1 (derivation).** Which $h$ minimises $(a - h)^2 + \lambda |h|$? Treat $h > 0$, $h < 0$
# and $h = 0$ in turn. Write the result as a function of a tensor of any shape.


# %% tags=["exercise"]
def shrink(a: Tensor, lam: float) -> Tensor:
    """The h that minimises (a − h)² + lam |h|, entry by entry."""
    ### BEGIN SOLUTION
    return a.sign() * (a.abs() - lam / 2).clamp(min=0)
    ### END SOLUTION


# %% tags=["check"]
shrink = check.shrink(shrink)

# %% [markdown] tags=["solution"]
# For $h > 0$ the derivative $-2(a - h) + \lambda$ vanishes at $h = a - \lambda/2$, which is positive
# only if $a > \lambda/2$. For $h < 0$ it is the mirror image, $h = a + \lambda/2$ if $a <
# -\lambda/2$. In between no point with $h \ne 0$ is stationary, so the kink at $0$ is the minimum.

# %% [markdown]
# The figure uses your function. Compare it with the answer to $\lambda h^2$, which is $a / (1 +
# \lambda)$. Where do the two differ in kind?

# %%
a = torch.linspace(-3, 3, 301)
by_l1, by_square = shrink(a, 2.0), a / (1 + 2.0)
assert not by_l1[110:191].any()

fig, ax = plt.subplots(figsize=(5.0, 2.8))
ax.plot(a, a, ":", color=plotting.PRIOR, label="no penalty")
ax.plot(a, by_square, "--", color=plotting.FAKE, label=r"$\lambda h^2$")
ax.plot(a, by_l1, color=plotting.MODEL, label=r"$\lambda |h|$")
ax.set_xlabel("$a$, the unit's value without a penalty")
ax.set_ylabel("best $h$")
ax.legend()
plotting.show(
    fig,
    alt="The best code against its value without a penalty, λ = 2: the square shrinks everything "
    "by a factor of three; the absolute value gives exact zeros between −1 and 1.",
)

# %% [markdown]
# The square makes small numbers smaller and never zero. The absolute value charges the same for the
# last bit as for the first, so a unit that does not earn $\lambda/2$ is switched **off**, exactly.
#
# > **Common slip.** "Any decoder will do." Divide a code by 10 and multiply the decoder's matrix by
# > 10: the reconstruction is the same, and the bill is a tenth. A free decoder lets the penalty be
# > dodged without any sparsity. Tied weights cannot: a smaller $W$ makes *both* halves smaller.

# %%
encoder, decoder = copier
with torch.no_grad():
    h = encoder(x_test[:1000])
    same = (h / 10) @ (10 * decoder.encoder.weight) + decoder.bias
    gap = (same - decoder(h)).abs().max().item()
    bill = objectives.sparsity(h / 10).mean() / objectives.sparsity(h).mean()
print(f"change of the reconstruction below 1e-4: {gap < 1e-4}; bill {bill:.2f} of the old one")

# %% [markdown]
# Now train with three weights $\lambda$ and count the share of units that are active (above zero) on
# test digits. What do you expect of the share as $\lambda$ grows, and of the error?


# %%
def bill_for_code(x_seen: Tensor, h: Tensor) -> Tensor:
    """The L1 penalty in the socket's form."""
    return objectives.sparsity(h)


sparse = {0.0: copier}
for lam in (0.1, 0.3, 1.0):
    sparse[lam] = wide_pair(nn.ReLU, mean)
    fit(*sparse[lam], of_digits(x_train), steps=300, penalty=bill_for_code, lam=lam)

# %%
codes, errors = {}, {}
for lam, (encoder, decoder) in sparse.items():
    with torch.no_grad():
        codes[lam] = encoder(x_test)
        errors[lam] = objectives.squared_error(decoder(codes[lam]), x_test).mean().item()
active = {lam: (h > 0).double().mean().item() for lam, h in codes.items()}

for lam in sparse:
    print(f"λ = {lam:<4} active ≈ {active[lam]:.3f}   squared error ≈ {errors[lam]:.1f}")
assert active[0.0] > 0.4 > 0.3 > active[0.1] > 2 * active[0.3] > 4 * active[1.0]
assert errors[0.0] < errors[0.1] < errors[0.3] < errors[1.0]

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.0))
axes[0].plot(range(4), list(active.values()), "o-", color=plotting.MODEL)
axes[0].set_xticks(range(4), [f"{lam:g}" for lam in active])
axes[0].set_xlabel(r"weight $\lambda$ of the penalty")
axes[0].set_ylabel("share of active units")
axes[0].set_ylim(0, 1)
styles = {0.0: (plotting.FAKE, "--", "copier"), 0.3: (plotting.MODEL, "-", r"$\lambda = 0.3$")}
bins = torch.linspace(0, 2, 41).tolist()
for lam, (colour, line, name) in styles.items():
    axes[1].hist(
        codes[lam][:1000].flatten().cpu(), bins, histtype="step", color=colour, ls=line, label=name
    )
axes[1].set_yscale("log")
axes[1].set_xlabel("value of a unit on a test digit")
axes[1].set_ylabel("how often")
axes[1].legend()
plotting.show(
    fig,
    alt="Left: the share of active units falls from more than 0.4 without a penalty to a few "
    "percent at λ = 0.3. Right: histograms of the units' values; the sparse one has a far higher "
    "bar at zero.",
)

# %% [markdown]
# The penalty is a dial. Without it most units speak on every digit. At $\lambda = 0.3$ about one
# unit in seventeen does: each image has a narrow code, chosen out of a wide one. At $\lambda = 1$ hardly
# any is left and the error explodes. Right, mind the logarithmic axis: the values pile up at exactly
# zero, as your function predicts.
#
# What does a unit stand for? Row $j$ of $W$ is the stroke that unit $j$ adds to the image when it is
# active. Before you look: which of the two sets of strokes looks more like parts of digits?

# %%
fig, axes = plt.subplots(2, 1, figsize=(5.0, 2.8))
for ax, lam, name in zip(axes, (0.0, 0.3), ("copier", r"sparse, $\lambda = 0.3$"), strict=True):
    busiest = codes[lam].mean(dim=0).argsort(descending=True)[:20]
    filters = sparse[lam][0][0].weight.detach()[busiest]
    scaled = filters / filters.abs().amax(dim=1, keepdim=True)
    plotting.plot_images(ax, 0.5 + 0.5 * scaled)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Two blocks of twenty filters, grey for zero. The copier's look like television noise; the "
    "sparse ones show strokes on a calm ground, and some of them nearly whole digits.",
)

# %% [markdown]
# The copier's rows are whatever the random start became: any basis serves to copy. The sparse rows
# are strokes, and some nearly whole digits: if only a few units may speak, each of them has to say
# much.

# %% [markdown]
# ## 3. Denoising: the copy is the wrong answer
#
# ![Above, a denoising autoencoder: noise is added to x, the pair f, g sees x plus noise and is compared with the clean x. Below, a contractive one: the loss also charges the squared Jacobian norm of f.](../figures/denoising_contractive.svg)
#
# Empty the penalty socket and fill the other one. The encoder sees $\tilde x = c(x)$, the loss still
# asks for $x$ (Vincent et al., 2008). Two corruptions:
#
# - **A, Gaussian:** $\tilde x = x + \sigma\varepsilon$ with $\varepsilon \sim \mathcal{N}(0, I)$ and
#   $\sigma = 0.4$;
# - **B, masking:** every pixel is set to 0 with probability one half.
#
# Each network is trained on one and tested on both. Fill in the table in your head first: who gains
# how much where?


# %%
def noise_a(x: Tensor) -> Tensor:
    """Gaussian noise of standard deviation 0.4."""
    return x + 0.4 * torch.randn_like(x)


def noise_b(x: Tensor) -> Tensor:
    """Half of the pixels are cleared."""
    return objectives.masking_noise(x, 0.5)


denoiser_a, denoiser_b = wide_pair(nn.ReLU, mean), wide_pair(nn.ReLU, mean)
fit(*denoiser_a, of_digits(x_train), steps=500, corrupt=noise_a)
fit(*denoiser_b, of_digits(x_train), steps=500, corrupt=noise_b)

# %%
before = {"A": quality(noisy, x_test), "B": quality(masked, x_test)}
table = {
    name: {"A": quality(restore(pair, noisy), x_test), "B": quality(restore(pair, masked), x_test)}
    for name, pair in {"copy": copier, "A": denoiser_a, "B": denoiser_b}.items()
}
gain = {name: {on: row[on] - before[on] for on in row} for name, row in table.items()}

print(f"PSNR before         on A   {before['A']:.2f}   on B   {before['B']:.2f}")
for name, row in table.items():
    print(f"trained: {name:4}       on A ≈ {row['A']:5.1f}   on B ≈ {row['B']:5.1f}")
print(f"A on A gains ≈ {gain['A']['A']:.1f} dB, at least 6: {gain['A']['A'] >= 6}")
print(f"A on B gains ≈ {gain['A']['B']:.1f} dB, B on A ≈ {gain['B']['A']:.1f} dB")
assert gain["A"]["A"] >= 6
assert gain["A"]["A"] > gain["copy"]["A"] + 3
assert gain["B"]["B"] > gain["A"]["B"] + 1.5
assert gain["A"]["A"] > gain["B"]["A"] + 5

# %%
fig, axes = plt.subplots(3, 2, figsize=(7.5, 2.2))
columns = {"noise A": noisy, "noise B": masked}
for i, (name, seen) in enumerate(columns.items()):
    rows = seen, restore(denoiser_a, seen), restore(denoiser_b, seen)
    for ax, images in zip(axes[:, i], rows, strict=True):
        plotting.plot_images(ax, images[:10])
    axes[0, i].set_title(name)
for ax, name in zip(axes[:, 0], ("seen", "by A", "by B"), strict=True):
    ax.text(-6, 14, name, ha="right", va="center", fontsize=9)
plotting.show(
    fig,
    alt="Ten digits under snow (A) and with half their pixels cleared (B), restored by both "
    "networks. Each cleans its own noise, A by more than 6 dB. On the other's noise A leaves "
    "the digits pale, and B makes them too dark, with specks.",
)

# %% [markdown]
# Each denoiser is good at the noise it knows and much worse at the other. B has learned that half of
# the ink is missing, so it prints everything too dark, specks included. A has learned that
# ink may be an accident, so it leaves thinned digits pale. **A denoiser learns the pair (data, noise),
# not the data alone.** That sounds like a nuisance. Section 4 turns it into a theorem about *which*
# property of the data a denoiser learns.
#
# > **Common slip.** Comparing with the corrupted image: $L(\tilde x, g(f(\tilde x)))$. The best
# > answer is then $\hat x = \tilde x$, a copy at 7.97 dB and a gain of zero. The clean $x$ in the loss
# > is all that makes a denoiser a denoiser.

# %% [markdown]
# ## 4. What the best denoiser knows
#
# **Exercise 4.2 (prediction).** Data $x$ come from $\mathcal{N}(0, 1)$, the noise is $\sigma = 1$,
# and you see $\tilde x = 3$. Which answer makes the expected squared error smallest?

# %% tags=["exercise"]
### BEGIN SOLUTION
guess = 1.5
### END SOLUTION

# %% tags=["check"]
guess = check.best_guess(guess)

# %% [markdown] tags=["solution"]
# $x$ and $\tilde x$ are jointly Gaussian, and $\mathbb{E}[x \mid \tilde x] = \tilde x\, s^2 / (s^2 +
# \sigma^2)$ with the data's variance $s^2 = 1$: half of 3.

# %% [markdown]
# In general? Write $r(\tilde x)$ for the answer, $p(x)$ for the data's density, and
#
# $$ p_\sigma(\tilde x) = \int p(x)\, \mathcal{N}(\tilde x;\, x, \sigma^2 I)\, dx $$
#
# for the density of *noisy* data. First: which $r$ is best? Then: what has it to do with $p_\sigma$?
# The **score** of a density is the gradient of its logarithm, $\nabla_{\tilde x} \log
# p_\sigma(\tilde x)$, a vector as long as $\tilde x$: it points to where the density grows.
#
# Both derivations run on a mixture of two Gaussians on the line with every integral computed on a
# fine grid, at $\tilde x = 0.4$, with $\sigma = 0.7$ and the rival answer $r = 0.1$.


# %%
class NoisyPoint:
    """A mixture of two Gaussians on the line, seen through noise at one place."""

    def __init__(self, x_noisy: float, sigma: float, rival: float) -> None:
        self.weights = torch.tensor([0.3, 0.7], dtype=torch.float64)
        self.means = torch.tensor([[-1.0], [1.5]], dtype=torch.float64)
        self.scales = torch.tensor([0.4, 0.6], dtype=torch.float64)
        self.x_noisy = torch.tensor([[x_noisy]], dtype=torch.float64)
        self.sigma, self.rival = sigma, rival
        self.x = torch.linspace(-8, 8, 3201, dtype=torch.float64)
        clean = gaussian_mixture(self.weights, self.means, self.scales)
        self.joint = clean.log_prob(self.x[:, None]).exp() * self.kernel(self.x_noisy[0]) / 200
        self.posterior = self.joint / self.joint.sum()  # p(x | x̃) on the grid, sums to 1
        self.mean = (self.posterior * self.x).sum()

    def kernel(self, x_noisy: Tensor) -> Tensor:
        """The density of x̃ for every x of the grid."""
        return torch.distributions.Normal(self.x, self.sigma).log_prob(x_noisy).exp()


# %%
best_answer = Derivation(
    Line(
        r"\mathbb{E}[(x - r)^2 \mid \tilde x]",
        "the expected error of any answer r",
        lambda m: (m.posterior * (m.x - m.rival).square()).sum(),
    ),
    Line(
        r"\mathbb{E}[(x - m)^2 \mid \tilde x] + (m - r)^2",
        "m = E[x | x̃]: the cross term has mean zero",
        lambda m: (m.posterior * (m.x - m.mean).square()).sum() + (m.mean - m.rival) ** 2,
    ),
    Line(
        r"\mathbb{E}[(x - m)^2 \mid \tilde x]",
        "a square is not negative; zero for r = m",
        lambda m: (m.posterior * (m.x - m.mean).square()).sum(),
        "≥",
    ),
)
point = NoisyPoint(x_noisy=0.4, sigma=0.7, rival=0.1)
best_answer.run(point)

# %% [markdown]
# So the best answer is the **posterior mean** $\mathbb{E}[x \mid \tilde x]$, and no denoiser gets
# below the variance in the last line. Now the bridge.


# %%
def noisy_score(m: NoisyPoint) -> Tensor:
    """The derivative of log p_σ at x̃, where p_σ is again a mixture, by autograd."""
    wide = (m.scales.square() + m.sigma**2).sqrt()
    at = m.x_noisy.clone().requires_grad_()
    log_density = gaussian_mixture(m.weights, m.means, wide).log_prob(at)
    return torch.autograd.grad(log_density.sum(), at)[0].squeeze()


def slope_of_integral(m: NoisyPoint) -> Tensor:
    """σ² / p_σ times the derivative of the integral ∫ p(x) 𝒩(x̃; x, σ²) dx, by autograd."""
    at = m.x_noisy[0].clone().requires_grad_()
    p = gaussian_mixture(m.weights, m.means, m.scales).log_prob(m.x[:, None]).exp()
    integral = (p * m.kernel(at)).sum() / 200
    return m.sigma**2 * torch.autograd.grad(integral, at)[0].squeeze() / integral.detach()


# %%
from_score_to_bayes = [
    Line(
        r"\sigma^2\, \nabla \log p_\sigma(\tilde x)",
        "noise variance times score",
        lambda m: m.sigma**2 * noisy_score(m),
    ),
    Line(
        r"\frac{\sigma^2}{p_\sigma} \nabla \int p(x)\, \mathcal{N}(\tilde x; x, \sigma^2)\, dx",
        "derivative of a logarithm, definition of p_σ",
        slope_of_integral,
    ),
    Line(
        r"\frac{1}{p_\sigma} \int p(x)\, (x - \tilde x)\, \mathcal{N}(\tilde x; x, \sigma^2)\, dx",
        "∇𝒩 = 𝒩 · (x − x̃)/σ²",
        lambda m: (m.joint * (m.x - m.x_noisy.item())).sum() / m.joint.sum(),
    ),
]

# %%
from_bayes_to_answer = [
    Line(
        r"\int (x - \tilde x)\, p(x \mid \tilde x)\, dx",
        "Bayes",
        lambda m: (m.posterior * (m.x - m.x_noisy.item())).sum(),
    ),
    Line(
        r"\mathbb{E}[x \mid \tilde x] - \tilde x",
        "p(x | x̃) integrates to one",
        lambda m: m.mean - m.x_noisy.item(),
    ),
]
bridge = Derivation(*from_score_to_bayes, *from_bayes_to_answer)
bridge.run(point)

# %% [markdown]
# Read it from the bottom: **the best denoiser moves each point by $\sigma^2$ times the score of the
# noisy data** (Tweedie's formula; Vincent, 2011, for autoencoders). The denoiser has seen pairs of
# points and nothing else, and it knows the gradient of a log-density that, for images, nobody can
# compute. No line used that $p$ is a mixture.
#
# > **Common slip.** "The residual is the score of $p$." It is the score of $p_\sigma$, the *noisy*
# > density. In exercise 4.2 the clean score at 3 is $-3$, which would send you to 0; the score of
# > $\mathcal{N}(0, 2)$ is $-1.5$ and sends you to 1.5. Only for small $\sigma$ are the two alike.

# %%
x_noisy, sigma = 3.0, 1.0
for name, variance in (("clean", 1.0), ("noisy", 1.0 + sigma**2)):
    score = -x_noisy / variance
    landing = x_noisy + sigma**2 * score
    error = (landing - guess) ** 2 + 0.5  # (m − r)² plus the posterior's variance
    print(f"score of the {name} density {score:+.1f}, lands at {landing:.1f}, error {error:.2f}")

# %% [markdown]
# ## 5. In the plane: exact, then learned
#
# Take a mixture of three round Gaussians in the plane: component $k$ has the weight $w_k$, the mean
# $\mu_k$ and the covariance $s_k^2 I$. Noise makes each of them wider: $\tilde x$ from component $k$
# has the density $\mathcal{N}(\mu_k, (s_k^2 + \sigma^2) I)$.
#
# **Exercise 4.3 (derivation and code).** Write the best denoiser $\mathbb{E}[x \mid \tilde x]$. If you
# knew the component, exercise 4.2 would give the answer. You know it with the probabilities
# $P(k \mid \tilde x)$. The exact field below is drawn with your function.


# %% tags=["exercise"]
def posterior_mean(
    x_noisy: Tensor, weights: Tensor, means: Tensor, scales: Tensor, sigma: float
) -> Tensor:
    """E[x | x̃], shape (n, 2), for points (n, 2), weights (k,), means (k, 2) and scales (k,)."""
    ### BEGIN SOLUTION
    away = x_noisy[:, None] - means
    v = scales.square() + sigma**2
    dim = x_noisy.shape[1]
    logits = weights.log() - dim / 2 * v.log() - away.square().sum(dim=2) / (2 * v)
    guesses = means + (scales.square() / v)[:, None] * away
    return (logits.softmax(dim=1)[:, :, None] * guesses).sum(dim=1)
    ### END SOLUTION


# %% tags=["check"]
posterior_mean = check.posterior_mean(posterior_mean)
whose = "the reference" if posterior_mean is objectives.mixture_denoiser else "your own function"
print(f"The exact field is drawn with {whose}.")

# %% [markdown] tags=["solution"]
# Given the component, $x$ and $\tilde x$ are jointly Gaussian around $\mu_k$, so $\mathbb{E}[x \mid
# \tilde x, k] = \mu_k + \frac{s_k^2}{s_k^2 + \sigma^2} (\tilde x - \mu_k)$. By Bayes $P(k \mid \tilde
# x) \propto w_k\, \mathcal{N}(\tilde x; \mu_k, (s_k^2 + \sigma^2) I)$; the softmax of its logarithm
# divides by the sum. The tower rule of notebook 01 averages the guesses.

# %% [markdown]
# Two independent routes to the same vectors: your posterior mean, and the score of $p_\sigma$ by
# automatic differentiation. They must agree to the last digits.

# %%
weights = torch.tensor([0.4, 0.35, 0.25])
means = torch.tensor([[-1.5, -1.0], [1.5, -0.8], [0.0, 1.4]])
scales = torch.tensor([0.35, 0.25, 0.45])
clean = gaussian_mixture(weights, means, scales)
noised = gaussian_mixture(weights, means, (scales.square() + 0.4**2).sqrt())


def score_of(log_density: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of a log-density at each row of x."""
    at = x.detach().clone().requires_grad_()
    return torch.autograd.grad(log_density(at).sum(), at)[0]


x_plane = clean.sample((20_000,))
seen = noised.sample((5_000,))
moves = posterior_mean(seen, weights, means, scales, 0.4) - seen
difference = (moves - 0.4**2 * score_of(noised.log_prob, seen)).abs().max()
print(f"residual = σ² · score to 1e-5: {bool(difference < 1e-5)}")
assert difference < 1e-5

# %% [markdown]
# Now forget the density. A network with two hidden layers of 64 units sees noisy points and is asked
# for clean ones. It is the loop of section 1, with points in place of images; the code of 64
# numbers for 2 is as overcomplete as anything in this notebook. Predict: where in the plane will its
# arrows be right?


# %%
def plane_net() -> tuple[nn.Sequential, nn.Linear]:
    """Encoder and decoder for points in the plane, with a code of 64 numbers."""
    encoder = mlp(2, 64, 64, activation=nn.Tanh).append(nn.Tanh())
    return encoder, nn.Linear(64, 2)


def gaussian(sigma: float) -> Callable[[Tensor], Tensor]:
    """The corruption that adds noise of that standard deviation."""
    return lambda x: x + sigma * torch.randn_like(x)


learned = plane_net()
many = Batches(x_plane, size=1000, seed=0)
fit(*learned, many, steps=1000, corrupt=gaussian(0.4), rate=5e-3)

# %%
learned_score = (restore(learned, seen) - seen) / 0.4**2
exact_score = score_of(noised.log_prob, seen)
cosine = torch.cosine_similarity(learned_score, exact_score, dim=1).mean()
length = (learned_score * exact_score).sum() / exact_score.square().sum()
clean_score = score_of(clean.log_prob, seen)
clean_length = (learned_score * clean_score).sum() / clean_score.square().sum()

print(f"cosine with the exact score: ≈ {cosine:.3f}, above 0.95: {bool(cosine > 0.95)}")
print(f"length: ≈ {length:.2f} of the noisy score, ≈ {clean_length:.2f} of the clean one")
assert cosine > 0.95
assert 0.9 < length < 1.1
assert clean_length < 0.6

# %%
bounds = (-3.0, 3.0, -3.0, 3.0)
fields = {
    "exact": lambda x: posterior_mean(x, weights, means, scales, 0.4) - x,
    "learned": lambda x: restore(learned, x) - x,
}
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.8))
for ax, (name, field) in zip(axes, fields.items(), strict=True):
    plotting.plot_density(ax, noised.log_prob, bounds=bounds)
    plotting.plot_field(ax, field, bounds=bounds, colour="white")
    ax.set_title(name)
plotting.show(
    fig,
    alt="Arrows of the exact and of the learned denoiser over the noisy density of three Gaussians:"
    " both point to the nearest bright spot. Where data are, their cosine is above 0.95.",
)

# %% [markdown]
# The cosine is averaged over noisy data, so it says "where the data are". The lengths decide which
# density was learned: the noisy one, to a few percent. In the corners, far from any point it has
# seen, the network's arrows are extrapolation; the formula holds where $p_\sigma$ puts its mass.
#
# A field that points uphill on the density is nearly a generative model: start anywhere, follow the
# arrows, add some noise, and repeat. Notebook 18 does that with images.

# %% [markdown]
# ## 6. Contractive: a bill for sensitivity
#
# The third idea charges neither for the code nor for the input, but for how strongly the code reacts
# to the input. The **Jacobian** $J = \partial h / \partial x$ has the entries $\partial h_i /
# \partial x_j$ and the shape $d \times n$. The penalty is the sum of their squares, the squared
# **Frobenius norm** (Rifai et al., 2011):
#
# $$ \Omega(x, h) = \Big\lVert \frac{\partial h}{\partial x} \Big\rVert_F^2
# = \sum_{i=1}^{d} \sum_{j=1}^{n} \Big( \frac{\partial h_i}{\partial x_j} \Big)^2. $$
#
# For a wide code that is 784,000 derivatives per image. One layer of sigmoid units, $h =
# \mathrm{sigmoid}(Wx + b)$, needs none of them.
#
# **Exercise 4.4 (derivation and code).** With $\mathrm{sigmoid}' = \mathrm{sigmoid}\,(1 -
# \mathrm{sigmoid})$, write the penalty in terms of $h$ and $W$. The contractive networks below are
# trained with your function.


# %% tags=["exercise"]
def contractive(h: Tensor, weight: Tensor) -> Tensor:
    """‖∂h/∂x‖²_F of h = sigmoid(W x + b): h (batch, d) and W (d, n) to (batch,)."""
    ### BEGIN SOLUTION
    return ((h * (1 - h)).square() * weight.square().sum(dim=1)).sum(dim=1)
    ### END SOLUTION


# %% tags=["check"]
contractive = check.contractive(contractive)
whose = "the reference" if contractive is objectives.contractive_sigmoid else "your own penalty"
print(f"Section 7 trains with {whose}.")

# %% [markdown] tags=["solution"]
# $\partial h_i / \partial x_j = h_i (1 - h_i)\, W_{ij}$. The factor does not depend on $j$, so
# $\sum_j$ touches $W_{ij}^2$ only: $\sum_i (h_i(1 - h_i))^2\, \lVert W_i \rVert^2$ with row $W_i$.

# %% [markdown]
# Here is the same number four times over, and a smaller one, on a layer of 4 units with 6 inputs. The
# **singular values** $\sigma_1 \ge \sigma_2 \ge \dots$ of $J$ are the factors by which it stretches its
# principal directions (the usual letter; the noise level $\sigma$ has no index). The fourth line
# averages over all 16 vectors $v$ of signs.


# %%
class SigmoidLayer:
    """Four sigmoid units with six inputs, at one input."""

    def __init__(self, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        self.weight = torch.randn(4, 6, generator=g, dtype=torch.float64)
        self.x = torch.randn(6, generator=g, dtype=torch.float64)
        self.h = torch.sigmoid(self.weight @ self.x)
        self.jacobian = torch.autograd.functional.jacobian(
            lambda x: torch.sigmoid(self.weight @ x), self.x
        )
        self.stretch = torch.linalg.svdvals(self.jacobian)
        self.signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 4)


# %%
one_number = Derivation(
    Line(
        r"\sum_{ij} (\partial h_i / \partial x_j)^2",
        "the definition, by automatic differentiation",
        lambda m: m.jacobian.square().sum(),
    ),
    Line(
        r"\sum_i (h_i (1 - h_i))^2\, \|W_i\|^2",
        "exercise 4.4",
        lambda m: contractive(m.h[None], m.weight).squeeze(),
    ),
    Line(r"\sum_k \sigma_k^2", "tr JᵀJ in J's own axes", lambda m: m.stretch.square().sum()),
    Line(
        r"\mathbb{E}_v \|J^\top v\|^2",
        "E vvᵀ = I for random signs",
        lambda m: (m.signs @ m.jacobian).square().sum(dim=1).mean(),
    ),
    Line(r"\sigma_1^2", "all σₖ² are ≥ 0", lambda m: m.stretch[0] ** 2, "≥"),
)
one_number.run(SigmoidLayer(seed=0))

# %% [markdown]
# > **Common slip.** Notes print the penalty as $\sum_i (\nabla_x h_i)^2$, or call $\lVert J
# > \rVert_F^2$ "the Frobenius norm". Each $\nabla_x h_i$ is a vector of $n$ numbers whose *squared
# > length* is meant; the norm is the *root* of the sum; and the largest singular value, the spectral
# > norm, is a third thing:

# %%
layer = SigmoidLayer(seed=0)
squared = layer.jacobian.square().sum()
print(f"squared Frobenius norm  {squared:.4f}   <- the penalty")
print(f"Frobenius norm          {squared.sqrt():.4f}")
print(f"squared spectral norm   {layer.stretch[0] ** 2:.4f}")
print("per unit               ", [f"{v:.4f}" for v in layer.jacobian.square().sum(dim=1).tolist()])

# %% [markdown]
# Now at full size: 1,000 units, 784 pixels. Automatic differentiation handles *any* encoder, at the
# price of one backward pass per unit. The fourth line above is **Hutchinson's estimator**: draw one
# $v$ and use $\lVert J^\top v \rVert^2$, one backward pass in all, right on average. Guess the cost
# ratios before you run it.

# %%
encoder = nn.Sequential(nn.Linear(784, 1000), nn.Sigmoid()).to(device)
some = x_test[:8]
ways = {
    "closed form": lambda: contractive(encoder(some), encoder[0].weight),
    "autograd": lambda: objectives.contractive(encoder, some),
    "Hutchinson": lambda: objectives.contractive_hutchinson(encoder, some),
}
values, seconds = {}, {}
for name, way in ways.items():
    way()  # once to warm up
    start = time.process_time()
    for _ in range(3):
        values[name] = way().detach()
    seconds[name] = (time.process_time() - start) / 3

apart = (values["closed form"] / values["autograd"] - 1).abs().max()
for name, cost in seconds.items():
    print(f"{name:12} cost ≈ {cost / seconds['closed form']:.0f} times the closed form")
print(f"closed form = autograd to 1e-5: {bool(apart < 1e-5)}")
assert apart < 1e-5

# %% [markdown]
# Automatic differentiation pays for its generality. The other two cost about the same, and the
# closed form is exact. For a **deep** encoder there is none, and Hutchinson's estimate
# is the way. How noisy is it? For random signs the variance is known: with $A = J J^\top$ it is
# $2 \sum_{i \ne k} A_{ik}^2$ for one $v$, and $1/m$ of it for the mean of $m$. Measure it on an
# encoder 784-256-64 with 4,000 independent estimates for one digit.

# %%
deep = nn.Sequential(mlp(784, 256, 64, activation=nn.Sigmoid), nn.Sigmoid()).double()
x_one = x_test[:1].double().cpu()
jacobian = torch.autograd.functional.jacobian(lambda x: deep(x[None])[0], x_one[0])
gram = jacobian @ jacobian.T
exact = gram.trace()
predicted = 2 * (gram.square().sum() - gram.diagonal().square().sum())

generator = torch.Generator().manual_seed(0)
estimates = objectives.contractive_hutchinson(deep, x_one.expand(4000, -1), generator=generator)
estimates = estimates.detach()
print(f"mean of the estimates {estimates.mean() / exact:.2f} of the exact penalty")
for m in (1, 4, 16):
    spread = estimates.reshape(-1, m).mean(dim=1).std() / exact
    print(
        f"m = {m:2}: standard deviation {spread:.2f}, theory {(predicted / m).sqrt() / exact:.2f}"
    )
assert abs(estimates.mean() / exact - 1) < 4 * (predicted / 4000).sqrt() / exact

# %% [markdown]
# The theory holds, and one projection is off by about a tenth only: these 64 units look at the digit
# in such different ways that $A$ is nearly diagonal. A gradient also averages over the batch, so one
# $v$ per image and step is enough.

# %% [markdown]
# ## 7. What contraction does
#
# The penalty by itself wants a constant code. The reconstruction wants the opposite. Who wins, and
# where? Linear algebra shows it. Let the data have the variance $v$ along one direction, keep the
# decoder fixed at 1, and let the encoder be the slope $a$: expected loss $v (1 - a)^2 + \lambda a^2$.

# %%
slopes = torch.linspace(0, 1.2, 1201)
for lam in (0.0, 0.5, 50.0):
    losses = (1 - slopes).square() + lam * slopes.square()
    print(
        f"λ = {lam:4}: best slope {slopes[losses.argmin()]:.3f}, v / (v + λ) = {1 / (1 + lam):.3f}"
    )

# %% [markdown]
# Set the derivative to zero and you get $a = v / (v + \lambda)$. Now two directions: along the data
# $v = 1$, and across them $v = 0.01$. Which $\lambda$ would you choose?

# %%
lams = torch.logspace(-4, 2, 121)
along, across = 1 / (1 + lams), 0.01 / (0.01 + lams)

fig, ax = plt.subplots(figsize=(5.0, 2.8))
ax.plot(lams, along, color=plotting.MODEL, label="along the data, $v = 1$")
ax.plot(lams, across, "--", color=plotting.FAKE, label="across the data, $v = 0.01$")
ax.set_xscale("log")
ax.set_xlabel(r"weight $\lambda$ of the penalty")
ax.set_ylabel("slope of the encoder")
ax.legend(loc="lower left")
plotting.show(
    fig,
    alt="Slope of a linear encoder against λ. Along the data it stays near 1 up to λ = 0.1 and is "
    "0.02 at λ = 50; across the data it is down to one half at λ = 0.01 already.",
)

# %% [markdown]
# In the middle there is a window: flat across the data, faithful along them.
#
# > **Common slip.** "The contractive term penalises insensitivity to the data's directions." It
# > penalises sensitivity in *every* direction. What keeps the slope up along the data is the
# > *reconstruction* term, and it can be outvoted: at $\lambda = 50$ the slope along the data is
# > 0.020, and the code says next to nothing.
#
# Does the same happen on digits? Train two wide tied pairs with sigmoid units, without the penalty
# and with $\lambda = 5$. "Along the data" is not one direction here. Take the step from one test
# digit to another of the same class, and for comparison a random direction. The sensitivity is
# $\lVert J u \rVert$ for the direction $u$ of length 1.


# %%
def contract(layer: nn.Linear) -> Callable[[Tensor, Tensor], Tensor]:
    """The contractive penalty of that layer in the socket's form."""
    return lambda x_seen, h: contractive(h, layer.weight)


contracted = {}
for lam in (0.0, 5.0):
    contracted[lam] = wide_pair(nn.Sigmoid, mean)
    layer = contracted[lam][0][0]
    fit(*contracted[lam], of_digits(x_train), steps=300, penalty=contract(layer), lam=lam)


# %%
def jacobians(pair: tuple[nn.Sequential, nn.Module], x: Tensor) -> Tensor:
    """The Jacobian of a sigmoid layer at each row of x, shape (batch, d, n)."""
    encoder, _ = pair
    with torch.no_grad():
        h = encoder(x)
        return (h * (1 - h))[:, :, None] * encoder[0].weight


# %%
same_class = torch.stack([(digits.y_test == y).nonzero()[:2, 0] for y in range(10)])
here, there = x_test[same_class[:, 0]], x_test[same_class[:, 1]]
directions = {
    "data": there - here,
    "random": torch.randn(here.shape, generator=generator).to(device),
}
sensitivity = {}
for lam, pair in contracted.items():
    at = jacobians(pair, here)
    for name, u in directions.items():
        stretched = (at @ (u / u.norm(dim=1, keepdim=True))[:, :, None]).norm(dim=1)
        sensitivity[lam, name] = stretched.mean().item()
    ratio = sensitivity[lam, "data"] / sensitivity[lam, "random"]
    error = objectives.squared_error(restore(pair, x_test), x_test).mean()
    print(f"λ = {lam}: ‖Ju‖ towards data ≈ {ratio:.1f} times random, error ≈ {error:.1f}")

lost = {name: 1 - sensitivity[5.0, name] / sensitivity[0.0, name] for name in directions}
print(f"lost by the penalty: ≈ {lost['data']:.2f} towards data, ≈ {lost['random']:.2f} at random")
assert lost["random"] > 2 * lost["data"]

# %% [markdown]
# The penalty flattens the code everywhere, and more than twice as much in random directions as
# towards another digit. It shows in the whole **spectrum**. If the encoder responds to few directions
# only, few singular values of $J$ are large. And what about *places* instead of directions: is the
# Jacobian smaller at images that are no digits? Shuffle the pixels of the test images, all by the
# same permutation, and predict.

# %%
order = torch.randperm(784, generator=generator).to(device)
places = {"digits": x_test[:2000], "shuffled": x_test[:2000, order]}
spectra, norms = {}, {}
with torch.no_grad():
    for lam, (encoder, decoder) in contracted.items():
        for place, x in places.items():
            bills = contractive(encoder(x), encoder[0].weight)
            norms[lam, place] = bills.mean().item()
            at = jacobians((encoder, decoder), x[:4])
            spectra[lam, place] = torch.linalg.svdvals(at.cpu()).mean(dim=0)
        print(f"λ = {lam}: penalty at digits ≈ {norms[lam, 'digits']:.1f}, ", end="")
        print(f"at shuffled pixels ≈ {norms[lam, 'shuffled']:.1f}")
assert norms[5.0, "digits"] < norms[5.0, "shuffled"]

# %%
large = {lam: (spectra[lam, "digits"] > 0.1).sum().item() for lam in contracted}
assert large[0.0] > 200 > 100 > large[5.0]

fig, ax = plt.subplots()
looks = {0.0: (plotting.FAKE, r"$\lambda = 0$"), 5.0: (plotting.MODEL, r"$\lambda = 5$")}
for lam, (colour, name) in looks.items():
    ax.plot(range(1, 785), spectra[lam, "digits"], color=colour, label=f"{name}, at digits")
    ax.plot(range(1, 785), spectra[lam, "shuffled"], ":", color=colour, label="at shuffled pixels")
ax.set_xscale("log")
ax.set_xlabel("index $k$ of the singular value")
ax.set_ylabel(r"singular value $\sigma_k$ of $J$")
ax.legend(loc="lower left")
plotting.show(
    fig,
    alt="Singular values of the encoder's Jacobian. Without the penalty more than 200 exceed 0.1, "
    "with it fewer than 100: the tail falls and the first few stay. At shuffled pixels the curves "
    "are nearly the same.",
)

# %% [markdown]
# With the penalty the first few directions keep their singular values and the tail is pressed down:
# **the spectrum shrinks off the manifold's directions**, and the code behaves as if it had a
# bottleneck of a few dozen numbers, though it is 1,000 wide.
#
# Off the manifold's *places* it does not shrink. At shuffled pixels both networks are a little *more*
# sensitive than at digits. The bill is presented at digits only, and a penalty, like a denoiser,
# says nothing about places without data.

# %% [markdown]
# ## 8. Two roads to one field
#
# For a linear encoder, contraction keeps the share $v / (v + \lambda)$. Notebook 03 ended with noise
# that keeps $v / (v + \sigma^2)$. That cannot be chance. Let the whole map be linear, $r(x) = Ax$,
# for data with mean zero and covariance $\Sigma$:


# %%
class LinearMap:
    """Correlated data in three dimensions, and a linear reconstruction of noisy data."""

    def __init__(self, sigma: float, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        root, a = torch.randn(2, 3, 3, generator=g, dtype=torch.float64)
        self.sigma, self.a, self.cov = sigma, a, root @ root.T
        self.x = torch.randn(100_000, 3, generator=g, dtype=torch.float64) @ root.T
        self.eps = torch.randn(100_000, 3, generator=g, dtype=torch.float64)
        self.eye = torch.eye(3, dtype=torch.float64)


# %%
noise_is_contraction = Derivation(
    Line(
        r"\mathbb{E}\,\|x - A(x + \sigma\varepsilon)\|^2",
        "the denoiser's loss, by Monte Carlo",
        lambda m: estimate((m.x - (m.x + m.sigma * m.eps) @ m.a.T).square().sum(dim=1)),
    ),
    Line(
        r"\mathbb{E}\,\|x - Ax\|^2 + \sigma^2\, \mathbb{E}\,\|A\varepsilon\|^2",
        "ε has mean zero and is independent of x",
        lambda m: estimate(
            (m.x - m.x @ m.a.T).square().sum(dim=1)
            + m.sigma**2 * (m.eps @ m.a.T).square().sum(dim=1)
        ),
    ),
    Line(
        r"\mathrm{tr}\,(I - A)\Sigma(I - A)^\top + \sigma^2 \|A\|_F^2",
        "E xxᵀ = Σ, E εεᵀ = I, and A is the Jacobian of r",
        lambda m: (
            ((m.eye - m.a) @ m.cov @ (m.eye - m.a).T).trace() + m.sigma**2 * m.a.square().sum()
        ),
    ),
)
noise_is_contraction.run(LinearMap(sigma=0.8, seed=0))

# %% [markdown]
# **Noise of variance $\sigma^2$ is a contractive penalty of weight $\lambda = \sigma^2$**, if the
# Jacobian is that of the whole map $r = g \circ f$. For a curved map it holds as far as $r(x +
# \sigma\varepsilon) \approx r(x) + \sigma J \varepsilon$ does, so for small noise (Bishop, 1995;
# Alain & Bengio, 2014). Then a contractive autoencoder, which never sees any noise, must find
# the *same field* as a denoiser.
#
# Try it in the plane of section 5: sixteen networks, four noise levels $\sigma$ times four weights
# $\lambda$, with Hutchinson's estimate as the penalty. The levels are matched: $0.04 = 0.2^2$, $0.16
# = 0.4^2$, $0.64 = 0.8^2$. Which two settings will look alike? And what does the network at $\sigma =
# \lambda = 0$ do?


# %%
def contract_map(net: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """‖∂r/∂x‖²_F of the whole map, one random projection per point, in the socket's form."""
    return lambda x_seen, h: objectives.contractive_hutchinson(net, x_seen)


atlas = {}
for sigma in (0.0, 0.2, 0.4, 0.8):
    for lam in (0.0, 0.04, 0.16, 0.64):
        pair = plane_net()
        penalty = contract_map(nn.Sequential(*pair)) if lam else free
        options = {"corrupt": gaussian(sigma), "penalty": penalty, "lam": lam}
        fit(*pair, Batches(x_plane, size=256, seed=0), steps=400, rate=5e-3, **options)
        atlas[sigma, lam] = pair

# %%
moved = {setting: restore(pair, seen) - seen for setting, pair in atlas.items()}
by_noise, by_penalty = moved[0.4, 0.0], moved[0.0, 0.16]
alike = torch.cosine_similarity(by_noise, by_penalty, dim=1).mean()
step = {key: move.square().sum(dim=1).mean().sqrt().item() for key, move in moved.items()}

print(f"cosine of the two fields where data are: ≈ {alike:.2f}, above 0.9: {bool(alike > 0.9)}")
print(f"typical step: copier ≈ {step[0.0, 0.0]:.2f}, noise ≈ {step[0.4, 0.0]:.2f}, ", end="")
print(f"penalty ≈ {step[0.0, 0.16]:.2f}, both ≈ {step[0.4, 0.16]:.2f}")
assert alike > 0.9
assert 3 * step[0.0, 0.0] < step[0.4, 0.0] < step[0.4, 0.16]

# %%
*_, grid = plotting.grid_points(bounds, 15)
fig, axes = plt.subplots(1, 3, figsize=(7.5, 3.0), sharey=True)
for ax, setting in zip(axes, ((0.0, 0.0), (0.4, 0.0), (0.0, 0.16)), strict=True):
    arrows = (restore(atlas[setting], grid) - grid).numpy()
    ax.scatter(*x_plane[:600].T.numpy(), s=2, color=plotting.PRIOR)
    scale = {"angles": "xy", "scale_units": "xy", "scale": 3.0, "width": 0.006}
    ax.quiver(*grid.T.numpy(), *arrows.T, color=plotting.MODEL, **scale)
    ax.set_title(rf"$\sigma = {setting[0]:g},\ \lambda = {setting[1]:g}$")
    ax.set_xlabel("$x_1$")
    ax.set_aspect("equal")
axes[0].set_ylabel("$x_2$")
plotting.show(
    fig,
    alt="Three fields of arrows r(x) − x on one scale. The copier's arrows vanish where data are. "
    "Noise 0.4 without a penalty, and penalty 0.16 without noise, point to the same three clouds.",
)

# %% [markdown]
# Left, the copier: where there are data nothing moves, so nothing was learned; towards the edge, where
# it was never trained, its arrows are an accident of the tanh. The other two panels
# are one picture. One network was shown noise, the other was charged for its Jacobian, and both have
# found the score of the same noisy density.
#
# Now all sixteen. Let particles follow the arrows. Two tasks. At $\sigma = 0.8$ raise $\lambda$ to the
# end: which cloud is the first to lose its particles, and why that one? Then find two settings
# with the same field that are *not* $(0.4, 0)$ and $(0, 0.16)$.

# %%
explorer = FieldExplorer(
    {setting: lambda x, pair=pair: restore(pair, x) - x for setting, pair in atlas.items()},
    sliders=("noise σ", "penalty λ"),
    points=x_plane[:1500],
    bounds=bounds,
    setting=(0.4, 0.0),
    task="At σ = 0.8 raise λ: which cloud loses its particles first? Then find two equal fields.",
)
explorer

# %% [markdown]
# Up to $\sigma = 0.8$ each cloud keeps its own particles. With $\lambda = 0.64$ on top, the variances
# add up to $0.64 + 0.64 = 1.13^2$, and the upper cloud, the lightest and widest, drowns: the
# density of data with so much noise has two hills only. Pairs with the same sum, such as $(0.2, 0)$
# and $(0, 0.04)$, give the same field.

# %% [markdown]
# ## 9. Four wide codes, one test
#
# Back to the dirty digits of section 1. All four pairs have 1,000 code numbers for 784 pixels. The
# last column is notebook 03's test of a code: the share of the ten nearest neighbours, among 10,000
# training images, that show the same digit. Which pair will be best at what?

# %%
queries = torch.randperm(10_000, generator=generator)[:2000].to(device)
others = torch.randperm(60_000, generator=generator)[:10_000].to(device)
labels = digits.y_test[queries], digits.y_train[others]


def lookup(encoder: nn.Module, x: Tensor, index: Tensor, labels: tuple[Tensor, Tensor]) -> float:
    """Precision at 10 of the codes of x among the codes of index."""
    with torch.no_grad():
        return precision_at_k(encoder(x), labels[0], encoder(index), labels[1], k=10)


pairs = {"copier": copier, "sparse": sparse[0.3], "denoising": denoiser_a}
pairs["contractive"] = contracted[5.0]
summary = {}
for name, pair in pairs.items():
    copied, cleaned = quality(restore(pair, x_test), x_test), quality(restore(pair, noisy), x_test)
    codes = lookup(pair[0], noisy[queries], x_train[others] / 255, labels)
    summary[name] = copied, cleaned - before["A"], codes

# %%
by_pixels = lookup(nn.Identity(), noisy[queries], x_train[others] / 255, labels)
print("                 copy of clean   gain on noise A   neighbours of a noisy digit")
for name, (copied, gained, found) in summary.items():
    print(f"{name:12}     ≈ {copied:4.1f} dB       ≈ {gained:4.1f} dB         ≈ {found:.2f}")
print(f"pixels                                                 {by_pixels:.2f}")
assert max(summary, key=lambda name: summary[name][0]) == "copier"
assert max(summary, key=lambda name: summary[name][1]) == "denoising"
assert min(summary, key=lambda name: summary[name][1]) == "copier"
assert max(found for *_, found in summary.values()) < by_pixels + 0.03

# %% [markdown]
# Each pair is good at what it was charged for. The copier copies best and cleans worst. The denoiser
# cleans best. The sparse pair cleans too, though it has never seen noise: snow is not made of strokes,
# and a unit that sees a little of it stays below the threshold. The contractive pair ignores noise in
# most directions, and at $\lambda = 5$ it pays with blurred digits.
#
# The last column hardly moves, and the pixels are as good as any code: noise adds about the same
# distance to every candidate, so the nearest neighbours remain. Whether a code is *useful* depends on
# the use. Notebook 05 tries four.
#
# ## What you have seen
#
# - One loop with two sockets stops the copy in three ways. Sparse codes pay for every active number,
#   and a threshold switches the rest off. Denoisers are shown something else than what they must
#   answer. Contractive codes pay for every reaction to the input.
# - The best denoiser answers with the posterior mean, and moves each point by $\sigma^2$ times the
#   score of the *noisy* density: exactly so on a mixture, and found by a small network with a
#   cosine above 0.95 where there are data.
# - The contractive penalty is a *squared* Frobenius norm: closed form, automatic differentiation and
#   random projections agree, at very different prices. It flattens every direction; only the
#   reconstruction keeps those of the data. For small noise it *is* denoising, with $\lambda =
#   \sigma^2$.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, chapter 14, sections 14.2, 14.5 and
#   14.7. [deeplearningbook.org](https://www.deeplearningbook.org/contents/autoencoders.html)
# - P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008), "Extracting and composing robust
#   features with denoising autoencoders", *ICML*.
# - P. Vincent (2011), "A connection between score matching and denoising autoencoders", *Neural
#   Computation* 23.
# - B. Efron (2011), "Tweedie's formula and selection bias", *JASA* 106.
# - S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011), "Contractive auto-encoders: explicit
#   invariance during feature extraction", *ICML*, eq. 1 (the penalty) and section 5.3 (its cost).
# - C. Bishop (1995), "Training with noise is equivalent to Tikhonov regularization", *Neural
#   Computation* 7.
# - G. Alain, Y. Bengio (2014), "What regularized auto-encoders learn from the data-generating
#   distribution", *JMLR* 15. [arXiv 1211.4246](https://arxiv.org/abs/1211.4246)
# - M. Hutchinson (1989), "A stochastic estimator of the trace of the influence matrix for Laplacian
#   smoothing splines", *Communications in Statistics* 18.
#
# **The way on:** 05 puts the codes to work, in search, in cleaning and in finding the odd one out,
# and asks why none of these networks can generate.
