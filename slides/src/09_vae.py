# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import objectives, weights
from course_utils.data import binarise, mnist
from course_utils.device import seed_everything
from course_utils.explorers import CompareExplorer
from course_utils.models import VAE
from course_utils.nn import mlp
from course_utils.training import Batches, linear_tail, train
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # The variational autoencoder
#
# How do encoder and decoder become one probabilistic model?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The bound comes from lecture 08; today it gets two networks. The deck goes with
# notebook 09; every number shown here is computed there.

# %% [markdown]
# ## Question
#
# An autoencoder packs a face into 200 numbers and makes a recognisable copy of it.
#
# Leave the encoder out. Decode 200 draws from $\mathcal{N}(0, 1)$.
#
# **What comes out?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. The autoencoder of notebook 05, 20,000 drawn faces of 64 by 64 pixels. Collect
# guesses: a face nobody has drawn, an average face, nothing. Ask each time: why?

# %% [markdown]
# ## A decoder is not a model

# %%
picture("09", "Three rows of")

# %% [markdown] tags=["fragment"]
# Faces, copies, noise. Nobody said where the codes of faces lie.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. The decoder is not broken: it was never trained there. To generate you need a
# second half, a distribution over codes from which you can draw, and on which the decoder was trained.

# %% [markdown]
# ## A story in two directions
#
# $$ z \sim p(z) = \mathcal{N}(0, I), \qquad x \sim p_\theta(x \mid z) $$

# %% [markdown] tags=["fragment"]
# A complete model: $\;p_\theta(x) = \int p(z)\, p_\theta(x \mid z)\, dz$.

# %% [markdown] tags=["fragment"]
# Backwards, which $z$ may have caused $x$?
#
# $$ q_\phi(z \mid x) = \mathcal{N}\big(\mu(x), \mathrm{diag}\,\sigma^2(x)\big) $$

# %% [markdown] tags=["notes"]
# 0:05, two minutes. Prior, decoder, recognition model. The decoder returns a distribution over images, not an
# image. In the notebook a tiny VAE of 8 pixels is integrated on a grid: its 256 probabilities add up
# to 1.000000. An autoencoder has no such number.

# %% [markdown]
# ## Two networks, two distributions

# %%
diagram("vae")

# %% [markdown] tags=["fragment"]
# 50 latents: the encoder has 100 outputs. The decoder's outputs are parameters, not an image.

# %% [markdown] tags=["notes"]
# 0:07, two minutes. Against the autoencoder one layer is wider: 50 means and 50 log variances. μ and σ are computed by the encoder, they are not draws. The
# draw is ε, and gradients go past it.

# %% [markdown]
# ## Question
#
# A standard deviation is positive. An output $a$ is any number.
#
# | reading | $\sigma$ |
# |:--|:--|
# | as it is | $a$ |
# | log variance | $e^{a/2}$ |
# | softplus | $\log(1 + e^a)$ |
#
# **Which fails at $a = -5$, which at $a = 200$?**

# %% [markdown] tags=["notes"]
# 0:09, one minute. In float32. The first half is easy; for the second, remember that the KL contains
# the variance as well as its logarithm.

# %% [markdown]
# ## Two of three
#
# | output $a$ | −5 | 5 | 200 |
# |:--|--:|--:|--:|
# | as it is | **−5** | 5 | 200 |
# | $\sigma = e^{a/2}$ | 0.08208 | 12.18 | **inf** |
# | variance $e^a$ | 0.006738 | 148.4 | **inf** |
# | softplus | 0.006715 | 5.007 | 200 |

# %% [markdown] tags=["fragment"]
# `logvar` means $\log \sigma^2$, always. Softplus is the way out when a training blows up.

# %% [markdown] tags=["notes"]
# 0:10, one minute. From about a = 89 on the variance overflows, and the KL with it. The KL needs
# log σ² anyway, which is why this reading is the usual one.

# %% [markdown]
# ## Two slips, two numbers
#
# | printed | measured | wanted |
# |:--|--:|--:|
# | $z = \mu + \sigma^2 \varepsilon$, for $\sigma^2 = 0.25$ | variance 0.0627 | 0.25 |
# | one $\sigma(x)$ for all latents, posterior variances 0.1 and 1 | KL 0.5535 | 0 |

