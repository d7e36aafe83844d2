# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 Autoencoders
#
# **What does a network learn when it must copy its input through a bottleneck?**
#
# By the end you can
#
# - explain why a perfect copy is worthless, and what a bottleneck does about it;
# - prove, and then measure, that a linear autoencoder finds the plane of principal component
#   analysis (PCA), and say in which sense it does not find the components;
# - choose a reconstruction loss by choosing a distribution, and name the part of the loss that no
#   network can remove.
#
# You need matrices, gradient descent and, from notebook 01, what an expectation is. Study time: 60
# minutes. Computing time: about 80 seconds on one core.

# %%
from collections.abc import Callable

import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import objectives, plotting
from course_utils.checks import autoencoders as check
from course_utils.data import binarise, mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.divergences import estimate
from course_utils.evaluation import pca, precision_at_k, principal_angles
from course_utils.explorers import LatentExplorer
from course_utils.nn import TiedLinear, mlp
from course_utils.training import Batches, linear_tail, train

# %% [markdown]
# ## The data
#
# MNIST: 70,000 handwritten digits, 28 by 28 pixels, grey values from 0 (paper) to 255 (ink). An
# image is one row $x$ of $n = 784$ numbers in $[0, 1]$. The training images stay as bytes; a batch
# becomes numbers when it is drawn.

# %%
plotting.use_style()
seed_everything(0)
device = best_device()
digits = mnist().to(device)
x_train = digits.x_train.flatten(1)
x_test = digits.x_test.flatten(1) / 255

print("training images:", tuple(x_train.shape), x_train.dtype)
print("test images:    ", tuple(x_test.shape), x_test.dtype)
print(f"mean grey value: {x_train.double().mean():.4f} of 255")

# %% [markdown]
# Most pixels are nearly black or nearly white, but not quite. Where this course quotes a likelihood,
# it makes them binary first: a pixel of grey value 0.7 becomes 1 with probability 0.7. For training
# that is a fresh draw each time; for testing it is one fixed draw, with seed 0. Can you tell the two
# rows apart?

# %%
binary = binarise(x_test[:10], seed=0)
between = ((x_test > 0.05) & (x_test < 0.95)).double().mean()

fig, axes = plt.subplots(2, 1, figsize=(5.0, 1.4))
plotting.plot_images(axes[0], x_test[:10])
plotting.plot_images(axes[1], binary)
plotting.show(
    fig,
    alt="Two rows of ten handwritten digits: grey above, binary below, where the outlines are "
    f"ragged. {between:.0%} of all test pixels are neither paper nor ink.",
)

# %% [markdown]
# ## 1. A perfect copy that knows nothing
#
# ![An image x of 784 numbers enters an encoder f that narrows to a code h of d numbers; a decoder g widens it again to a reconstruction x̂. The loss L compares x̂ with x.](../figures/autoencoder.svg)
#
# An autoencoder is a pair of functions. The **encoder** $f$ turns an image into a **code**
# $h = f(x)$ of $d$ numbers. The **decoder** $g$ turns the code into a **reconstruction**
# $\hat x = g(h)$. Training makes a loss $L(x, g(f(x)))$ small (Goodfellow et al., eq. 14.1). Call
# what is left over the error $\lVert x - \hat x \rVert^2$, summed over the pixels.
#
# Here is one with $d = 1000$ that needs no training: the encoder turns the image into a
# space with more room, and the decoder turns it back.
#
# Before you run the cell: how large is its error on digits? And on television noise, which it has
# never seen?

# %%
wide = torch.linalg.qr(torch.randn(1000, 784)).Q.to(device)  # 784 orthonormal columns
noise = torch.rand(1000, 784, device=device)

for name, x in {"digits": x_test[:1000], "noise": noise}.items():
    h = x @ wide.T
    x_hat = h @ wide
    assert h.shape == (1000, 1000)
    assert x_hat.shape == x.shape
    error = objectives.squared_error(x_hat, x).mean()
    print(f"error on {name:7} {error:.4f}")

# %% [markdown]
# Zero, and zero. The loss cannot be lower, and the pair copies noise as faithfully as digits, so it
# knows nothing about digits. Is the code at least useful? A good code puts images with the same
# meaning close together. Measure that: for 2,000 random test images look up the ten nearest of
# 10,000 random training images, and count how many show the same digit. That share is called
# **precision at 10**.

# %%
generator = torch.Generator().manual_seed(0)
some = torch.randperm(10_000, generator=generator)[:2000].to(device)
others = torch.randperm(60_000, generator=generator)[:10_000].to(device)
queries, query_labels = x_test[some], digits.y_test[some]
index, index_labels = x_train[others] / 255, digits.y_train[others]


def lookup(code: Tensor, code_index: Tensor, y: Tensor, y_index: Tensor) -> float:
    """Precision at 10 of the queries' codes in the index's codes."""
    return precision_at_k(code, y, code_index, y_index, k=10)


