# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
import math

import torch
from torch.distributions import Normal

from course_utils.explorers import ElboExplorer
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # The evidence lower bound
#
# How can we maximise a likelihood that we cannot compute?

# %% [markdown] tags=["notes"]
# 0:00, one minute. Say what "evidence" is only on the fourth slide. The deck goes with notebook 08;
# every number shown here is computed there.

# %% [markdown]
# ## Question
#
# Two lecture notes print a lower bound on $\log p(x)$. They agree **up to one sign**.
#
# Here $\log p(x) = -1.602$ is known. We climb both bounds, from the same start.
#
# **What must a lower bound on −1.602 never do?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Take the trivial answer, "exceed it", and insist: would you notice, if the number
# −1.602 were not on the slide?

# %% [markdown]
# ## One of them goes through the ceiling

# %% tags=["large"]
picture("08", "Two bounds during 100 steps")

# %% [markdown] tags=["notes"]
# 0:03, one minute. A climbs to the line and stops; B crosses it and ends at 2.51. In a real model the
# dotted line is missing, and both curves look healthy. So the sign has to come from a proof, and we
# compute every line of it.

# %% [markdown]
# ## A model whose truth is known
#
# | | | |
# |:--|:--|:--|
# | prior | $p(z)$ | $\mathcal N(0, 1)$ |
# | likelihood | $p(x \mid z)$ | $\mathcal N(z, \tfrac12)$ |
# | **evidence** | $p(x) = \int p(x \mid z)\,p(z)\,dz$ | $\mathcal N(0, \tfrac32)$ |
# | **posterior** | $p(z \mid x) = p(x \mid z)\,p(z)\,/\,p(x)$ | $\mathcal N(\tfrac23 x, \tfrac13)$ |

# %% [markdown] tags=["fragment"]
# In general nobody can compute the last two.

# %% [markdown] tags=["fragment"]
# The **guess** $q(z \mid x)$: any distribution over $z$ that you can sample. Today $\mathcal N(0.4,
# 0.6)$, for $x = 1.2$.

# %% [markdown] tags=["notes"]
# 0:04, three minutes. z is hidden, x is seen, both are single numbers here. Usual question: where does
# q come from? It is made up; later a network supplies it. The notebook runs every derivation on a second
# model too, with three states and four letters, where each integral is a sum.

# %% [markdown]
# ## First derivation: multiply by q/q

# %%
derivation("08", 1, lines=slice(0, 4))

# %% [markdown] tags=["notes"]
# 0:07, three minutes. One line a key. Line 2 is exact for every q: log p(x) contains no z. Many notes
# write ≈ there. Line 3 is Bayes' rule, solved for p(x). Ask before each key: why is this equal?

# %% [markdown]
# ## What you can have, and what you cannot
#
# $$ \log p(x) = \underbrace{\mathbb{E}_q[\log p(x \mid z)]}_{-1.8124} -
# \underbrace{\mathbb{E}_q\Big[\log \frac{q(z \mid x)}{p(z)}\Big]}_{0.1354} +
# \underbrace{\mathbb{E}_q\Big[\log \frac{q(z \mid x)}{p(z \mid x)}\Big]}_{0.3461} $$

# %% tags=["fragment"]
derivation("08", 1, lines=slice(5, 6))

# %% [markdown] tags=["fragment"]
# The **evidence lower bound**: likelihood, prior and guess, nothing else.

# %% [markdown] tags=["notes"]
# 0:10, two minutes. One q goes below p(z), one above p(z|x). Three terms; the last contains the
# posterior, which nobody has, so it is dropped.

# %% [markdown]
# ## Question
#
# The gap is 0.3461 nats, for this guess.
#
# **For which guess is it zero?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. Ask for the name of the dropped term first.

# %% [markdown]
# ## For the posterior

# %%
diagram("elbo")

# %% [markdown] tags=["fragment"]
# $$ \log p(x) = \mathrm{ELBO} + \mathrm{KL}\big(q(z \mid x) \,\|\, p(z \mid x)\big) $$

