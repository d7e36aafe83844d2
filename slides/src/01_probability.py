# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
from course_utils.explorers import DensityExplorer
from tools.deck import derivation, live, picture

# %% [markdown]
# # Probability
#
# What tools measure the difference between two distributions?

# %% [markdown] tags=["notes"]
# 0:00, one minute. Straight to the puzzle; no formula before the fifth slide. The deck goes with notebook
# 01, where everything shown here is computed.

# %% [markdown]
# ## Question
#
# Two people fit a Gaussian to $p$. Both say: "I made the KL divergence as small as it gets."

# %%
picture("01", "A density with humps")

# %% [markdown]
# **Which fit is closer?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Let them vote and give reasons. For broad: it misses nothing. For narrow: everything
# that it generates looks real.

# %% [markdown]
# ## Four measures, four verdicts
#
# | | $\mathrm{KL}(p \,\Vert\, q)$ | $\mathrm{KL}(q \,\Vert\, p)$ | JSD | $W_1$ |
# |:--|--:|--:|--:|--:|
# | broad | **0.724** | 2.098 | **0.201** | **0.735** |
# | narrow | 15.307 | **0.693** | 0.216 | 2.000 |

# %% [markdown] tags=["fragment"]
# Both people are right. The models of this course differ most in which of these they make small.

# %% [markdown] tags=["notes"]
# 0:03, one minute. Small means close. Names only; the lecture builds the four from the ground. Two of the
# columns are called "the KL divergence".

# %% [markdown]
# ## Two writers, three letters
#
# | $P(x, z)$ | a | b | c | $P(z)$ |
# |:--|--:|--:|--:|--:|
# | writer 1 | 0.20 | 0.15 | 0.05 | **0.40** |
# | writer 2 | 0.10 | 0.15 | 0.35 | **0.60** |
# | $P(x)$ | **0.30** | **0.30** | **0.40** | |

# %% [markdown] tags=["fragment"]
# $$ P(z) = \sum_x P(x, z), \qquad P(x, z) = P(x \mid z)\,P(z) $$

# %% [markdown] tags=["notes"]
# 0:04, two minutes. Sum rule: the margins. Product rule: divide a row by its margin. Usual slip: "for
# every z the joint sums to one". Its rows sum to 0.4 and 0.6; the conditional's rows sum to one.

# %% [markdown]
# ## Question
#
# A **c** arrives. Writer 2 writes a c with probability $\tfrac{0.35}{0.60} = 0.583$.
#
# You do not see the writer. **Is it writer 2 with more than 0.583, or with less?**

# %% [markdown] tags=["notes"]
# 0:06, one minute. Hands up. The table is the answer: look down the column.

# %% [markdown]
# ## More: 0.875
#
# $$ \underbrace{P(z \mid x)}_{\text{posterior}} =
# \frac{\overbrace{P(x \mid z)}^{\text{likelihood}}\;\overbrace{P(z)}^{\text{prior}}}
# {\underbrace{P(x)}_{\text{evidence}}} = \frac{0.583 \cdot 0.600}{0.400} $$

# %% [markdown] tags=["fragment"]
# Writer 2 also writes more letters.

# %% [markdown] tags=["notes"]
# 0:07, one minute. The likelihood is no probability of writers: over z it need not sum to one. A latent
# variable model is this table with a network for P(x|z); then nobody can compute the evidence.

# %% [markdown]
# ## A hidden cause ties letters together
#
# Two letters from the *same* writer:
#
# | | both are c | product of the singles |
# |:--|--:|--:|
# | writer 2, known | 0.340 | 0.340 |
# | writer unknown | **0.210** | **0.160** |

# %% [markdown] tags=["fragment"]
# Dependent data out of independent pieces: the idea of latent variables.

# %% [markdown] tags=["notes"]
# 0:08, two minutes. Ask why before the fragment: one c points to writer 2, and so to another c. Given
# the writer the letters are iid. For iid data probabilities multiply; 1,000 letters give 0.0 in the
# computer and −963.6 nats as a sum of logarithms.

# %% [markdown]
# ## If you can sample, you can average
#
# $$ \mathbb{E}_{s \sim q}[f(s)] \approx \frac1N \sum_{i=1}^N f(s_i), \qquad s_i \sim q $$

# %%
picture("01", "Error of a Monte Carlo average")

# %% [markdown] tags=["notes"]
# 0:10, two minutes. The slope is −½: a digit costs a hundred times the samples. The dimension of x appears
# nowhere; only the variance matters. Usual slip: weighting the samples with q once more. They already
# come as often as q says.

# %% [markdown]
# ## Question
#
# A lottery multiplies your money by 4 or by ½, each with probability one half.
#
# After 20 rounds you expect $2.25^{20}$, about 11 million coins for one.
#
# **What does a typical player hold?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. Typical: ten wins in twenty. Let them multiply.

# %% [markdown]
# ## A thousand coins
#
# | | |
# |:--|--:|
# | expected | 11,057,332 |
# | with ten wins in twenty | 1,024 |
# | players with the expected sum or more | 2.1 % |
# | log of the mean factor | 0.8109 |
# | mean of the log factor | **0.3466** |