# %% [markdown] tags=["fragment"]
# The noise is multiplied by the standard deviation, one for each latent.

# %% [markdown] tags=["notes"]
# 0:11, two minutes. Both stand in printed notes. Row two: a round Gaussian is a smaller family; the
# best diagonal one meets this posterior exactly, the best round one pays half a nat for two latents.

# %% [markdown]
# ## One objective
#
# $$ \log p(x) \ge \mathbb{E}_q\big[\log p(x \mid z)\big] - \mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big) $$

# %% [markdown] tags=["fragment"]
# Is the image explained? What did the latent cost?

# %% [markdown] tags=["fragment"]
# $$ \mathrm{KL} = \tfrac12 \sum_j \big(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\big) $$

# %% [markdown] tags=["fragment"]
# Sum over pixels, sum over latents; the mean over the batch comes last.

# %% [markdown] tags=["notes"]
# 0:13, two minutes. Kingma & Welling (2014), equation 10 and appendix B. Usual question: why may one
# add over pixels? Given z they are independent. Exercise 9.1 writes this loss, and the notebook trains
# with the student's own.

# %% [markdown]
# ## Question
#
# A VAE for digits starts at the mean image: about 206 nats.
#
# Ten passes are 4,680 steps, a minute or so.
#
# **Where is the loss after 100 steps, and where at the end?**

# %% [markdown] tags=["notes"]
# 0:15, one minute. Let two people say two numbers and write them on the board.

# %% [markdown]
# ## The last nats are the dearest

# %% tags=["large"]
picture("09", "The negative ELBO on training batches")

# %% [markdown] tags=["notes"]
# 0:16, one minute. About 150 after a hundred steps, below 100 at the end. Half of the way is learning
# what ink looks like. Each batch is binarised afresh; what is kept is an average of the weights.

# %% [markdown]
# ## What is the likelihood?
#
# $$ \log \frac1K \sum_{k=1}^{K} \frac{p(x \mid z_k)\, p(z_k)}{q(z_k \mid x)} \le \log p(x) \quad
# \text{on average} $$
#
# | nats on test digits | negative ELBO | IWAE-500 |
# |:--|--:|--:|
# | ten passes, 1,000 images | below 100 | below 95 |
# | 64 passes, all 10,000 | 92.45 | 88.21 |

# %% [markdown] tags=["notes"]
# 0:17, two minutes. Burda et al. (2016), equation 8, K = 500. Upper bounds on −log p(x), so smaller is
# tighter. The gap between the columns is the price of the encoder. On 1,000 images the standard error
# is about 0.8 nats: the first 1,000 test digits are cleaner than the rest, so they are drawn at random.

# %% [markdown]
# ## Burda et al. report 86.76
#
# | protocol | here | Burda et al. (2016), $k = 1$ |
# |:--|:--|:--|
# | training pixels | a fresh draw per batch | the same |
# | test pixels | one draw, seed 0 | their own draw |
# | estimate | IWAE-500 | IWAE-5000 |
# | latents | 40 | 50 |
# | passes | 64 | 3,280 |

# %% [markdown] tags=["fragment"]
# A likelihood without its protocol means nothing.

# %% [markdown] tags=["notes"]
# 0:19, two minutes. Every row moves the number. Fifty times as many passes gain about one more nat.
# Digits binarised once and for all give other numbers again, grey pixels none at all.

# %% [markdown]
# ## Question
#
# The KL is a sum: each latent has its own price.
#
# This VAE has 40 latents.
#
# **How many does it use, and who decided?**

# %% [markdown] tags=["notes"]
# 0:21, one minute. What does a latent look like that costs nothing? μ = 0 and σ = 1 for every image.

# %% [markdown]
# ## It uses 23

# %%
picture("09", "KL of each of 40 latents")

# %% [markdown] tags=["fragment"]
# The rest are switched off: no price, no message.

# %% [markdown] tags=["notes"]
# 0:22, two minutes. Active: the variance of μ over the test set is above 0.01. Nobody chose 23; more
# latents would be switched off, too. 26 nats per image in all.

# %% [markdown]
# ## What is the KL paid for?

# %%
derivation("09", 1, lines=slice(1, 3))