# %% [markdown] tags=["notes"]
# 0:13, one minute. The height of the bar never changes: log p(x) does not know q. To improve q is to
# shrink the KL.

# %% [markdown]
# ## Why may we drop it?

# %%
derivation("08", 3, lines=slice(0, 4))

# %% [markdown] tags=["notes"]
# 0:14, two minutes. Jensen is the only inequality. A cheat sheet prints its fractions as p/p, which
# makes the first line 0 instead of −0.3461. Usual slip: "≥ 0" behind the whole decomposition. Only the
# KL is at least 0.

# %% [markdown]
# ## Question
#
# A colleague proves the other bound:
#
# | line | |
# |:--|:--|
# | 3 | $\mathbb{E}_q\big[\log \frac{p(x \mid z)\,p(z)}{p(z \mid x)} \cdot \frac qq\big]$ |
# | 4 | $= \mathbb{E}_q[\log p(x \mid z)] + \mathbb{E}_q\big[\log \frac{q}{p(z)}\big] + \mathbb{E}_q\big[\log \frac{q}{p(z \mid x)}\big]$ |
# | 5 | $= \mathbb{E}_q[\log p(x \mid z)] + \mathrm{KL}(q \,\Vert\, p(z)) + \mathrm{KL}(q \,\Vert\, p(z \mid x))$ |
# | 6 | $\ge \mathbb{E}_q[\log p(x \mid z)] + \mathrm{KL}(q \,\Vert\, p(z))$ |
#
# **Which line does the machine refuse?**

# %% [markdown] tags=["notes"]
# 0:16, two minutes. The machine compares each line with the one before. Hands up for 4, 5, 6. Lines 1
# and 2 are as before.

# %% [markdown]
# ## Line 4, and only line 4
#
# | line | value | against the line before |
# |:--|--:|:--|
# | 3 | −1.6017 | holds |
# | 4 | −1.3308 | **does not hold** |
# | 5 | −1.3308 | holds |
# | 6 | −1.6770 | holds |

# %% [markdown] tags=["fragment"]
# $\log \frac{p(z)}{q}$ is $-\log \frac{q}{p(z)}$. The lines below inherit the slip.

# %% [markdown] tags=["notes"]
# 0:18, one minute. Now the trap: look at line 6. It lies below −1.6017, so as a bound it looks fine.

# %% [markdown]
# ## An inequality can be true by luck
#
# | guess | with −KL | with +KL | $\log p(x)$ |
# |:--|--:|--:|--:|
# | mean 0.4, variance 0.60 | −1.9478 | −1.6770 | −1.6017 |
# | the posterior | −1.6017 | **−0.5297** | −1.6017 |
# | mean 0.8, variance 0.01 | −2.8700 | **1.3852** | −1.6017 |

# %% [markdown] tags=["fragment"]
# > Test a bound where it should be tight.

# %% [markdown] tags=["notes"]
# 0:19, two minutes. Of the eight sign patterns two get through the machine at the first guess: the
# right one, and the right split with the wrong last line. A wrong equality is wrong almost everywhere; a
# wrong inequality may pass. With +KL a narrow q is paid for without limit: that was curve B.

# %% [markdown]
# ## Second derivation: Jensen

# %%
derivation("08", 4, lines=slice(0, 4))

# %% [markdown] tags=["fragment"]
# The same gap, to the last digit.

# %% [markdown] tags=["notes"]
# 0:21, two minutes. Start from the integral that could not be done. First reading of the gap: a KL. Second
# reading: the price of pulling the logarithm inside, zero only if p(x,z)/q is the same for every z. Both
# are zero for the same q.

# %% [markdown]
# ## Question
#
# Draw $z \sim q$. The **importance weight** $w = p(x, z)\,/\,q(z \mid x)$ has the mean $p(x)$.
#
# Its logarithm is too small on average, by 0.3461.
#
# **Does the average of two weights help?**

# %% [markdown] tags=["notes"]
# 0:23, one minute. Wanted: the average is less noisy, so Jensen costs less.

# %% [markdown]
# ## Third derivation: importance weights