by_pixels = lookup(queries, index, query_labels, index_labels)
by_copy = lookup(queries @ wide.T, index @ wide.T, query_labels, index_labels)
print(f"precision at 10: pixels {by_pixels:.2f}, code of the perfect copy {by_copy:.2f}")

# %% [markdown]
# Exactly as good as the pixels themselves, to the last neighbour: the encoder is a rotation into a
# larger space, and a rotation keeps all distances.
#
# That is the trap of this notebook's title question. A code wider than the image (**overcomplete**,
# $d \ge n$) makes copying possible and learning unnecessary. The oldest way out is a **bottleneck**
# (**undercomplete**, $d < n$): if the image does not fit through, the network has to choose what to
# keep. What does it choose?

# %% [markdown]
# ## 2. By hand: an affine pair
#
# The smallest autoencoder has one affine layer on each side:
#
# $$ h = W_h\, x + b_h, \qquad \hat x = W_x\, h + b_x, $$
#
# with $W_h$ of shape $d \times n$ and $W_x$ of shape $n \times d$. A batch holds one image a row, so
# in code each product is transposed. Check the shapes once, and check that `nn.Linear` is the same
# thing.

# %%
d, n = 16, 784
w_h, b_h = torch.randn(d, n, device=device) / 28, torch.zeros(d, device=device)
w_x, b_x = torch.randn(n, d, device=device) / 28, torch.zeros(n, device=device)

x = x_test[:5]
h = x @ w_h.T + b_h
x_hat = h @ w_x.T + b_x
assert h.shape == (5, d)
assert x_hat.shape == (5, n)

encoder, decoder = nn.Linear(n, d).to(device), nn.Linear(d, n).to(device)
assert encoder.weight.shape == w_h.shape
assert decoder.weight.shape == w_x.shape
print("numbers to learn:", sum(w.numel() for w in (w_h, b_h, w_x, b_x)))

# %% [markdown]
# ## 3. The best a linear pair can do
#
# Subtract the mean image first, so that the biases have nothing to do. With a linear encoder $A$
# ($d \times n$) and decoder $B$ ($n \times d$), the reconstruction is $BAx$. How small can the
# expected error get?
#
# The answer needs the covariance $\Sigma = \mathbb{E}[x x^\top]$ and its eigenvectors $u_j$ with
# eigenvalues $\lambda_1 \ge \lambda_2 \ge \dots$, the variances of the data along the $u_j$. Let $P$
# be the orthogonal projection onto the plane that the columns of $B$ span, and $w_j = \lVert P u_j
# \rVert^2$ the share of $u_j$ that lies in that plane.
#
# Each line below is *computed* on a model where the truth is known: five-dimensional Gaussian data,
# and a pair $A, B$ drawn at random with $d = 2$. The first line is an average over 100,000 samples,
# shown with its standard error. A line that were false would stop the notebook.


