# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 Training
#
# **How do we train networks so that the result can be trusted?**
#
# By the end you can
#
# - derive a loss from a distribution, write the training loop by hand, and say why accuracy cannot
#   be the loss;
# - bring a signal alive through a deep network, by initialisation, activation and batch norm, and
#   count what is dead or saturated on the way;
# - tell learning from memorising, measure what a cure is worth over several seeds, and repeat,
#   resume and debug a run.
#
# You need derivatives and, from notebook 01, likelihoods in nats. Study time: 75 minutes. Computing
# time: about 70 seconds on one core.

# %%
import math
import tempfile
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from course_utils import objectives, plotting
from course_utils.checks import training as check
from course_utils.data import binarise, mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.divergences import estimate
from course_utils.explorers import DepthExplorer
from course_utils.formulas import Formula, FormulaTable
from course_utils.nn import mlp
from course_utils.training import Batch, Batches, Checkpoint, EarlyStopping, ema, train

# %% [markdown]
# ## Two perfect scores
#
# The data are MNIST: images of digits as rows $x$ of 784 grey values in $[0, 1]$, and their classes
# $y$ from 0 to 9. Two helpers first: a random part of the training data, and the share of right
# answers.

# %%
plotting.use_style()
seed_everything(0)
device = best_device()
digits = mnist().to(device)
x_train, y_train = digits.x_train.flatten(1), digits.y_train
x_test, y_test = digits.x_test.flatten(1) / 255, digits.y_test


def part(x: Tensor, y: Tensor, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """n random images, as numbers in [0, 1], with their labels."""
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(x), generator=g)[:n].to(x.device)
    return x[chosen] / 255, y[chosen]