# %% [markdown] tags=["notes"]
# 0:13, one minute. One player in fifty drags the average up. What multiplies grows by the mean of the
# logarithm. Likelihoods multiply, so this gap is everywhere from now on.

# %% [markdown]
# ## Jensen: the chord is on one side

# %%
picture("01", "Two graphs with a chord")

# %% [markdown] tags=["fragment"]
# $$ \mathbb{E}[\log x] \le \log \mathbb{E}[x] $$

# %% [markdown] tags=["notes"]
# 0:14, two minutes. Convex: chord above, second derivative at least 0. The logarithm is concave, so the
# inequality turns. Equal only where nothing varies. Usual slip: the log on the left forgotten, which says
# 2.25 ≤ 0.8109.

# %% [markdown]
# ## The price of a surprise
#
# You believe $q$ and see $x$: your surprise is $-\log q(x)$. Letters come from $p$.

# %% [markdown] tags=["fragment"]
# $$ \underbrace{-\sum p \log q}_{\text{cross-entropy}} \;=\;
# \underbrace{-\sum p \log p}_{\text{entropy}} \;+\;
# \underbrace{\sum p \log \frac{p}{q}}_{\mathrm{KL}(p \,\|\, q)} $$

# %% [markdown] tags=["fragment"]
# $q = (0.50, 0.25, 0.25)$: $\quad 1.178 = 1.089 + 0.089$ nats.

# %% [markdown] tags=["notes"]
# 0:16, two minutes. Letters have p = (0.3, 0.3, 0.4). Of 4,851 beliefs on a grid the cheapest is p itself:
# honesty pays. The sums run over x. The entropy is in the data, the excess is in the belief.

# %% [markdown]
# ## Question
#
# KL is the average evidence per letter. Writer 1 sends letters: 0.509 nats each that it is not
# writer 2.
#
# **If writer 2 sends, are you sure equally fast?**

# %% [markdown] tags=["notes"]
# 0:18, one minute. Reason to ask for: which letter gives writer 1 away, which writer 2?

# %% [markdown]
# ## No: KL has a direction
#
# | sender | KL per letter | letters until 1000 : 1 |
# |:--|--:|--:|
# | writer 1 | 0.509 | 13.6 |
# | writer 2 | 0.614 | 11.2 |

# %% [markdown] tags=["fragment"]
# The first distribution produces the data, the second is the belief.

# %% [markdown] tags=["notes"]
# 0:19, one minute. So KL is no distance. In 10,000 random pairs the two directions never agree.

# %% [markdown]
# ## KL is never negative

# %%
derivation("01", 2, lines=slice(0, 4))

# %% [markdown] tags=["fragment"]
# $q$ sums to one, and $\log 1 = 0$. Equality: $q = p$.

# %% [markdown] tags=["notes"]
# 0:20, two minutes. One line a key, each with its value for two beliefs over three letters. Jensen is the
# only inequality. In one cheat sheet the letters have merged to p/p, and the machine stops at that line.
# Ten thousand random pairs: none negative.

# %% [markdown]
# ## $\mathrm{KL}(p \,\|\, q)$ must cover, $\mathrm{KL}(q \,\|\, p)$ may seek

# %% tags=["large"]
picture("01", "Two humps p, a Gaussian q")

# %% [markdown] tags=["notes"]
# 0:22, two minutes. Top: p and q. Below: what each place adds. The first averages over the data: a missed
# hump explodes. The second averages over the model: where q has no mass nothing is charged; it pays in the
# gap. The two fits of the opening are the two minima.

# %% [markdown]
# ## Question
#
# $p$ has **ten** equal humps, far apart. $q$ is a copy of one of them.
#
# **How large is $\mathrm{KL}(q \,\|\, p)$?** Nine tenths of the data are missing.

# %% [markdown] tags=["notes"]
# 0:24, one minute. No computer. Hint: what is q/p where q lives?

# %% [markdown]
# ## The logarithm of ten
#
# $$ \mathbb{E}_q\Big[\log \frac{q(x)}{p(x)}\Big] = \log 10 = 2.3026 $$

# %% [markdown] tags=["fragment"]
# Where $q$ lives, $p = q / 10$.

# %% [markdown] tags=["fragment"]
# One of two: $\log 2 = 0.693$, the number of the opening.

# %% [markdown] tags=["notes"]
# 0:25, one minute. A missed mode costs a logarithm in one direction, and 15.3 nats, or infinity, in the
# other.

# %% [markdown]
# ## Drag a density

# %% tags=["tall"]
live(
    DensityExplorer(
        p=[(0.5, -2.0, 0.5), (0.5, 2.0, 0.5)],
        q=[(1.0, 1.2, 0.9)],
        task="Make KL(q ‖ p) less than 0.75 while KL(p ‖ q) is above 10. Then cross to the other "
        "hump.",
    )
)

# %% [markdown] tags=["notes"]
# 0:26, three minutes. Mean 2, width 0.5. Predict before crossing: which numbers climb on the way? KL(q‖p)
# and JSD have a hill in the middle, 5.42 and 0.61: downhill stays on its hump. KL(p‖q) and W₁ have a valley
# there, where no data are.