# %%
class LinearPair:
    """Gaussian data with a known covariance, and a random linear encoder and decoder."""

    def __init__(self, dim: int, latent: int, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        root = torch.randn(dim, dim, generator=g, dtype=torch.float64)
        self.cov = root @ root.T
        self.a = torch.randn(latent, dim, generator=g, dtype=torch.float64) / 3
        self.b = torch.randn(dim, latent, generator=g, dtype=torch.float64)
        self.samples = torch.randn(100_000, dim, generator=g, dtype=torch.float64) @ root.T
        self.variances, self.u = torch.linalg.eigh(self.cov)  # rising
        columns = torch.linalg.qr(self.b).Q
        self.p = columns @ columns.T

    def error(self, map_: Tensor) -> Tensor:
        """Expected squared error when x is replaced by map_ x."""
        residual = torch.eye(len(self.cov), dtype=torch.float64) - map_
        return (residual @ self.cov @ residual.T).trace()


# %%
error_of_pair = [
    Line(
        r"\mathbb{E}\,\|x - BAx\|^2",
        "the expected error, by Monte Carlo",
        lambda m: estimate((m.samples - m.samples @ (m.b @ m.a).T).square().sum(dim=1)),
    ),
    Line(
        r"\mathrm{tr}\,(I - BA)\,\Sigma\,(I - BA)^\top",
        "‖v‖² = tr vvᵀ, and E xxᵀ = Σ",
        lambda m: m.error(m.b @ m.a),
    ),
    Line(
        r"\mathrm{tr}\,(I - P)\,\Sigma\,(I - P)^\top",
        "no point of the plane is closer to x than Px",
        lambda m: m.error(m.p),
        "≥",
    ),
]

# %%
error_of_plane = [
    Line(
        r"\mathrm{tr}\,\Sigma - \mathrm{tr}\,P\Sigma",
        "P² = P = Pᵀ, and a trace may be rotated",
        lambda m: m.cov.trace() - (m.p @ m.cov).trace(),
    ),
    Line(
        r"\sum_j \lambda_j\,(1 - w_j)",
        "Σ = Σⱼ λⱼ uⱼuⱼᵀ",
        lambda m: (m.variances * (1 - (m.p @ m.u).square().sum(dim=0))).sum(),
    ),
    Line(
        r"\lambda_{d+1} + \dots + \lambda_n",
        "0 ≤ wⱼ ≤ 1 and they sum to d: spend them on the largest λ",
        lambda m: m.variances[: -m.b.shape[1]].sum(),
        "≥",
    ),
]
pca_bound = Derivation(*error_of_pair, *error_of_plane)
pca_bound.run(LinearPair(dim=5, latent=2, seed=0))

# %% [markdown]
# Read the two gaps. The first is large: a random encoder is far from the best one for its decoder.
# The second is the price of a plane in the wrong direction. Both vanish exactly when $BA$ projects
# onto the plane of the $d$ leading eigenvectors. That plane is what PCA computes, so **no linear
# autoencoder beats PCA, and the best ones use its plane** (Bourlard & Kamp, 1988; Baldi & Hornik,
# 1989).
#
# The eigenvectors themselves do not follow: for any invertible $d \times d$ matrix $R$ the pair
# $RA$, $BR^{-1}$ has the same product. Keep that in mind for the pictures below.

# %% [markdown]
# **Exercise 3.1 (derivation).** An autoencoder with **tied weights** has one matrix $W$ ($d \times
# n$): the encoder is $W$, the decoder is $W^\top$. Expand $\mathbb{E}\,\lVert x - W^\top W x
# \rVert^2$ into traces that contain only $\Sigma$ and $W$, for *any* $W$: its rows need not be
# orthonormal. Write your result as a function.


# %% tags=["exercise"]
def tied_error(cov: Tensor, w: Tensor) -> Tensor:
    """Expected squared error of x_hat = Wᵀ W x for centred data with covariance `cov`."""
    ### BEGIN SOLUTION
    captured = w @ cov @ w.T
    return cov.trace() - 2 * captured.trace() + (captured @ w @ w.T).trace()
    ### END SOLUTION


# %% tags=["check"]
tied_error = check.tied_error(tied_error)

# %% [markdown] tags=["solution"]
# $\lVert x - W^\top W x \rVert^2 = x^\top x - 2\, x^\top W^\top W x + x^\top W^\top W W^\top W x$.
# Take expectations with $\mathbb{E}[x^\top M x] = \mathrm{tr}\,M\Sigma$ and rotate the traces:
# $\mathrm{tr}\,\Sigma - 2\,\mathrm{tr}\,W\Sigma W^\top + \mathrm{tr}\,W\Sigma W^\top W W^\top$. For
# orthonormal rows $WW^\top = I$, and the last term takes back half of the second.

# %% [markdown]
# ## 4. Does gradient descent find it?
#
# PCA solves the problem with one eigenvalue decomposition. Now forget that and train: random
# matrices, batches of 512 digits, Adam. The loop is the course's `train`; what happens in a step
# stays in your hands, in a closure.


# %%
def fit_linear(pair: nn.Module, data: Tensor, mean: Tensor, *, steps: int) -> None:
    """Train a linear encoder and decoder on centred images."""
    optimizer = Adam(pair.parameters(), lr=5e-3, fused=True)
    schedule = linear_tail(optimizer, steps=steps, tail=0.7)

    def linear_step(x: Tensor) -> dict[str, Tensor]:
        centred = x - mean
        loss = objectives.squared_error(pair(centred), centred).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"squared error": loss}

    train(linear_step, Batches(data, size=512, seed=0), steps)


# %%
mean, components, variances = pca(x_train / 255, 16)
linear = nn.Sequential(nn.Linear(784, 16, bias=False), nn.Linear(16, 784, bias=False)).to(device)
fit_linear(linear, x_train, mean, steps=1755)

# %% [markdown]
# Two questions. Is the error as small as PCA's, on test images? And is the plane the same? Two planes
# in 784 dimensions have 16 **principal angles** between them; all of them are zero when the planes
# are equal.

# %%
centred = x_test - mean
projected = centred @ components @ components.T
best = objectives.squared_error(projected, centred).mean()
with torch.no_grad():
    error = objectives.squared_error(linear(centred), centred).mean()
angles = principal_angles(linear[1].weight.detach(), components)

print(f"test error: PCA {best:.2f}, linear autoencoder ≈ {error:.2f}")
print(f"excess: ≈ {error / best - 1:.3%}, below 1 %: {bool(error < 1.01 * best)}")
print(f"largest angle: ≈ {angles.max():.2f} degrees, below 2: {bool(angles.max() < 2)}")
assert error < 1.01 * best
assert angles.max() < 2