def accuracy(network: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of right answers, in evaluation mode."""
    network.eval()
    with torch.no_grad():
        right = (network(x).argmax(dim=1) == y).double().mean().item()
    network.train()
    return right


# %% [markdown]
# Two people train the same network with the same loop on the same 500 images. Ben has made a
# mistake while loading: his labels are in the wrong order, so each image comes with the label of
# some other one. Both watch their training.
#
# Before you run it: what will Ben see?


# %%
def memorise(x: Tensor, y: Tensor) -> nn.Module:
    """A network after 100 steps on all of x and y."""
    torch.manual_seed(0)
    network = mlp(784, 512, 10).to(x.device)
    optimizer = Adam(network.parameters(), lr=3e-3)
    for _ in range(100):
        loss = F.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


x_few, y_few = part(x_train, y_train, 500, seed=0)
y_wrong = y_few[torch.randperm(500, generator=torch.Generator().manual_seed(1)).to(device)]
ann, ben = memorise(x_few, y_few), memorise(x_few, y_wrong)
print("right answers on the training data:")
print(f"Ann {accuracy(ann, x_few, y_few):.2f}, Ben {accuracy(ben, x_few, y_wrong):.2f}")

# %% [markdown]
# Two perfect scores. Nothing that Ben has looked at tells him of his mistake. Ask both networks
# about 10,000 images that they have not seen:

# %%
print("right answers on the test data:")
print(f"Ann {accuracy(ann, x_test, y_test):.2f}, Ben {accuracy(ben, x_test, y_test):.2f}")

# %% [markdown]
# Ben's network has learned 500 labels by heart and nothing about digits; guessing gives 0.10. (The
# experiment is due to Zhang et al., 2017.) So a loop that runs, and a loss that falls, are no reason
# for trust. This notebook collects the reasons that are: first a loss that means something, then a
# loop of which you know each line, then a network in which the signal arrives, then numbers that a
# sceptic would believe.

# %% [markdown]
# ## 1. The oldest loop
#
# Rosenblatt's **perceptron** (1958) says class 1 where $w^\top x > 0$ and class 0 elsewhere. Here
# $x$ has two coordinates and a constant 1 in front, so that $w$, three numbers, holds the bias too.
# It learns from its mistakes, one example at a time. With the answer $\hat y$ and the truth $y$:
#
# $$ w \leftarrow w + (y - \hat y)\, x. $$
#
# Try it on two clouds, and on four points whose classes are the exclusive or (XOR) of their
# coordinates. Where will it stop?


# %%
def perceptron(x: Tensor, y: Tensor, passes: int) -> tuple[list[Tensor], bool]:
    """All weights the rule goes through, and whether a pass without a mistake has come."""
    visited = [torch.zeros(x.shape[1], dtype=x.dtype)]
    for _ in range(passes):
        before = len(visited)
        for example, label in zip(x, y, strict=True):
            error = label - (visited[-1] @ example > 0).to(x.dtype)
            if error != 0:
                visited.append(visited[-1] + error * example)
        if len(visited) == before:
            return visited, True
    return visited, False


# %%
generator = torch.Generator().manual_seed(0)
y_clouds = torch.arange(60) % 2
centres = torch.tensor([[0.2, 0.0], [1.8, 1.0]])
clouds = 0.4 * torch.randn(60, 2, generator=generator) + centres[y_clouds]
corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y_xor = torch.tensor([0.0, 1.0, 1.0, 0.0])

on_clouds, clouds_done = perceptron(F.pad(clouds, (1, 0), value=1.0), y_clouds.float(), 1000)
on_xor, xor_done = perceptron(F.pad(corners, (1, 0), value=1.0), y_xor, 1000)

signed = F.pad(clouds, (1, 0), value=1.0) * (2 * y_clouds - 1)[:, None]
margin = (signed @ on_clouds[-1]).min() / on_clouds[-1].norm()
bound = (signed.norm(dim=1).max() / margin) ** 2
print(f"clouds: finished {clouds_done}, {len(on_clouds) - 1} updates, at most {bound:.0f}")
print(f"XOR: finished {xor_done}, {len(on_xor) - 1} updates,", end=" ")
print(f"{len({tuple(w.tolist()) for w in on_xor})} different weights")

# %% [markdown]
# On the clouds it stops. It must: if some line separates the classes with margin $\gamma$ (the
# smallest distance of a point from it), and no $x$ is longer than $R$, there are at most $(R /
# \gamma)^2$ updates (Novikoff, 1962). On XOR it walks around six weights for ever: no line has (0, 0)
# and (1, 1) on one side and (0, 1) and (1, 0) on the other.
#
# The rule has two faults. It has nothing to say where no line separates, and it knows only right
# and wrong, not how wrong. Both come from the same step: $w^\top x > 0$.

# %% [markdown]
# ## 2. A loss that has a slope
#
# Why not make the number of mistakes small by following its slope? Take one weight $w$, twenty
# points on the line, and the answer 1 where $w x > 0.5$. What is the derivative of the accuracy?

# %%
x_line = torch.randn(20, generator=generator)
y_line = (x_line + 0.7 * torch.randn(20, generator=generator) > 0.4).float()
w_line = torch.linspace(-1, 6, 701)
logits = w_line[:, None] * x_line - 0.5
right = ((logits > 0) == (y_line > 0)).float().mean(dim=1)
nll = (F.softplus(logits) - y_line * logits).mean(dim=1)
flat = (right.diff() == 0).float().mean()

fig, ax = plt.subplots()
ax.plot(w_line, 1 - right, color=plotting.FAKE, label="share of mistakes")
ax.plot(w_line, nll, "--", color=plotting.MODEL, label="negative log-likelihood")
ax.set_xlabel("weight $w$")
ax.set_ylim(0, 1.2)
ax.legend()
plotting.show(
    fig,
    alt="Against one weight: the share of mistakes is a staircase, flat in "
    f"{flat:.0%} of the steps of the grid; the negative log-likelihood is a smooth bowl with its "
    f"minimum at w = {w_line[nll.argmin()]:.1f}.",
)

# %% [markdown]
# The derivative of a staircase is zero, or does not exist. A small step changes no answer, so
# accuracy cannot say which way is better. It is what you report, not what you descend.
#
# The dashed curve is the cure, and it comes out of a distribution. Let the class be a coin flip,
# $y \sim \mathrm{Bernoulli}(\pi)$ with $\pi = \sigma(a)$. The **logit** $a = w^\top x$ may be any
# number, and the **sigmoid** $\sigma(a) = 1 / (1 + e^{-a})$ makes it a probability. Maximum
# likelihood (notebook 01) says: minimise $-\log P$ of the labels. Each line is computed for the
# twenty points at $w = 1.5$.


# %%
def chance(m: SimpleNamespace) -> Tensor:
    """The probability of each label as it came: π where y is 1, 1 − π where it is 0."""
    pi = 1 / (1 + (-m.a).exp())
    return torch.where(m.y == 1, pi, 1 - pi)


logistic_loss = Derivation(
    Line(
        r"-\log \prod_i P(y_i)",
        "independent labels",
        lambda m: -chance(m).prod().log(),
    ),
    Line(
        r"-\sum_i y_i \log \pi_i + (1 - y_i) \log (1 - \pi_i)",
        "log of a product; y picks the term",
        lambda m: -(m.y * m.a.sigmoid().log() + (1 - m.y) * (1 - m.a.sigmoid()).log()).sum(),
    ),
    Line(
        r"\sum_i \log(1 + e^{a_i}) - y_i a_i",
        "log π = a − log(1 + eᵃ), log(1 − π) = −log(1 + eᵃ)",
        lambda m: (torch.logaddexp(m.a, torch.zeros_like(m.a)) - m.y * m.a).sum(),
    ),
)
logistic_loss.run(SimpleNamespace(a=(1.5 * x_line - 0.5).double(), y=y_line.double()))

# %% [markdown]
# The second line is the **binary cross-entropy**; the third is the form to compute.
#
# > **Common slip.** Lecture notes print $-\log P = \sum_i y_i \log \pi_i + (1 - y_i) \log(1 -
# > \pi_i)$. The minus is missing on the right: for labels 1, 0, 1 and $\pi = 0.8, 0.3, 0.6$ that
# > gives −1.0906, and a loss that can be made as negative as you like.
#
# Why the third form? Be very sure and wrong: $a = 800$ and $y = 0$. How many nats does that cost,
# and what does the second form say?

# %%
a_sure, y_none = torch.tensor(800.0), torch.tensor(0.0)
by_formula = -(1 - a_sure.sigmoid()).log()
stable = torch.logaddexp(a_sure, torch.tensor(0.0)) - y_none * a_sure
print(f"second form {by_formula:.0f}, third form {stable:.0f} nats")
print(f"torch, from the logit: {F.binary_cross_entropy_with_logits(a_sure, y_none):.0f} nats")

# %% [markdown]
# $\sigma(800)$ rounds to 1, and the logarithm of zero is infinite. **Losses take logits.**
#
# **Exercise 2.1 (derivation).** Differentiate $\frac1n \sum_i \log(1 + e^{a_i}) - y_i a_i$, with
# $a_i = w^\top x_i$, by $w$. Write the gradient as a function of the batch: `x` has one example in
# each of its $n$ rows. The next cell descends along *your* gradient.


# %% tags=["exercise"]
def logistic_gradient(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of the mean negative log-likelihood, of the shape of w."""
    ### BEGIN SOLUTION
    return x.T @ (torch.sigmoid(x @ w) - y) / len(x)
    ### END SOLUTION


# %% tags=["check"]
logistic_gradient = check.logistic_gradient(logistic_gradient)

# %% [markdown] tags=["solution"]
# The derivative of $\log(1 + e^a)$ is $e^a / (1 + e^a) = \sigma(a)$, so $\partial / \partial a_i$
# gives $\sigma(a_i) - y_i$. The chain rule multiplies by $\partial a_i / \partial w = x_i$, and a
# sum over rows is a product with the transpose: $\frac1n X^\top (\sigma(Xw) - y)$. It is the
# perceptron's rule, with the *size* of the error in place of its sign.

# %%
near = F.pad(0.9 * torch.randn(200, 2, generator=generator), (1, 0), value=1.0).double()
y_near = (
    torch.rand(200, generator=generator)
    < (near @ torch.tensor([0.3, 2.0, -1.0]).double()).sigmoid()
).double()
w = torch.zeros(3, dtype=torch.float64)
for _ in range(2000):
    w = w - 1.0 * logistic_gradient(w, near, y_near)

judge = LogisticRegression(C=1e10, fit_intercept=False, tol=1e-10, max_iter=1000)
judge.fit(near.numpy(), y_near.numpy())
print("gradient descent", " ".join(f"{v:.4f}" for v in w.tolist()))
print("scikit-learn    ", " ".join(f"{v:.4f}" for v in judge.coef_[0]))

# %% [markdown]
# The two classes overlap here, no line separates them, and there is still one best answer, the same
# from both. The loss is convex in $w$, so it had to be (notebook 01, section 3).
#
# The same recipe gives every loss of this course. Choose a distribution for the target, let the
# network compute its parameter, and write down $-\log p$:
#
# | target | distribution | loss | name |
# |:--|:--|:--|:--|
# | 0 or 1 | Bernoulli, $\pi = \sigma(a)$ | $\log(1 + e^a) - y a$ | binary cross-entropy |
# | a number | Gaussian, mean $\hat y$, variance 1 | $\frac12 (y - \hat y)^2 + \frac12 \log 2\pi$ | squared error |
# | one of $K$ | categorical, $\pi = \mathrm{softmax}(a)$ | $-\sum_k y_k \log \pi_k$ | cross-entropy |
#
# The **softmax** turns $K$ logits into probabilities: $\pi_k = e^{a_k} / \sum_j e^{a_j}$. Add the
# same number to all logits: what happens to $\pi$? And in a computer, with logits around 1,000?

# %%
a = torch.tensor([2.0, 1.0, -1.0])
naive = (a + 1000).exp() / (a + 1000).exp().sum()
safe = (a + 1000 - (a + 1000).max()).exp()
safe = safe / safe.sum()
print("softmax(a)              ", [f"{v:.3f}" for v in a.softmax(0).tolist()])
print("softmax(a + 1000), naive", [f"{v:.3f}" for v in naive.tolist()])
print("after subtracting max a ", [f"{v:.3f}" for v in safe.tolist()])

# %% [markdown]
# Shifts cancel, so subtract the largest logit first; then nothing overflows. `F.cross_entropy`
# takes logits and does so. (And because shifts cancel, one of the $K$ logits is redundant.)

# %% [markdown]
# ## 3. The loop by hand
#
# A network with one hidden layer: 784 inputs, 256 hidden units, 10 logits. Its loss is not convex,
# and it has no formula for the minimum. It has a slope, and that is enough. Six lines, which you
# will meet in every notebook under another name:
#
# 1. take a **batch**: some of the data, since the slope on 128 images is almost that on 60,000;
# 2. compute the **loss** on it;
# 3. **clear** the gradients, because `backward` adds to what is there;
# 4. go **backward**: the derivative of the loss by every weight, in one sweep;
# 5. take a **step** downhill (here by Adam, which rescales each weight's slope);
# 6. **note** the number.
#
# What is the loss before the first step, when the network knows nothing? You can say it without
# running anything.

# %%
torch.manual_seed(0)
by_hand = mlp(784, 256, 10).to(device)
optimizer = Adam(by_hand.parameters(), lr=1e-3)
order = torch.randperm(len(x_train), generator=torch.Generator().manual_seed(0)).to(device)
losses = []
for i in range(100):
    batch = order[128 * i : 128 * (i + 1)]
    loss = F.cross_entropy(by_hand(x_train[batch] / 255), y_train[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

print(f"first loss {losses[0]:.2f} nats; log 10 = {math.log(10):.2f}; last loss {losses[-1]:.2f}")
print(f"right on test images: {accuracy(by_hand, x_test, y_test):.2f}")

# %% [markdown]
# Ten classes and no knowledge cost $\log 10 = 2.30$ nats. A loss that starts elsewhere is the first
# alarm bell of this notebook.
#
# From here on the loop comes from `course_utils`. `Batches` shuffles and cuts; `train` calls your
# *step* on one batch after another and keeps the numbers. What happens in a step stays yours. Is it
# the same loop?

# %%
torch.manual_seed(0)
by_train = mlp(784, 256, 10).to(device)
by_train_adam = Adam(by_train.parameters(), lr=1e-3)


def classify_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """One step of the classifier."""
    loss = F.cross_entropy(by_train(x), y)
    by_train_adam.zero_grad()
    loss.backward()
    by_train_adam.step()
    return {"loss": loss}


history = train(classify_step, Batches(x_train, y_train, size=128, seed=0), steps=100)
same = [torch.equal(a, b) for a, b in zip(by_hand.parameters(), by_train.parameters(), strict=True)]
print("same losses:", history["loss"] == losses, " same weights, to the bit:", all(same))

# %% [markdown]
# The same numbers, to the last bit. Wrap it up, since the rest of this notebook trains dozens of
# classifiers:


# %%
def fit(
    network: nn.Module,
    optimizer: Optimizer,
    batches: Iterable[Batch],
    steps: int = 100,
    **looking_after: object,
) -> float:
    """Train a classifier by its cross-entropy; the last loss, in nats. More goes to `train`."""

    def fit_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        loss = F.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"loss": loss}

    return train(fit_step, batches, steps, **looking_after)["loss"][-1]


# %% [markdown]
# **Why backward?** There are 203,530 weights. The slope by one of them can be measured without
# calculus: change it a little and compute the loss again. Backpropagation gives all of them for the
# price of about two more evaluations. Compare three weights, and count.

# %%
probe = mlp(784, 256, 10).double().to(device)
x_probe, y_probe = x_train[:128].double() / 255, y_train[:128]
loss = F.cross_entropy(probe(x_probe), y_probe)
slopes = torch.autograd.grad(loss, probe[2].weight)[0]

for k, j in ((0, 0), (3, 100), (9, 255)):
    values = []
    for radius in (1e-5, -1e-5):
        moved = [p.detach().clone() for p in probe[2].parameters()]
        moved[0][k, j] += radius
        values.append(F.cross_entropy(F.linear(probe[:2](x_probe), *moved), y_probe).item())
    print(
        f"weight {k, j}: backward {slopes[k, j]:.6f}, measured {(values[0] - values[1]) / 2e-5:.6f}"
    )

count = sum(p.numel() for p in probe.parameters())
print(f"evaluations to measure all {count:,} slopes: {2 * count:,}")

# %% [markdown]
# That is what made training on large data possible: a gradient costs as much as a few predictions,
# however many weights there are. And a *batch* makes it cheaper still. How well does the slope on
# 128 images point along the slope on all 60,000?


# %%
def slope(network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of the mean loss, all weights in one row."""
    loss = F.cross_entropy(network(x), y)
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(network.parameters()))])


torch.manual_seed(0)
fresh = mlp(784, 256, 10).to(device)
whole_slope = slope(fresh, x_train / 255, y_train)
batch_slope = slope(fresh, *part(x_train, y_train, 128, seed=0))
cosine = F.cosine_similarity(whole_slope, batch_slope, dim=0)
print(f"cosine of the angle between the two slopes: {cosine:.1f}")
print(f"price of the batch: one {60_000 // 128}th")

# %% [markdown]
# **Where to start?** Zero is the natural guess. Or all weights equal to 0.01? Or random and large?
# Predict the four rows: each network gets 100 steps.


# %%
def start(network: nn.Module, how: str) -> nn.Module:
    """The network with its weights set anew; 'small' are torch's own random ones."""
    for p in network.parameters():
        if how == "zero":
            nn.init.zeros_(p)
        if how == "constant":
            nn.init.constant_(p, 0.01)
        if how == "large":
            nn.init.normal_(p)
    return network


for how in ("zero", "constant", "large", "small"):
    torch.manual_seed(0)
    net = start(mlp(784, 256, 10).to(device), how)
    batches = Batches(x_train, y_train, size=128, seed=0)
    loss = fit(net, Adam(net.parameters(), lr=1e-3), batches)
    units = len(net[0].weight.detach().unique(dim=0))
    print(
        f"{how:9} last loss {loss:7.2f}   right {accuracy(net, x_test, y_test):.2f}   units {units}"
    )

# %% [markdown]
# From zero, no gradient reaches the first layer, and only the last bias learns: how often each
# digit comes. From a constant, all 256 hidden units get the same gradient and stay copies of one
# unit for ever. Random numbers break the symmetry. Large ones break it too, but the loss starts far
# above $\log 10$, with logits of a size that nobody asked for. So: **small random weights**, biases
# zero. How small? Section 5 computes it.
#
# The symmetry has another consequence. Shuffle the hidden units of a trained network, with all
# their weights: it is the same function. What is half-way between the two?

# %%
first, last = by_hand[0], by_hand[2]
shuffle = torch.randperm(256, generator=torch.Generator().manual_seed(2)).to(device)
twin = [first.weight[shuffle], first.bias[shuffle], last.weight[:, shuffle], last.bias]
halfway = [(a + b) / 2 for a, b in zip(by_hand.parameters(), twin, strict=True)]

for name, (w1, b1, w2, b2) in {"twin": twin, "half-way": halfway}.items():
    hidden = F.relu(F.linear(x_test, w1, b1))
    print(f"{name:8} loss {F.cross_entropy(F.linear(hidden, w2, b2), y_test):.2f}")
print(f"network  loss {F.cross_entropy(by_hand(x_test), y_test):.2f}")

# %% [markdown]
# Two equally good places with a ridge between them: the loss is **not convex**, and a network with
# 256 hidden units has at least $256!$ equally good minima. Nothing promises that the loop finds the
# best one. In practice it need not; it has to find a good one, and you have to measure how good.

# %% [markdown]
# ## 4. What can one hidden layer say?
#
# Take $f = \sin$ and build a network for it, without training. A hidden unit $\max(0, x - k)$ is
# zero up to the **knot** $k$ and a slope after it. Place 60 knots on $[-6, 6]$ and let each unit
# add the *change* of slope that a zigzag through the curve needs there. The error of a zigzag with
# spacing $h$ is at most $h^2 / 8$ times the largest $|f''|$, here 1.
#
# What will this network say at $x = 60$?

# %%
knots = torch.linspace(-6, 6, 61, dtype=torch.float64)
rises = knots.sin().diff() / knots.diff()
network = nn.Sequential(nn.Linear(1, 60), nn.ReLU(), nn.Linear(60, 1)).double()
with torch.no_grad():
    network[0].weight.fill_(1)
    network[0].bias.copy_(-knots[:-1])
    network[2].weight.copy_(rises.diff(prepend=torch.zeros(1).double())[None])
    network[2].bias.copy_(knots[0].sin())

inside, outside = (torch.linspace(-r, r, 20_001).double()[:, None] for r in (6.0, 60.0))
with torch.no_grad():
    errors = {r: (network(x) - x.sin()).abs().max() for r, x in ((6, inside), (60, outside))}
print(f"largest error on [−6, 6]: {errors[6]:.4f}, bound {0.2**2 / 8:.4f}")
print(f"largest error on [−60, 60]: {errors[60]:.1f}")

# %%
fig, ax = plt.subplots()
shown = outside[(outside.abs() < 13).flatten()]
with torch.no_grad():
    ax.plot(shown, network(shown), "--", color=plotting.MODEL, label="network")
ax.plot(shown, shown.sin(), color=plotting.DATA, lw=1, label=r"$\sin x$")
ax.axvspan(-6, 6, color=plotting.PRIOR, alpha=0.15, lw=0)
ax.set_xlabel("$x$")
ax.set_ylim(-2, 4)
ax.legend(loc="upper left")
plotting.show(
    fig,
    alt="A network of 60 units covers the sine on the grey interval from −6 to 6, where its error "
    f"is below {errors[6]:.3f}, and leaves it on straight lines on either side.",
)

# %% [markdown]
# More knots, less error: that is the **universal approximation theorem** for ReLU, by construction.
# One hidden layer is enough for any continuous function *on a bounded interval*. Two things it does
# not say: that gradient descent finds these weights, and anything about the outside, where the
# network is a straight line.
#
# > **Common slip.** "For every $\varepsilon$ there is a network with $|g(x) - f(x)| < \varepsilon$
# > for all $f \in C^\infty(\mathbb{R})$." The domain must be **compact** (closed and bounded), and
# > continuous is enough: $f \in C(K)$. On $[-60, 60]$ the network above is wrong by 50.0.

# %% [markdown]
# ## 5. Through many layers
#
# Between two affine layers stands an **activation** $f$. Four of them, with their slopes. Which
# slope is nowhere above $1/4$? Which is exactly zero on half of the line?

# %%
t = torch.linspace(-5, 5, 1001, dtype=torch.float64, requires_grad=True)
formulas = {
    "sigmoid": (torch.sigmoid, lambda t: t.sigmoid() * (1 - t.sigmoid())),
    "tanh": (torch.tanh, lambda t: 1 - t.tanh() ** 2),
    "ReLU": (torch.relu, lambda t: (t > 0).double()),
    "leaky ReLU": (lambda t: F.leaky_relu(t, 0.1), lambda t: torch.where(t > 0, 1.0, 0.1).double()),
}
fig, axes = plt.subplots(1, 4, figsize=(8.0, 2.2), sharey=True)
for ax, (name, (f, derivative)) in zip(axes, formulas.items(), strict=True):
    (grad,) = torch.autograd.grad(f(t).sum(), t)
    torch.testing.assert_close(grad, derivative(t.detach()))
    ax.plot(t.detach(), f(t).detach(), color=plotting.MODEL, label="$f$")
    ax.plot(t.detach(), grad, "--", color=plotting.FAKE, label="$f'$")
    ax.set(title=name, xlabel="$z$", ylim=(-1.2, 2.2))
axes[0].legend(loc="upper left")
plotting.show(
    fig,
    alt="Four activations and their slopes: the sigmoid's is at most 0.25, that of tanh at most 1, "
    "both vanish on either side; ReLU's is 0 or 1, and the leaky one's is 0.1 or 1.",
)

# %% [markdown]
# The formulas for the slopes agree with autograd: $\sigma' = \sigma (1 - \sigma)$, $\tanh' = 1 -
# \tanh^2$, and steps. Where $f'$ is nearly zero the unit is **saturated**: whatever the loss wants
# of it does not get through.
#
# > **Common slip.** "$\tanh(x) = 2 / \cosh(2x) - 1$." At $x = 0.7$ that is −0.0702, and
# > $\tanh(0.7) = 0.6044$. Right is $2 \sigma(2x) - 1$: tanh is a sigmoid, stretched and centred.
#
# A gradient on its way down through $L$ sigmoid layers is multiplied by $L$ slopes, each at most
# $1/4$. After 20 layers that is at most $4^{-20} \approx 10^{-12}$, times what the weights do.
#
# **What should the weights do?** Let a layer have $n$ inputs $h_j$ and weights of mean 0 and
# variance $g^2 / n$. Call $g$ the **gain**. The inputs are the last layer's $z$ behind a ReLU. How
# large is the next $z$? The first line is an average over 40,000 random layers.

# %%
n, gain, sigma_z = 50, 1.3, 0.8
z_before = sigma_z * torch.randn(40_000, n, generator=generator, dtype=torch.float64)
weights = gain / n**0.5 * torch.randn(40_000, n, generator=generator, dtype=torch.float64)
layer = SimpleNamespace(z=z_before, w=weights, n=n, gain=gain, sigma=sigma_z)

relu_layer = Derivation(
    Line(
        r"\mathbb{E}\big[\big(\textstyle\sum_j w_j h_j\big)^2\big]",
        "the next layer's mean square, by Monte Carlo",
        lambda m: estimate((m.w * m.z.relu()).sum(dim=1) ** 2),
    ),
    Line(
        r"n \cdot \frac{g^2}{n} \cdot \mathbb{E}[h^2]",
        "weights are independent with mean 0: mixed terms vanish",
        lambda m: estimate(m.gain**2 * m.z.relu().square().mean(dim=1)),
    ),
    Line(
        r"\frac{g^2}{2}\, \mathbb{E}[z^2]",
        "z is symmetric, and ReLU keeps one half of it",
        lambda m: m.gain**2 / 2 * m.sigma**2,
    ),
)
relu_layer.run(layer)

# %% [markdown]
# So the mean square is multiplied by $g^2 / 2$ in every ReLU layer. It stays what it is for $g =
# \sqrt 2$, which is the initialisation of He et al. (2015, eq. 10). For tanh, with slope 1 at zero,
# it is about $g = 1$ (Glorot & Bengio, 2010).
#
# **Exercise 2.2 (prediction).** With $g = 1$ and ReLU, how many *times smaller* is the standard
# deviation after 20 layers than before them?

# %% tags=["exercise"]
### BEGIN SOLUTION
times_smaller = 2 ** (20 / 2)
### END SOLUTION

# %% tags=["check"]
times_smaller = check.times_smaller(times_smaller)

# %% [markdown] tags=["solution"]
# The mean square is halved 20 times, and the standard deviation is its root: $\sqrt{2^{20}} =
# 2^{10} = 1024$. The gradient on its way down passes the same weights and the same half of the
# units, so it shrinks just as much.

# %% [markdown]
# Look at both directions. Digits go up through 20 layers of 256 units; a random gradient comes down
# from the top. For each layer: the standard deviation of the activations $h$ and of the gradients
# $\partial L / \partial z$. Before you look: in which of the three networks is only one of the two
# curves ill?


# %%
def spreads(f, gain: float, x: Tensor, depth: int = 20) -> tuple[list[float], list[float]]:
    """Standard deviations of h and of ∂L/∂z in each layer, first layer first."""
    g = torch.Generator().manual_seed(0)
    h, zs, up = x, [], []
    for _ in range(depth):
        width = h.shape[1]
        w = gain / width**0.5 * torch.randn(width, 256, generator=g)
        zs.append((h @ w.to(x.device)).requires_grad_())
        h = f(zs[-1])
        up.append(h.std().item())
    down = torch.autograd.grad(h, zs, torch.randn(h.shape, generator=g).to(x.device))
    return up, [grad.std().item() for grad in down]


x_centred = (x_test[:200] - x_test.mean()) / x_test.std()
settings = {
    "sigmoid, $g = 1$": (torch.sigmoid, 1.0),
    "ReLU, $g = 1$": (torch.relu, 1.0),
    r"ReLU, $g = \sqrt{2}$": (torch.relu, 2**0.5),
}
flows = {name: spreads(f, gain, x_centred) for name, (f, gain) in settings.items()}

# %%
fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.6), sharey=True)
for ax, (name, (up, down)) in zip(axes, flows.items(), strict=True):
    ax.semilogy(range(1, 21), up, "o-", ms=3, color=plotting.MODEL, label="activations")
    ax.semilogy(range(1, 21), down, "s--", ms=3, color=plotting.FAKE, label="gradients")
    ax.set(title=name, xlabel="layer", xticks=(1, 10, 20))
axes[0].set_ylabel("standard deviation")
axes[2].legend(loc="lower center")
lost = math.log10(flows["sigmoid, $g = 1$"][1][0] / flows["sigmoid, $g = 1$"][1][-1])
plotting.show(
    fig,
    alt="Standard deviations by layer. Sigmoid: activations level, gradients lose "
    f"{-lost:.0f} powers of ten on the way down. ReLU with gain 1: both shrink a thousandfold. "
    "With gain √2 both stay level.",
)

# %% [markdown]
# The sigmoid network looks healthy on the way up, and its first layers get no gradient at all. You
# see that only if you look at both curves. ReLU with $g = 1$ loses both ways what you predicted,
# and $\sqrt 2$ repairs it.
#
# Now drive it yourself. The explorer opens on the sigmoid network. Its lower picture counts the
# units that do nothing: values on a flat part, or ReLU units that are off for *every* input.

# %%
explorer = DepthExplorer("sigmoid", gain=1.0, depth=20)
explorer

# %% [markdown]
# Python reads the same numbers. Here are four of the settings that you have passed: how much of the
# last layer's gradient is left in the first, and how much is silent in the first and the last layer.

# %%
passed = {
    "sigmoid, gain 1": DepthExplorer("sigmoid", gain=1.0),
    "sigmoid, gain 4": DepthExplorer("sigmoid", gain=4.0),
    "ReLU, gain √2": DepthExplorer("ReLU", gain=2**0.5),
    "ReLU, batch norm": DepthExplorer("ReLU", gain=1.0, norm=True),
}
print("                   gradient left   silent: first   last")
for name, setting in passed.items():
    flow = setting.flow
    left = flow.gradients[0] / flow.gradients[-1]
    print(f"{name:18} {left:13.1e} {flow.silent[0]:14.0%} {flow.silent[-1]:7.0%}")

# %% [markdown]
# A large gain helps the sigmoid's gradients and saturates a third of its first layer. In a deep ReLU
# network with the right gain both curves are level, and still 42 % of the last layer is dead: up there
# all inputs look alike, so a unit is on for all of them or off for all. Batch norm makes the gain
# irrelevant and revives every unit (section 6 says how). Its price is in the first column: behind
# ReLU the gradients now *grow* on the way down, thirtyfold in 20 layers.
#
# **Dead units in training.** A ReLU unit that is off for all data has gradient zero, so no step
# brings it back. Push all 128 units of a network there, with biases of −3, and train. Then do the
# same with a **leaky** ReLU, which keeps a slope of 0.01 below zero. How many units are alive after
# 100 steps?


# %%
def off(network: nn.Module, x: Tensor) -> int:
    """Hidden units that are off for every example."""
    return int((network[0](x) <= 0).all(dim=0).sum())


for f in (nn.ReLU, nn.LeakyReLU):
    torch.manual_seed(0)
    net = mlp(784, 128, 10, activation=f).to(device)
    nn.init.constant_(net[0].bias, -3.0)
    before, batches = off(net, x_test), Batches(x_train, y_train, size=128, seed=0)
    fit(net, Adam(net.parameters(), lr=3e-3), batches)
    found = accuracy(net, x_test, y_test)
    print(f"{f.__name__:9} off before {before}, after {off(net, x_test):3}, right {found:.2f}")

# %% [markdown]
# The leak revives what ReLU has buried. A *randomised* leaky ReLU draws the slope for each value
# while it trains, uniformly between $a$ and $b$, and uses the middle when it is tested. In torch
# $a = 1/8$ and $b = 1/3$:

# %%
rrelu = nn.RReLU().eval()
drawn = -nn.RReLU().train()(torch.full((100_000,), -1.0))
print(
    f"evaluation: slope {-rrelu(torch.tensor(-1.0)):.4f}, (a + b) / 2 = {(1 / 8 + 1 / 3) / 2:.4f}"
)
print(f"training: slopes from {drawn.min():.3f} to {drawn.max():.3f}")

# %% [markdown]
# ## 6. Batch norm
#
# Instead of choosing the scale well at the start, one can enforce it at every step. **Batch
# normalisation** (Ioffe & Szegedy, 2015) standardises each unit over the $n$ examples of a batch,
# and then gives it back a scale $\gamma$ and a shift $\beta$, which are learned:
#
# $$ \hat z_i = \frac{z_i - \mu}{\sqrt{S^2 + \epsilon}}, \qquad y_i = \gamma\, \hat z_i + \beta,
# \qquad \mu = \frac1n \sum_i z_i, \quad S^2 = \frac1n \sum_i (z_i - \mu)^2. $$
#
# **Exercise 2.3.** Write it for a batch `z` with one example in each row. The layer below is made
# of your function.


# %% tags=["exercise"]
def batch_norm(z: Tensor, gamma: Tensor, beta: Tensor, tiny: float = 1e-5) -> Tensor:
    """Batch norm in training mode: z of shape (batch, dim), gamma and beta of shape (dim,)."""
    ### BEGIN SOLUTION
    mean, variance = z.mean(dim=0), z.var(dim=0, correction=0)
    return gamma * (z - mean) / (variance + tiny).sqrt() + beta
    ### END SOLUTION


# %% tags=["check"]
batch_norm = check.batch_norm(batch_norm)

# %% [markdown] tags=["solution"]
# Mean and variance run over the batch, `dim=0`; the variance divides by $n$; $\epsilon$ stands
# inside the root, so that a constant unit is divided by $\sqrt{\epsilon}$ and not by $\epsilon$.

# %% [markdown]
# What happens when there is no batch, in use? Then the layer takes running averages of $\mu$ and
# $S^2$ that it has collected while training. Compare with torch in both modes. Two batches have
# gone by, and each moves the average by a tenth of the way.

# %%
z = 3 * torch.randn(2, 8, 4, generator=generator) + 5
norm = nn.BatchNorm1d(4)
by_torch = [norm(batch) for batch in z]
running_mean, running_var = torch.zeros(4), torch.ones(4)
for batch in z:
    running_mean = 0.9 * running_mean + 0.1 * batch.mean(dim=0)
    running_var = 0.9 * running_var + 0.1 * batch.var(dim=0, correction=1)

one, zero = torch.ones(4), torch.zeros(4)
in_use = (z[0] - running_mean) / (running_var + 1e-5).sqrt()
print("training:  ", torch.allclose(batch_norm(z[0], one, zero), by_torch[0], atol=1e-6))
print("evaluation:", torch.allclose(in_use, norm.eval()(z[0]), atol=1e-6))
print(f"mean output: training {by_torch[0].mean() + 0:.2f}, evaluation {in_use.mean():.2f}")

# %% [markdown]
# Same layer, same batch, another output: after two batches the averages know little. That is why
# every model has `train()` and `eval()`, and forgetting the second is a mistake that raises no error.
#
# Look closely: the running variance divides by $n - 1$, the training one by $n$.
#
# > **Common slip.** "Batch norm divides by the root of $\frac{1}{n-1} \sum (z_i - \mu)^2$." In
# > training mode it is $\frac1n$. For a batch of two the scale differs by $\sqrt 2$: on $[0, 1]$
# > torch gives $\mp 0.99998$, while its running variance takes $0.5$.
# >
# > **Common slip.** "$\sqrt{S^2} + \epsilon$." For a unit that is constant, $S^2 = 0$, it divides
# > by $10^{-5}$: rounding errors grow by 100,000. Inside the root it is 316.
# >
# > **Common slip.** "$\tilde x_i = \mu_i - \frac1n \sum_j x_j + \beta_i$ makes the transform
# > reversible." That is the same number for every example. With $\gamma = S$ and $\beta = \mu$ in
# > $\gamma \hat z + \beta$ you do get $z$ back.
#
# What does a bias in the layer *before* do? Add 7 to it.

# %%
z_0 = z[0].double()
two = torch.tensor([[0.0], [1.0]])
bias_effect = batch_norm(z_0 + 7, one, zero) - batch_norm(z_0, one, zero)
back = batch_norm(z_0, z_0.std(dim=0, correction=0), z_0.mean(dim=0), 0.0)
unit = nn.BatchNorm1d(1, momentum=1.0)
still = bool(bias_effect.abs().max() < 1e-12)
print(f"the bias changes the output by less than 1e-12: {still}; without batch norm by 7")
print(f"γ = S, β = μ give z back: {torch.allclose(back, z_0)}")
print(f"torch on [0, 1]: {unit(two)[1].item():.5f}, running variance {unit.running_var.item():.1f}")

# %% [markdown]
# > **Common slip.** "The bias is redundant *without* batch norm." With it: the mean is subtracted
# > again, and $\beta$ does its work. So `nn.Linear(..., bias=False)` in front of a batch norm.
#
# The inventors' reason was **internal covariate shift**: while the lower layers learn, the upper
# ones see their input distribution move. Watch the inputs of the third layer's units over 100 steps of
# training, with and without batch norm. How far do their means move, counted in the spread that each
# unit had at the start?


# %%
class Normed(nn.Module):
    """An affine layer without bias, behind it your batch norm with its γ and β."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width_in, width_out, bias=False)
        self.gamma = nn.Parameter(torch.ones(width_out))
        self.beta = nn.Parameter(torch.zeros(width_out))

    def forward(self, x: Tensor) -> Tensor:
        """Training mode only."""
        return batch_norm(self.linear(x), self.gamma, self.beta)


def tower(layer: type[nn.Module]) -> nn.Sequential:
    """Three hidden layers with ReLU and an output of ten logits."""
    sizes = ((784, 64), (64, 64), (64, 64))
    hidden = [part for size in sizes for part in (layer(*size), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


# %%
drifts = {}
for name, kind in (("without", nn.Linear), ("with", Normed)):
    torch.manual_seed(0)
    net = tower(kind).to(device)
    opt = SGD(net.parameters(), lr=0.1, momentum=0.9)
    seen = {0: net[:5](x_test[:2000]).detach()}
    fit(net, opt, Batches(x_train, y_train, size=128, seed=0))
    seen[100] = net[:5](x_test[:2000]).detach()
    drifts[name] = seen

for name, seen in drifts.items():
    moves = (seen[100].mean(dim=0) - seen[0].mean(dim=0)).abs() / seen[0].std(dim=0)
    print(f"{name:7} batch norm: the units' means move by ≈ {moves.mean():.1f} spreads")

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.0, 2.6), sharex=True)
for ax, (name, seen) in zip(axes, drifts.items(), strict=True):
    for step, style in ((0, {"color": plotting.PRIOR}), (100, {"color": plotting.MODEL})):
        kind = "stepfilled" if step == 0 else "step"
        ax.hist(
            seen[step].flatten().cpu().numpy(),
            bins=80,
            range=(-8, 8),
            density=True,
            histtype=kind,
            alpha=0.8,
            label=f"step {step}",
            **style,
        )
    ax.set(title=f"{name} batch norm", xlabel="input $z$ of the third layer's units")
axes[0].legend()
spread = {name: seen[100].std() / seen[0].std() for name, seen in drifts.items()}
plotting.show(
    fig,
    alt="Histograms of the third layer's inputs before training and after 100 steps. Without batch "
    f"norm they spread by a factor of {spread['without']:.0f}; with it by {spread['with']:.1f}.",
)

# %% [markdown]
# The distribution does move without batch norm, and stays put with it. Whether that is *why* batch
# norm helps is another question. Santurkar et al. (2018) added shifting noise behind each batch norm
# and it still trained as fast; they find that it makes the loss smoother. The picture shows an
# effect, not the reason.
#
# And the mistake that raises no error. A network with torch's batch norm is tested on the digits,
# one class at a time: in evaluation mode, and with `eval()` forgotten.

# %%
torch.manual_seed(0)
with_norm = nn.Sequential(
    nn.Linear(784, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10)
).to(device)
adam = Adam(with_norm.parameters(), lr=1e-3)
fit(with_norm, adam, Batches(x_train, y_train, size=128, seed=0))

rights = {}
for mode in ("eval", "train"):
    with_norm.train(mode == "train")
    with torch.no_grad():
        hits = [(with_norm(x_test[y_test == c]).argmax(dim=1) == c).sum() for c in range(10)]
    rights[mode] = sum(hits).item() / len(x_test)
print(f"one class at a time: eval {rights['eval']:.2f}, train {rights['train']:.2f}")

# %% [markdown]
# In training mode each image is judged relative to its batch, and a batch of nothing but sevens has
# no typical seven in it.

# %% [markdown]
# ## 7. Halving an image
#
# A convolution slides a small window of weights over an image. With window $k$, padding $p$ (a rim
# of zeros) and **stride** $s$ (the step of the window) a side of $n$ pixels becomes
#
# $$ \Big\lfloor \frac{n + 2p - k}{s} \Big\rfloor + 1. $$
#
# Older networks halve an image by *pooling*: take the largest of each 2 by 2 block. Newer ones, and
# the discriminator of notebook 12, let a convolution take steps of two. What does the stride leave
# out, and what does it save?

# %%
x_images = x_test[:4].reshape(4, 1, 28, 28)
conv = nn.Conv2d(1, 8, 4, stride=1, padding=1).to(device)
strided = nn.Conv2d(1, 8, 4, stride=2, padding=1).to(device)
strided.load_state_dict(conv.state_dict())
with torch.no_grad():
    every, second = conv(x_images), strided(x_images)
    same = torch.allclose(every[..., ::2, ::2], second, atol=1e-6)

average = nn.Conv2d(1, 1, 2, stride=2, bias=False).to(device)
nn.init.constant_(average.weight, 0.25)
pooled = torch.allclose(average(x_images), F.avg_pool2d(x_images, 2), atol=1e-6)
print("strided = every second place of the other:", same, tuple(every.shape), tuple(second.shape))
print("average pooling is one fixed strided convolution:", pooled)

side, sides = 64, [64]
while side > 4:
    side = (side + 2 * 1 - 4) // 2 + 1
    sides.append(side)
print("window 4, padding 1, stride 2:", " → ".join(map(str, sides)))

# %% [markdown]
# A strided convolution computes a quarter of the places, and skips the rest. Average pooling is the
# special case with the weights fixed at 1/4; a stride lets the network learn how to shrink. With
# window 4, padding 1 and stride 2 every side is halved exactly, down to 4, where one last
# convolution with window 4 and no padding leaves a single number per channel.

# %% [markdown]
# ## 8. Before the network: scales and leaks
#
# Inputs come first. **Standardise** them: subtract the mean $\mu$, divide by the standard deviation
# $\sigma$. Both are part of the model, so both come from the *training* data and stay fixed.
#
# > **Common slip.** "$\mu = \sum_i x_i$." With $\frac1n$: for 1, 2, 3, 4 the sum is 10 and the mean
# > 2.5. The "standardised" numbers would have mean −5.81 instead of 0.
#
# What if a colleague standardises the test images with *their own* mean and deviation? Try it in
# use: the images come sorted, one class at a time.

# %%
x_some, y_some = part(x_train, y_train, 5000, seed=0)
mu, sigma = x_some.mean(dim=0), x_some.std(dim=0) + 0.1
torch.manual_seed(0)
scaled = mlp(784, 256, 10).to(device)
adam = Adam(scaled.parameters(), lr=1e-3)
fit(scaled, adam, Batches((x_some - mu) / sigma, y_some, size=128, seed=0))

hits = {"training statistics": 0.0, "own statistics": 0.0}
for c in range(10):
    x_c, y_c = x_test[y_test == c], y_test[y_test == c]
    own = (x_c - x_c.mean(dim=0)) / (x_c.std(dim=0) + 0.1)
    hits["training statistics"] += accuracy(scaled, (x_c - mu) / sigma, y_c) * len(x_c) / 10_000
    hits["own statistics"] += accuracy(scaled, own, y_c) * len(x_c) / 10_000
for name, share in hits.items():
    print(f"{name:20} right {share:.2f}")

# %% [markdown]
# A batch of sevens, less its mean, is what is *not* seven about them. (And a single image, less its
# own mean image, is zero.)
#
# The opposite mistake is a **leak**: something of the test data gets into training. It flatters
# where the other one hurts, so nobody looks for it. Here is the classic. There are 100 patients,
# 5,000 measurements each, and a diagnosis. All numbers are *pure noise*: nothing can be learned.
# Choose the 20 measurements that go best with the diagnosis; then split honestly into 50 to train
# and 50 to test. What accuracy do you expect, on average over 20 such studies?


# %%
def study(seed: int, *, leak: bool) -> float:
    """Test accuracy on noise, when 20 of 5,000 columns are chosen before or after the split."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(100, 5000, generator=g)
    y = (torch.rand(100, generator=g) < 0.5).float()
    seen = slice(None) if leak else slice(50)
    relation = (x[seen] - x[seen].mean(dim=0)).T @ (y[seen] - y[seen].mean())
    best = relation.abs().topk(20).indices
    w = relation[best].sign()
    cut = (x[:50, best] @ w).median()
    return ((x[50:, best] @ w > cut).float() == y[50:]).float().mean().item()


for name, leak in (("chosen with all patients", True), ("chosen with the first 50", False)):
    mean_accuracy = sum(study(seed, leak=leak) for seed in range(20)) / 20
    print(f"columns {name}: right {mean_accuracy:.2f}")

# %% [markdown]
# Noise predicts noise, in a study with a perfectly honest split, because the *columns* had seen the
# test patients. Everything that looks at data is training: choosing features, $\mu$ and $\sigma$,
# early stopping, and also trying twenty settings and reporting the best. Hence three sets: one to
# train, one to choose (**validation**), one to report (**test**), used once.

# %% [markdown]
# ## 9. Four cures, one test bed
#
# **Regularisation** is whatever lowers the error on *new* data, even where it raises that on the
# training data. To see cures work, make the disease strong: 1,000 training images, and three in ten
# labels drawn at random, as careless people would have given them. The validation set is 1,000 more
# of the same kind; the test labels are clean.


# %%
class Bed(NamedTuple):
    """Images and labels to train on, and others to validate."""

    x: Tensor
    y: Tensor
    x_val: Tensor
    y_val: Tensor


def careless(x: Tensor, y: Tensor, seed: int) -> Bed:
    """2,000 random digits, three in ten with a random label, in two halves."""
    images, labels = part(x, y, 2000, seed=seed)
    g = torch.Generator().manual_seed(1000 + seed)
    drawn = torch.randint(0, 10, (2000,), generator=g).to(labels.device)
    lazy = (torch.rand(2000, generator=g) < 0.3).to(labels.device)
    labels = torch.where(lazy, drawn, labels)
    return Bed(images[:1000], labels[:1000], images[1000:], labels[1000:])


# %% [markdown]
# The four cures fit into one function. Three change a line each:
#
# - **weight decay** shrinks every weight a little in each step;
# - **dropout** switches hidden units off at random, anew in each step;
# - **early stopping** watches the validation loss, keeps the best weights, and stops when `patience`
#   validations have brought nothing better.
#
# The fourth, **bagging**, trains several networks on resampled data and averages their answers.


# %%
def treat(
    bed: Bed, seed: int, *, decay: float = 0.0, drop: float = 0.0, patience: int = 1000
) -> tuple[nn.Module, dict[str, list[float]], EarlyStopping]:
    """Train on the bed; the network, losses every 20 steps, and the stopper with the best one."""
    torch.manual_seed(seed)
    layers = nn.Linear(784, 256), nn.ReLU(), nn.Dropout(drop), nn.Linear(256, 10)
    network = nn.Sequential(*layers).to(bed.x.device)
    curves = {"training": [], "validation": []}

    def validate() -> float:
        network.eval()
        with torch.no_grad():
            for name, x, y in (("training", bed.x, bed.y), ("validation", bed.x_val, bed.y_val)):
                curves[name].append(F.cross_entropy(network(x), y).item())
        network.train()
        return curves["validation"][-1]

    stopper = EarlyStopping(network, validate, every=20, patience=patience)
    optimizer = AdamW(network.parameters(), lr=1e-3, weight_decay=decay, fused=True)
    batches = Batches(bed.x, bed.y, size=100, seed=seed)
    fit(network, optimizer, batches, steps=400, stop=stopper)
    return network, curves, stopper


# %%
beds = {seed: careless(x_train, y_train, seed) for seed in range(3)}
results = {}
for name, settings in {
    "nothing": {},
    "weight decay 10": {"decay": 10.0},
    "dropout 0.8": {"drop": 0.8},
    "early stopping": {"patience": 3},
}.items():
    runs = [treat(bed, seed, **settings) for seed, bed in beds.items()]
    for _, _, stopper in runs:
        if stopper.patience == 3:
            stopper.restore()
    results[name] = runs

# %% [markdown]
# Look first at the losses of two of them. The training curve of the untreated network falls and
# falls. Where would you have stopped it?

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.0, 2.8), sharey=True)
for ax, name in zip(axes, ("nothing", "weight decay 10"), strict=True):
    curves = results[name][0][1]
    steps = range(20, 401, 20)
    ax.plot(steps, curves["training"], color=plotting.MODEL, label="training")
    ax.plot(steps, curves["validation"], "--", color=plotting.FAKE, label="validation")
    ax.set(title=name, xlabel="step", ylim=(0, 2.5))
