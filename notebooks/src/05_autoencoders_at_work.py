# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 Autoencoders at work
#
# **What are they good for, and why can they not generate?**
#
# By the end you can
#
# - put a code to work in four jobs, search, learning from few labels, denoising and finding the
#   odd one out, and say for each whether a simpler method does it as well;
# - build a score for strange images from a likelihood ratio, after you have seen the obvious score
#   fail;
# - explain, with a proof and with measured distances, why a decoder fed with noise returns garbage,
#   and repair much of it without touching the decoder.
#
# You need notebook 03, and from notebook 01 the KL divergence. Study time: 70 minutes. Computing
# time: about 80 seconds on one core.

# %%
import time

import torch
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import evaluation, objectives, plotting, weights
from course_utils.checks import at_work as check
from course_utils.data import celeba, faces, mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.explorers import LatentExplorer
from course_utils.models.autoencoder import digit_autoencoder, face_autoencoder
from course_utils.models.judges import face_judge
from course_utils.nn import mlp
from course_utils.training import Batches, linear_tail, train

# %% [markdown]
# ## A puzzle
#
# Here are faces: 64 by 64 pixels in three colours, $n = 12{,}288$ numbers each. They are drawn by
# `faces(n, seed)` from 39 named factors such as skin, smile and light, so that nobody has to
# download photographs. `celeba()` reads the photographs of CelebA from your own copy, with the same
# fields: images `x`, `attributes` with their `names`, and `captions`.

# %%
plotting.use_style()
seed_everything(0)
device = best_device()
fresh = faces(1000, seed=2)
x_faces = (fresh.x / 255).to(device)

print(tuple(x_faces.shape), "and", fresh.captions[0])
print("labels:", ", ".join(fresh.names[-19:-13]), "...")
try:
    print("CelebA:", tuple(celeba(10).x.shape))
except FileNotFoundError as missing:
    print("no CelebA here.", str(missing).splitlines()[1])

# %% [markdown]
# An autoencoder with convolutions has learned to copy 20,000 other faces through a code of 200
# numbers. Its loss was the squared error and nothing else. That run took longer than a notebook
# should, so its weights are in the package, with a card that says how they came about. The same
# recipe trains it again: `python -m course_utils.recipes train faces_autoencoder`.

# %%
face_model = weights.load("faces_autoencoder", face_autoencoder()).to(device)
card = weights.card("faces_autoencoder")
print(f"{card['data']}; {card['objective']}; {card['steps']} steps")


@torch.no_grad()
def through(network: nn.Module, x: Tensor) -> Tensor:
    """A network's output for many rows, 250 at a time and without gradients."""
    return torch.cat([network(part) for part in x.split(250)])


codes = through(face_model.encoder, x_faces)
copies = through(face_model.decoder, codes)
share = (
    objectives.squared_error(copies, x_faces).mean()
    / objectives.squared_error(x_faces.mean(dim=0).expand_as(x_faces), x_faces).mean()
)
print(f"codes {tuple(codes.shape)}; the copies miss ≈ {share:.1%} of the variance")

# %% [markdown]
# Two rows of the figure below are faces it has never seen and their copies. For the third row nobody
# encoded anything: the decoder gets 200 random numbers from $\mathcal{N}(0, I)$. What do you expect
# there? The decoder can draw any face you show it. Can it draw one of its own?

# %%
generator = torch.Generator().manual_seed(0)
noise = torch.randn(1000, 200, generator=generator).to(device)
from_noise = through(face_model.decoder, noise)

fig, axes = plt.subplots(3, 1, figsize=(3.8, 2.6))
rows = {"faces": x_faces, "copies": copies, "decoded noise": from_noise}
for ax, (name, images) in zip(axes, rows.items(), strict=True):
    plotting.plot_images(ax, images[:6], columns=6)
    ax.set_title(name, fontsize=9)
assert share < 0.2
plotting.show(
    fig,
    alt="Three rows of six pictures: drawn faces; their copies, softer and paler, but each a "
    "face of the same person; and what the decoder makes of noise: brown smears without a face.",
)

# %% [markdown]
# The copies are soft, glasses are faint, and some backgrounds have lost their colour; still, each is
# a face, and one can tell whose. From noise the decoder draws no face at all. Keep the question for
# section 5: the answer is short, and it is the reason for the rest of the course. First, what *is*
# such a code good for? Four jobs, each beside the simplest method that could do it: the pixels
# themselves, and principal component analysis (PCA).
#
# ## 1. Search
#
# Somebody shows you a digit and wants more like it. Compare its code with the codes in an index and
# return the nearest. Judge a search by **precision at 10** as in notebook 03: the share of the ten
# nearest that show the same digit.
#
# The digits' model has a code of 32 numbers. It was trained to restore clean digits from noisy ones,
# which keeps the code from storing what noise can destroy. Predict: does it find more of the same
# digits than the pixels do, and how much faster is the search?

# %%
digits = mnist().to(device)
digit_model = weights.load("digits_code", digit_autoencoder()).to(device)
generator = torch.Generator().manual_seed(0)
some = torch.randperm(10_000, generator=generator)[:2000].to(device)
others = torch.randperm(60_000, generator=generator)[:10_000].to(device)
x_query, y_query = digits.x_test[some] / 255, digits.y_test[some]
x_index, y_index = digits.x_train[others] / 255, digits.y_train[others]
mean, directions, variances = evaluation.pca(x_index.flatten(1), 784)

spaces = {
    "pixels": (x_query.flatten(1), x_index.flatten(1)),
    "PCA": tuple((x.flatten(1) - mean) @ directions[:, :32] for x in (x_query, x_index)),
    "code": tuple(through(digit_model.encoder, x) for x in (x_query, x_index)),
}