# %%
derivation("08", 5, lines=slice(0, 4))

# %% [markdown] tags=["notes"]
# 0:24, two minutes. Jensen twice: once for the average over draws, once for the two weights. The gap
# 0.3461 splits into 0.1238 and 0.2223. The argument works for every K: Burda et al. (2016), theorem 1.

# %% [markdown]
# ## More samples, the same guess
#
# | weights $K$ | gap to $\log p(x)$, about |
# |--:|--:|
# | 1 | 0.35 |
# | 2 | 0.12 |
# | 8 | 0.02 |
# | 32 | 0.005 |

# %% [markdown] tags=["fragment"]
# Many samples replace a good guess, at $K$ times the price.

# %% [markdown] tags=["notes"]
# 0:26, one minute. From 8 to 32 the gap falls by about four: like 1/K. Notebook 09 measures with K = 500.

# %% [markdown]
# ## In code
#
# ```python
# z = q_z.rsample()                           # (batch, latent)
# log_p_x_given_z = decoder(z).log_prob(x)    # (batch,)
# kl = q_z.log_prob(z) - p_z.log_prob(z)      # (batch,)
# elbo = log_p_x_given_z - kl
# ```

# %% [markdown] tags=["fragment"]
# One number per example, in nats; the caller takes the mean. Remember the `r`.

# %% [markdown] tags=["notes"]
# 0:27, one minute. Usual question: is kl a KL here? Its one-sample estimate. For Gaussians the closed
# form exists; close to the posterior it is the noisier choice, because the two terms' noise no longer
# cancels.

# %% [markdown]
# ## The gap, in your hands

# %% tags=["skip"]
torch.set_default_dtype(torch.float64)
z = torch.linspace(-4, 4, 801)
prior = Normal(0.0, 1.0).log_prob(z)
straight = prior + Normal(z, math.sqrt(0.5)).log_prob(torch.tensor(1.2))
bent = (
    prior
    + Normal(z, 0.5).log_prob(torch.tensor(0.3))
    + Normal(0.8 * (z.square() - 1), 0.5).log_prob(torch.tensor(0.4))
)

# %%
live(
    ElboExplorer(
        torch.stack([straight, bent]),
        z,
        names=["straight, x = 1.2", "bent, x = (0.3, 0.4)"],
        mu=0.4,
        sigma=math.sqrt(0.6),
        task="Straight: make the KL 0. Bent: how low can you get it?",
    )
)

# %% [markdown] tags=["notes"]
# 0:28, three minutes. Let somebody steer. Straight: mean 0.8, standard deviation 0.577. Bent: no Gaussian
# gets below 0.175 nats. Then make q very narrow: the ELBO falls, the sum with the wrong sign would rise.

# %% [markdown]
# ## Question
#
# Now the model learns, too: $x \mid z \sim \mathcal N(\theta z, \tfrac12)$, and data with
# $\mathbb{E}[x^2] = 2$.
#
# The guess's mean is free, its variance fixed at 0.2.
#
# **Does the best bound have the best $\theta$?**

# %% [markdown] tags=["notes"]
# 0:31, one minute. "Maximising the bound maximises the likelihood", one reads. Hands up.

# %% [markdown]
# ## The bound prefers another model

# %%
picture("08", "Log-likelihood and ELBO against theta")

# %% [markdown] tags=["fragment"]
# 1.3176 instead of 1.2247: it rewards a model whose posterior looks like the guess.

# %% [markdown] tags=["notes"]
# 0:32, two minutes. They touch at θ = √2, where the posterior's variance happens to be 0.2; the bound is
# pulled there. With a free variance the bound's maximum is the likelihood's. Algebra: θ² + ½ = 2 against
# (θ² + ½)² = 5.

# %% [markdown]
# ## Question
#
# ```python
# z = q_z.sample()        # the r is missing
# ```
#
# No error; the value of the ELBO is right.
#
# **What is its gradient for the mean of $q$?** Exactly it would be 1.2.

# %% [markdown] tags=["notes"]
# 0:34, one minute. Somebody says "noisier". Ask what the reconstruction knows about the mean.