axes[0].set_ylabel("loss in nats")
axes[0].legend(loc="lower left")
untreated = results["nothing"][0][1]
turn = 20 + 20 * min(range(20), key=untreated["validation"].__getitem__)
assert 20 < turn <= 100
assert untreated["training"][-1] < 0.4
assert untreated["validation"][-1] > 1.9
plotting.show(
    fig,
    alt="Losses over 400 steps. Untreated: training falls below 0.4 nats, validation turns upward "
    "before step 100 and ends above 1.9. With weight decay both level off, 0.4 apart.",
)

# %% [markdown]
# The untreated network learns digits for some fifty steps and careless labels after that; its
# training loss does not tell the two apart. Weight decay keeps it from the second part. That is the
# definition in a picture: **training error up, generalisation error down**.
#
# Stopping early costs some validation data and saves time, so it is the first cure to try. (Many then
# train once more on all the data, for as many steps.) Its pseudocode is short:
#
#     v* ← ∞
#     repeat   train for some steps;  v ← validation loss
#              if v < v*:  v* ← v, keep the weights, wait ← 0
#              else:       wait ← wait + 1
#     until    wait = patience
#     return   the weights that were kept
#
# > **Common slip.** Lecture notes print the condition as "if $v < v$": two symbols have become one.
# > It is never true. For validation losses 5, 4, 3, 2, 3, 4, 5, 6 that program returns the untrained
# > network, and this one the fourth, with $v^* = 2$.

