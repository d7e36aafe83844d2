# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
import torch
from torch import nn

from course_utils import weights
from course_utils.data import mnist
from course_utils.explorers import LatentExplorer
from course_utils.recipes import mnist_plane_vae
from tools.deck import diagram, live, picture

# %% [markdown]
# # Start here
#
# What is a generative model, and how do I use this course?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 00; everything shown here is computed there. Say what the
# course is about only after the vote on the next slide.

# %% [markdown]
# ## Question
#
# Four of these were written by a person. **Which four were never written?**

# %% tags=["small"]
picture("00", "Eight digits in a row")

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Vote place by place and keep the counts on the board. Ask what people look at.

# %% [markdown]
# ## Places 2, 3, 5 and 8
#
# A small network drew them, from two numbers each. Their soft edges give them away.
#
# It has stored no image. It has learned a **distribution**.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. Usual question: is it not a mixture of stored images? The network is far smaller
# than its 60,000 images, and between any two of its digits it draws others: the explorer will show it.
# Where the softness comes from is notebook 09's business.

# %% [markdown]
# ## A distribution, fitted
#
# Data are draws from a distribution that nobody has written down: $x \sim p_d(x)$.

# %% [markdown] tags=["fragment"]
# A **generative model** is a distribution $p(x)$ with parameters, fitted so that $p$ comes close to
# $p_d$.

# %% [markdown] tags=["fragment"]
# How close? *Whose* measure of closeness? That is half of the course.

# %% [markdown] tags=["notes"]
# 0:05, two minutes. x is one image, a row of 784 numbers. p_d is nature's: we own samples of it, never
# its formula. A classifier learns p(label given x); here x itself is to be explained.

# %% [markdown]
# ## Two things a model may do
#
# **Draw**: a new $x \sim p(x)$. **Score**: how probable is this $x$, $\log p(x)$, in *nats*?

# %% [markdown] tags=["fragment"]
# **Question.** 784 pixels, paper or ink. A model that knows nothing tosses a fair coin for each.
#
# What does an image cost, $-\log p(x)$?

# %% [markdown] tags=["notes"]
# 0:07, two minutes. Nats: the natural logarithm. A cost is the negative score, averaged over test data;
# less is better. This is exercise 0.1: let everybody write a number down.

# %% [markdown]
# ## Ignorance costs 543 nats
#
# $$ p(x) = 2^{-784} $$

# %% [markdown] tags=["fragment"]
# $$ -\log p(x) = 784 \log 2 \approx 543.4 $$

# %% [markdown] tags=["fragment"]
# The best models of this course: about **80**.

# %% [markdown] tags=["notes"]
# 0:09, two minutes. Usual wrong answers: 784 is in bits; log 2 is one pixel; with a minus it is a score
# and no cost. Ask what 80 means: as if 115 fair coins were left to toss, of 784.

# %% [markdown]
# ## Who takes part

# %%
diagram("taxonomy")

# %% [markdown] tags=["fragment"]
# **Question.** Five families. Which can score an image, and which draw at once?

# %% [markdown] tags=["notes"]
# 0:11, two minutes. Explicit: there is a formula for log p, or at least a bound. Tractable: it can be
# computed. Implicit: only a machine that draws. Boltzmann machines have a notebook of their own, 07.

# %% [markdown]
# ## Five families, five bargains
#
# | family | draws | scores | its idea |
# |:--|:--|:--|:--|
# | autoregressive | slowly | exactly | predict the next number |
# | flow | at once | exactly | bend noise, invertibly |
# | VAE | at once | by a bound | guess the causes, decode them |
# | GAN | at once | not at all | fool a critic |
# | diffusion | slowly | by a bound | undo noise, bit by bit |

# %% [markdown] tags=["notes"]
# 0:13, two minutes. Nobody has everything: read the two middle columns. Slowly means one network call a
# pixel, or one a step.

# %% [markdown]
# ## One task for all five
#
# Two half-moons in the plane, 10,000 points. A toy, with one virtue: $\log p_d$ is **known**.

# %% [markdown] tags=["fragment"]
# The true density costs $1.02$ nats a point.
#
# **Question.** Can a model cost less?

# %% [markdown] tags=["notes"]
# 0:15, one minute. Leave the question open; the answer comes with the scores. A minute for guesses: what
# would it mean to be cheaper than the truth?

# %% [markdown]
# ## One loop for all five
#
# ```python
# def fit_step(x):
#     mean_loss = loss(x).mean()
#     optimizer.zero_grad()
#     mean_loss.backward()
#     optimizer.step()
#     schedule.step()
#     return {"loss": mean_loss}
#
# train(fit_step, Batches(data, size=256, seed=0), steps)
# ```
#
# Only `loss` differs. (The GAN has two.)

# %% [markdown] tags=["notes"]
# 0:16, two minutes. The loop knows steps and named numbers, no model. Everything that happens in a step
# stays visible. Notebook 02 builds it.

# %% [markdown]
# ## Autoregressive: one after the other
#
# $$ p(x_1, x_2) = p(x_1)\; p(x_2 \mid x_1) $$

