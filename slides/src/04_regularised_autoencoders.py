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

from course_utils import objectives
from course_utils.device import seed_everything
from course_utils.distributions import gaussian_mixture
from course_utils.explorers import FieldExplorer
from course_utils.nn import mlp
from course_utils.training import Batches, linear_tail, train
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # Regularised autoencoders
#
# How can we stop the copy without a bottleneck?

# %% [markdown] tags=["notes"]
# 0:00, one minute. Recall the last lecture in one sentence: a code wider than the image copies
# everything and learns nothing. Today the code stays wide. The deck goes with notebook 04;
# everything shown here is computed there.

# %% [markdown]
# ## A copier meets a dirty image
#
# 1,000 code numbers for 784 pixels, trained to copy. A clean digit comes back nearly perfect.
#
# Now hand it a digit under snow. **Does it return the snow, or a digit?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Hands up for each. Ask both camps for a reason. "Digit, because it has only seen
# digits" is the good wrong answer: the weights are linear up to a relu, and they were asked to pass
# everything.

# %% [markdown]
# ## The snow stays where the ink is

# %%
picture("04", "Three rows of ten digits: clean")

# %% [markdown] tags=["fragment"]
# $\mathrm{PSNR} = -10 \log_{10}\big(\tfrac1n \lVert \hat x - x\rVert^2\big)$: 8.0 dB come in,
# about 14 dB come out.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. PSNR is always against the clean image; 10 dB more are a tenth of the squared
# error. Why six decibels for nothing? In 300 steps it has not learned to pass the blank margin, so the
# noise there is lost. Six decibels are the bar that a denoiser has to clear.

# %% [markdown]
# ## One loop, two sockets
#
# $$ L\big(x,\; g(f(\tilde x))\big) + \lambda\, \Omega(\tilde x, h), \qquad \tilde x = c(x),
# \quad h = f(\tilde x) $$
#
# ```python
# x_seen = corrupt(x)
# h = encoder(x_seen)
# loss = squared_error(decoder(h), x) + lam * penalty(x_seen, h)
# ```

# %% [markdown] tags=["fragment"]
# Charge for the code: **sparse**. Change the input: **denoising**. Charge for sensitivity:
# **contractive**.

# %% [markdown] tags=["notes"]
# 0:05, two minutes. Goodfellow et al., equations 14.2, 14.9, 14.11. Both sockets empty: the copier.
# Point at the second argument of the squared error: it is the clean x, whatever the encoder saw.
# Usual question: can one fill both? Yes; the explorer at the end does.

# %% [markdown]
# ## Question
#
# One unit of the code. Alone it would take the value $a$. Now it costs:
#
# $$ \min_h\; (a - h)^2 + \lambda\,\lvert h\rvert $$
#
# **Which $h$ is best? How would $\lambda h^2$ differ?**

# %% [markdown] tags=["notes"]
# 0:07, two minutes. Let them work on paper: three cases, h above, below and at zero. This is exercise
# 4.1; whoever is done first says the answer in words.

# %% [markdown]
# ## Switched off, exactly

# %%
picture("04", "The best code against its value")

# %% [markdown] tags=["fragment"]
# A unit that does not earn $\lambda/2$ is **zero**. The square only makes small numbers smaller.

# %% [markdown] tags=["notes"]
# 0:09, one minute. The absolute value charges the same for the last bit as for the first: the slope at
# zero is λ, not 0. Soft thresholding is the name in statistics (the lasso).

# %% [markdown]
# ## The penalty is a dial

# %%
picture("04", "Left: the share of active units")

# %% [markdown] tags=["fragment"]
# At $\lambda = 0.3$ about one unit in seventeen speaks: a narrow code, chosen out of a wide one.

# %% [markdown] tags=["notes"]
# 0:10, one minute. Mind the logarithmic axis on the right: the values pile up at exactly zero. At
# λ = 1 hardly a unit is left, and the squared error, about 3 for the copier, exceeds 40.

# %% [markdown]
# ## What does a unit stand for?

# %%
picture("04", "Two blocks of twenty filters")

# %% [markdown] tags=["fragment"]
# > Tie the weights. A free decoder dodges the bill: code divided by 10, matrix times 10.

# %% [markdown] tags=["notes"]
# 0:11, two minutes. Row j of W is the stroke that unit j adds. Any basis serves to copy, so the
# copier's rows stay what the random start was. If only a few units may speak, each must say much. The
# slip: "any decoder will do". The reconstruction is the same, the bill a tenth. With tied weights a
# smaller W makes both halves smaller.