# %%
validations = iter([5.0, 4.0, 3.0, 2.0, 3.0, 4.0, 5.0, 6.0])
counter = nn.Linear(1, 1, bias=False)
nn.init.zeros_(counter.weight)
watch = EarlyStopping(counter, lambda: next(validations), every=1, patience=3)


def count_step(x: Tensor) -> dict[str, float]:
    """A step that only counts: its one weight says how many there have been."""
    counter.weight.data += 1
    return {}


train(count_step, Batches(torch.zeros(1, 1), size=1, seed=0), steps=8, stop=watch)
stopped_at = counter.weight.item()
watch.restore()
print(f"stopped after {stopped_at:.0f}, best {watch.best:.0f} at {counter.weight.item():.0f}")

# %% [markdown]
# Why does stopping regularise? Plain gradient descent with learning rate $\epsilon$ and gradients
# no longer than $K$ cannot get farther from its start than $K \epsilon i$ in $i$ steps: the
# triangle inequality. A short run searches a small ball. Does that hold for every optimiser? Give
# two of them the same constant slope, of length 1, for 20 steps of 0.1.

# %%
distances = {}
for name, momentum in (("plain", 0.0), ("momentum 0.9", 0.9)):
    theta = torch.zeros(2, requires_grad=True)
    walker = SGD([theta], lr=0.1, momentum=momentum)
    for _ in range(20):
        theta.grad = torch.tensor([0.6, 0.8])
        walker.step()
    distances[name] = theta.detach().norm().item()
    print(f"{name:13} distance {distances[name]:.2f}, K ε i = {1.0 * 0.1 * 20:.2f}")

