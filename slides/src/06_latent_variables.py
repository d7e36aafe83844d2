# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
import torch
from torch.distributions import Normal

from course_utils.explorers import ElboExplorer
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # Latent variables
#
# How can hidden causes explain data, and what is hard about it?

# %% [markdown] tags=["notes"]
# 0:00, one minute. This lecture opens the part on latent-variable models: the ELBO, the variational
# autoencoder. The deck goes with notebook 06; everything shown here is computed there.

# %% [markdown]
# ## 150 flowers
#
# R. A. Fisher, 1936: width of a sepal, width of a petal. Their correlation is **−0.37**.
#
# **So do irises with wider sepals have narrower petals?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Hands up. Then ask what a Gaussian with this mean and covariance would get wrong.
# Somebody may name Simpson's paradox: good, ask what the third variable is.

# %% [markdown]
# ## Not in any species

# %%
picture("06", "Sepal and petal widths of 150 irises")

# %% [markdown] tags=["fragment"]
# Within the species: **+0.23, +0.66, +0.54**. And 18.1 % of the Gaussian's petals are 0.6 to 1 cm
# wide: no flower's petal is.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. Two failures, one reason: three clouds. E. Anderson wrote the species down; had
# he not, they would be a hidden cause.

# %% [markdown]
# ## A hidden cause
#
# $$ p(x) = \sum_z \underbrace{p(z)}_{\text{prior}}\; \underbrace{p(x \mid z)}_{\text{likelihood}} $$
#
# | | nats per flower | petals in the gap |
# |:--|--:|--:|
# | one Gaussian | −1.657 | 18.1 % |
# | three species | −0.848 | 1.6 % |

# %% [markdown] tags=["fragment"]
# $z$ is *latent*: you do not see it, and without it what you see looks odd.

# %% [markdown] tags=["notes"]
# 0:05, two minutes. With the labels each part is counting and averaging. A mixture of densities is a
# density: it integrates to one. Three verbs for the rest of the course: sample, score, compare.

# %% [markdown]
# ## Question

# %%
picture("06", "Three graphs of hidden causes")

# %% [markdown]
# Meadow $m$, species $z$, petal $x$. **What must you compute to draw a petal? What to score one?**

# %% [markdown] tags=["notes"]
# 0:07, one minute. The meadow decides how common each species is, the species decides the petal.
# Observed circles are grey; an arrow leads from cause to effect; the joint is one
# factor for each circle given its parents. The question is about the middle graph.

# %% [markdown]
# ## Sampling is cheap, scoring is a sum

# %%
picture("06", "Histogram of 20,000 petal widths")

# %% [markdown] tags=["fragment"]
# Samples follow the arrows. A score sums over everything hidden.

# %% [markdown] tags=["notes"]
# 0:08, one minute. Ancestral sampling: first who has no parents. The blue line needed both sums, over m
# and z. Slip: the rule for the mean is E[x] = E[E[x | z]]; without "given z" it is empty.

# %% [markdown]
# ## Two different questions
#
# **Inference**: parameters known. Which $z$ has *this* flower? A distribution:
#
# $$ r_k(x) = p(z = k \mid x) = \frac{\pi_k\, \mathcal{N}(x; \mu_k, \Sigma_k)}
# {\sum_j \pi_j\, \mathcal{N}(x; \mu_j, \Sigma_j)} $$

# %% [markdown] tags=["fragment"]
# **Estimation**: which parameters $\pi, \mu, \Sigma$? One value for all flowers.

# %% [markdown] tags=["notes"]
# 0:09, two minutes. The r are called responsibilities. One versicolor of the data gets 0.375 for
# versicolor and 0.625 for virginica: no mistake, a posterior says what is known.

# %% [markdown]
# ## Question
#
# Burn the botanist's labels.
#
# To estimate $\theta$ you need $z$. To infer $z$ you need $\theta$.
#
# **What now?**

# %% [markdown] tags=["notes"]
# 0:11, one minute. "Guess one, compute the other, repeat" comes quickly. Then ask: why should that get
# anywhere? The next three slides answer.