# %% [markdown]
# ## Or change the question

# %% tags=["large"]
diagram("denoising_contractive")

# %% [markdown] tags=["notes"]
# 0:13, one minute. The upper half now: the encoder sees noise, the loss asks for the clean x (Vincent
# et al., 2008). The copy is the wrong answer. The lower half in a quarter of an hour.

# %% [markdown]
# ## Question
#
# - Network **A** trains on Gaussian snow, $\sigma = 0.4$.
# - Network **B** trains on digits with half of their pixels cleared.
#
# Each is tested on both. **Who gains how much where?**

# %% [markdown] tags=["notes"]
# 0:14, one minute. Draw the two by two table on the board and have it filled with plus signs.

# %% [markdown]
# ## It learns the pair (data, noise)

# %%
picture("04", "Ten digits under snow (A)")

# %% [markdown] tags=["fragment"]
# | gain in dB | on A | on B |
# |:--|--:|--:|
# | trained on A | above 10 | below 3 |
# | trained on B | below 4 | above 5 |

# %% [markdown] tags=["notes"]
# 0:15, two minutes. B has learned that half of the ink is missing and prints too dark, specks
# included. A believes that ink may be an accident and leaves thin digits pale. The copier gains about
# 6 on A. Slip: comparing with the corrupted image; then the best answer is a copy, gain zero.

# %% [markdown]
# ## Question
#
# Data come from $\mathcal{N}(0, 1)$. The noise has $\sigma = 1$. You see $\tilde x = 3$.
#
# **Which answer makes the expected squared error smallest?**

# %% [markdown] tags=["notes"]
# 0:17, one minute. Collect numbers: 3, 0, something between. Nobody may use a formula yet.

# %% [markdown]
# ## The posterior mean
#
# Here: half of 3, so **1.5**. In general, for any answer $r$:

# %%
derivation("04", 1)

# %% [markdown] tags=["fragment"]
# No denoiser gets below the last line.

# %% [markdown] tags=["notes"]
# 0:18, two minutes. One line a key. The numbers belong to a mixture of two Gaussians at x̃ = 0.4 with
# the rival r = 0.1. Last line: the variance of the posterior; what noise has destroyed stays destroyed.

# %% [markdown]
# ## Where is uphill?
#
# The density of *noisy* data:
#
# $$ p_\sigma(\tilde x) = \int p(x)\; \mathcal{N}(\tilde x;\, x,\, \sigma^2 I)\; dx $$

# %% [markdown] tags=["fragment"]
# Its **score** is the gradient of its logarithm, a vector as long as $\tilde x$:
#
# $$ \nabla_{\tilde x} \log p_\sigma(\tilde x) $$

# %% [markdown] tags=["fragment"]
# For images nobody can compute it. **Or can somebody?**

# %% [markdown] tags=["notes"]
# 0:20, two minutes. The score points to where the density grows. It does not need the normalising
# constant: the logarithm turns it into a summand, the gradient removes it. Usual question: gradient
# with respect to what? The point, not the parameters.

# %% [markdown]
# ## From the score ...

# %%
derivation("04", 2, lines=slice(0, 3))

# %% [markdown] tags=["notes"]
# 0:22, two minutes. Line 2 is the derivative of a logarithm with the definition put in. Line 3: the
# gradient of a Gaussian brings down (x − x̃)/σ², and σ² cancels. Every integral is on a fine grid.

# %% [markdown]
# ## ... to the best denoiser

# %%
derivation("04", 2, lines=slice(3, 5))

# %% [markdown] tags=["fragment"]
# $$ r(\tilde x) - \tilde x = \sigma^2\, \nabla \log p_\sigma(\tilde x) $$
#
# It has seen pairs of points, and it knows the gradient of a log-density.

# %% [markdown] tags=["notes"]
# 0:24, one minute. Read it from the bottom. Tweedie's formula (Efron, 2011); for autoencoders Vincent
# (2011). No line used that p is a mixture.

# %% [markdown]
# ## Question
#
# Data from $\mathcal{N}(0, 1)$, $\sigma = 1$, seen 3, once more. The step is $\sigma^2$ times a
# score.
#
# **The score of the clean density, or of the noisy one? Where does each land?**

# %% [markdown] tags=["notes"]
# 0:25, one minute. The score of a Gaussian of variance v at x is −x/v: give them that.