# %%
precision, seconds = {}, {}
for name, (query, index) in spaces.items():
    begin = time.perf_counter()
    precision[name] = evaluation.precision_at_k(query, y_query, index, y_index, k=10)
    seconds[name] = time.perf_counter() - begin
    print(f"{name:6} {query.shape[1]:3} numbers, precision at 10 ≈ {precision[name]:.3f}")

ratio = seconds["pixels"] / seconds["code"]
print(f"a search by code takes ≈ {1 / ratio:.2f} of the time of a search by pixels")
assert precision["code"] > precision["pixels"] + 0.02
assert precision["code"] > precision["PCA"] + 0.005

# %% [markdown]
# The code wins by two to three points with 24 times fewer numbers. Be fair to PCA: it has the same
# size, hence the same speed, and about half of the gain in precision, without any training of a
# network. Look at three queries that the pixels get wrong: the first three for which at most three of
# the ten nearest are right.

# %%
nearest = {name: evaluation.neighbours(q, i, k=8) for name, (q, i) in spaces.items()}
right = (y_index[nearest["pixels"]] == y_query[:, None]).sum(dim=1)
hard = (right <= 3).nonzero()[:3, 0]

fig, axes = plt.subplots(1, 2, figsize=(7.5, 1.5))
for ax, name in zip(axes, ("pixels", "code"), strict=True):
    found = x_index[nearest[name][hard]]
    plotting.plot_images(
        ax, torch.cat([x_query[hard][:, None], found], dim=1).flatten(0, 1), columns=9
    )
    ax.axvline(28, color=plotting.FAKE, linewidth=1)
    ax.set_title(f"by {name}: the query, then its nearest", fontsize=9)
found = {name: (y_index[n[hard]] == y_query[hard, None]).sum() for name, n in nearest.items()}
assert found["code"] > found["pixels"]
plotting.show(
    fig,
    alt="Three digits that a search by pixels gets wrong, each with its eight nearest images. By "
    f"pixels {found['pixels']} of 24 show the same digit; by code more of them do.",
)

# %% [markdown]
# Pixels compare ink place by place, and a slanted stroke shares little ink with the same stroke
# upright. The three queries were chosen because pixels fail on them, so they say where the
# code helps, not how often; the precision above says how often.

# %% [markdown]
# ## 2. Learning from few labels
#
# Images are cheap, labels cost somebody's time. The autoencoder has used 60,000 images and no label.
# Suppose that somebody labels 10 of them, one of each digit; or 100; or 1,000. Fit the simplest
# classifier, multinomial logistic regression, to pixels, to PCA's 32 numbers and to the code. This is
# **semi-supervised learning** in its plainest form: the code from all images, the classifier from
# the few with labels.
#
# Which labels you happen to have matters a lot when there are ten, so repeat it with five draws.
# Where do you expect the code to help most, and where not at all?


# %%
def few_labels(
    space: Tensor, y: Tensor, test: Tensor, y_test: Tensor, *, each: int, seed: int
) -> float:
    """Accuracy on test images after learning from `each` labelled examples of every class."""
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(space), generator=g)
    chosen = torch.cat([order[y.cpu()[order] == digit][:each] for digit in range(10)])
    scale = space.std(dim=0).square().mean().sqrt()  # of all images: it needs no labels
    model = LogisticRegression(C=1.0, max_iter=500)
    model.fit((space / scale).cpu()[chosen].numpy(), y.cpu()[chosen].numpy())
    return model.score((test / scale).cpu().numpy(), y_test.cpu().numpy())


# %%
accuracy = {}
for name, (query, index) in spaces.items():
    for each in (1, 10, 100):
        draws = [few_labels(index, y_index, query, y_query, each=each, seed=i) for i in range(5)]
        accuracy[name, each] = torch.tensor(draws)
        spread = accuracy[name, each].std()
        print(
            f"{name:6} {10 * each:4} labels: ≈ {accuracy[name, each].mean():.2f} ± ≈ {spread:.2f}"
        )
for rival in ("pixels", "PCA"):
    assert all(accuracy["code", e].mean() > accuracy[rival, e].mean() + 0.01 for e in (1, 10, 100))

# %%
fig, ax = plt.subplots()
styles = {
    "pixels": (plotting.DATA, "o:"),
    "PCA": (plotting.PRIOR, "s--"),
    "code": (plotting.MODEL, "o-"),
}
for shift, (name, (colour, style)) in zip((0.94, 1.0, 1.06), styles.items(), strict=True):
    results = [accuracy[name, each] for each in (1, 10, 100)]
    labels = [10 * each * shift for each in (1, 10, 100)]
    means, spreads = [r.mean() for r in results], [r.std() for r in results]
    ax.errorbar(labels, means, spreads, fmt=style, color=colour, capsize=3, label=name)
ax.set_xscale("log")
ax.set_xlabel("labelled images")
ax.set_ylabel("accuracy on test images")
ax.legend(loc="lower right")
plotting.show(
    fig,
    alt="Accuracy against the number of labels, five draws each: the code lies a few points above "
    "pixels and PCA, which coincide, with 10, 100 and 1,000 labels.",
)

# %% [markdown]
# The code is four or five points ahead with 10 and 100 labels, and three with 1,000. PCA gains
# nothing: a linear classifier on pixels can find PCA's directions by itself, and a code that is not
# linear in the pixels is what it cannot find. The bars are standard deviations over the draws: with
# ten labels they are as long as the gain, so never judge such a comparison by one draw.
#
# ## 3. Denoising
#
# Disturb $x$ by Gaussian noise of standard deviation $\sigma$, restore it to $\hat x$, and ask how
# close that is to the clean image. Two measures are in use. The **peak signal-to-noise ratio**, in
# decibels, looks at pixels one by one:
#
# $$ \mathrm{PSNR} = 10 \log_{10} \frac{1}{\frac{1}{n} \lVert x - \hat x \rVert^2}. $$
#
# Ten decibels are a factor of ten in the mean squared error. Write it once by hand.