# %% tags=["fragment"]
derivation("09", 1, lines=slice(3, 5))

# %% [markdown] tags=["fragment"]
# **Information**, which the decoder wants, and distance of all codes together from the prior.

# %% [markdown] tags=["notes"]
# 0:24, three minutes. Four images, one latent, on a grid; q(z) is the average of the four q(z|x). One
# line a key. Hoffman & Johnson (2016). Shipped VAE: standard deviations of the codes 0.97 to 1.04. The
# faces' autoencoder has no such term: 1.4 to 5.7.

# %% [markdown]
# ## No axis is special
#
# > "A diagonal prior makes each latent a feature with a meaning."

# %% [markdown] tags=["fragment"]
# $$ p(Rz) = p(z) \quad \text{for every rotation } R $$

# %% [markdown] tags=["fragment"]
# Turn $z$ by $R$ and the decoder's first layer back: not one probability of an image changes.

# %% [markdown] tags=["notes"]
# 0:27, two minutes. Checked on the shipped model. Notebook 03 found the same for linear pairs. What does
# prefer axes is the diagonal q: turned, it is diagonal no more. The ELBO has a taste, the likelihood
# has none. Second slip, same kind: a diagonal q says nothing about the true posterior; for x = z1 + z2
# + noise its correlation is −0.909.

# %% [markdown]
# ## Question
#
# $p(x \mid z)$ is a distribution over images.
#
# Papers show its mean.
#
# **What does a sample from it look like?**

# %% [markdown] tags=["notes"]
# 0:29, one minute. For binary pixels: 784 coins, tossed on their own.

# %% [markdown]
# ## The model's images are the samples

# %% tags=["large"]
picture("09", "Five rows of ten digits")

# %% [markdown] tags=["notes"]
# 0:30, two minutes. Rows two and three, then four and five. Speckles on the outline, where the coins are
# undecided. Means are prettier, and not what the model says. Row four is what the faces were missing.

# %% [markdown]
# ## The same networks, with and without a KL

# %%
picture("09", "Codes of")

# %% [markdown] tags=["fragment"]
# The prior: 39 % inside radius 1, 86 % inside 2. The VAE: about 39 % and 84 %.

# %% [markdown] tags=["notes"]
# 0:32, one minute. Two latents, so that we can look. Before the figure: where will the codes lie? The
# autoencoder's lie where training threw them, the VAE's fill the disc.

# %% [markdown]
# ## A linear sweep is no sample: its cells differ by a factor of 56

# %% tags=["large"]
picture("09", "Two maps of 20 by 20")

# %% [markdown] tags=["notes"]
# 0:33, two minutes. In the prior's mass, per axis; exercise 9.2 makes the map on the right. Ask which digits meet in the middle.
# Neighbours are similar; and between two digits something must stand.

# %% [markdown]
# ## Two planes, one point


# %% tags=["skip"]
seed_everything(0)
digits = mnist()
x_train, x_test = digits.x_train.flatten(1), binarise(digits.x_test.flatten(1), seed=0)
plane = weights.load("mnist_plane_vae", VAE(784, 96, 96, 96, 2))
encoder = mlp(784, 96, 96, 96, 2, activation=nn.Tanh)
decoder = mlp(2, 96, 96, 96, 784, activation=nn.Tanh)
decoder[-1].bias.data = (x_train.float().mean(dim=0) / 255).clamp(0.01, 0.99).logit()
optimizer = Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=True)
schedule = linear_tail(optimizer, steps=1500)


def plane_step(grey: Tensor) -> dict[str, Tensor]:
    x = binarise(grey)
    loss = objectives.bernoulli_nll(decoder(encoder(x)), x).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    return {"cross-entropy": loss}


train(plane_step, Batches(x_train, size=128, seed=0), steps=1500)
some = torch.randperm(10_000, generator=torch.Generator().manual_seed(0))[:1000]
with torch.no_grad():
    codes = {"autoencoder": encoder(x_test[some]), "VAE": plane.encode(x_test[some]).sample()}

# %% tags=["large"]
live(
    CompareExplorer(
        {
            "autoencoder": nn.Sequential(decoder, nn.Sigmoid()),
            "VAE": nn.Sequential(plane.decoder_net, nn.Sigmoid()),
        },
        points=codes,
        labels=digits.y_test[some],
        bounds=(-3, 3, -3, 3),
        task="Stay within 2 of the middle. Find a place where only the VAE gives a digit.",
    )
)