# %% [markdown]
# ## The noisy one
#
# | score of | at 3 | lands at | error |
# |:--|--:|--:|--:|
# | $p$, variance 1 | −3.0 | 0.0 | 2.75 |
# | $p_\sigma$, variance 2 | −1.5 | 1.5 | **0.50** |

# %% [markdown] tags=["fragment"]
# > The residual is the score of $p_\sigma$, not of $p$. Only for small $\sigma$ are the two alike.

# %% [markdown] tags=["notes"]
# 0:26, one minute. Error: squared distance from 1.5 plus the posterior's variance, 0.5. The slip is
# in many lecture notes.

# %% [markdown]
# ## Found without a density

# %%
picture("04", "Arrows of the exact and of the learned")

# %% [markdown] tags=["fragment"]
# Left a formula, right a network that saw pairs only. Cosine where data are: **above 0.95**.

# %% [markdown] tags=["notes"]
# 0:27, two minutes. Two hidden layers of 64 units. Ask where it is right: where noisy data are; the
# corners are extrapolation. The length fits the noisy score to a few percent, and is about a third of
# the clean one. Outlook: follow the arrows, add noise, repeat, and you generate: notebook 18.

# %% [markdown]
# ## Contractive: a bill for sensitivity
#
# $$ \Omega(x, h) = \Big\lVert \frac{\partial h}{\partial x} \Big\rVert_F^2
# = \sum_{i,j} \Big( \frac{\partial h_i}{\partial x_j} \Big)^2 $$

# %% [markdown] tags=["fragment"]
# A wide code has 784,000 derivatives per image.

# %% [markdown] tags=["fragment"]
# One layer of sigmoids needs none of them:
#
# $$ \Omega = \sum_i \big(h_i (1 - h_i)\big)^2\, \lVert W_i \rVert^2 $$

# %% [markdown] tags=["notes"]
# 0:29, two minutes. Rifai et al. (2011). Derive it aloud: ∂h_i/∂x_j = h_i(1−h_i) W_ij, and the factor
# does not depend on j. W_i is row i. Slip: it is the squared Frobenius norm, not the norm, and not
# the largest singular value.

# %% [markdown]
# ## One number, four times

# %%
derivation("04", 3, lines=slice(0, 4))

# %% [markdown] tags=["fragment"]
# Line 4 is Hutchinson's estimator: one backward pass, for *any* encoder. Autograd takes one per unit.

# %% [markdown] tags=["notes"]
# 0:31, two minutes. At full size automatic differentiation costs several dozen times the closed form,
# one random projection about as much as it. How noisy is one? On an encoder 784-256-64 about a
# tenth, as theory says; the batch averages the rest.

# %% [markdown]
# ## Question
#
# Alone, the penalty wants a constant code. Data vary much along one direction ($v = 1$), little
# across ($v = 0.01$).
#
# **Which of the two directions does the penalty charge?**

# %% [markdown] tags=["notes"]
# 0:33, one minute. Most say: the one across. The expected loss of a linear encoder with slope a and
# decoder 1 is v(1−a)² + λa².

# %% [markdown]
# ## Both. The reconstruction rescues one

# %%
picture("04", "Slope of a linear encoder against")

# %% [markdown] tags=["fragment"]
# Best slope $v / (v + \lambda)$: in the window flat across, faithful along. At $\lambda = 50$:
# 0.020 along the data, too.

# %% [markdown] tags=["notes"]
# 0:34, one minute. The slip: "the contractive term penalises insensitivity to the data's directions".
# It charges for every sensitivity; the reconstruction keeps the slope up, and can be outvoted.

# %% [markdown]
# ## On digits: the tail is pressed down

# %%
picture("04", "Singular values of the encoder")

# %% [markdown] tags=["fragment"]
# $\lambda = 5$: as if a bottleneck of a few dozen numbers. Directions, not places: shuffled pixels
# look the same.

# %% [markdown] tags=["notes"]
# 0:35, one minute. The sensitivity towards another digit of the same class falls by about a quarter,
# in a random direction by more than half. The bill is presented at digits only; it says nothing
# about places without data.

# %% [markdown]
# ## Two roads to one field
#
# A linear map $r(x) = Ax$, data with covariance $\Sigma$:

# %%
derivation("04", 4)