# %%
x_hat = through(digit_model, x_query[:5])
by_hand = torch.stack([10 * (1 / (a - b).square().mean()).log10() for a, b in zip(x_hat, x_query)])
torch.testing.assert_close(by_hand, evaluation.psnr(x_hat, x_query[:5]))

dark, shifted = 0.5 * torch.ones(1, 1, 28, 28), 0.6 * torch.ones(1, 1, 28, 28)
print(f"a shift of all pixels by 0.1: {evaluation.psnr(shifted, dark).item():.1f} dB")

# %% [markdown]
# The **structural similarity** (SSIM) compares windows of 11 by 11 pixels. With the means $\mu,
# \hat\mu$, the variances $s^2, \hat s^2$ and the covariance $c$ of the two images in a window,
#
# $$ \mathrm{SSIM} = \frac{2 \mu \hat\mu + c_1}{\mu^2 + \hat\mu^2 + c_1} \cdot
# \frac{2 c + c_2}{s^2 + \hat s^2 + c_2}, $$
#
# averaged over all windows (Wang et al., 2004, eq. 13); $c_1 = 0.01^2$ and $c_2 = 0.03^2$ keep the
# fractions finite on empty paper. Equal images have 1. Why two measures? Here are two damaged copies
# with the *same* squared error, one blurred and one with less contrast. Which would you rather read?

# %%
x = x_query[:10]
blurred = nn.functional.avg_pool2d(nn.functional.pad(x, (1, 1, 1, 1)), 3, stride=1)
error = objectives.squared_error(blurred, x)[:, None, None, None]
paler = x * (1 - (error / x.square().sum(dim=(1, 2, 3), keepdim=True)).sqrt())

for name, image in {"blurred": blurred, "paler": paler}.items():
    decibels, alike = evaluation.psnr(image, x).mean(), evaluation.ssim(image, x).mean()
    print(f"{name:8} PSNR {decibels:.2f} dB, SSIM {alike:.3f}")

# %% [markdown]
# PSNR cannot tell them apart. SSIM can: it forgives contrast more readily than lost
# structure.
#
# Now the table. The rivals: leave the noise in; project on 32 principal components; and the best
# *linear* map $\Sigma (\Sigma + \sigma^2 I)^{-1}$ of notebook 03, which must be told $\sigma$. The
# autoencoder is not told. Predict for which $\sigma$ it wins. Can it lose?

# %%
x = digits.x_test[some[:500]] / 255


def restored(
    noisy: Tensor, sigma: float, *, model: nn.Module, principal: tuple[Tensor, ...]
) -> dict[str, Tensor]:
    """What each method makes of noisy digits, as images in [0, 1]."""
    mean, directions, variances = principal
    centred = noisy.flatten(1) - mean
    keep = variances.clamp(min=0) / (variances.clamp(min=0) + sigma**2)
    projected = centred @ directions[:, :32] @ directions[:, :32].T
    results = {
        "noise left in": noisy,
        "PCA, 32": (mean + projected).view_as(noisy),
        "best linear": (mean + (centred @ directions * keep) @ directions.T).view_as(noisy),
        "autoencoder": through(model, noisy),
    }
    return {name: images.clamp(0, 1) for name, images in results.items()}


# %%
generator = torch.Generator().manual_seed(0)
noise_field = torch.randn(x.shape, generator=generator).to(device)
quality, tools = {}, {"model": digit_model, "principal": (mean, directions, variances)}
print("               " + "".join(f"     sigma {sigma:<5}" for sigma in (0.1, 0.25, 0.5, 1.0)))
for sigma in (0.1, 0.25, 0.5, 1.0):
    for name, images in restored(x + sigma * noise_field, sigma, **tools).items():
        quality[name, sigma] = evaluation.psnr(images, x), evaluation.ssim(images, x)
for name in ("noise left in", "PCA, 32", "best linear", "autoencoder"):
    pairs = [quality[name, sigma] for sigma in (0.1, 0.25, 0.5, 1.0)]
    print(f"{name:15}" + "".join(f"{p.mean():6.1f} dB {s.mean():5.2f} " for p, s in pairs))

# %%
middle = ("noise left in", "PCA, 32", "best linear", "autoencoder")
at_half = restored((x + 0.5 * noise_field)[:8], 0.5, **tools)
fig, axes = plt.subplots(5, 1, figsize=(5.0, 3.9))
for ax, name in zip(axes, ("clean", *middle), strict=True):
    plotting.plot_images(ax, x[:8] if name == "clean" else at_half[name], columns=8)
    ax.set_title(name, fontsize=9)
best = {s: max(middle, key=lambda m: quality[m, s][0].mean().item()) for s in (0.1, 0.5, 1.0)}
assert best == {0.1: "best linear", 0.5: "autoencoder", 1.0: "autoencoder"}
plotting.show(
    fig,
    alt="Five rows of eight digits: clean; with noise of standard deviation 0.5; restored by PCA "
    "and by the best linear map, both with grey clouds; and by the autoencoder, with clean paper.",
)

# %% [markdown]
# At $\sigma = 0.5$ the autoencoder is 1.6 dB ahead of the best linear map, and far ahead in SSIM: it
# gives back clean paper, which no linear map can, because a linear map has to treat ink and paper
# alike. At $\sigma = 0.1$ it is worse in PSNR than doing *nothing*: the noise costs less than
# squeezing the image through 32 numbers. **A bottleneck has a floor**: what it cannot code, it cannot
# restore. (SSIM disagrees there: it minds speckled paper more than a stroke that is a little off. Two
# measures are better than one, and worse for your peace of mind.)
#
# > **Common slip.** "The PSNR of a method is that of its average error." A logarithm and a mean do not
# > commute. The table averages decibels over images; taking the mean squared error first gives a
# > smaller number, by Jensen's inequality (notebook 01). Say which one you report.

