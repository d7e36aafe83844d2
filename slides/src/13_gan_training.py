# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
from course_utils.explorers import DensityExplorer, GanPlayground
from tools.deck import derivation, live, picture

# %% [markdown]
# # GAN training
#
# Why do GANs fail, and what cures them?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 13; everything shown here is computed there. Needed: the
# game and its value from notebook 11, the VAE of notebook 09.

# %% [markdown]
# ## Eight places to be
#
# Eight small Gaussians on a circle. A mode is **covered** if 1 % of the samples are near it.
#
# $G$ learns at rate 0.01, $D$ at 0.002, for 400 rounds.
#
# **What will five generators make of it?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Radius 2, standard deviation 0.1, near means within 0.3. Here nobody is fooled by
# pretty pictures: eight of eight, or not. Collect guesses: all eight, some, one.

# %% [markdown]
# ## One or two places, and often beside them

# %% tags=["small"]
picture("13", "Samples of five plain generators")

# %% [markdown] tags=["fragment"]
# **Mode collapse**: $G$ is paid for samples that *this* $D$ takes for real, one at a time. Nothing
# asks for variety.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. Rings are the data, dots the samples, five seeds. Ask: where in V does it say "be
# various"? In the best D only, and nobody has that one.

# %% [markdown]
# ## They run in circles

# %% tags=["small"]
picture("13", "One plain game at rounds 100")

# %% [markdown] tags=["fragment"]
# $D$ learns that this place is full of fakes; $G$ moves on.

# %% [markdown] tags=["notes"]
# 0:05, one minute. The spiral of notebook 11, x times y, with networks in place of two numbers. Usual
# question: would it settle with more rounds? We shall pay for six times as many.

# %% [markdown]
# ## Take the game into your hands

# %% tags=["large"]
live(
    GanPlayground(
        task="Make G lose modes by one rate alone. Then try to win them back without touching a rate."
    )
)

# %% [markdown] tags=["notes"]
# 0:06, two minutes. Before anybody plays: what happens when D's rate falls to a fifth of G's? It opens
# with equal rates and momentum 0.5, after 400 steps. Step by step, arrows show where each sample is
# pushed. k, the objective and the look ahead come later today. One game is an anecdote.

# %% [markdown]
# ## Question
#
# Is the GAN to blame, or a careless choice? Three rates of $G$, three momenta, $D$ as fast or five times
# slower: 18 settings, five seeds each.
#
# **Which knob matters most?**

# %% [markdown] tags=["notes"]
# 0:08, one minute. Vote on the three knobs. Momentum is Adam's β₁: 0, 0.5, 0.9.

# %% [markdown]
# ## A property of the setting

# %%
picture("13", "Modes of five seeds in 18 settings")

# %% [markdown] tags=["fragment"]
# The same networks, data and loss: nearly all modes in one corner, hardly any in another.

# %% [markdown] tags=["notes"]
# 0:09, two minutes. Means above 5.5 with equal rates and momentum 0 or 0.5; below 4 with 0.9, or with a
# slow D. Heavy momentum, the default of minimisation, carries both players past each other; a slow D
# lets G cash in at one place for long. Whoever shows one collapsed run beside one good run of another
# method has shown two settings.

# %% [markdown]
# ## So try a cure where the patient is ill
#
# | setting | rate of $G$ | rate of $D$ | momentum |
# |:--|--:|--:|--:|
# | slow $D$ | 0.01 | 0.002 | 0.5 |
# | heavy | 0.003 | 0.003 | 0.9 |
#
# Over seeds, and **with its price named**: rounds, and gradients of $D$.

# %% [markdown] tags=["notes"]
# 0:11, one minute. In both the plain game fails. A cure that is shown where the plain game works shows
# nothing. 400 rounds, five seeds, always the same.

# %% [markdown]
# ## Question
#
# $D$ judges one sample at a time. $G$ sends 64 copies of the same convincing one.
#
# **Which single number would give it away?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. Bring a forged banknote: one is good, sixty-four with the same serial number are not.

# %% [markdown]
# ## Cure 1: show $D$ the whole batch
#
# Append one number, the deviation of the batch, averaged over the $d$ coordinates:
#
# $$ x \;\to\; (x, s), \qquad s = \frac1d \sum_{j=1}^{d} \mathrm{std}_{\text{batch}}(x_j) $$

# %% [markdown] tags=["fragment"]
# With a slow $D$ the collapse is gone, **at no cost**.

# %% [markdown] tags=["fragment"]
# Against heavy momentum it does not help.

# %% [markdown] tags=["notes"]
# 0:13, two minutes. Karras et al. (2018); simpler than the minibatch features of Salimans et al. (2016).
# By hand two lines. Real batches and fake ones go through D separately: each has its own s.

# %% [markdown]
# ## Cure 2: look ahead
#
# Two players share $V = x\,y$ and spiral outward. Player $x$ knows that $y$ will answer:
#
# $$ V(x, y + \eta x) = x\,y + \eta\,x^2 $$