# %% [markdown]
# > **Common slip.** "$\lVert \theta_0 - \theta^* \rVert \le K \epsilon i^*$." For plain gradient
# > descent. Momentum went 12.09, six times the bound.
#
# **Dropout** (Srivastava et al., 2014) draws for each unit whether it stays, $r_j \sim
# \mathrm{Bernoulli}(p)$, and computes with $r_j h_j$. When the network is used, all units stay. Then
# the sum behind them is larger than it was in training, so it is multiplied by $p$; or, the same,
# training divides by $p$ at once, as torch does. Is the network with $p\,h$ the *average* over all
# masks? With three units there are eight, so ask all of them.

# %%
keep = 0.4
masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 3).double()
chances = (keep**masks * (1 - keep) ** (1 - masks)).prod(dim=1)
h_three, w_three = torch.tensor([1.0, -2.0, 3.0]).double(), torch.tensor([0.5, 1.5, 1.0]).double()

sums = (masks * h_three) @ w_three
averaged, rescaled = chances @ sums, keep * h_three @ w_three
relu_averaged, relu_rescaled = chances @ sums.relu(), rescaled.relu()
as_drop = (1 - keep) * h_three @ w_three
print(f"linear: average {averaged:.3f}, rescaled {rescaled:.3f}")
print(f"ReLU:   average {relu_averaged:.3f}, rescaled {relu_rescaled:.3f}")

torch.manual_seed(0)
out = nn.Dropout(0.8)(torch.ones(100_000))
print(
    f"torch's Dropout(0.8): keeps {(out > 0).double().mean():.2f}, times {out.max():.0f},", end=" "
)
print(f"mean {out.mean():.2f}")

# %% [markdown]
# For a linear layer the rescaling is exact. Behind a ReLU it is an approximation, and here a crude
# one.
#
# > **Common slip.** "$r \sim \mathrm{Bernoulli}(p)$, at test time $W p$." Here $p$ is the
# > probability to *keep*; torch's `Dropout(p)` *drops* with $p$, and divides by $1 - p$ while it
# > trains. Read the one as the other and the linear layer above gives 0.300 instead of 0.200.
#
# **Bagging** (Breiman, 1996): draw a new training set of the same size *with* replacement, train a
# network on it to the end; repeat; average the probabilities. Unlike dropout's masks, which share
# one set of weights and get a few steps each, these networks are independent.

# %%
bags = {}
for seed, bed in beds.items():
    answers = []
    for k in range(4):
        g = torch.Generator().manual_seed(10 * seed + k)
        again = torch.randint(0, 1000, (1000,), generator=g).to(device)
        bag = Bed(bed.x[again], bed.y[again], bed.x_val, bed.y_val)
        network, _, _ = treat(bag, 10 * seed + k)
        with torch.no_grad():
            answers.append(network.eval()(x_test).softmax(dim=1))
    bags[seed] = torch.stack(answers)

singles = [[(p.argmax(1) == y_test).double().mean().item() for p in bag] for bag in bags.values()]
together = [(bag.mean(0).argmax(1) == y_test).double().mean().item() for bag in bags.values()]
for single, ensemble in zip(singles, together, strict=True):
    print(f"four networks alone ≈ {sum(single) / 4:.3f}, averaged ≈ {ensemble:.3f}")
assert all(
    ensemble > max(single) + 0.03 for single, ensemble in zip(singles, together, strict=True)
)

pairs = [torch.stack([bag[:2].mean(0), bag[2:].mean(0)]) for bag in bags.values()]
for bag, pair in zip(bags.values(), pairs, strict=True):
    ratio = (pair.var(dim=0).mean() / bag.var(dim=0).mean()).item()
    print(f"variance of a probability: averages of two against single networks ≈ {ratio:.2f}")
    assert 0.4 < ratio < 0.6

# %% [markdown]
# Each network has learned other careless labels by heart; where they agree is what they have
# learned about digits. The average beats the best of them every time, and an average of two has half
# the variance, as for independent numbers. Now all the cures, over three
# seeds, each with other images and other careless labels. Which one would you bet on?

# %%
scores = {
    name: [accuracy(network, x_test, y_test) for network, _, _ in runs]
    for name, runs in results.items()
} | {"bagging, 4 networks": together}