# %% [markdown]
# ## Bound it, with any $q$
#
# One flower, an arbitrary $q(z)$: $\;\log p(x) = -0.940674$ nats.

# %%
derivation("06", 1, lines=slice(1, 5))

# %% [markdown] tags=["notes"]
# 0:12, three minutes. One line a key. Line 2 is exact, no approximation: there is no z in log p(x).
# Many notes print it with ≈. Only the last line loses, and it loses one thing: the KL from q to the
# posterior, 5.287 nats for this poor q. What is left is the ELBO, the evidence lower bound.

# %% [markdown]
# ## Two moves

# %%
diagram("elbo")

# %% [markdown] tags=["fragment"]
# **E step**: set $q$ to the posterior, so KL = 0. **M step**: keep $q$, choose $\theta'$ with the
# largest ELBO.

# %% [markdown] tags=["notes"]
# 0:15, two minutes. The bar's height is the evidence: q cannot change it, it only moves the cut. After
# the M step the ELBO is still a lower bound, so the new evidence is at least as high. Neal & Hinton
# (1998).

# %% [markdown]
# ## The first step, executed

# %%
derivation("06", 2)

# %% [markdown] tags=["fragment"]
# **The likelihood never falls.**

# %% [markdown] tags=["notes"]
# 0:17, two minutes. All 150 flowers at once; the start is three flowers as means and the covariance of
# all data. The M step of a mixture is averaging with responsibilities as weights (Bishop, equations
# 9.24 to 9.26).

# %% [markdown]
# ## From mud to colours

# %%
picture("06", "EM after 0, 5 and 200 steps")

# %% [markdown] tags=["notes"]
# 0:19, one minute. Each colour mixes three responsibilities. At first every component answers a
# little for every flower. scikit-learn from the same start ends within 1e-6 nats of this.

# %% [markdown]
# ## Question
#
# Two hidden causes for the same data: the botanist's species, and what EM made up without a label.
#
# **Which one scores higher? How often do they agree?**

# %% [markdown] tags=["notes"]
# 0:20, one minute. Let them commit to a number of flowers out of 150.

# %% [markdown]
# ## The learned one
#
# | | setosa | versicolor | virginica | log-likelihood |
# |:--|--:|--:|--:|--:|
# | botanist | 50 | 50 | 50 | −127.3 nats |
# | EM, agreeing | 50 | 42 | 50 | −124.2 nats |

# %% [markdown] tags=["fragment"]
# 142 of 150. A learned cause explains the data better than an expert's, and **nobody guarantees that it
# means the same**.

# %% [markdown] tags=["notes"]
# 0:21, one minute. EM is free to put the border where the density wants it. The eight are versicolors
# that it calls virginica. This bargain holds for every latent space of the course.

# %% [markdown]
# ## How many components?

# %%
picture("06", "With 200 samples the training loss")

# %% [markdown] tags=["fragment"]
# > Below the floor, no honest model can be: structure has to be chosen on held-out data.

# %% [markdown] tags=["notes"]
# 0:22, two minutes. The floor is the entropy of the truth, 1.843 nats. 200 samples: best at K = 6. With
# 5,000 samples K = 32 is within 0.03 nats. Slip: "EM finds the maximum-likelihood mixture". There is
# none: one component on one sample, width to zero, and the likelihood grows without limit.

# %% [markdown]
# ## Infinitely many causes
#
# $$ z \sim \mathcal{N}(0, I), \quad x \mid z \sim \mathcal{N}\big(f(z), \sigma^2 I\big), \quad
# p(x) = \int p(z)\, \mathcal{N}\big(x; f(z), \sigma^2 I\big)\, dz $$

# %%
picture("06", "Left, an untrained network")

# %% [markdown] tags=["notes"]
# 0:24, two minutes. A component at every point of a curve. z has one dimension, so the integral is a
# sum over a grid, and autograd does the rest. It comes within a tenth of a nat of the truth; eight full
# Gaussians do not. This equation is the decoder of every variational autoencoder. The course could
# stop here, if the grid had no price.