# %% [markdown] tags=["fragment"]
# The second term is a spring that pulls $x$ home. With $K$ steps ahead: $K \eta\, x^2$.

# %% [markdown] tags=["notes"]
# 0:15, two minutes. y goes up V, so it moves to y + ηx. Let them insert it. From outward to inward by one
# step of thinking; the notebook plays it with autograd through the inner steps.

# %% [markdown]
# ## The unrolled GAN
#
# 1. Copy $D$. Let the copy take $K$ steps, *as a function of the samples*.
# 2. Differentiate $G$'s loss through all of them.
# 3. Throw the copy away; $D$ takes one ordinary step.

# %% [markdown] tags=["fragment"]
# Price: $1 + K$ gradients in each round. $K = 5$.

# %% [markdown] tags=["notes"]
# 0:17, two minutes. Metz et al. (2017), equations 6 to 8. The slip: to let the copy step and then detach
# it. Then G plays against a better D, but does not see how D answers to its own move: of the spring, 2ηx
# in the slope, only half is left.

# %% [markdown]
# ## Question
#
# 400 rounds, $K = 5$: that is 2,400 gradients of $D$'s loss. The plain game took 400.
#
# **Against whom should it be compared?**

# %% [markdown] tags=["notes"]
# 0:19, one minute. Wanted: two rivals of equal cost. Six times as many rounds, or six real steps of D in
# each round.

# %% [markdown]
# ## Two accounts
#
# | equal in | rival of unrolling | better |
# |:--|:--|:--|
# | rounds | plain, 400 rounds | unrolled, clearly |
# | gradients | plain, 2,400 rounds | unrolled |
# | gradients | plain, $k = 6$ steps of $D$ | neither |

# %% [markdown] tags=["fragment"]
# Looking ahead buys a $D$ that answers in time. You may also pay $D$ directly.

# %% [markdown] tags=["notes"]
# 0:20, two minutes. Slow D, five seeds. The first row is the paper's account, and it is right in it. Six
# times as many rounds of the plain game bring some seeds home and leave others where they were.

# %% [markdown]
# ## Three cures for a slow $D$

# %%
picture("13", "Modes covered against rounds, slow D")

# %% [markdown] tags=["fragment"]
# Against heavy momentum neither the deviation nor looking ahead does much. What does?

# %% [markdown] tags=["notes"]
# 0:22, one minute. Mean and range of five seeds. Six real steps help the heavy game in
# part, with several modes missing for some seeds. A cure has an illness that it is for.

# %% [markdown]
# ## Question
#
# A clump lies *beside* a mode: no $x$ is possible under both $p$ and $q$.
#
# **How large is the JSD, and which way does it pull?**

# %% [markdown] tags=["notes"]
# 0:23, one minute. They have met the number in notebook 11. Ask for m = (p + q)/2 where only p lives.

# %% [markdown]
# ## It does not know where $q$ is

# %%
derivation("13", 1)

# %% [markdown] tags=["fragment"]
# A constant has no gradient.

# %% [markdown] tags=["notes"]
# 0:24, two minutes. Six states, three for each. Line 2: where p > 0, m is p/2. Only for disjoint supports:
# "JSD saturates" is no statement about overlapping distributions.

# %% [markdown]
# ## A distance that does not let go
#
# Work of carrying one distribution onto the other: mass times way. Also a game:
#
# $$ W_1(p, q) = \max_{f \text{ of slope} \le 1} \mathbb{E}_{x \sim p} f(x) - \mathbb{E}_{x \sim q} f(x) $$

# %% [markdown] tags=["fragment"]
# $f$ is a **critic**: it gives marks, not probabilities.

# %% [markdown] tags=["notes"]
# 0:26, two minutes. Arjovsky et al. (2017), equation 2. Why the limit on the slope? Without it the critic
# multiplies its marks by a thousand. It plays D's part, without sigmoid.

# %% [markdown]
# ## For a copy shifted by $\theta$

# %%
derivation("13", 2, lines=slice(0, 4))

# %% [markdown] tags=["fragment"]
# Both ends meet: $W_1 = |\theta|$, near or far.

# %% [markdown] tags=["notes"]
# 0:28, two minutes. The critic sin has slope at most 1, and says little. Any such critic stays below the
# plan that carries each u to its own copy. The critic f(x) = x reaches it: nothing is lost.

# %% [markdown]
# ## Where is a generator pulled home?

# %%
picture("13", "JSD and W1 of two uniform densities")

# %% [markdown] tags=["notes"]
# 0:30, one minute. Uniform densities of width 1. Beyond a shift of 1 JSD is silent, and W₁ still says how
# far. Within 1 both have a slope. Exercise 13.1 derives the JSD.

# %% [markdown]
# ## Bring it home