# %% [markdown] tags=["fragment"]
# **Noise of variance $\sigma^2$ is a contractive penalty of weight $\lambda = \sigma^2$**: exact if
# linear, else for small noise.

# %% [markdown] tags=["notes"]
# 0:36, two minutes. The first two lines are Monte Carlo with standard errors. The Jacobian is that of
# the whole map g after f. Bishop (1995); Alain & Bengio (2014). So a contractive pair, which never
# saw noise, must find the denoiser's field.

# %% [markdown]
# ## It never saw any noise

# %%
picture("04", "Three fields of arrows")

# %% [markdown] tags=["fragment"]
# Centre: noise, no penalty. Right: penalty, no noise. Cosine of the two: above 0.9.

# %% [markdown] tags=["notes"]
# 0:38, one minute. Left the copier: where data are nothing moves, so nothing was learned; its arrows
# at the edge are an accident of the tanh.

# %% [markdown]
# ## Sixteen networks

# %% tags=["skip"]
seed_everything(0)
weights = torch.tensor([0.4, 0.35, 0.25])
means = torch.tensor([[-1.5, -1.0], [1.5, -0.8], [0.0, 1.4]])
x_plane = gaussian_mixture(weights, means, torch.tensor([0.35, 0.25, 0.45])).sample((20_000,))


def trained(sigma: float, lam: float, steps: int = 400) -> nn.Module:
    net = mlp(2, 64, 64, activation=nn.Tanh).append(nn.Tanh()).append(nn.Linear(64, 2))
    optimizer = Adam(net.parameters(), lr=5e-3, fused=True)
    schedule = linear_tail(optimizer, steps=steps, tail=0.6)

    def plane_step(x: Tensor) -> dict[str, Tensor]:
        seen = x + sigma * torch.randn_like(x)
        loss = objectives.squared_error(net(seen), x).mean()
        if lam:
            loss = loss + lam * objectives.contractive_hutchinson(net, seen).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"loss": loss}

    train(plane_step, Batches(x_plane, size=256, seed=0), steps)
    return net.requires_grad_(False)


settings = [(sigma, lam) for sigma in (0.0, 0.2, 0.4, 0.8) for lam in (0.0, 0.04, 0.16, 0.64)]
nets = {setting: trained(*setting) for setting in settings}

# %%
live(
    FieldExplorer(
        {setting: lambda x, net=net: net(x) - x for setting, net in nets.items()},
        sliders=("noise σ", "penalty λ"),
        points=x_plane[:600],
        bounds=(-3.0, 3.0, -3.0, 3.0),
        setting=(0.4, 0.0),
        task="At σ = 0.8 raise λ: which cloud loses its particles first? Then find two equal fields.",
    )
)

# %% [markdown] tags=["notes"]
# 0:39, three minutes. Let somebody steer. Answer: with λ = 0.64 on top the variances add up to 1.13²,
# and the upper cloud, the lightest and widest, drowns: so noisy a density has two hills. Equal
# fields: pairs with the same σ² + λ, such as (0.2, 0) and (0, 0.04).

# %% [markdown]
# ## Good at what they were charged for
#
# | 1,000 numbers each | copy of a clean digit | gain on snow |
# |:--|--:|--:|
# | copier | about 25 dB | about 6 dB |
# | sparse | about 19 dB | above 8 dB |
# | denoising | above 20 dB | above 10 dB |
# | contractive | about 15 dB | about 7 dB |

# %% [markdown] tags=["notes"]
# 0:42, one minute. The sparse pair cleans without ever having seen noise: snow is not made of strokes.
# Neighbours of a noisy digit: 0.9 for all four and for pixels; whether a code is useful depends on the
# use.

# %% [markdown]
# ## What you have seen
#
# - One loop, two sockets: pay for activity, corrupt the input, pay for sensitivity.
# - The best denoiser steps by $\sigma^2$ times the score of the *noisy* density.
# - Contraction flattens every direction. For small noise, it *is* denoising.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Next: notebook 05 puts the codes to work, and asks why none of these networks can
# generate.

# %% [markdown]
# ## Work on it
#
# Notebook 04: exercises 4.1 (shrink), 4.2 (best guess), 4.3 (exact denoiser), 4.4 (penalty).
#
# Read: Goodfellow, Bengio & Courville (2016), chapter 14; Vincent (2011); Rifai et al. (2011); Alain &
# Bengio (2014).

# %% [markdown] tags=["notes"]
# 0:44. Hand out the notebook; its checks know the usual mistakes.