# %% [markdown] tags=["fragment"]
# Always true. Each factor is a mixture of twelve Gaussians; a network reads $x_1$ and sets the second.

# %% [markdown] tags=["fragment"]
# Loss: $-\log p(x)$.

# %% [markdown] tags=["notes"]
# 0:18, one minute. With an image: 784 factors, and 784 network calls to draw. Notebook 15.

# %% [markdown]
# ## Flow: noise, bent
#
# $$ x = T(z), \qquad z \sim \mathcal{N}(0, I), \qquad T \text{ invertible} $$

# %% [markdown] tags=["fragment"]
# $$ \log p(x) = \log \mathcal{N}(z; 0, I) - \log \left|\det \frac{\partial T}{\partial z}\right| $$

# %% [markdown] tags=["fragment"]
# Where $T$ stretches, the density thins out. Six layers; loss: $-\log p(x)$.

# %% [markdown] tags=["notes"]
# 0:19, two minutes. A layer keeps one coordinate, and shifts and stretches the other by amounts that
# depend on the first: that can be undone exactly. Notebook 17.

# %% [markdown]
# ## VAE: causes, guessed

# %%
diagram("vae")

# %% [markdown] tags=["fragment"]
# Loss: a *bound* on the cost. Three derivations in notebook 08.

# %% [markdown] tags=["notes"]
# 0:21, one minute. Here z has two numbers, so the exact cost can still be had by a sum over a grid of z.
# In general not: that is what the bound is for.

# %% [markdown]
# ## GAN: two networks play

# %%
diagram("gan")

# %% [markdown] tags=["fragment"]
# No density anywhere: nothing to score with.

# %% [markdown] tags=["notes"]
# 0:22, one minute. The discriminator is trained to tell draws from data, the generator to be taken for
# data. Part IV asks what such a game converges to.

# %% [markdown]
# ## Diffusion: noise, undone
#
# $$ x_t = \cos\!\left(\tfrac{\pi t}{2}\right) x + \sin\!\left(\tfrac{\pi t}{2}\right) \varepsilon,
# \qquad 0 \le t \le 1 $$

# %% [markdown] tags=["fragment"]
# A network looks at $x_t$ and $t$ and learns, in effect, to guess the clean $x$.

# %% [markdown] tags=["fragment"]
# To draw: begin with noise. Guess, mix again with a little less noise, and so on.

# %% [markdown] tags=["notes"]
# 0:23, one minute. At t = 0 clean, at t = 1 noise. Usual question: why not in one step? The best guess
# from pure noise is the mean of all data. Notebook 18.

# %% [markdown]
# ## Question
#
# Three of the five can score: autoregressive, flow, VAE.
#
# **Who comes closest to the truth's 1.02 nats? Who comes last?**

# %% [markdown] tags=["notes"]
# 0:24, one minute. Hands up. Remind them of the open question: can somebody be cheaper?

# %% [markdown]
# ## Nobody is cheaper than the truth
#
# | density | mass | cost in nats, about |
# |:--|--:|--:|
# | the truth | 1.00 | 1.02 |
# | autoregressive | 1.00 | 1.1 |
# | flow | 1.00 | 1.2 |
# | VAE | 1.00 | 1.55 |

# %% [markdown] tags=["fragment"]
# $$ \mathbb{E}_{p_d}[-\log p] - \mathbb{E}_{p_d}[-\log p_d] = \mathrm{KL}(p_d \,\|\, p) \ge 0 $$

# %% [markdown] tags=["notes"]
# 0:25, two minutes. Mass: the sum over a fine grid. A score means something only if the density is one:
# check that first. The difference is a KL divergence; notebook 01 proves that it is never negative.

# %% [markdown]
# ## Question
#
# GAN and diffusion have no such number. All five can draw, so compare draws.
#
# Two heaps of sand, $n$ grains each, on a line. **How far must a grain travel, on average, to turn one
# into the other?**

# %% [markdown] tags=["notes"]
# 0:27, one minute. Let somebody propose a plan: which grain goes where? Exercise 0.2.

# %% [markdown]
# ## Sort both
#
# The cheapest plan never lets two grains cross.

# %% [markdown] tags=["fragment"]
# $$ W_1 = \frac{1}{n} \sum_{i=1}^{n} \left| a_{(i)} - b_{(i)} \right| $$
#
# $a_{(i)}$, $b_{(i)}$: the $i$-th smallest.

# %% [markdown] tags=["fragment"]
# In the plane: look from 64 directions, and average.

# %% [markdown] tags=["notes"]
# 0:28, two minutes. If two ways cross, swapping the targets never makes them longer. Earth mover's or
# Wasserstein distance; it returns in notebooks 01 and 13.

# %% [markdown]
# ## Question: order the five, best first

# %% tags=["large"]
picture("00", "Six scatter plots of two half-moons")

# %% [markdown] tags=["notes"]
# 0:30, two minutes. Look at what lies where no data are. The VAE's cloud is thick: every decoded point
# gets the same round noise. Points between the moons: a continuous map of one connected cloud cannot
# tear it in two. The autoregressive model can: its second factor is a mixture.