# %% [markdown]
# ## Question
#
# $$ p(x) = \mathbb{E}_{z \sim p(z)}\big[p(x \mid z)\big] \approx \frac1N \sum_i p(x \mid z_i) $$
#
# In one dimension 152 samples give 10 % error.
#
# **How many for 50 dimensions?**

# %% [markdown] tags=["notes"]
# 0:26, one minute. The model: z standard normal, x given z normal around z with σ = 0.3, at x = 0, the
# friendliest place. Collect exponents of ten. "Monte Carlo does not care about the dimension" is true of
# the rate, not of the variance.

# %% [markdown]
# ## About $10^{22}$
#
# 10,000 samples, 100 runs:
#
# | $d$ | $\log p(x)$ | median run | error predicted | measured |
# |--:|--:|--:|--:|--:|
# | 1 | −0.96 | −0.96 | 0.012 | 0.013 |
# | 10 | −9.62 | −9.99 | 1 | 1 |
# | 50 | −48.10 | −107.69 | $10^8$ | 1 |

# %% [markdown] tags=["fragment"]
# > A Monte Carlo estimate that fails does not warn you.

# %% [markdown] tags=["notes"]
# 0:27, two minutes. The squared relative error is (R^d − 1)/N with R about 2.51: the dimension is an
# exponent. At 50 all runs miss the rare samples that matter; the measured error of 1 means "the
# estimate is zero". Slip: weighting the sum with p(z_i) again; the samples do that already.

# %% [markdown]
# ## Question
#
# Two independent causes $z_1, z_2 \sim \mathcal{N}(0, 1)$. You see, with a little noise,
#
# - their sum, 1.5;
# - or their product, 1.5.
#
# **Draw both posteriors.**

# %% [markdown] tags=["notes"]
# 0:29, one minute. On paper, with axes z1 and z2. Walk through the rows.

# %% [markdown]
# ## Causes get entangled

# %%
picture("06", "Two independent causes. Prior: a round spot")

# %% [markdown] tags=["fragment"]
# Sum: they **explain each other away**, correlation −0.91. This grid: $401^2$ points. 50 latents with
# 50 points each: $50^{50}$.

# %% [markdown] tags=["notes"]
# 0:30, two minutes. The product leaves two explanations with nothing in common. At a billion points a
# second ten latents take three years, fifty more than 10^58 ages of the universe. In a sentence: the
# likelihood is an integral over all explanations, and almost all are useless.

# %% [markdown]
# ## Way out 1: walk
#
# **Metropolis** (1953): propose $z' = z + s\,\varepsilon$, accept with probability
#
# $$ \min\!\left(1,\; \frac{p(x, z')}{p(x, z)}\right), $$
#
# else stay and count the place again.

# %% [markdown] tags=["fragment"]
# The evidence cancels. **Gibbs**: draw each cause given the others.

# %% [markdown] tags=["notes"]
# 0:32, two minutes. Places visited become samples of the posterior, though not independent ones. On the
# product both agree with the grid. Langevin steps add the gradient; here it pulls back into the
# mode where the chain already is.

# %% [markdown]
# ## Question

# %%
picture("06", "Left, traces of one Metropolis")

# %% [markdown]
# Now the two modes move apart. **How does the waiting time grow: like the distance, its square, or
# faster?**

# %% [markdown] tags=["notes"]
# 0:34, one minute. Left: long stays, then a jump. Right: the autocorrelation. 3,000 Metropolis steps
# are worth about a dozen independent samples.

# %% [markdown]
# ## Faster than any power
#
# Steps until the next switch, modes near $\pm(\sqrt x, \sqrt x)$:
#
# | observed product $x$ | 0.5 | 1 | 1.5 | 2 |
# |:--|--:|--:|--:|--:|
# | Metropolis | about 10 | about 25 | about 140 | above 1,000 |
# | Gibbs | about 3 | about 8 | about 50 | above 500 |

# %% [markdown] tags=["fragment"]
# > A chain cannot tell you about places it has never been.