# %%
again = through(digit_model, x + 0.5 * noise_field)
errors = (again - x).square().flatten(1).mean(dim=1)
mean_of_decibels, decibels_of_mean = (-10 * errors.log10()).mean(), -10 * errors.mean().log10()
assert mean_of_decibels > decibels_of_mean + 0.2
print(f"mean of the decibels ≈ {mean_of_decibels:.2f}, of the mean error ≈ {decibels_of_mean:.2f}")

# %% [markdown]
# ## 4. The odd one out
#
# A scanner reads digits, and somebody feeds it a form that shows something else. Can the machine
# notice? The idea is in every textbook: train an autoencoder on what is *normal* only. What it has
# never seen it cannot copy well, so the **reconstruction error is a score of strangeness**.
#
# Try it ten times. Each time leave one digit out of the training images; that digit is the anomaly
# among the 10,000 test images. A threshold on the score trades detections against false alarms. The
# usual summary needs no threshold: the area under that trade-off curve (**ROC-AUC**) equals the
# probability that a random odd image scores higher than a random normal one, and a tie counts half.
#
# **Exercise 5.1 (code).** Write it, from that sentence. All judgements of this section are made by
# your function.


# %% tags=["exercise"]
def roc_auc(scores: Tensor, odd: Tensor) -> Tensor:
    """Chance that an odd example (odd = 1) scores higher than a normal one (odd = 0)."""
    ### BEGIN SOLUTION
    strange, normal = scores[odd == 1], scores[odd == 0].sort().values.contiguous()
    below = torch.searchsorted(normal, strange)
    not_above = torch.searchsorted(normal, strange, right=True)
    return (below + not_above).double().mean() / (2 * len(normal))
    ### END SOLUTION


# %% tags=["check"]
roc_auc = check.roc_auc(roc_auc)

# %% [markdown] tags=["solution"]
# Comparing all pairs in a table, `scores[odd == 1][:, None] > scores[odd == 0]`, is as right, and
# takes nine million comparisons here. Sorting the normal scores once turns each comparison
# into a lookup: how many normal scores lie below, and how many not above. Half their sum counts a tie
# as half.

# %% [markdown]
# Ten small autoencoders, each with a code of 16 numbers and trained for 300 steps. Predict before you
# look: which digit, left out, will be the hardest to notice? And which one the easiest?


# %%
def normal_only(x: Tensor, mean: Tensor) -> tuple[nn.Sequential, nn.Sequential]:
    """Encoder and decoder (of logits) that have learned to copy these images."""
    encoder, decoder = mlp(784, 128, 16).to(x.device), mlp(16, 128, 784).to(x.device)
    decoder[-1].bias.data = mean.clamp(0.01, 0.99).logit()
    optimizer = Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3, fused=True)
    schedule = linear_tail(optimizer, steps=300, tail=0.5)

    def copy_step(x: Tensor) -> dict[str, Tensor]:
        loss = objectives.bernoulli_nll(decoder(encoder(x)), x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"cross-entropy": loss}

    train(copy_step, Batches(x, size=128, seed=0), 300)
    return encoder, decoder


# %%
x_train, x_test = digits.x_train.flatten(1), digits.x_test.flatten(1) / 255
kept = [(digits.y_train != left_out).nonzero()[:, 0] for left_out in range(10)]
pairs = [normal_only(x_train[rows], mean) for rows in kept]
odd = [(digits.y_test == left_out).long() for left_out in range(10)]
copied = [through(nn.Sequential(*pair, nn.Sigmoid()), x_test) for pair in pairs]
errors = [objectives.squared_error(x_hat, x_test) for x_hat in copied]


def judged(scores: list[Tensor], odd: list[Tensor]) -> Tensor:
    """ROC-AUC for each digit left out."""
    return torch.stack([torch.as_tensor(roc_auc(s, o)) for s, o in zip(scores, odd, strict=True)])


by_error = judged(errors, odd)
hardest = by_error.argmin().item()
print(f"mean over ten digits ≈ {by_error.mean():.2f}; the worst, {hardest}: ≈ {by_error.min():.2f}")
assert hardest == 1
assert by_error[1] < 0.6 < by_error.mean() < 0.85

# %% [markdown]
# For the digit 1 the score of the textbooks is worse than a coin: the machine finds a one, which it
# has never seen, *less* strange than the digits that it was trained on. Why? Plot the error
# of every test image against its ink, $\lVert x \rVert^2$, where ones were left out.

# %%
ink = x_test.square().sum(dim=1)
normal, ones = (odd[1] == 0).nonzero()[:2000, 0].cpu(), (odd[1] == 1).nonzero()[:300, 0].cpu()

fig, ax = plt.subplots()
ax.plot(ink.cpu()[normal], errors[1].cpu()[normal], ".", color=plotting.DATA, ms=2, label="normal")
ax.plot(ink.cpu()[ones], errors[1].cpu()[ones], "x", color=plotting.FAKE, ms=4, label="1, left out")
ax.plot([0, 200], [0, 60], "--", color=plotting.PRIOR, label="0.3 per unit of ink")
ax.set_xlim(0, 200)
ax.set_ylim(0, 80)
ax.set_xlabel(r"ink $\|x\|^2$")
ax.set_ylabel(r"error $\|x - \hat x\|^2$")
ax.legend(loc="upper left")
share = ink[odd[1] == 1].mean() / ink[odd[1] == 0].mean()
plotting.show(
    fig,
    alt="Error against ink for test images. Normal digits fill a wide wedge; the ones, left out in "
    f"training, sit in its lower left corner: {share:.2f} of the normal ink, and steep in error.",
)