fig, ax = plt.subplots(figsize=(6.0, 2.6))
for row, (name, values) in enumerate(scores.items()):
    colour = plotting.PRIOR if name == "nothing" else plotting.MODEL
    ax.plot(values, [row] * 3, "o", color=colour)
ax.set_yticks(range(5), scores)
ax.set_xlabel("right on clean test images, three seeds")
ax.set_ylim(4.5, -0.5)
for name, values in list(scores.items())[1:]:
    gain = min(a - b for a, b in zip(values, scores["nothing"], strict=True))
    assert gain > (0.01 if name.startswith("bagging") else 0.06)
plotting.show(
    fig,
    alt="Test accuracy over three seeds. Bagging lies a little above the untreated networks; "
    "weight decay, dropout and early stopping lie at least 6 points above them for every seed.",
)

# %% [markdown]
# Every cure beats the untreated network on every seed, and three of them by more than the seeds differ.
# Bagging cures least here: its networks all learn careless labels by heart, each its own. The
# three best overlap, so this experiment does *not* say which of them is best. It also flatters them:
# their settings (decay 10, dropout 0.8) were tried out on this bed, and clean labels would want
# milder ones.

# %% [markdown]
# ## 10. More from the same data
#
# **Augmentation.** A digit moved by three pixels is the same digit. Nobody has told the network.
# Move each training image at random, anew in each step, and compare with a network that has never
# seen a moved one. The classifier should be **invariant**: $M(T(x)) = M(x)$. How many of its answers
# survive a shift, some noise, half a turn, a mirror?


# %%
def shifted(x: Tensor, g: torch.Generator) -> Tensor:
    """Each image of 28 by 28 moved by up to three pixels in both directions."""
    n, reach = len(x), torch.arange(28)
    padded = F.pad(x.reshape(n, 28, 28), (3, 3, 3, 3))
    across, down = torch.randint(0, 7, (2, n, 1), generator=g) + reach
    rows = torch.arange(n)[:, None, None]
    return padded[rows, down[:, :, None], across[:, None, :]].flatten(1)


class Augmented:
    """Batches whose images are moved when they are drawn."""

    def __init__(self, batches: Batches, seed: int) -> None:
        self.batches, self.generator = batches, torch.Generator().manual_seed(seed)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in self.batches:
            yield shifted(x, self.generator), y


# %%
g = torch.Generator().manual_seed(9)
as_image = x_test.reshape(-1, 28, 28)
changed = {
    "shift": shifted(x_test, g),
    "noise": (x_test + 0.1 * torch.randn(x_test.shape, generator=g).to(device)).clamp(0, 1),
    "half a turn": as_image.rot90(2, (1, 2)).flatten(1),
    "mirror": as_image.flip(2).flatten(1),
}
kept = {"plain": [], "augmented": []}
never_inked = x_train.amax(dim=0) == 0
for seed in range(3):
    x_1000, y_1000 = part(x_train, y_train, 1000, seed=seed)
    batches = Batches(x_1000, y_1000, size=100, seed=seed)
    for name, source in (("plain", batches), ("augmented", Augmented(batches, seed))):
        torch.manual_seed(seed)
        net = mlp(784, 256, 10).to(device)
        fit(net, Adam(net.parameters(), lr=1e-3, fused=True), source, steps=500)
        with torch.no_grad():
            before = net(x_test).argmax(dim=1)
            same = [(net(x).argmax(dim=1) == before).double().mean() for x in changed.values()]
        right = (before == y_test).double().mean()
        rim = net[0].weight[:, never_inked].detach().std().double()
        kept[name].append(torch.stack([right, *same, rim]))

# %%
for name, rows in kept.items():
    numbers = "  ".join(f"≈ {value:.2f}" for value in torch.stack(rows).mean(dim=0))
    print(f"{name:10}{numbers}")
print("           right   shift   noise   turn    mirror  rim weights")
plain, augmented = torch.stack(kept["plain"]), torch.stack(kept["augmented"])
assert (augmented[:, 0] > plain[:, 0] + 0.02).all()
assert (plain[:, 1] < 0.5).all()
assert (augmented[:, 1] > 0.85).all()
assert (augmented[:, 2] < plain[:, 2] - 0.05).all()
assert (augmented[:, 5] > 1.5 * plain[:, 5]).all()

# %% [markdown]
# The plain network changes its mind on more than half of the moved digits. The augmented one keeps
# more than 85 % of its answers, and is right more often on the *unmoved* digits too: 1,000 images have
# done the work of more. But look at the noise: there it has become *worse* than the plain one. The
# last column holds a part of the reason, the spread of the weights at pixels that are paper in all
# 60,000 images. The plain network has left them at their small initial values; the augmented one has
# seen ink there, uses them, and pays for noise there. (Noise in the middle hurts it more, too.) **A
# network is invariant to what it was trained for**, and you have to measure the rest.
#
# A turn or a mirror it was not shown, and rightly: an augmentation must not change the label, and a 6
# on its head is a 9. Check that the network agrees:

# %%
sixes = changed["half a turn"][y_test == 6]
with torch.no_grad():
    as_nine = (net(sixes).argmax(dim=1) == 9).double().mean()
assert as_nine > 0.5
print("most sixes on their heads are called nine:", bool(as_nine > 0.5))

# %% [markdown]
# Data can also be made from nothing: **synthetic** images with known labels, such as the drawn faces
# of notebook 05. They are as good as the model that draws them; networks learn its quirks as well.
#
# Where the target is an image itself, invariance would be wrong. Take a *mask*, which says for each
# pixel whether it is ink. If the digit turns, the mask must turn with it: **equivariance**,
# $M(T(x)) = T(M(x))$. The segmentation below adds up nine neighbours and compares with a threshold;
# its window is symmetric, so turns should go through. What if somebody augments the images and
# forgets the masks?


# %%
def segment(images: Tensor) -> Tensor:
    """1 where nine neighbours, 0 to 255 each, sum to more than 900."""
    window = torch.ones(1, 1, 3, 3, dtype=torch.float64, device=images.device)
    return (F.conv2d(images[:, None].double(), window, padding=1)[:, 0] > 900).double()


images = digits.x_test[:500, 0]
mask, turned = segment(images), images.rot90(1, (1, 2))
forgotten = ((segment(turned) * mask).sum() / ((segment(turned) + mask) > 0).sum()).item()
print("M(T(x)) = T(M(x)):", torch.equal(segment(turned), mask.rot90(1, (1, 2))))
print("M(T(x)) = M(x):   ", torch.equal(segment(turned), mask))
print("ink pixels, a number: invariant", torch.equal(segment(turned).sum((1, 2)), mask.sum((1, 2))))
print(f"overlap with the mask that was not turned: {forgotten:.2f} of 1")

# %% [markdown]
# > **Common slip.** "Classification wants invariance, *regression* equivariance." The number of ink
# > pixels is a regression, and it is invariant. What decides is whether the target moves with the
# > input.
#
# **Semi-supervised learning.** You have labels for 100 digits and 59,900 images without. Can the
# images help? If what makes images probable has to do with their classes, yes. Train an encoder to
# remove noise from *unlabelled* digits (notebooks 03 and 04), throw the decoder away, and fit the
# same linear classifier once on the 784 pixels and once on the 64 numbers of the code.

# %%
torch.manual_seed(0)
encoder, decoder = mlp(784, 256, 64).to(device), mlp(64, 256, 784).to(device)
both = Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=True)


def restore_step(x: Tensor) -> dict[str, Tensor]:
    """Restore the image from the image plus noise."""
    logits = decoder(encoder(x + torch.randn_like(x)))
    loss = objectives.bernoulli_nll(logits, x).mean()
    both.zero_grad()
    loss.backward()
    both.step()
    return {"loss": loss}


restored = train(restore_step, Batches(x_train, size=128, seed=0), steps=800)


# %%
def linear_score(x: Tensor, y: Tensor, x_new: Tensor, y_new: Tensor) -> float:
    """Fit softmax regression to (x, y), all of it in 300 steps; the share right on the new."""
    layer = nn.Linear(x.shape[1], 10).to(x.device)
    optimizer = AdamW(layer.parameters(), lr=1e-2, weight_decay=0.1)
    fit(layer, optimizer, Batches(x, y, size=len(x), seed=0), steps=300)
    return accuracy(layer, x_new, y_new)


gains = []
for seed in range(5):
    x_100, y_100 = part(x_train, y_train, 100, seed=seed)
    with torch.no_grad():
        code, code_test = encoder(x_100), encoder(x_test)
    mean, spread = code.mean(), code.std()
    by_pixels = linear_score(x_100, y_100, x_test, y_test)
    by_code = linear_score((code - mean) / spread, y_100, (code_test - mean) / spread, y_test)
    gains.append(by_code - by_pixels)
    print(f"100 labels, seed {seed}: pixels ≈ {by_pixels:.3f}, code ≈ {by_code:.3f}")
assert min(gains) > 0.01

# %% [markdown]
# The code wins for each of the five choices of labels, by a few points in a hundred. Images without
# labels are worth something. Notebook 05 asks how much, and when.
#
# **Multitask learning.** Somebody has noted for 5,000 digits whether they are *odd or even*, and for
# 100 of them which digit it is. Give one **trunk** two heads, one for each question, and add their
# losses. Does the cheap question help with the dear one? For control, a third run asks a question
# without any sense: a coin flip for each image.


# %%
def two_heads(x: Tensor, y: Tensor, extra: Tensor | None, seed: int) -> nn.Module:
    """A digit classifier on 100 labels whose trunk may answer `extra` on all of x besides."""
    torch.manual_seed(seed)
    trunk = nn.Sequential(nn.Linear(784, 128), nn.ReLU()).to(x.device)
    digit, other = nn.Linear(128, 10).to(x.device), nn.Linear(128, 2).to(x.device)
    parts = nn.ModuleList([trunk, digit, other])
    optimizer = Adam(parts.parameters(), lr=1e-3, fused=True)

    def heads_step(batch: Tensor, answer: Tensor) -> dict[str, Tensor]:
        loss = F.cross_entropy(digit(trunk(x[:100])), y[:100])
        if extra is not None:
            loss = loss + F.cross_entropy(other(trunk(batch)), answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"loss": loss}

    answers = torch.zeros(len(x), dtype=torch.long) if extra is None else extra
    train(heads_step, Batches(x, answers.to(x.device), size=100, seed=seed), steps=400)
    return nn.Sequential(trunk, digit)


# %%
gains = {"odd or even": [], "coin": []}
for seed in range(3):
    x_5000, y_5000 = part(x_train, y_train, 5000, seed=seed)
    coin = torch.randint(0, 2, (5000,), generator=torch.Generator().manual_seed(seed))
    alone = accuracy(two_heads(x_5000, y_5000, None, seed), x_test, y_test)
    for name, extra in (("odd or even", y_5000 % 2), ("coin", coin)):
        gain = accuracy(two_heads(x_5000, y_5000, extra, seed), x_test, y_test) - alone
        gains[name].append(gain)
    parity, chance_gain = (100 * gains[name][-1] for name in gains)
    print(f"alone ≈ {alone:.3f}; points gained: parity ≈ {parity:.1f}, coin ≈ {chance_gain:.1f}")
assert min(gains["odd or even"]) > 0.015
assert max(map(abs, gains["coin"])) < min(gains["odd or even"])

# %% [markdown]
# Oddness helps by some points for every seed: to tell odd from even one has to know the digits. The
# coins change little in either direction. So it is not "two tasks" that help, but a task whose
# answer depends on the same things.

# %% [markdown]
# ## 11. What the finished loop looks after
#
# **Numbers that are none.** Write the loss as the formula says, $-\log \pi_y$, and take a learning
# rate of 1. Soon some $\pi_y$ rounds to zero, and the loss is infinite. Some code skips such batches
# and trains on, on nothing. `train` stops, and says which number it was and when:

# %%
torch.manual_seed(0)
doomed = mlp(784, 256, 10).to(device)
reckless = Adam(doomed.parameters(), lr=1.0)