# %% [markdown]
# Then walk on the VAE's plane from a 1 to a 0. Where is the seam, and how wide is it?

# %% [markdown] tags=["notes"]
# 0:35, three minutes. Let somebody steer: drag, or Tab to the plane and use the arrows. Usual question:
# is the seam a fault? No: a continuous decoder has to pass through something.

# %% [markdown]
# ## Question
#
# The VAE with 40 latents is 46 nats better than the plane.
#
# Both decode draws from their prior. A judge reads the images.
#
# **Whose images are more often digits?**

# %% [markdown] tags=["notes"]
# 0:38, one minute. The judge is a classifier; an image is a non-digit if no class gets 70 %. Hands up
# for 40, for 2.

# %% [markdown]
# ## A better likelihood is not a better sample
#
# | decoded from noise | no digit, about |
# |:--|--:|
# | test digits, for comparison | 3 % |
# | VAE, plane | a quarter |
# | VAE, 40 latents | **half** |
# | autoencoder, plane | half |

# %% [markdown] tags=["fragment"]
# A continuous decoder makes seams; in 23 dimensions half of the prior lies between digits.

# %% [markdown] tags=["notes"]
# 0:39, one minute. Surprise for most. The ELBO pays for every digit that is explained, and hardly charges
# for ink between digits. A connected prior gives a connected set of images; digits are not connected.

# %% [markdown]
# ## How wide is $p(x \mid z)$?
#
# Three VAEs on grey digits, Gaussian decoder, 16 latents. Only $\sigma_x$ differs.
#
# | decoder's $\sigma_x$ | KL, about | error, about |
# |:--|--:|--:|
# | 19.8, the hidden one | 0 nats | 53 |
# | 1, the lectures' | 4 nats | 32 |
# | learned: 0.16 | 35 nats | 20 |
#
# **What does a *sample* look like for each?**

# %% [markdown] tags=["notes"]
# 0:40, one minute. 19.8 squared is 392, the mean over pixels of lecture 08. First row: posterior collapse,
# no active latent; the best answer to the wrong question.

# %% [markdown]
# ## Snow, snow, digits

# %% tags=["large"]
picture("09", "Rows of ten digits. Mean over pixels")

# %% [markdown] tags=["notes"]
# 0:41, one minute. A model that says ±1 about pixels in [0, 1] is wrong by many nats, and its samples say
# so. What is shown in papers are means.
# The first model's samples would be snow, too; its means are ten times the same blot.

# %% [markdown]
# ## The cure

# %%
picture("09", "KL of 16 latents")

# %% [markdown] tags=["fragment"]
# Let the collapsed model learn $\sigma_x$: in 600 steps all 16 latents are back.

# %% [markdown] tags=["notes"]
# 0:42, one minute. Collapse at a wrong weight is reversible. A weight β on the KL is the same dial, the
# loss with σx² = β up to the factor. A decoder that needs no latent collapses at the right weight:
# notebook 15.

# %% [markdown]
# ## Same noise, same networks: soft faces instead of smears

# %% tags=["large"]
picture("09", "Rows of five pictures")

# %% [markdown] tags=["notes"]
# 0:43, one minute. Fréchet distance from noise: the VAE has about half of the autoencoder's. As a copier
# the autoencoder wins. Both have one reason: the KL makes the VAE give up what does not pay. What z does
# not say is averaged, and averages are blurred.

# %% [markdown]
# ## What you have seen
#
# - One model, one bound: sums over pixels and over latents.
# - The KL pays for information and for meeting the prior; idle latents are switched off.
# - Noise decodes to something because codes are there; seams remain.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Next: notebook 10 changes one part of this model at a time.

# %% [markdown]
# ## Work on it
#
# Notebook 09: exercises 9.1 (the loss), 9.2 (equal mass), 9.3 (the hidden variance).
#
# Read: Kingma & Welling (2014); Burda et al. (2016); Hoffman & Johnson (2016); Lucas et al. (2019).

# %% [markdown] tags=["notes"]
# 0:45. Exercise 9.1 first: the rest of the notebook trains with it.