# %% [markdown]
# Ones have about half of the ink, and an image with little ink cannot have a large error: an
# empty page would be the most normal image of all. Within the ones' range of ink they *are* high.
# The error needs a unit, and a likelihood supplies one.
#
# Give each image the density $\mathcal{N}(\hat x, \sigma^2 I)$ with a $\sigma$ of its own, chosen so
# that the density is largest. Do the same for the poorest explanation there is, an empty page with
# $\hat x = 0$. An image is strange when the autoencoder explains it hardly better than the empty
# page does.
#
# **Exercise 5.2 (derivation).** Let $e = \lVert x - \hat x \rVert^2$ be the error of an image with
# $n$ pixels. Write down $\log \mathcal{N}(x; \hat x, \sigma^2 I)$, find the $\sigma^2$ at which it is
# largest, and put it in. Write the result as a function of $e$ and $n$.


# %% tags=["exercise"]
def best_log_likelihood(error: Tensor, dim: int) -> Tensor:
    """log N(x; x_hat, sigma² I) at the best sigma of each image, in nats: shape (batch,)."""
    ### BEGIN SOLUTION
    variance = error / dim
    return -0.5 * dim * (2 * torch.pi * variance).log() - 0.5 * dim
    ### END SOLUTION


# %% tags=["check"]
best_log_likelihood = check.best_log_likelihood(best_log_likelihood)

# %% [markdown] tags=["solution"]
# $\log \mathcal{N} = -\frac{n}{2}\log(2\pi\sigma^2) - \frac{e}{2\sigma^2}$. Its derivative by
# $\sigma^2$ is $-\frac{n}{2\sigma^2} + \frac{e}{2\sigma^4}$, zero at $\sigma^2 = e/n$. There the
# exponent is $-\frac{n}{2}$ for every image, and what is left is $-\frac{n}{2}(\log\frac{2\pi
# e}{n} + 1)$. Halving the error is worth $\frac{n}{2} \log 2 = 272$ nats, whatever the error was.

# %% [markdown]
# The difference of the two is a **log-likelihood ratio**, and everything but errors and ink cancels:
#
# $$ \text{strangeness} = \log p_{\text{page}}(x) - \log p_{\text{copy}}(x) = \frac{n}{2}
# \log \frac{\lVert x - \hat x \rVert^2}{\lVert x \rVert^2}. $$
#
# So it ranks images by their *error per ink*, the slope in the figure above. Does it cure the 1? Does
# it cure the 9?

# %%
by_page = best_log_likelihood(ink, 784)
by_ratio = judged([by_page - best_log_likelihood(e, 784) for e in errors], odd)
ten = range(10)
print("left out             " + "".join(f"   {digit}  " for digit in ten))
print("error:               " + " ".join(f"≈ {by_error[digit]:.2f}" for digit in ten))
print("likelihood ratio:    " + " ".join(f"≈ {by_ratio[digit]:.2f}" for digit in ten))
print(f"means: ≈ {by_error.mean():.2f} and ≈ {by_ratio.mean():.2f}")
assert by_ratio[1] > by_error[1] + 0.2
assert by_ratio[9] < 0.75

# %% [markdown]
# The 1 is cured; the mean hardly moves, because the heavy digits have lost what the light one
# gained, and the 9 is as bad as before. It has another illness. Look at nines and at what the network
# that never saw one makes of them.

# %%
nines = (digits.y_test == 9).nonzero()[:10, 0]

fig, axes = plt.subplots(2, 1, figsize=(5.0, 1.5))
for ax, (name, images) in zip(axes, {"nines": x_test, "copies": copied[9]}.items(), strict=True):
    plotting.plot_images(ax, images[nines])
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Ten nines, and their copies by an autoencoder that was trained without nines: soft, "
    "some turned into sevens, and more than half of them still nines.",
)

# %% [markdown]
# The network has never seen a nine and draws more than half of these. A nine lies *between* a 4 and a 7: its code falls
# into a place where no training image was encoded, and the decoder, which nobody told what to do
# there, does something sensible. **A small error does not mean that an image is known. It means that
# the decoder can draw it**, and a decoder can draw more than it was shown.
#
# So ask the other question: does the code lie where the codes of normal images lie? Replace the error
# $e$ in the ratio by $d^2$, the mean squared distance from the image's code to the three nearest
# codes among 4,000 training images. And give PCA, with 16 components, the same chance.


# %%
def distance(code: Tensor, index: Tensor) -> Tensor:
    """Mean squared distance of each code from the three nearest of the index."""
    nearest = evaluation.neighbours(code, index, k=3)
    return (code[:, None] - index[nearest]).square().sum(dim=2).mean(dim=1)


far = {"code": [], "PCA": []}
for rows, (encoder, _) in zip(kept, pairs, strict=True):
    known = x_train[rows[torch.randperm(len(rows))[:4000].to(rows.device)]] / 255
    centre, axes_16, _ = evaluation.pca(known, 16)
    far["code"].append(distance(through(encoder, x_test), through(encoder, known)))
    far["PCA"].append(distance((x_test - centre) @ axes_16, (known - centre) @ axes_16))

by_code = judged([by_page - best_log_likelihood(d, 784) for d in far["code"]], odd)
by_pca = judged([by_page - best_log_likelihood(d, 784) for d in far["PCA"]], odd)

# %%
table = {"error": by_error, "error per ink": by_ratio, "code": by_code, "code of PCA": by_pca}
marks = ("x", plotting.FAKE), ("^", plotting.PRIOR), ("o", plotting.MODEL), ("s", plotting.FIFTH)
fig, ax = plt.subplots(figsize=(6.0, 3.2))
for (name, values), (marker, colour) in zip(table.items(), marks, strict=True):
    ax.plot(range(10), values, marker, color=colour, label=name, ms=6)
    low = values.min()
    print(f"{name:14} mean ≈ {values.mean():.3f}, worst digit {values.argmin()}: ≈ {low:.2f}")