# %% [markdown]
# The decoder's 16 columns span the PCA plane to about one degree, although nobody told the network
# about eigenvectors. Two details are worth a second look.
#
# **The shuffle matters.** `Batches` visits every image once per epoch. Drawing images with
# replacement instead leaves the largest angle three to four times as large: the last few hundred steps then
# see a random sample with its own, slightly different, principal plane.
#
# **The encoder is another story.** What do you expect of the angles between the *encoder's* rows and
# the same plane?

# %%
encoder_angles = principal_angles(linear[0].weight.detach().T, components)
dead = (x_train.amax(dim=0) == 0).sum().item()

print(f"largest angle of the encoder's rows: ≈ {encoder_angles.max():.0f} degrees")
print(f"pixels without ink in all 60,000 training images: {dead}")
assert encoder_angles.max() > 20

# %% [markdown]
# Far off, and no bug. Sixty-seven pixels are never inked, and along them the data do not vary: the
# encoder may do there what it likes, and keeps the random weights it started with. Many more pixels
# are inked so rarely that their gradients are faint. The decoder has no such freedom, because any
# ink in the wrong place costs.
#
# Now look at the columns. PCA's components are ordered and orthogonal. Are the autoencoder's?

# %%
learned = linear[1].weight.detach()
aligned = learned @ torch.linalg.lstsq(learned, components).solution


def as_filters(columns: Tensor) -> Tensor:
    """Eight columns as images: grey is 0, dark is positive."""
    scaled = columns[:, :8] / columns[:, :8].abs().amax(dim=0)
    return (0.5 + 0.5 * scaled).T


fig, axes = plt.subplots(3, 1, figsize=(5.0, 2.6))
names = ("PCA", "decoder's columns", "the same plane, turned to fit")
for ax, columns, name in zip(axes, (components, learned, aligned), names, strict=True):
    plotting.plot_images(ax, as_filters(columns), columns=8)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Three rows of eight filters. The principal components look like smooth strokes; the "
    "decoder's columns are mixtures; turned within their plane they look like the components.",
)

# %% [markdown]
# The middle row looks nothing like the top one, and spans the same plane: it is the top row, mixed
# by an invertible matrix. Undo the mixing and the components reappear (bottom row). Copying through
# a linear bottleneck determines the plane, never the axes. Notebook 09 meets the same freedom again
# as a rotation of the latent space.

# %% [markdown]
# ## 5. Tied weights
#
# ![Image x, code h and reconstruction x̂ as three layers. The encoder multiplies by the matrix W, the decoder by its transpose: one matrix serves both ways, so half the weights are left.](../figures/tied_weights.svg)
#
# With $W_x = W_h^\top$ there is one matrix instead of two: half the weights. The source of many
# lecture notes calls them "tight" weights; the word is **tied**. `TiedLinear` shares the encoder's
# matrix. What does sharing cost?

# %%
shared = nn.Linear(784, 16, bias=False).to(device)
tied = nn.Sequential(shared, TiedLinear(shared)).to(device)
fit_linear(tied, x_train, mean, steps=1170)

w = shared.weight.detach()
with torch.no_grad():
    loss_tied = objectives.squared_error(tied(centred), centred).mean()
off = (w @ w.T - torch.eye(16, device=device)).abs().max()

print("weights: untied", 2 * w.numel(), "tied", w.numel())
print(f"test error: PCA {best:.2f}, tied ≈ {loss_tied:.2f}")
print(f"largest entry of W Wᵀ − I: ≈ {off:.3f}, below 0.1: {bool(off < 0.1)}")
assert loss_tied < 1.01 * best
assert off < 0.1

# %% [markdown]
# Half the weights, the same error. And $W W^\top \approx I$ came out by itself: nothing in the loss
# asks for orthonormal rows. Your formula from exercise 3.1 says why. Take the best plane, scale the
# rows by a factor $s$, and evaluate the error on the covariance of MNIST.

# %%
cov = torch.cov((x_train / 255).T, correction=0)
scales = torch.linspace(0.6, 1.4, 41)
errors = torch.stack([tied_error(cov, s * components.T) for s in scales.tolist()]).cpu()
lowest = scales[errors.argmin()]
ratio = tied_error(cov, 1.3 * components.T) / tied_error(cov, components.T)

fig, ax = plt.subplots()
ax.plot(scales, errors, color=plotting.MODEL)
ax.axhline(variances[16:].sum().cpu(), color=plotting.PRIOR, linestyle="--", label="PCA optimum")
ax.set_xlabel("scale $s$ of the tied rows")
ax.set_ylabel("expected squared error")
ax.legend()
plotting.show(
    fig,
    alt=f"Error against the scale of tied rows: a valley that touches the PCA optimum at scale "
    f"{lowest:.2f}. At scale 1.3 the error is {ratio:.1f} times as large.",
)

# %% [markdown]
# > **Common slip.** "A linear autoencoder equals PCA, so any matrix that spans the PCA plane is
# > optimal." True for a free decoder, which can divide by $s$. A tied one cannot: at $s = 1.3$ it
# > pays for its scale twice over. Tied weights reach the optimum only with orthonormal rows.