# %% [markdown] tags=["notes"]
# 0:35, one minute. The factors grow: the valley's depth stands in an exponent. A chain that has not
# crossed yet looks healthy: flat trace, short autocorrelation. Exact in the limit; nobody says when the
# limit has come.

# %% [markdown]
# ## Way out 2: describe
#
# Choose a simple $q(z)$ that is close to the posterior:
#
# $$ \underbrace{\mathrm{ELBO}(q)}_{\text{needs only } p(x, z)} = \log p(x) -
# \mathrm{KL}\big(q \,\Vert\, p(z \mid x)\big) $$

# %% [markdown] tags=["fragment"]
# The largest ELBO is the smallest KL: an integral has become an **optimisation**.

# %% [markdown] tags=["notes"]
# 0:36, one minute. The same identity as in EM, read differently: log p(x) does not depend on q. Variational
# inference. Usual question: why not maximise E_q[log p(x|z)]? Because alone it is no bound: it can
# exceed log p(x).

# %% [markdown]
# ## It picks one hump

# %%
picture("06", "Left, a posterior with one hump")

# %% [markdown] tags=["fragment"]
# $x = z^2 + \text{noise}$. At each of 240 steps ELBO + KL = $\log p(x)$.

# %% [markdown] tags=["notes"]
# 0:37, one minute. z standard normal, noise 0.5. Where q has mass and the posterior has none, the log
# ratio is expensive; where q has none, it is free. It stops 0.713 nats short: ask which part of that
# is the missed hump (log 2).

# %% [markdown]
# ## Fit it by hand

# %% tags=["skip"]
z_line = torch.linspace(-5, 5, 801, dtype=torch.float64)
reported = (-1.0, 0.5, 2.0)
prior = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z_line)
log_joints = torch.stack(
    [prior + Normal(z_line.square(), 0.5).log_prob(torch.tensor(x)) for x in reported]
)

# %%
live(
    ElboExplorer(
        log_joints,
        z_line,
        names=[f"x = {x}" for x in reported],
        x=2,
        mu=0.0,
        sigma=1.2,
        task="Put q on one hump, then over both: which costs less, by how many nats?",
    )
)

# %% [markdown] tags=["notes"]
# 0:38, three minutes. Let somebody drag. The sum never moves. Over both humps the KL is about 7 nats,
# on one about 0.71: a wide q wastes its mass on the valley. Then ask for which x the KL gets closest to
# zero: x = −1, one hump, 0.003.

# %% [markdown]
# ## Mean field: how wrong?
#
# $q(z) = \prod_j q_j(z_j)$ with variances $s_j^2$; $\;\Lambda = \Sigma^{-1}$:

# %%
derivation("06", 3)

# %% [markdown] tags=["notes"]
# 0:41, two minutes. The target is the posterior of the sum. Only the diagonal of the precision matrix enters, so the best variance is
# 1/Λ_jj: the variance of one cause when the others are known. Bishop, section 10.1.2. The rest, 0.876
# nats, no factorised q can save.

# %% [markdown]
# ## Right centre, wrong width

# %%
picture("06", "Ellipses at two standard deviations")

# %% [markdown] tags=["fragment"]
# True variance 0.5238, mean field 0.0909: too small by a factor of **5.76**.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Overconfident wherever causes explain each other away. Walking is slow and unbiased
# in the end; describing is fast and biased for ever.

# %% [markdown]
# ## What you have seen
#
# - A hidden cause turns three clouds into one density. EM alternates inference and estimation.
# - The evidence integrates over all explanations; almost all are useless.
# - Chains wait between modes. Variational inference picks one hump, too narrow.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Next: 07 shows how the field began, with chains; 08 makes the ELBO trainable for
# networks.

# %% [markdown]
# ## Work on it
#
# Notebook 06: exercises 6.1 (responsibilities), 6.2 (how many samples), 6.3 (one of two humps), 6.4
# (mean field).
#
# Read: Bishop (2006), sections 9.4 and 10.1; Blei, Kucukelbir & McAuliffe (2017).

# %% [markdown] tags=["notes"]
# 0:45. Hand out the notebook; its checks know the usual mistakes.