# %% [markdown]
# ## Even fresh data are not at zero
#
# | draws of | distance to test data, about |
# |:--|--:|
# | nature: fresh data | 0.017 |
# | autoregressive | 0.02 |
# | diffusion | 0.03 |
# | GAN, VAE, flow | 0.05 to 0.06 |

# %% [markdown] tags=["fragment"]
# A distance without its floor says nothing. And one number does not see every hole.

# %% [markdown] tags=["notes"]
# 0:32, two minutes. Four thousand points each. A distance without its floor says nothing: another
# sample of the data comes first. Surprise: diffusion is second, though it fills the gap; projections
# hardly see a hole. The autoregressive model has it easy in two dimensions: do not carry the order
# over to images.

# %% [markdown]
# ## Question
#
# Take a very good model $p$ of images. Mix one part of it with 99 parts of noise.
#
# **What happens to its draws? What happens to its cost?**

# %% [markdown] tags=["notes"]
# 0:34, one minute. The draws are easy. For the cost most guess "a hundred times as much".

# %% [markdown]
# ## Garbage, at 4.6 nats more
#
# $$ -\log\!\left(\tfrac{1}{100}\, p(x) + \tfrac{99}{100}\, p_{\text{noise}}(x)\right)
# \le -\log p(x) + \log 100 $$

# %% [markdown] tags=["fragment"]
# 99 of 100 draws are noise; of hundreds of nats, $4.6$ are lost.

# %% [markdown] tags=["fragment"]
# > Draws and scores are *two* questions. Say which one you measure.

# %% [markdown] tags=["notes"]
# 0:35, two minutes. Drop the second term in the logarithm: it is not negative. Theis, van den Oord and
# Bethge (2016), section 3.2. The other way round: a model that repeats the training set draws well and
# scores badly.

# %% [markdown]
# ## Forty years in one line

# %%
diagram("timeline")

# %% [markdown] tags=["notes"]
# 0:37, one minute. The restricted Boltzmann machine is often dated 2006: it is Smolensky's Harmonium of
# 1986, and came back as the brick of deep belief nets. From 2011 to 2016 all five families were born.

# %% [markdown]
# ## Question
#
# The network of the first slides: two numbers $z$ in, an image out.
#
# **What lies between a 7 and a 9? Between a 0 and a 1?**

# %% [markdown] tags=["notes"]
# 0:38, one minute. Both answers are on the next slide, to be found with the pointer.

# %% [markdown]
# ## Take it into your hands

# %% tags=["skip"]
digits = mnist()
plane_vae = weights.load("mnist_plane_vae", mnist_plane_vae.build())
with torch.no_grad():
    codes = plane_vae.encode(digits.x_test[:1000].flatten(1) / 255).mean

# %%
live(
    LatentExplorer(
        nn.Sequential(plane_vae.decoder_net, nn.Sigmoid()),
        points=codes,
        labels=digits.y_test[:1000],
        bounds=(-3, 3, -3, 3),
        task="Find a shape that is no digit. Which two digits does it lie between?",
    )
)

# %% [markdown] tags=["notes"]
# 0:39, two minutes. Let somebody steer: drag, or Tab to the plane and use the arrows. Dots are codes of
# test digits, coloured by class. The weights are in the page: it runs without network or kernel.

# %% [markdown]
# ## The way through
#
# | part | notebooks | question |
# |:--|:--|:--|
# | I. Foundations | 01, 02 | what measures a difference? |
# | II. Autoencoders | 03–05 | what does copying teach? |
# | III. Latent variables | 06–10 | how are hidden causes inferred? |
# | IV. Adversaries | 11–14 | what does a game converge to? |
# | V. Exact likelihoods | 15–17 | samples and exact scores? |
# | VI. Today | 18, 19 | which model when? |

# %% [markdown] tags=["notes"]
# 0:41, one minute. In order, or begin with the part you need: each notebook names what it stands on.
# Part III is the heart.

# %% [markdown]
# ## How a notebook works
#
# - Predict before each figure, then run the cell.
# - Replace the dots. The check knows the usual mistakes.
# - While an exercise is open, the reference stands in: the rest still runs.
# - Break it. Nothing here is precious.

# %% [markdown] tags=["notes"]
# 0:42, one minute. Show exercise 0.1 if a notebook is at hand: type 784 and read what the check says.

# %% [markdown]
# ## What you have seen
#
# - A generative model is a fitted distribution. It may draw, or score, or both.
# - Five families, one loop: three score, all draw, and their draws fail differently.
# - Knowing nothing about a binary digit costs 543 nats.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Next: notebook 01 asks what measures the difference between two distributions, and
# finds that two people can both be right about the same picture.

# %% [markdown]
# ## Work on it
#
# Notebook 00: exercises 0.1 (ignorance), 0.2 (earth). Run its last check: is everything in place?
#
# Read: Goodfellow, Bengio & Courville (2016), chapter 20; Theis et al. (2016).

# %% [markdown] tags=["notes"]
# 0:44, one minute. Who has no working set-up by the next lecture brings what section 6 prints.