# %% tags=["large"]
live(
    DensityExplorer(
        p=[(1.0, -1.5, 0.2)],
        q=[(1.0, 2.0, 0.2)],
        names=("p_d", "p_g"),
        game=True,
        shade="jsd",
        task="Bring p_g home. Which number falls from the first step, and which waits for contact?",
    )
)

# %% [markdown] tags=["notes"]
# 0:31, two minutes. Let somebody steer: drag, or Tab to a letter and use the arrows. W₁ falls at once;
# JSD waits until they touch, then drops. D* is a wall all the while. A trained D is smoother than D*:
# that is why the plain game works at all.

# %% [markdown]
# ## Cure 3: a critic with a slope limit
#
# | way | rule | on the ring |
# |:--|:--|:--|
# | clip | weights stay in $[-c, c]$ | some seeds stay lost |
# | penalty | $(\lVert \nabla f \rVert - 1)^2$ between data and samples | **holds in both settings** |
# | spectral | each matrix over its largest singular value | holds for $k = 6$, not for $k = 1$ |

# %% [markdown] tags=["notes"]
# 0:33, two minutes. Arjovsky et al., Gulrajani et al., Miyato et al. All with six steps of D, 2,400
# gradients. Slope 1 gives gradients of length about 1 wherever the generator strays: no player runs far.
# The spectral row keeps the ordinary loss; six steps without it do as well, so on this ring the steps do
# the work. On large images the limit is what counts. Exercise 13.2 writes the penalty.

# %% [markdown]
# ## Question
#
# Your screen shows one curve: $D$'s loss. It wanders near $\log 4$, where $D$
# answers one half.
#
# **Is the generator good, bad, or getting better?**

# %% [markdown] tags=["notes"]
# 0:35, one minute. Let them disagree. Notebook 11: at the equilibrium the best D answers one
# half. Is this the best D?

# %% [markdown]
# ## A score, and a distance

# %%
picture("13", "Losses and sliced W1 against rounds")

# %% [markdown] tags=["fragment"]
# $D$'s loss says who is ahead. The critic's loss falls when the generator gets better.

# %% [markdown] tags=["notes"]
# 0:36, two minutes. The judge is W₁ in the plane, averaged over 16 directions. A minimum of the left
# curve is no place to stop. V of the plain game is within a few hundredths of −log 4, closer than any
# game that covers the ring, and it covers one mode or two: a D that lags behind is at one half too. Only
# a fresh, well-trained D speaks of closeness: the notebook trains one against frozen generators.
# Exercise 13.3 derives what it must say for m of n modes.

# %% [markdown]
# ## Question
#
# Digits from a GAN, from a VAE, and from a GAN that knows 20 noise vectors only.
#
# **Could you tell the collapsed GAN from a row of twelve?**

# %% [markdown] tags=["notes"]
# 0:38, one minute. And which row will be as sharp as the data? The VAE shows the mean of p(x|z).

# %% [markdown]
# ## Sharp, and learned nothing of the rest

# %%
picture("13", "Rows of twelve digits")

# %% [markdown] tags=["notes"]
# 0:39, one minute. The GAN of notebook 12, the VAE of notebook 09. By eye both GAN rows are equal. A count
# of classes among 2,000 images sees the collapse at once.

# %% [markdown]
# ## Ask for more than sharpness
#
# | against fresh data | GAN | GAN, 20 noises | VAE |
# |:--|:--|:--|:--|
# | sharpness | reached | reached | below |
# | precision | below | below | below |
# | recall, coverage | a little below | **next to none** | below |
# | likelihood | none | none | bounded by the ELBO |

# %% [markdown] tags=["fragment"]
# $G(z)$ has 64 directions of 784: a sheet without volume.

# %% [markdown] tags=["notes"]
# 0:40, two minutes. The GAN is ahead of the VAE in all but precision, where the three are level: by
# precision alone the collapse goes unseen. Two models of this course, not two families. Likelihood: the
# Jacobian has rank at most 64, nearly every test image lies beside the sheet. So no test set can tell a
# GAN that it has forgotten a digit. Slip: "a GAN needs no bound": it minimises a lower bound.

# %% [markdown]
# ## What you have seen
#
# - Mode collapse is counted, and it is a property of the setting.
# - Cures have prices: the deviation is free, looking ahead costs six real steps, the penalised critic
#   holds in both.
# - Sharpness does not tell coverage.

# %% [markdown] tags=["notes"]
# 0:42, one minute. Next: notebook 14 puts the adversary to other work.

# %% [markdown]
# ## Work on it
#
# Notebook 13: exercises 13.1 (JSD of a shift), 13.2 (the penalty), 13.3 (the value of $m$ modes).
#
# Read: Metz et al. (2017); Arjovsky, Chintala & Bottou (2017); Gulrajani et al. (2017).

# %% [markdown] tags=["notes"]
# 0:43, one minute. Hand out the notebook; its checks know the usual mistakes.