ax.axhline(0.5, color=plotting.DATA, linewidth=1, linestyle=":")
ax.set_xticks(range(10))
ax.set_xlabel("digit that was left out")
ax.set_ylabel("ROC-AUC")
ax.legend(loc="lower center", ncols=4, fontsize=8, bbox_to_anchor=(0.5, 1.0), frameon=False)
worst = by_code.argmin().item()
assert by_code.mean() > 0.85
assert by_pca.mean() > by_code.mean() + 0.01
assert (by_code > by_ratio).sum() >= 7
plotting.show(
    fig,
    alt="ROC-AUC for each digit left out, by four scores. The error is near one half at the 1; the "
    f"distance of codes is above 0.85 on average, weakest at the {worst}; PCA's is better still.",
)

# %% [markdown]
# Now the mean is above 0.85, and the hardest digit left is the 9, at about 0.7: nines are
# close to fours even for the code. Be honest about the last row: PCA with the same score is *better*
# and needs no training. **The question did the work, not the network.** A reconstruction error asks
# whether the decoder can draw an image; the distance asks whether anything like it has been seen.
#
# > **Common slip.** "Low reconstruction error = normal." The score of an image must not depend on how
# > much there is to reconstruct, and must know which codes are inhabited. For the digit 1 the slip
# > is the difference between an ROC-AUC near 0.5 and one above 0.8.
#
# ## 5. Why can it not generate?
#
# Back to the faces. The same question is waiting there: which codes are inhabited?
#
# Walk from a face into the void. Take its code $h$, add noise of growing size, and decode. The size is
# counted in units of $s$, the root mean square distance of a code's entry from its mean. Two kinds of
# noise: the same in all 200 directions, or shaped like the codes themselves, with their covariance
# $\Sigma_h$. Both have the same length on average. Which of them destroys the face first?

# %%
x_known = (faces(4000, seed=1).x / 255).to(device)
known = through(face_model.encoder, x_known)
centre, cov = known.mean(dim=0), torch.cov(known.T)
s = cov.trace().div(200).sqrt()
root = torch.linalg.cholesky(cov)

generator = torch.Generator().manual_seed(1)
eps = torch.randn(200, generator=generator).to(device)
sizes = torch.tensor([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0], device=device)[:, None]
round_noise = through(face_model.decoder, codes[4] + sizes * s * eps)
shaped_noise = through(face_model.decoder, codes[4] + sizes * (root @ eps))

# %%
fig, axes = plt.subplots(2, 1, figsize=(5.0, 1.9))
rows = {"same in all directions": round_noise, "shaped like the codes": shaped_noise}
for ax, (name, images) in zip(axes, rows.items(), strict=True):
    plotting.plot_images(ax, images, columns=8)
    ax.set_title(f"noise, {name}: 0, 0.25, 0.5, 1, 1.5, 2, 3, 4 times $s$", fontsize=9)
plotting.show(
    fig,
    alt="A face's code with growing noise. With noise that is the same in all directions the "
    "picture dissolves; with noise shaped like the codes it turns into other, gaudier faces.",
)

# %% [markdown]
# Noise of the same length, and a different fate. The round noise leaves the inhabited region at
# once, because the codes fill a few of the 200 directions and hardly any of the others. Noise along
# the directions in which codes vary makes *other faces*, for a while.
#
# And $\mathcal{N}(0, I)$? It does not even begin at a face.
#
# **Exercise 5.3 (prediction).** How far from the origin does a draw from $\mathcal{N}(0, I)$ with
# 200 entries typically lie? Think of the squared length, a sum of 200 squares.

# %% tags=["exercise"]
### BEGIN SOLUTION
noise_radius = 200**0.5
### END SOLUTION

# %% tags=["check"]
noise_radius = check.noise_radius(noise_radius)

# %% [markdown] tags=["solution"]
# Each square has the mean 1, so the squared length has the mean 200 and, being a sum of many
# independent terms, varies little: its standard deviation is $\sqrt{2 \cdot 200} = 20$. The
# length is $\sqrt{200} \approx 14.1$, give or take 0.7.

# %%
lengths, radius = codes.norm(dim=1).cpu(), noise.norm(dim=1).cpu()
strongest = torch.linalg.eigvalsh(cov.cpu().double()).flip(0)
half = (strongest.cumsum(0) < 0.5 * strongest.sum()).sum().item() + 1

fig, ax = plt.subplots()
ax.hist(lengths, bins=40, color=plotting.DATA, alpha=0.7, label="codes of faces")
ax.hist(radius, bins=20, color=plotting.FAKE, alpha=0.7, label=r"draws from $\mathcal{N}(0, I)$")
ax.axvline(noise_radius, color=plotting.PRIOR, linestyle="--", label="your prediction")
ax.set_xlabel("length of the code")
ax.set_ylabel("how many of 1,000")
ax.legend()
assert lengths.min() > radius.max()
plotting.show(
    fig,
    alt="Histograms of lengths: draws from the normal distribution in a narrow peak at 14, codes "
    "of faces much longer, without overlap.",
)
print(f"half of the codes' variance lies in {half} of 200 directions")

# %% [markdown]
# The two do not overlap. Is that all, a matter of scale? You will try. But first the general
# answer.
#
# Let $q(h)$ be the distribution of codes that the encoder produces, and $r(h)$ the one you draw from.
# Decoded, they become the distribution of copies $\hat p$ and the distribution of your samples
# $p_g$. How far can the samples be from the copies? Let $\hat x = g(h)$ be the picture of $h$. By
# the product rule $q(h) = \hat p(\hat x)\, q(h \mid \hat x)$, and likewise for $r$.
#
# Each line is computed on a model in which everything can be enumerated: eight codes with random
# $q$ and $r$, and a decoder that draws four pictures, two codes each.