# %% [markdown]
# ## Zero
#
# | draw | does $z$ know the mean? | gradient, about |
# |:--|:--|--:|
# | `sample` | no | 0 |
# | `rsample` | yes: $z = \mu + \sigma\varepsilon$ | 1.2 |

# %% [markdown] tags=["fragment"]
# $$ \nabla_\phi\, \mathbb{E}_{q_\phi}[f] \ne \mathbb{E}_{q_\phi}[\nabla_\phi f] $$

# %% [markdown] tags=["notes"]
# 0:35, one minute. What is left is the average of ∇ log q, and that is 0, because q integrates to 1 for
# every mean. The loss is right, and the encoder learns nothing. For θ the exchange is fine. Slip: σ² ε
# instead of σ ε gives a variance of 0.36 instead of 0.6.

# %% [markdown]
# ## Two honest gradients
#
# $$ \nabla_\mu \mathbb{E}_q[f] = \mathbb{E}_q\big[f\, \nabla_\mu \log q\big] = \mathbb{E}_\varepsilon\big[
# \nabla_\mu f(\mu + \sigma \varepsilon)\big] $$
#
# | dimensions of $z$ | variance of score / path, about |
# |--:|--:|
# | 1 | 5 |
# | 4 | 17 |
# | 16 | 140 |
# | 64 | 1,800 |

# %% [markdown] tags=["notes"]
# 0:36, two minutes. Both unbiased, f is the squared length. The score function is told how well the whole
# vector did, not which coordinate did it. It needs no derivative of f, so it is what remains for discrete
# z. Mohamed et al. (2020).

# %% [markdown]
# ## Question
#
# $$ -\log \mathcal N(x; \hat x, s^2 I) = \frac{\lVert x - \hat x \rVert^2}{2 s^2} + \text{const} $$
#
# ```python
# loss = mse_loss(x_hat, x) + kl      # a mean over 784 pixels
# ```
#
# **Which noise variance $s^2$ has this code chosen?**

# %% [markdown] tags=["notes"]
# 0:38, one minute. Most say 1, or ½. Let them set the two sides equal: 1/n = 1/(2 s²).

# %% [markdown]
# ## 392, and every latent is switched off

# %%
picture("08", "Ten digits; reconstructions")

# %% [markdown] tags=["fragment"]
# A latent pays only if its principal variance exceeds $s^2$. The largest is 5.12.

# %% [markdown] tags=["notes"]
# 0:39, two minutes. Affine encoder and decoder, eight latents: KL below 0.001 nats with the mean, about 2.8 with the
# sum. No bug and no warning: it is the optimum of the model that was written. Sum over the event, average
# over the batch, and state s². Lucas et al. (2019).

# %% [markdown]
# ## One network for all
#
# $$ \log p(x) - \mathrm{ELBO} = \underbrace{\log p(x) - \mathrm{ELBO}(q^*)}_{\text{family}} +
# \underbrace{\mathrm{ELBO}(q^*) - \mathrm{ELBO}}_{\text{amortisation}} $$

# %%
picture("08", "Gap between log p(x) and ELBO")

# %% [markdown] tags=["notes"]
# 0:41, two minutes. q* is the best Gaussian for one x; the encoder is one network for every x. A wider
# encoder removes the second part only, a richer q the first. When a model disappoints, ask which of the
# two it is. Cremer et al. (2018).

# %% [markdown]
# ## What you have seen
#
# - Three derivations, one bound: its gap is a KL.
# - Its maximum is the likelihood's only if $q$ can be the posterior.
# - `sample` makes a gradient zero, a mean over pixels switches latents off.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Next: notebook 09 gives q and p a network each.

# %% [markdown]
# ## Work on it
#
# Notebook 08: exercises 8.1 (the sign), 8.2 (a closed form), 8.3 (the score function), 8.4 (the mean).
#
# Read: Kingma & Welling (2014); Burda et al. (2016).

# %% [markdown] tags=["notes"]
# 0:44, one minute. Exercise 8.2 first: it is used in the rest of the notebook.