# %% [markdown]
# ## Question
#
# $$ \mathrm{JSD}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m) + \tfrac12 \mathrm{KL}(q \,\|\, m), \qquad m =
# \tfrac12 (p + q) $$
#
# $W_1$: the least work of shovelling $p$ into $q$, mass times distance.
#
# Two boxes of width 1, one shifted by $s$. **Sketch both curves.**

# %% [markdown] tags=["notes"]
# 0:29, two minutes. On paper. What happens at s = 1, when the boxes part? KL is infinite from the first
# step on.

# %% [markdown]
# ## One saturates, one keeps pulling

# %% tags=["large"]
picture("01", "JSD and Wasserstein distance of two boxes")

# %% [markdown] tags=["notes"]
# 0:31, one minute. JSD is s log 2 up to s = 1, then log 2 and flat: its gradient is zero. A metre or a mile
# apart is the same to it. Notebooks 11 and 13, on GANs, are about this figure. Slip: JSD is not the mean of
# both KLs; for the narrow fit that mean is 8.000, the JSD 0.216.

# %% [markdown]
# ## Two Gaussians, in closed form
#
# $$ \mathrm{KL}\big(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\big) = \tfrac12 \big(\mu^2 + \sigma^2
# - 1 - \log \sigma^2\big) $$

# %%
picture("01", "Contours of KL over")

# %% [markdown] tags=["notes"]
# 0:32, two minutes. Half of every VAE loss. Ask: which direction hates a small σ more? At σ = 0.14 it is
# 1.51 nats against 24.8: mode seeking and mass covering as a formula. Exercise 1.2 derives the general
# form.

# %% [markdown]
# ## Maximum likelihood is a KL

# %%
derivation("01", 3, lines=slice(0, 4))

# %% [markdown] tags=["fragment"]
# The entropy of the data contains no $\theta$. This is the **covering** direction.

# %% [markdown] tags=["notes"]
# 0:34, two minutes. The data are 1,000 letters of writer 2. Average over examples, then count equal ones
# together; the rest is the price of a surprise. Usual question: and the other direction? It needs log p of
# the data's distribution, which nobody has.

# %% [markdown]
# ## Question
#
# Fit a Gaussian to the two humps by maximum likelihood.
#
# Between −1 and 1 lie about 2 % of the data.
#
# **What share of the model's samples lies there?**

# %% [markdown] tags=["notes"]
# 0:36, one minute. Which fit of the opening is it? Let them estimate from memory.

# %% [markdown]
# ## More than a third

# %%
picture("01", "A density with humps")

# %% [markdown] tags=["fragment"]
# Likelihood chooses the broad fit: 37 % of its samples are unlike the data.

# %% [markdown] tags=["notes"]
# 0:37, one minute. Keep it in mind when samples of a likelihood-trained model look blurred. Maximum
# likelihood finds the nearest member of the family; it does not say that the family is wrong.

# %% [markdown]
# ## When the cause is hidden

# %%
derivation("01", 4, lines=slice(1, 5))

# %% [markdown] tags=["fragment"]
# A guess $q$ at the writer is enough for a bound. Better guess, better bound.

# %% [markdown] tags=["notes"]
# 0:38, two minutes. A c has arrived, log P(c) = −0.916, and the guess is one half each. First line: exact
# for every q, since there is no z in log P(x). The gap, 0.4133, is the KL to the posterior. Notebook 08 is
# this derivation.

# %% [markdown]
# ## Question
#
# $$ p_x(x) = p_z\big(f^{-1}(x)\big)\, \Big|\det \frac{\partial f^{-1}}{\partial x}\Big| $$
#
# Noise $z \sim \mathcal N(0, 1)$, pushed through $x = e^z$. Half of the samples lie below 1.
#
# **Where is the highest point of the density?**

# %% [markdown] tags=["notes"]
# 0:40, one minute. Mass is kept: where f stretches, the density sinks. Most say at 1, where z = 0 goes.

# %% [markdown]
# ## At 0.37

# %%
picture("01", "Histogram of e to the z")

# %% [markdown] tags=["fragment"]
# A test that needs no samples: a density integrates to one.

# %% [markdown] tags=["notes"]
# 0:41, two minutes. The top is at 1/e: the map squeezes the left side. Areas without the Jacobian, 1.65, and
# with its inverse, 7.39. A normalising flow, notebook 17, is this with a network for f.

# %% [markdown]
# ## What you have seen
#
# - Four measures, four verdicts: cover, seek, saturate, pull.
# - KL is never negative; maximum likelihood is the covering one.
# - A density that moves is divided by the stretch of volume.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Back to the second slide: both people were right. Ask which fit they want now.

# %% [markdown]
# ## Work on it
#
# Notebook 01: exercises 1.1 (ten humps), 1.2 (Gaussian KL), 1.3 (change of variables), 1.4 (the score).
#
# Read: Goodfellow, Bengio & Courville (2016), chapters 2 and 3.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Sections 12 to 15 of the notebook, matrices and derivatives, are for reading at home.
# Notebook 02 asks when the result of a training loop can be trusted.