# %%
class EightCodes:
    """Two distributions of eight codes, and a decoder that draws picture h // 2."""

    def __init__(self, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        self.q, self.r = (3 * torch.rand(2, 8, generator=g, dtype=torch.float64)).softmax(dim=1)
        self.picture = torch.arange(8) // 2
        self.q_x, self.r_x = self.q.view(4, 2).sum(dim=1), self.r.view(4, 2).sum(dim=1)

    def inside(self) -> Tensor:
        """Mean over pictures of KL(q(h | x) || r(h | x))."""
        q = self.q / self.q_x[self.picture]
        r = self.r / self.r_x[self.picture]
        return (self.q * (q / r).log()).sum()


def kl(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q) of two tables, in nats."""
    return (p * (p / q).log()).sum()


# %%
decoding = Derivation(
    Line(r"\mathrm{KL}(q \,\|\, r)", "how far the codes are apart", lambda m: kl(m.q, m.r)),
    Line(
        r"\sum_h q(h)\left[\log\frac{\hat p(g(h))}{p_g(g(h))} + "
        r"\log\frac{q(h \mid g(h))}{r(h \mid g(h))}\right]",
        "product rule, for both",
        lambda m: (m.q * (m.q_x / m.r_x).log()[m.picture]).sum() + m.inside(),
    ),
    Line(
        r"\mathrm{KL}(\hat p \,\|\, p_g) + "
        r"\mathbb{E}\,\mathrm{KL}(q(h \mid \hat x) \,\|\, r(h \mid \hat x))",
        "collect the codes of each picture",
        lambda m: kl(m.q_x, m.r_x) + m.inside(),
    ),
    Line(r"\mathrm{KL}(\hat p \,\|\, p_g)", "KL ≥ 0", lambda m: kl(m.q_x, m.r_x), "≥"),
)
decoding.run(EightCodes(seed=0))

# %% [markdown]
# Read the last line: **decoding cannot make two distributions easier to tell apart.** Your samples
# are at most as far from the copies as your codes are from the encoder's codes. And if no two
# codes share a picture, the third line has no second term: then the samples are *exactly* as far off
# as the codes. The decoder is not to blame. Nobody told you $q(h)$.
#
# > **Common slip.** "A good reconstructor is a good generator." Reconstruction tests the decoder on
# > $q$ only. Generation tests it on $r$, and says nothing about $q$ unless $r = q$. The copies and the
# > smears at the top of this notebook come from the same weights.
#
# ## 6. Learn where the codes live
#
# The remedy follows: fit a distribution $r$ to the codes of training faces, and draw from that. Four
# candidates: a normal distribution with the right mean and one standard deviation $s$; one
# standard deviation for each entry; the full covariance; and a **mixture** of ten Gaussians, fitted by
# scikit-learn (how, you will see in notebook 06). The mixture describes the 40 leading principal
# directions of the codes, which hold 99.9 % of their variance; in the others it is the Gaussian again.
# Ten covariances in all 200 directions would be 200,000 numbers, too many for 4,000 codes.
#
# How good is $r$? Evaluate $-\mathbb{E}_q \log r(h)$ on codes of faces that were not used in the fit.
# It equals $\mathrm{KL}(q \,\|\, r)$ plus the entropy of $q$, which is the same for all $r$. So
# *differences* between rows are differences in KL, in nats.

# %%
_, turn, strengths = evaluation.pca(known, 200)
z_known, z_fresh = (known - centre) @ turn, (codes - centre) @ turn
mixture = GaussianMixture(10, random_state=0, max_iter=200)
mixture.fit(z_known[:, :40].cpu().double().numpy())
rest = torch.distributions.Normal(0, strengths[40:].clamp(min=1e-9).sqrt())
assert strengths[:40].sum() > 0.998 * strengths.sum()

# %%
zero, one = torch.zeros(200, device=device), torch.eye(200, device=device)
shapes = {
    "N(0, I)": (zero, one),
    "one scale": (centre, s.square() * one),
    "one per entry": (centre, torch.diag(cov.diag())),
    "full": (centre, cov),
}
sources = {n: torch.distributions.MultivariateNormal(m, c) for n, (m, c) in shapes.items()}
nats = {name: -r.log_prob(codes).mean().item() for name, r in sources.items()}
leading = mixture.score(z_fresh[:, :40].cpu().double().numpy())
nats["mixture"] = -leading - rest.log_prob(z_fresh[:, 40:]).sum(dim=1).mean().item()
for name, value in nats.items():
    print(f"{name:14} ≈ {value:.0f} nats per code")
assert nats["mixture"] < nats["full"] - 5 < nats["one per entry"] - 300

# %% [markdown]
# Each step down is a step nearer to $q$. Now draw 1,000 codes from each, decode them, and look before
# you measure. Which rows do you expect to hold faces?

# %%
drawn = {name: r.sample((1000,)) for name, r in sources.items()}
leading = torch.tensor(mixture.sample(1000)[0], dtype=torch.float32, device=device)
z_drawn = torch.cat([leading, rest.sample((1000,))], dim=1)[torch.randperm(1000)]
drawn["mixture"] = centre + z_drawn @ turn.T
pictures = {name: through(face_model.decoder, h) for name, h in drawn.items()}

fig, axes = plt.subplots(6, 1, figsize=(3.8, 5.0))
for ax, (name, images) in zip(axes, {**pictures, "copies": copies}.items(), strict=True):
    plotting.plot_images(ax, images[:6], columns=6)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Six rows of six pictures from one decoder: smears from N(0, I), and better with every "
    "step towards the codes' own distribution; from the full covariance on they are faces.",
)

# %% [markdown]
# Two distances say it in numbers. The **Fréchet distance** compares the mean and covariance of 64
# features, taken from a network that reads the labels of faces (Heusel et al., 2017, eq. 6; notebook
# 13 derives it). The **nearest-neighbour distance** is the distance in pixels from a sample to the
# nearest of 1,000 real faces, averaged. For both, the floor is what 1,000 *other real* faces get,
# and their copies show how near this decoder can come at best.
#
# One more row is a trap: the mean face, 1,000 times. Predict its two distances.

# %%
judge = weights.load("face_judge", face_judge()).to(device)


def distances(images: Tensor, real: Tensor, judge: nn.Module) -> tuple[float, float]:
    """Fréchet distance to real faces, and mean distance to the nearest of them."""
    features = [evaluation.features_of(judge.features, x) for x in (images, real)]
    rows, index = images.flatten(1), real.flatten(1)
    nearest = index[evaluation.neighbours(rows, index, k=1)[:, 0]]
    return evaluation.frechet_distance(*features), (rows - nearest).norm(dim=1).mean().item()


mean_face = x_faces.mean(dim=0).expand(1000, -1, -1, -1)
others_seen = (faces(1000, seed=3).x / 255).to(device)
copied_others = through(face_model, others_seen)
contest = {**pictures, "copies": copied_others, "mean face": mean_face, "real faces": others_seen}
measured = {name: distances(images, x_faces, judge) for name, images in contest.items()}
for name, (frechet, near) in measured.items():
    print(f"{name:14} Fréchet ≈ {frechet:.0f}, nearest neighbour ≈ {near:.1f}")

fall = [measured[name][0] for name in ("N(0, I)", "one scale", "full", "copies", "real faces")]
assert fall == sorted(fall, reverse=True)
assert measured["mixture"][0] < 0.25 * measured["N(0, I)"][0]
assert measured["N(0, I)"][1] > 1.5 * measured["real faces"][1] > 1.5 * measured["mean face"][1]

# %% [markdown]
# Only noise is garbage, measured: its Fréchet distance is that of one face repeated, 200 times the
# floor, and its pictures are farther from every face than faces are from each other. The right mean and
# scale take away half, in faces that all look alike; the covariance leaves a fifth; and the
# mixture arrives, at about 1,000, **where the copies are**. A better distribution of codes would draw
# what the copies are, and no more. What separates both from the floor of about 30 is the softness of
# the copies: another illness, which notebook 09 and Part IV treat.
#
# > **Common slip.** "Near a real face = a good sample." The mean face is nearer to the real faces than
# > real faces are to each other: it sits in the middle. A nearest-neighbour distance punishes garbage
# > and rewards sameness. Its Fréchet distance, which compares the spread as well, gives it away.
#
# Now walk in the space of codes yourself. The explorer's plane has the direction in which codes vary
# most across, in standard deviations, and a random direction up: *noise added to a face's code*, in
# the units of the figure in section 5. The sliders are the next eight principal directions. The points
# are codes of faces. Where do you expect faces, and how far up do they reach?

# %%
_, along, spread = evaluation.pca(known, 9)
direction = eps / eps.norm()
direction = direction - along @ (along.T @ direction)
columns = torch.stack([along[:, 0] * spread[0].sqrt(), direction * s * 200**0.5], dim=1)
columns = torch.cat([columns, along[:, 1:] * spread[1:9].sqrt()], dim=1)

walk = nn.Linear(10, 200).to(device)
walk.weight.data, walk.bias.data = columns.contiguous(), centre.clone()
placed = torch.linalg.lstsq(columns, (codes - centre).T).solution.T

# %%
explorer = LatentExplorer(
    nn.Sequential(walk, face_model.decoder),
    points=placed,
    bounds=(-3, 3, -3, 3),
    z=placed[4].tolist(),
    task="Go up until no face is left. How far across can you go before that happens?",
)
explorer

# %% [markdown]
# The cloud is flat: a few units wide across, and hardly a tenth of a unit high. Three units across
# there is a face, another one; three units up eyes and mouth have dissolved. The decoder is the same
# everywhere. The codes are not.
#
# ## What you have seen
#
# - A code of 32 numbers beats the pixels in search, from few labels and against strong noise, and
#   PCA by less. It has a floor: what it cannot code it cannot restore, so faint noise is better left
#   to a linear map.
# - The reconstruction error is a poor score of strangeness: it favours images with little ink, and it
#   cannot see that a well-drawn 9 was never there in training. A likelihood ratio gives it a unit; the
#   distance to inhabited codes asks the right question, and PCA answers that one even better.
# - A decoder fed with noise returns garbage because the noise is not distributed like the codes: the
#   distance of samples is bounded by the distance of codes. A mixture fitted to the codes repairs much
#   of it, with the decoder untouched.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, section 14.9 on applications.
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/autoencoders.html)
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli (2004), "Image quality assessment: from error
#   visibility to structural similarity", *IEEE Transactions on Image Processing* 13, eq. 13.
# - J. Hanley, B. McNeil (1982), "The meaning and use of the area under a receiver operating
#   characteristic (ROC) curve", *Radiology* 143.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter (2017), "GANs trained by a two
#   time-scale update rule converge to a local Nash equilibrium", *NeurIPS*, eq. 6.
#   [arXiv 1706.08500](https://arxiv.org/abs/1706.08500)
# - Z. Liu, P. Luo, X. Wang, X. Tang (2015), "Deep learning face attributes in the wild", *ICCV*: the
#   photographs behind `celeba()`.
#
# **The way on:** here the codes came first and their distribution was fitted afterwards. Part III
# turns that round: 06 begins with the distribution of the hidden causes, and 09 trains an encoder
# and a decoder for it.