def doomed_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """A step on the loss as printed, without logits."""
    pi = doomed(x).softmax(dim=1)
    loss = -pi.gather(1, y[:, None]).log().mean()
    reckless.zero_grad()
    loss.backward()
    reckless.step()
    return {"loss": loss}


try:
    train(doomed_step, Batches(x_train, y_train, size=128, seed=0), steps=100)
except FloatingPointError as error:
    print("FloatingPointError:", error)

# %% [markdown]
# **Interruptions.** A run of 60 steps dies after 30. What has to be saved, so that the second half is
# the one that would have come? The weights, of course. What else decides the next step? Write your
# list before you read the cell.


# %%
def fresh_run(seed: int, x: Tensor, y: Tensor) -> tuple[nn.Module, Adam, Batches]:
    """A new network with dropout, its optimiser, and its batches."""
    torch.manual_seed(seed)
    layers = nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10)
    network = nn.Sequential(*layers).to(x.device)
    return network, Adam(network.parameters(), lr=1e-2), Batches(x, y, size=128, seed=seed)


def distance(one: nn.Module, other: nn.Module) -> float:
    """The largest difference of two weights in the same place."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max((a - b).abs().max().item() for a, b in pairs)


# %%
straight, optimizer, batches = fresh_run(0, x_train, y_train)
fit(straight, optimizer, batches, steps=60)

with tempfile.TemporaryDirectory() as folder:
    path = f"{folder}/run.pt"
    for steps in (30, 60):  # the second time everything is new, and the file is there
        resumed, optimizer, batches = fresh_run(0 if steps == 30 else 99, x_train, y_train)
        file = Checkpoint(path, network=resumed, optimizer=optimizer)
        fit(resumed, optimizer, batches, steps=steps, checkpoint=file)

first_half, optimizer, batches = fresh_run(0, x_train, y_train)
fit(first_half, optimizer, batches, steps=30)
only_weights, optimizer, batches = fresh_run(99, x_train, y_train)
only_weights.load_state_dict(first_half.state_dict())
fit(only_weights, optimizer, batches, steps=30)

print(f"checkpoint:   largest difference of a weight {distance(straight, resumed):.3f}")
print(f"weights only: largest difference of a weight {distance(straight, only_weights):.3f}")

# %% [markdown]
# To the bit, against another run altogether. The list: the weights, the *optimiser's* running means,
# where the *shuffle* stands, the states of the *random generators* (dropout asks them), the step,
# and the history. You name network and optimiser; the loop adds the rest.
#
# **Seeds.** The same seed gives the same run. Different seeds give different results, and their
# spread is the ruler for every claim. Five runs of 100 steps:

# %%
five = []
for seed in (0, 1, 2, 3, 4):
    net, optimizer, batches = fresh_run(seed, x_train, y_train)
    fit(net, optimizer, batches, steps=100)
    five.append(accuracy(net, x_test, y_test))
again, optimizer, batches = fresh_run(4, x_train, y_train)
fit(again, optimizer, batches, steps=100)

middle = sum(five) / 5
spread = torch.tensor(five).std().item()
chance_error = math.sqrt(middle * (1 - middle) / 10_000)
print(f"five seeds: right from ≈ {min(five):.3f} to ≈ {max(five):.3f}")
print(f"seed 4 again: same weights {distance(net, again) == 0}")
print(f"spread over seeds ≈ {spread:.4f}, by the choice of 10,000 test images ≈ {chance_error:.4f}")

# %% [markdown]
# A method that is better by less than this spread is not better, or you cannot know it from one run.
# There are two sources: the seed, and the finite test set, whose share has the standard error
# $\sqrt{p (1 - p) / 10{,}000}$.
#
# **Averaging.** With a large learning rate the weights dance around a good place. Keep an
# **exponential moving average** beside them, $\bar w \leftarrow 0.98\, \bar w + 0.02\, w$; the dance
# cancels. Which of the two do you test?

# %%
dancer, optimizer, batches = fresh_run(0, x_train, y_train)
average = ema(dancer, decay=0.98)


def dance_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """A step of the dancer, and one of its average."""
    loss = F.cross_entropy(dancer(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    average.update_parameters(dancer)
    return {"loss": loss}


train(dance_step, batches, steps=300)
nets = {"last weights": dancer, "average": average}
ends = {name: accuracy(net, x_test, y_test) for name, net in nets.items()}
print(", ".join(f"{name} right ≈ {value:.3f}" for name, value in ends.items()))
assert ends["average"] > ends["last weights"] + 0.002

# %% [markdown]
# **Device.** `best_device()` is a graphics card where there is one. Model and data have to be on the
# same; then the code is the same too. What must agree across devices takes its randomness from a
# generator on the CPU, as `Batches` does.
#
# **Precision.** `float32` has 24 binary digits, `bfloat16` 8, `float16` 11 and a small range. On
# hardware made for it, fewer digits are faster. What goes wrong? Add 0.001 to 1 a thousand times:

# %%
sums = {}
for dtype in (torch.float32, torch.bfloat16):
    weight = torch.tensor(1.0, dtype=dtype)
    for _ in range(1000):
        weight = weight + torch.tensor(0.001, dtype=dtype)
    sums[dtype] = weight.item()
print(f"float32: {sums[torch.float32]:.3f}   bfloat16: {sums[torch.bfloat16]:.3f}")
print("float16 of 70,000:", torch.tensor(70_000.0).half().item())

with torch.autocast(device.type, dtype=torch.bfloat16):
    output = by_hand(x_test[:2])
print("autocast: weights", by_hand[0].weight.dtype, " output", output.dtype)

# %% [markdown]
# In bfloat16 the next number after 1 is 1.0078, so a step of 0.001 is rounded away, each time: a
# weight that never moves. Hence *mixed* precision: products in 16 bits, weights and sums in 32.
# `autocast` does so.

# %% [markdown]
# ## 12. Debugging a generative model
#
# All this was for classifiers, whose mistakes show in an accuracy. A generative model has none. What
# do you check instead? Here is the smallest one that deserves the name, a **mixture**: $K$ template
# images; choose one with probability $\pi_k$, then draw each pixel by itself.
#
# $$ \log p(x) = \log \sum_k \pi_k \prod_j s_{kj}^{x_j} (1 - s_{kj})^{1 - x_j}, \qquad
# s_{kj} = \sigma(a_{kj}). $$


# %%
class Mixture(nn.Module):
    """K templates of independent pixels; a model of binary images with an exact likelihood."""

    def __init__(self, components: int, dim: int = 784) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(components))
        self.logits = nn.Parameter(0.1 * torch.randn(components, dim))

    def forward(self, x: Tensor) -> Tensor:
        """log p(x) in nats, one number for each row of x."""
        each = x @ self.logits.T - F.softplus(self.logits).sum(dim=1)
        return (self.weights.log_softmax(dim=0) + each).logsumexp(dim=1)


# %%
def fit_mixture(model: Mixture, batches: Batches, *, lr: float, steps: int) -> list[float]:
    """Maximise the likelihood of binarised batches; the losses in nats per image."""
    optimizer = Adam(model.parameters(), lr=lr, fused=True)

    def mixture_step(x: Tensor) -> dict[str, Tensor]:
        loss = -model(binarise(x)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"negative log-likelihood": loss}

    return train(mixture_step, batches, steps)["negative log-likelihood"]


# %% [markdown]
# Before the long run come four checks that take a second. For each, say first what has to come out.
#
# 1. A model that knows nothing gives each of 784 pixels one half.
# 2. Over all images of four pixels, probabilities add up to one.
# 3. The gradient by autograd is the one that finite differences measure.
# 4. On **ten images only**, a model with enough templates can learn them by heart, and then each
#    costs the choice among ten.

# %%
torch.manual_seed(0)
tiny_model = Mixture(3, dim=4).double()
all_images = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4).double()
total = tiny_model(all_images).exp().sum().item()

tiny_model(all_images[5:6]).sum().backward()
radius, values = 1e-6, []
for sign in (1, -1):
    with torch.no_grad():
        tiny_model.logits[0, 0] += sign * radius
        values.append(tiny_model(all_images[5:6]).item())
        tiny_model.logits[0, 0] -= sign * radius
measured = (values[0] - values[1]) / (2 * radius)

# %%
ten = binarise(x_train[:10], seed=0)
by_heart = Mixture(40).to(device)
ten_losses = fit_mixture(by_heart, Batches(ten, size=10, seed=0), lr=0.5, steps=100)
print(f"1. first loss {ten_losses[0]:.0f} nats, 784 log 2 = {784 * math.log(2):.1f}")
print(f"2. sum over all images {total:.6f}")
print(f"3. gradient {tiny_model.logits.grad[0, 0]:.6f}, measured {measured:.6f}")
print(f"4. ten images: {ten_losses[-1]:.1f} nats, log 10 = {math.log(10):.1f}")

# %% [markdown]
# Ten images go down from 543 nats to almost the least possible. A model that cannot do that has a
# mistake in it, and more data will not find it.
#
# Now the long run, and what to hold it against. The **baseline** is the best model without any
# structure: one template, whose pixels are the mean image.

# %%
test_binary = binarise(x_test, seed=0)
torch.manual_seed(0)
mixture = Mixture(20).to(device)
mixture.logits.data += (x_train / 255).mean(dim=0).clamp(0.01, 0.99).logit()
fit_mixture(mixture, Batches(x_train, size=256, seed=0), lr=0.05, steps=600)

one_template = (x_train / 255).mean(dim=0).clamp(1e-3, 1 - 1e-3).logit()
noise = torch.bernoulli(torch.full_like(test_binary[:1000], 0.13))
with torch.no_grad():
    baseline = objectives.bernoulli_nll(one_template.expand_as(test_binary), test_binary).mean()
    on_test, on_noise = -mixture(test_binary).mean(), -mixture(noise).mean()
    on_train = -mixture(binarise(x_train[:10_000], seed=0)).mean()
print(f"baseline {baseline:.0f} nats; mixture on test images ≈ {on_test:.1f}")
print(f"gap between test and training ≈ {on_test - on_train:.1f}, on noise ≈ {on_noise:.0f}")
assert on_test < 165 < baseline
assert abs(on_test - on_train) < 4
assert on_noise > on_test + 100

# %% [markdown]
# And look, always: at samples, and beside each at the training image that is nearest to it. Samples
# that equal their neighbours are memories.

# %%
g = torch.Generator().manual_seed(0)
with torch.no_grad():
    chances = mixture.weights.softmax(dim=0).cpu()
    chosen = torch.multinomial(chances, 10, replacement=True, generator=g)
    samples = torch.bernoulli(mixture.logits.sigmoid().cpu()[chosen], generator=g)
candidates = x_train[:20_000].cpu() / 255
nearest = candidates[torch.cdist(samples, candidates).argmin(dim=1)]
apart = (samples - nearest).square().sum(dim=1).min().item()

fig, axes = plt.subplots(2, 1, figsize=(5.0, 1.4))
plotting.plot_images(axes[0], samples)
plotting.plot_images(axes[1], nearest)
assert apart > 15
plotting.show(
    fig,
    alt="Ten samples of the mixture above, frayed digits with loose pixels; below each the nearest "
    "training image, which is crisp. None is a copy: they differ by more than 15 squared pixels.",
)

# %% [markdown]
# The samples are frayed, since a template draws its pixels independently; a likelihood of 156 nats
# looks like that. Notebook 09 gets below 93.
#
# **The list.** One page, for every model of this course. (Its spirit is that of Goodfellow et al.,
# chapter 11, "Practical methodology".)
#
# | | check | what it shows | here |
# |--:|:--|:--|:--|
# | 1 | Say the first loss before you run | scale, sign, reduction | 543 nats (section 12), $\log 10$ (3) |
# | 2 | Learn ten examples by heart | capacity, optimiser, gradient | 543 → 2.6, least 2.3 (12) |
# | 3 | Compare with the simplest model | whether anything is learned | 206 against 156 (12) |
# | 4 | Add up a small case | whether it is a density | 1.000000 (12) |
# | 5 | Measure a gradient | your own formulas | six digits (3, 12) |
# | 6 | Sum over the event, mean over the batch | hidden weights in the loss | 543.4 nats, or 0.693 |
# | 7 | Look at both directions, by layer | saturation, dead units, scale | twelve powers of ten (5) |
# | 8 | `eval()` and `train()` | batch norm, dropout | 0.93 against 0.17 (6) |
# | 9 | Test data that nothing has seen | memorising, leaks | Ben: 1.00 and 0.10; noise: 0.89 (8) |
# | 10 | Score nonsense | what the likelihood knows | noise is worse by over 100 nats (12) |
# | 11 | Samples beside neighbours | copies, collapse | no copies, frayed edges (12) |
# | 12 | Several seeds, with their spread | luck | three to five (9, 10, 11) |
# | 13 | Stop at the first NaN, name it | overflow | `FloatingPointError` (11) |
# | 14 | Resume, and compare to the bit | what you forgot to save | 0.000 (11) |
#
# Row 6 deserves its number. The mean over pixels divides the loss by 784. Alone that only rescales
# the learning rate; beside a second term, such as the KL of a VAE, it makes that term 784 times
# heavier, and nobody has asked for it.

# %%
start_loss = objectives.bernoulli_nll(torch.zeros(1, 784).double(), test_binary[:1].cpu()).sum()
start_mean = F.binary_cross_entropy_with_logits(torch.zeros(1, 784), test_binary[:1].cpu())
print(f"sum over pixels {start_loss.item():.1f} nats, mean over pixels {start_mean:.3f}")

# %% [markdown]
# ## 13. All formulas, refereed
#
# What this notebook has used, in one table, as in notebook 01: every row is computed by the formula
# and by a referee that does not know it; the misprints of lecture notes stand beside it with what
# they give, and the table would not come to be if one of them were right. Go to the table, cover the
# last column, and say what is wrong with each entry.

# %%
labels, pi = torch.tensor([1.0, 0.0, 1.0]).double(), torch.tensor([0.8, 0.3, 0.6]).double()
log_p = (labels * pi.log() + (1 - labels) * (1 - pi).log()).sum()
leaf = torch.ones_like(w).requires_grad_()
F.binary_cross_entropy_with_logits(near @ leaf, y_near).backward()
by_exercise = logistic_gradient(leaf.detach(), near, y_near)

rows_of_coins = [
    Formula(
        r"-\sum y \log \pi + (1 - y) \log (1 - \pi)",
        *(-log_p, "product", -math.log(0.8 * 0.7 * 0.6)),
    ).misprinted(r"+\sum \dots", log_p),
    Formula(r"\log (1 + e^a) - ya,\ a = 800", stable, "limit", 800.0),
    Formula(r"\frac1n X^\top (\sigma(Xw) - y)", by_exercise, "autograd", leaf.grad),
]

# %%
guess, truth = torch.tensor([0.3, -1.2]).double(), torch.tensor([1.0, 0.5]).double()
by_normal = -torch.distributions.Normal(guess, 1.0).log_prob(truth).sum()
squared = 0.5 * (truth - guess).square().sum() + math.log(2 * math.pi)
by_class = -torch.distributions.Categorical(logits=a).log_prob(torch.tensor(1))

rows_of_losses = [
    Formula(
        r"\frac12 \sum (y - \hat y)^2 + \frac{n}{2} \log 2\pi", squared, "torch Normal", by_normal
    ),
    Formula(r"-\log \mathrm{softmax}(a)_k", -a.softmax(0)[1].log(), "torch Categorical", by_class),
    Formula(r"\mathrm{softmax}(a + c) = \mathrm{softmax}(a)", safe, "torch", a.softmax(0)),
    Formula(
        r"-\log p = 784 \log 2 \text{ at the start}", start_loss, "logarithm", 784 * math.log(2)
    ),
]

# %%
at_07 = torch.tensor(0.7, dtype=torch.float64)
by_autograd = {}
for name, f in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh), ("relu", torch.relu)):
    point = at_07.clone().requires_grad_()
    f(point).backward()
    by_autograd[name] = point.grad
s_07, up, down = at_07.sigmoid(), at_07.exp(), (-at_07).exp()

rows_of_activations = [
    Formula(
        r"\sigma' = \sigma (1 - \sigma)", s_07 * (1 - s_07), "autograd", by_autograd["sigmoid"]
    ),
    Formula(r"\tanh' = 1 - \tanh^2", 1 - at_07.tanh() ** 2, "autograd", by_autograd["tanh"]),
    Formula(r"\mathrm{ReLU}'(t) = 1,\ t > 0", 1.0, "autograd", by_autograd["relu"]),
    Formula(
        r"\tanh t = 2 \sigma(2t) - 1",
        *(2 * (2 * at_07).sigmoid() - 1, "exponentials", (up - down) / (up + down)),
    ).misprinted(r"2 / \cosh(2t) - 1", 2 / (2 * at_07).cosh() - 1),
]

# %%
in_use_slope = -rrelu(torch.tensor(-1.0).double())
half_square = z_before.relu().square().mean()

rows_of_layers = [
    Formula(
        r"\text{RReLU in use: } (a + b) / 2", (1 / 8 + 1 / 3) / 2, "torch", in_use_slope
    ).misprinted("a", 1 / 8),
    Formula(
        r"\mathbb{E}[\mathrm{ReLU}(z)^2] = \frac12 \mathbb{E}[z^2]",
        *(sigma_z**2 / 2, "samples", half_square, "≈"),
    ).misprinted(r"\mathbb{E}[z^2]", sigma_z**2),
    Formula(
        r"\vert g - f \vert \le h^2 / 8 \text{ on } K", errors[6], "Taylor", 0.2**2 / 8, "≤"
    ).misprinted(r"\dots \text{ on } \mathbb{R}", errors[60]),
    Formula(
        r"\lfloor (n + 2p - k) / s \rfloor + 1", (28 + 2 - 4) // 2 + 1, "torch", second.shape[-1]
    ),
]

# %%
four = torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
pair = two.double()
by_torch_norm = nn.BatchNorm1d(1).double()(pair).detach()
no_spread = torch.zeros(1).double()
scale_at_zero = F.batch_norm(torch.ones(1, 1).double(), no_spread, no_spread).squeeze()

rows_of_scales = [
    Formula(r"\mu = \frac1n \sum x_i", four.sum() / 4, "torch", four.mean()).misprinted(
        r"\sum x_i", four.sum()
    ),
    Formula(
        r"(z - \mu) / \sqrt{S^2 + \epsilon},\ S^2 \text{ by } n",
        *((pair - 0.5) / math.sqrt(0.25 + 1e-5), "torch, training", by_torch_norm),
    ).misprinted(r"S^2 \text{ by } n - 1", (pair - 0.5) / math.sqrt(0.5 + 1e-5)),
    Formula(
        r"\text{running } S^2 \text{ by } n - 1", 0.5, "torch", unit.running_var.squeeze()
    ).misprinted(r"\text{by } n", 0.25),
]

# %%
rows_of_norms = [
    Formula(
        r"1 / \sqrt{S^2 + \epsilon},\ S = 0", 1 / math.sqrt(1e-5), "torch, in use", scale_at_zero
    ).misprinted(r"1 / (\sqrt{S^2} + \epsilon)", 1e5),
    Formula(
        r"\gamma \hat z + \beta = z,\ \gamma = S,\ \beta = \mu", back[:, 0], "the batch", z_0[:, 0]
    ).misprinted(r"\mu - \frac1n \sum z_j + \beta", z_0[:, 0].mean().expand(8)),
    Formula(
        r"\text{change by a bias, with batch norm}", bias_effect.abs().max(), "algebra", 0.0
    ).misprinted(r"\text{without}", 7.0),
]
rows_of_walks = [
    Formula(
        r"\Vert \theta_i - \theta_0 \Vert \le K \epsilon i",
        *(distances["plain"], "20 steps", 2.0, "≤"),
    ).misprinted(r"\dots \text{ with momentum}", distances["momentum 0.9"]),
    Formula(r"v < v^* \text{: step kept}", counter.weight.detach().sum(), "list", 4.0).misprinted(
        r"v < v", 0.0
    ),
]

# %%
one_mask, one_turned = mask[0], segment(turned)[0]
of_rows = [image.sum(dim=1)[10:] for image in (one_turned, one_mask.rot90(), one_mask)]
rows_of_averages = [
    Formula(
        r"\mathbb{E}_r[w^\top (r h)] = p\, w^\top h", rescaled, "all masks", averaged
    ).misprinted(r"p \text{ read as drop}", as_drop),
    Formula(
        r"\mathbb{E}_r[\mathrm{ReLU}(w^\top (r h))] \ge \mathrm{ReLU}(p\, w^\top h)",
        *(relu_averaged, "Jensen", relu_rescaled, "≥"),
    ),
    Formula(
        r"M(T(x)) = T(M(x)),\ M \text{ a mask}", of_rows[0], "turned mask", of_rows[1]
    ).misprinted(r"M(T(x)) = M(x)", of_rows[2]),
    Formula(r"M(T(x)) = M(x),\ M \text{ a count}", one_turned.sum(), "count", one_mask.sum()),
]

# %%
FormulaTable(
    *rows_of_coins,
    *rows_of_losses,
    *rows_of_activations,
    *rows_of_layers,
    *rows_of_scales,
    *rows_of_norms,
    *rows_of_walks,
    *rows_of_averages,
)

# %% [markdown]
# ## What you have seen
#
# - A loss is a negative log-likelihood, and it is minimised in six lines: batch, loss, clear,
#   backward, step, note. Accuracy is a staircase; report it, and descend on the loss. Zero weights
#   learn nothing, and every minimum has copies, so nothing is promised and everything is measured.
# - A signal gets through a deep network if no layer shrinks or blows it up: gain $\sqrt 2$ behind
#   ReLU, 1 behind tanh, or batch norm, whose price is a second mode that you must not forget. Sigmoids
#   lose twelve powers of ten in 20 layers while their activations look healthy.
# - A falling loss is no proof: Ben's fell too. Held-out data, cures compared over seeds with their
#   spread, a run that repeats and resumes to the bit, and fourteen checks are what trust is made of.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*: chapter 7 for regularisation
#   (algorithm 7.1 is early stopping), 8 for training, 11 for practical methodology, 12 for
#   applications; deep generative models are chapter 20.
#   [deeplearningbook.org](https://www.deeplearningbook.org)
# - F. Rosenblatt (1958), "The perceptron", *Psychological Review* 65; A. Novikoff (1962), "On
#   convergence proofs on perceptrons".
# - X. Glorot, Y. Bengio (2010), "Understanding the difficulty of training deep feedforward neural
#   networks", *AISTATS*.
# - K. He, X. Zhang, S. Ren, J. Sun (2015), "Delving deep into rectifiers", eq. 10.
#   [arXiv 1502.01852](https://arxiv.org/abs/1502.01852)
# - S. Ioffe, C. Szegedy (2015), "Batch normalization", algorithm 1.
#   [arXiv 1502.03167](https://arxiv.org/abs/1502.03167). S. Santurkar, D. Tsipras, A. Ilyas, A. Madry
#   (2018), "How does batch normalization help optimization?"
#   [arXiv 1805.11604](https://arxiv.org/abs/1805.11604)
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov (2014), "Dropout", *Journal
#   of Machine Learning Research* 15. L. Breiman (1996), "Bagging predictors", *Machine Learning* 24.
# - C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals (2017), "Understanding deep learning requires
#   rethinking generalization". [arXiv 1611.03530](https://arxiv.org/abs/1611.03530)
#
# **The way on:** 03 gives the loop its first task without labels: copy the input through a
# bottleneck.