# %% [markdown]
# ## 6. Which loss?
#
# A reconstruction loss is the negative log-likelihood of a distribution around $\hat x$.
#
# | pixels | distribution | loss per image |
# |:--|:--|:--|
# | any real number | $\mathcal{N}(\hat x, \sigma^2 I)$ | $\frac{1}{2\sigma^2}\lVert x - \hat x\rVert^2$ + a constant |
# | 0 or 1 | independent Bernoulli, $P(x_j = 1) = \hat x_j$ | $-\sum_j x_j \log \hat x_j + (1 - x_j)\log(1 - \hat x_j)$ |
#
# The average over the $m$ images of a batch comes last. Inside an image the terms **add up**: pixels
# are independent given $\hat x$, so their log-probabilities sum. The result is in nats per image.
#
# **Exercise 3.2 (code).** Write the second loss. The network hands you *logits* $a$ with $\hat x =
# \mathrm{sigmoid}(a)$. The networks of sections 7 and 9 are trained with your function.


# %% tags=["exercise"]
def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy of x, in nats per image: shape (batch, dim) to (batch,)."""
    ### BEGIN SOLUTION
    terms = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return terms.sum(dim=1)
    ### END SOLUTION


# %% tags=["check"]
bernoulli_nll = check.bernoulli_nll(bernoulli_nll)
whose = "the reference" if bernoulli_nll is objectives.bernoulli_nll else "your own loss"
print(f"Sections 7 and 9 train with {whose}.")

# %% [markdown] tags=["solution"]
# `reduction="none"` keeps the terms, and the sum runs over the pixels only. The version with
# logits stays finite where `sigmoid` rounds to 0 or 1. The default reduction would divide by
# batch size *and* by 784: harmless for this notebook's gradients, up to a factor, and fatal in
# notebook 08, where a second term joins the loss.

# %% [markdown]
# **Exercise 3.3 (prediction).** A pixel has the grey value $x = 0.3$, and the network copies it
# perfectly: $\hat x = 0.3$. How large is the loss, in nats? Decide before you compute: is it zero?

# %% tags=["exercise"]
### BEGIN SOLUTION
copy_loss = 0.6109  # −0.3 log 0.3 − 0.7 log 0.7
### END SOLUTION

# %% tags=["check"]
copy_loss = check.perfect_copy(copy_loss)

# %% [markdown] tags=["solution"]
# The loss of a perfect copy is the **entropy** of a coin that shows 1 with probability 0.3. Only
# for $x = 0$ and $x = 1$ is it zero.

# %% [markdown]
# The figure shows the loss of this one pixel for every prediction. Its lowest point is at the right
# place, $\hat x = x$, and not at height zero.

# %%
predictions = torch.linspace(0.01, 0.99, 99)
losses = objectives.bernoulli_nll(predictions.logit()[:, None], torch.full((99, 1), 0.3))
floor = objectives.bernoulli_entropy(x_test).mean()

fig, ax = plt.subplots()
ax.plot(predictions, losses, color=plotting.MODEL)
ax.plot([0.3], [copy_loss], "o", color=plotting.FAKE)
ax.annotate("perfect copy", (0.3, copy_loss), (0.33, 0.25), color=plotting.FAKE)
ax.set_xlabel(r"prediction $\hat x$ for a pixel of grey value 0.3")
ax.set_ylabel("cross-entropy (nats)")
ax.set_ylim(0, 3)
plotting.show(
    fig,
    alt="Cross-entropy of one grey pixel against its prediction: lowest at 0.30, where it is "
    f"still {losses.min():.2f} nats. Summed over an average test image the floor is "
    f"{floor:.1f} nats.",
)
print(f"the floor on the test images: {floor:.1f} nats per image")

# %% [markdown]
# Summed over an image the floor is about 45 nats. Remember the number: a training curve that
# flattens at 70 has 25 to go, not 70. What the network can still gain is the loss minus the floor,
# and that difference is a KL divergence.
#
# > **Common slip.** "The cross-entropy of grey pixels is a log-likelihood." A density must integrate
# > to one. For a prediction of 0.5 the supposed density $e^{-\text{loss}}$ is 0.5 at every grey value
# > in $[0, 1]$, so its integral is 0.5. On binary pixels it is a likelihood: over all $2^4$
# > images of four pixels the probabilities sum to one. (Loaiza-Ganem & Cunningham, 2019, repair the
# > grey case.)

# %%
logits = torch.tensor([[0.0, 1.5, -2.0, 0.3]])
images = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4)
total = (-objectives.bernoulli_nll(logits.expand(16, 4), images)).exp().sum()
grey = torch.linspace(0, 1, 1001)[:, None]
integral = (-objectives.bernoulli_nll(torch.zeros_like(grey), grey)).exp().mean()

print(f"binary: the probabilities of all 16 images sum to {total:.6f}")
print(f"grey: exp(−loss) integrates to {integral:.6f}")

# %% [markdown]
# ## 7. Beyond the plane
#
# Nothing forces $f$ and $g$ to be linear. Give each a hidden layer of 256 units and let the code have
# $d = 2, 4, \dots, 128$ numbers, and once 1,000. PCA is the rival; it needs no training at all.
#
# Predict before you run: for which $d$ does the network win, and can PCA win anywhere?


# %%
def fit(
    encoder: nn.Module,
    decoder: nn.Module,
    data: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    steps: int,
    noise: float = 0.0,
) -> None:
    """Train a pair to reconstruct x from x plus Gaussian noise of that standard deviation."""
    optimizer = Adam(nn.ModuleList([encoder, decoder]).parameters(), lr=1e-3, fused=True)
    schedule = linear_tail(optimizer, steps=steps)

    def autoencoder_step(x: Tensor) -> dict[str, Tensor]:
        seen = x + noise * torch.randn_like(x)
        mean_loss = loss(decoder(encoder(seen)), x).mean()
        optimizer.zero_grad()
        mean_loss.backward()
        optimizer.step()
        schedule.step()
        return {"loss": mean_loss}

    train(autoencoder_step, Batches(data, size=128, seed=0), steps)


# %%
def pair(
    *sizes: int, mean: Tensor, hidden: type[nn.Module] = nn.ReLU
) -> tuple[nn.Sequential, nn.Sequential]:
    """An encoder with these layer sizes and its mirror image, which starts at the mean image."""
    encoder = mlp(*sizes, activation=hidden)
    decoder = mlp(*reversed(sizes), activation=hidden)
    decoder[-1].bias.data = mean.clamp(0.01, 0.99).logit()
    return encoder.to(mean.device), decoder.to(mean.device)


sweep = {}
for d in (2, 4, 8, 16, 32, 64, 128, 1000):
    encoder, decoder = pair(784, 256, d, mean=mean)
    fit(encoder, decoder, x_train, bernoulli_nll, steps=600)
    sweep[d] = encoder, decoder

# %% [markdown]
# For each $d$ compare the error on the test images, and the precision at 10 of the codes.

# %%
_, directions, all_variances = pca(x_train / 255, 784)
pca_sizes = (2, 4, 8, 16, 32, 64, 128, 256, 512, 784)
pca_errors, pca_lookups = [], []
for d in pca_sizes:
    u = directions[:, :d]
    pca_errors.append(objectives.squared_error(centred @ u @ u.T, centred).mean().item())
    pca_lookups.append(lookup(queries @ u, index @ u, query_labels, index_labels))

ae_errors, ae_lookups = [], []
with torch.no_grad():
    for encoder, decoder in sweep.values():
        x_hat = decoder(encoder(x_test)).sigmoid()
        ae_errors.append(objectives.squared_error(x_hat, x_test).mean().item())
        codes = encoder(queries), encoder(index)
        ae_lookups.append(lookup(*codes, query_labels, index_labels))

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.0))
for ax, by_pca, by_ae in zip(axes, (pca_errors, pca_lookups), (ae_errors, ae_lookups), strict=True):
    ax.plot(pca_sizes, by_pca, "s--", color=plotting.PRIOR, label="PCA")
    ax.plot(list(sweep), by_ae, "o-", color=plotting.MODEL, label="autoencoder")
    ax.set_xscale("log", base=2)
    ax.set_xlabel("size $d$ of the code")
axes[0].set_ylabel("squared error per image")
axes[1].set_ylabel("precision at 10")
axes[1].axhline(by_pixels, color=plotting.DATA, linestyle=":", label="pixels")
axes[1].legend()
assert all(ae < linear for ae, linear in zip(ae_errors[:4], pca_errors, strict=False))
assert ae_errors[6] > pca_errors[6]
assert max(ae_lookups) < by_pixels + 0.03
plotting.show(
    fig,
    alt="Against the size of the code: the error falls, the autoencoder's below PCA's up to 16 "
    "numbers and above it at 128; precision at 10 rises steeply and stays at the pixels' level.",
)

# %% [markdown]
# Left: with few numbers a curved surface beats a plane by far; eight numbers through the network
# are worth about nineteen of PCA's. From about 64 numbers on PCA wins, because its solution is exact,
# while 600 steps of gradient descent are not; and behind a hidden layer of 256 units even a code of
# 1,000 has a bottleneck in front of it.
#
# Right: the codes' usefulness rises steeply to $d = 16$ and then stays where the pixels
# are, while the error on the left keeps falling by factors. **A lower loss is not a better code.** At
# $d = n$ PCA is a rotation, its error is zero, and you are back at the perfect copy of section 1.
#
# What do eight numbers keep of a digit? Judge by eye before you read on.

# %%
ten = torch.stack([(digits.y_test == y).nonzero()[3, 0] for y in range(10)])
u = directions[:, :8]
with torch.no_grad():
    by_network = sweep[8][1](sweep[8][0](x_test[ten])).sigmoid()
by_plane = mean + (x_test[ten] - mean) @ u @ u.T

fig, axes = plt.subplots(3, 1, figsize=(5.0, 2.4))
names = ("test images", "PCA, 8 numbers", "autoencoder, 8 numbers")
for ax, rows, name in zip(axes, (x_test[ten], by_plane, by_network), names, strict=True):
    plotting.plot_images(ax, rows)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Ten test digits and their reconstructions from eight numbers: by PCA as grey ghosts with "
    "halos, by the autoencoder as clean strokes that sometimes belong to another digit.",
)

# %% [markdown]
# PCA returns the average of what it cannot tell apart: halos. The network returns clean digits, and
# when it errs it errs in meaning: a thin 4 may come back as a 9. It has learned what ink
# does, because it had no room to remember pixels.

# %% [markdown]
# ## 8. Can a wide code be saved?
#
# The copy of section 1 was built by hand. Would training find it? And does a wide code *have* to be
# useless? Train the same linear pair, 784 to 1000 and back, twice: once to copy $x$, and once to
# **restore** $x$ from $x + \varepsilon$, where $\varepsilon$ is Gaussian noise of standard deviation
# $\sigma = 1$, as large as the range from paper to ink. A copier would pay for that: its output
# would be wrong by the noise, 784 per image.

# %%
results, maps = {}, {}
for name, sigma in (("copy", 0.0), ("restore", 1.0)):
    encoder, decoder = nn.Linear(784, 1000).to(device), nn.Linear(1000, 784).to(device)
    fit(encoder, decoder, x_train, objectives.squared_error, steps=600, noise=sigma)
    with torch.no_grad():
        x_hat = decoder(encoder(x_test))
        codes = encoder(queries), encoder(index)
        maps[name] = decoder.weight @ encoder.weight
    error = objectives.squared_error(x_hat, x_test).mean().item()
    results[name] = error, lookup(*codes, query_labels, index_labels)
    print(f"{name:8} error ≈ {error:5.2f}   precision at 10 ≈ {results[name][1]:.3f}")

print(f"pixels                    precision at 10   {by_pixels:.3f}")
assert results["copy"][0] < 1 < results["restore"][0]
assert results["copy"][1] < by_pixels + 0.002 < results["restore"][1]

# %% [markdown]
# The copier all but reaches zero, and its code is no better than the pixels: it has found the
# trap. The restorer is worse at copying by far, with the same 1,000 numbers, and its code is better
# than the pixels. What has the noise done?
#
# For a linear pair there is an exact answer. The best linear map from $x + \varepsilon$ back to $x$
# is $\Sigma\,(\Sigma + \sigma^2 I)^{-1}$: it keeps the direction $u_j$ with the weight $\lambda_j /
# (\lambda_j + \sigma^2)$. A bottleneck of $d$ numbers keeps the first $d$ directions and
# drops the rest; noise lets each direction through according to its strength. Compare the trained
# networks with that curve. They have been told nothing but "copy" and "restore".

# %%
strengths = all_variances.clamp(min=0)
kept = strengths / (strengths + 1.0**2)
passed = {name: ((m @ directions) * directions).sum(dim=0) for name, m in maps.items()}
order = torch.arange(1, 101)

fig, ax = plt.subplots()
ax.plot(order, passed["copy"][:100].cpu(), "-.", color=plotting.FAKE, label="trained to copy")
ax.plot(order, passed["restore"][:100].cpu(), color=plotting.MODEL, label="trained to restore")
ax.plot(order, kept[:100].cpu(), "--", color=plotting.DATA, label=r"$\lambda/(\lambda + \sigma^2)$")
ax.step(order, order <= 16, color=plotting.PRIOR, linestyle=":", label="bottleneck, $d = 16$")
ax.set_xlabel("principal direction $j$")
ax.set_ylabel("share that is let through")
ax.legend(loc="center right", bbox_to_anchor=(1, 0.62))
assert (passed["copy"][:50] - 1).abs().max() < 0.02
assert (passed["restore"][:50] - kept[:50]).abs().max() < 0.1
plotting.show(
    fig,
    alt="Share let through by direction: the copier passes all of it, a bottleneck cuts off "
    "after 16, and the restorer follows the exact curve, which adds up to "
    f"{kept.sum():.0f} directions.",
)

# %% [markdown]
# The copier lets everything through. The restorer follows the exact curve, give or take the
# roughness of 600 steps. The weights add up to about 27: whatever the width of its layer, **noise of
# this size is a soft bottleneck of 27 numbers**.
#
# So narrowness was never the point. *The task must not be solvable by copying.* A bottleneck is one
# way, noise is another. Notebook 04 finds out what a network that removes noise learns when it is
# not linear, and meets a third way.

# %% [markdown]
# ## 9. Two numbers per digit
#
# A code of two numbers can be drawn. Train a deeper pair with $d = 2$ for a little longer. Its
# encoder ends in a tanh, so that every code lies in a square of side 2. Put its codes beside
# PCA's: precision at 10 says how often the ten nearest neighbours *in the drawing* show the same
# digit.

# %%
encoder_2d, decoder_2d = pair(784, 256, 128, 64, 2, mean=mean, hidden=nn.Tanh)
encoder_2d.append(nn.Tanh())
fit(encoder_2d, decoder_2d, x_train, bernoulli_nll, steps=2500)

with torch.no_grad():
    planes = {
        "PCA": (queries @ directions[:, :2], index @ directions[:, :2]),
        "autoencoder": (encoder_2d(queries), encoder_2d(index)),
    }
in_plane = {name: lookup(*codes, query_labels, index_labels) for name, codes in planes.items()}
assert in_plane["autoencoder"] > in_plane["PCA"] + 0.2

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6))
for ax, (name, (_, codes)) in zip(axes, planes.items(), strict=True):
    plotting.plot_latents(ax, codes[:3000], index_labels[:3000])
    ax.set_title(name)
plotting.show(
    fig,
    alt="Codes of 3,000 training digits. In PCA's plane most classes overlap in one cloud; in the "
    "autoencoder's square most have a region of their own. Precision at 10 is "
    f"{in_plane['PCA']:.2f} against more than {in_plane['PCA'] + 0.2:.2f}.",
)
print(f"precision at 10: PCA {in_plane['PCA']:.2f}, autoencoder ≈ {in_plane['autoencoder']:.2f}")

# %% [markdown]
# The network has never seen a label, and most classes have a region of their own: two numbers that
# help to copy are two numbers that help to tell digits apart.
#
# Now walk through the square. Decode a grid of codes, whether an image has ever been encoded there or
# not. Before you run it: what do you expect between two regions? And in a corner that no code
# reaches?

# %% tags=["readme"]
steps = torch.linspace(-0.95, 0.95, 16, device=device)
grid = torch.stack([steps.repeat(16), -steps.repeat_interleave(16)], dim=1)
with torch.no_grad():
    decoded = decoder_2d(grid).sigmoid()

fig, ax = plt.subplots(figsize=(5.0, 5.0))
plotting.plot_images(ax, decoded, columns=16)
plotting.show(
    fig,
    alt="A map of the code square: 16 by 16 decoded images. Each digit has a region where it is "
    "crisp; on the borders one digit melts into another through shapes that are no digit.",
)

# %% [markdown]
# Neighbouring codes decode to similar digits, so the square is a map. Take it into your hands. Drag
# the point, or use the arrow keys; *Path between two points* shows what lies on the way. Find a way
# from a 0 to a 1 on which every image is a digit, and one on which some are not.

# %%
explorer = LatentExplorer(
    nn.Sequential(decoder_2d, nn.Sigmoid()),
    points=planes["autoencoder"][1][:2000],
    labels=index_labels[:2000],
    bounds=(-1, 1, -1, 1),
    task="Find a way from a 0 to a 1 on which every image is a digit.",
)
explorer

# %% [markdown]
# On the borders some decoded images are no digits at all. Nothing in the loss says what the decoder
# should do where no image was encoded, and nothing says where images are encoded in the first place.
# An autoencoder gives you a map without saying which places are inhabited. That is the question of
# notebook 05 and the reason for Part III.

# %% [markdown]
# ## What you have seen
#
# - A perfect copy is worthless: zero error, noise copied as well as digits, and a code that is the
#   pixels over again. The task must not be solvable by copying, and a bottleneck is one way to see to
#   that.
# - A linear bottleneck finds the plane of PCA, to a degree and within one percent of the error, and
#   leaves the axes inside the plane open. Tied weights halve the parameters and need orthonormal rows.
# - A reconstruction loss is a choice of distribution. On grey pixels cross-entropy has a floor of
#   about 45 nats per image, and it is a likelihood on binary pixels only.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, chapter 14, eq. 14.1.
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/autoencoders.html)
# - H. Bourlard, Y. Kamp (1988), "Auto-association by multilayer perceptrons and singular value
#   decomposition", *Biological Cybernetics* 59.
# - P. Baldi, K. Hornik (1989), "Neural networks and principal component analysis: learning from
#   examples without local minima", *Neural Networks* 2.
# - G. Hinton, R. Salakhutdinov (2006), "Reducing the dimensionality of data with neural networks",
#   *Science* 313.
# - P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008), "Extracting and composing robust
#   features with denoising autoencoders", *ICML*.
# - G. Loaiza-Ganem, J. Cunningham (2019), "The continuous Bernoulli: fixing a pervasive error in
#   variational autoencoders", *NeurIPS*. [arXiv 1907.06845](https://arxiv.org/abs/1907.06845)
#
# **The way on:** 04 keeps the wide code and forbids the copy by penalties and by noise.
