# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
from course_utils.explorers import DensityExplorer
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # GAN theory
#
# What does the adversarial game converge to?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 11; every number shown here is computed there. Needed:
# KL and JSD from notebook 01, the training loop from 02. No images today: all data live on the line.

# %% [markdown]
# ## Two players share one number
#
# $$ V = x\,y $$
#
# The first owns $x$ and wants $V$ small. The second owns $y$ and wants it large.
#
# At $(0, 0)$ neither gains by moving alone: a **Nash equilibrium**.

# %% [markdown] tags=["notes"]
# 0:01, one minute. Check the claim aloud: at y = 0 every x gives V = 0. Nobody has a reason to move.

# %% [markdown]
# ## Question
#
# They start at $(1, 0)$. In every step each moves a little in the best direction for itself:
#
# $$ x \leftarrow x - 0.1\, y, \qquad y \leftarrow y + 0.1\, x $$
#
# **Where are they after 200 steps?**

# %% [markdown] tags=["notes"]
# 0:02, one minute. Both at once, with the old values. Three offers for a vote: at the origin, on a
# circle, somewhere else.

# %% [markdown]
# ## Further away than at the start

# %%
picture("11", "The path of two players")

# %% [markdown] tags=["fragment"]
# Every step is an improvement for the player who takes it.

# %% [markdown] tags=["notes"]
# 0:03, one minute. From distance 1 to 2.70. Descent on one loss cannot do that. So the question has
# two halves: where is the equilibrium, and does training get there? The first has an exact answer, the
# second has measurements.

# %% [markdown]
# ## The game

# %%
diagram("gan")

# %% [markdown] tags=["fragment"]
# $G$ makes samples, $D(x)$ is the probability it gives to "real". Nobody writes a density down.

# %% [markdown] tags=["notes"]
# 0:04, two minutes. D returns a logit; its sigmoid is D(x). Follow the two updates with a finger: D's
# stops at the fake, G's runs backward through D. A slide that says "train D" above the update of G's
# weights is a common slip.

# %% [markdown]
# ## A machine that makes a distribution

# %%
picture("11", "Arrows from noise below")

# %% [markdown] tags=["fragment"]
# $x = G(z)$ is deterministic: all randomness sits in $z$.

# %% [markdown] tags=["notes"]
# 0:06, two minutes. This G is the perfect one, by matching ranks: 30 % of the noise below z goes to 30 %
# of the data below x. What happens to neighbours near 0? They are torn apart. Remember that tear: a
# network is continuous and cannot do it. Five outputs at the same z have variance 0.0.

# %% [markdown]
# ## An average over fakes is an average over noise

# %%
derivation("11", 1)

# %% [markdown] tags=["fragment"]
# > Either $z$ goes through $G$, or $x$ comes from $p_g$. Never both, never neither.

# %% [markdown] tags=["notes"]
# 0:08, two minutes. G(z) = 3 + 2z, so p_g = N(3, 4) is known. The two misprints: D shown raw noise gives
# −1.733, G applied twice −0.053; the truth is −0.394.

# %% [markdown]
# ## What they play about
#
# $$ V(D, G) = \mathbb{E}_{x \sim p_d} \log D(x) + \mathbb{E}_{z \sim p_z} \log(1 - D(G(z))) $$

# %% [markdown] tags=["fragment"]
# $$ \min_G \max_D V(D, G) $$

# %% [markdown] tags=["fragment"]
# A $D$ that answers one half to everything: $2 \log \tfrac12 = -\log 4 = -1.386$.

# %% [markdown] tags=["notes"]
# 0:10, two minutes. Goodfellow et al. (2014), equation 1. Maximising V is minimising twice the binary
# cross-entropy. The first term has no G in it: its slope in θ is 0.0000. Ask them to remember −1.386.
# The order matters: for V = sin(g + d) min max and max min differ by 2.

# %% [markdown]
# ## Question
#
# Hold $G$ still. At one $x$ the data have density $p_d = 0.3$, the fakes $p_g = 0.2$.
#
# **Which answer $D(x)$ earns most?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. Let them guess a number before anybody differentiates. Some say 1: "more real than
# fake, so say real". That would be right for counting mistakes, not for logarithms.

# %% [markdown]
# ## A ratio of two densities
#
# At each $x$ on its own: maximise $a \log y + b \log(1 - y)$.

# %% [markdown] tags=["fragment"]
# $$ \frac{a}{y} - \frac{b}{1 - y} = 0 $$

# %% [markdown] tags=["fragment"]
# $$ D^*(x) = \frac{p_d(x)}{p_d(x) + p_g(x)}, \qquad \text{here } 0.6 $$

# %% [markdown] tags=["fragment"]
# Its logit is $\log p_d - \log p_g$.

# %% [markdown] tags=["notes"]
# 0:13, two minutes. Second derivative −2.083 there: a maximum. Slip: "D* = max(...)": the maximum is the
# value, −0.34; the argument is 0.6. If the share of real samples is π and not half, Bayes' rule: that
# is exercise 11.1.

# %% [markdown]
# ## Learned from samples alone

# %%
picture("11", "Two learned discriminators")

# %% [markdown] tags=["fragment"]
# Within 0.03 of the formula, without having seen a density. In the tails nothing in $V$ asks them.

# %% [markdown] tags=["notes"]
# 0:15, two minutes. Dashed: three real samples for each fake; the whole curve rises. That is why the two
# batches have equal size. Usual question: why is it off on the left? There are no samples there, of
# either kind.

# %% [markdown]
# ## Question
#
# Now $D$ is the best for each $G$. What remains is the generator's cost $C(G) = \max_D V(D, G)$.
#
# **What is it for a perfect generator? And what for one that is miles away?**

# %% [markdown] tags=["notes"]
# 0:17, one minute. The first number they have seen. The second: D knows everything, both logarithms
# are log 1.

# %% [markdown]
# ## The cost, line by line

# %%
derivation("11", 2, lines=slice(0, 3))

# %% [markdown] tags=["notes"]
# 0:18, two minutes. Data N(0, 1), fakes N(1.5, 1). Line 1 searches the best answer at 9,601 points by
# bisection and knows no formula. Line 2 is the one that needs the best D: everything below hangs on it.

# %% [markdown]
# ## It is a divergence

# %%
derivation("11", 2, lines=slice(3, 7))

# %% [markdown] tags=["fragment"]
# One solution: $p_g = p_d$, and then $D^* = \tfrac12$ everywhere.

# %% [markdown] tags=["notes"]
# 0:20, three minutes. A factor 2 in both logarithms costs log 2 twice; whoever forgets the 2 gets −2.33.
# The KLs are measured against the middle m, a density; against p_d/(p_d + p_g), which is none, the "KL"
# gives −3.28. Theorem 1 of the paper: first half of the question answered.

# %% [markdown]
# ## One valley, two plateaus

# %%
picture("11", "As the generator's Gaussian moves")

# %% [markdown] tags=["fragment"]
# Far away the cost is nearly 0 wherever $G$ stands: no slope.

# %% [markdown] tags=["notes"]
# 0:23, two minutes. Right panel: the answer to the last question, −1.386 and nearly 0. The largest max V
# has the worst generator, so "G* = argmax V" is a slip: −1.386 at μ = 0, −0.034 at μ = 5.

# %% [markdown]
# ## Question
#
# Two bumps of width 0.1. The second stands at distance 2, then 4, then 8 from the first.
#
# **How large is the JSD each time?**

# %% [markdown] tags=["notes"]
# 0:25, one minute. Somebody says it doubles. Ask what D* looks like: a step, each time.

# %% [markdown]
# ## Stuck at log 2
#
# | distance | JSD, nats | W₁ |
# |--:|--:|--:|
# | 2 | 0.6931 | 2.00 |
# | 4 | 0.6931 | 4.00 |
# | 8 | 0.6931 | 8.00 |

# %% [markdown] tags=["fragment"]
# $W_1$ counts the way that the mass has to go. Notebook 13 trains on it.

# %% [markdown] tags=["notes"]
# 0:26, one minute. Without overlap D separates perfectly, and perfectly is the same at every distance.

# %% [markdown]
# ## Be the generator

# %% tags=["large"]
live(
    DensityExplorer(
        p=[(0.5, -1.5, 0.5), (0.5, 1.5, 0.5)],
        q=[(1.0, 0.6, 1.2)],
        names=("p_d", "p_g"),
        game=True,
        shade="value",
        task="Hold D, then move p_g to make V as small as you can. Where does D send you? Release D.",
    )
)

# %% [markdown] tags=["notes"]
# 0:27, three minutes. Let somebody steer: drag, or Tab to a letter and use the arrows. First without
# holding: V and C(G) agree. Then hold D. It sends you to a narrow peak near −1.9, where it says "real"
# most firmly. Release: D falls exactly there.

# %% [markdown]
# ## A $D$ that is not the best promises nothing
#
# | generator | V of the held $D$ | true cost $C(G)$ |
# |:--|--:|--:|
# | where $D$ was held | −1.061 | −1.061 |
# | collapsed to one narrow peak | −2.658 | −0.419 |

# %% [markdown] tags=["fragment"]
# $V(D, G) \le C(G)$: the generator **minimises a lower bound**.

# %% [markdown] tags=["notes"]
# 0:30, two minutes. For the held D the collapsed generator is far better; its true cost has risen. A VAE
# maximises a lower bound, which is safe. Slip: "p_g is close to p_d when D says real on samples": the
# notebook has a fixed D that says 0.73 on fakes and 0.50 on data, at a KL of 9,995 nats.

# %% [markdown]
# ## Question
#
# A bad fake: $D(G(z)) = 10^{-4}$. The generator may minimise
#
# $$ \log(1 - D(G(z))) \quad \text{or} \quad -\log D(G(z)). $$
#
# **How large is each slope in the logit?**

# %% [markdown] tags=["notes"]
# 0:32, one minute. Both pull the same way. D is the sigmoid of the logit, so the slopes are −D and
# −(1 − D): let them derive it.

# %% [markdown]
# ## Ten thousand to one

# %%
picture("11", "Size of the slope against the logit")

# %% [markdown] tags=["fragment"]
# From $p_g = \mathcal{N}(6, 0.5^2)$ with a perfect $D$, 20 steps of plain descent move the mean by
# 0.000 or by about 3.6.

# %% [markdown] tags=["notes"]
# 0:33, two minutes. 0.0001 and 0.9999. The equilibrium is the same: D* is flat there. But the second
# game is no longer zero-sum. "G learns even when D is saturated" is a sentence about the loss.

# %% [markdown]
# ## The algorithm takes turns
#
# ```python
# for x, z in batches:
#     fake = G(z).detach()      # G only delivers
#     d_loss = -(logsigmoid(D(x)) + logsigmoid(-D(fake))).mean()
#     update(d_optimizer, d_loss)
#
#     g_loss = -logsigmoid(D(G(z))).mean()   # through D
#     update(g_optimizer, g_loss)
# ```
#
# Nobody has $D^*$: the paper takes $k$ steps of $D$, then one of $G$.

# %% [markdown] tags=["notes"]
# 0:35, one minute. D returns logits here. What if detach is forgotten? Gradients are computed for G and
# thrown away, or, worse, applied: then G helps D. Here k = 1 and the non-saturating loss.

# %% [markdown]
# ## One game at four moments

# %%
picture("11", "The game at steps 0, 30, 150 and 1000")

# %% [markdown] tags=["fragment"]
# $p_g$ climbs to where $D$ is high; $D$ follows, and ends near one half.

# %% [markdown] tags=["notes"]
# 0:36, one minute. The figure of the original paper, played. Some mass stays between the humps: G is
# continuous, and the tear would need a cliff.

# %% [markdown]
# ## Question
#
# Back to $V = x\,y$. Three ways to play: both **at once**, **in turns**, or in turns but watching
# the **mean** of all points so far.
#
# **Which gets to the equilibrium?**

# %% [markdown] tags=["notes"]
# 0:37, one minute. In turns: y already sees the new x. Hands up for each.

# %% [markdown]
# ## Only the mean

# %%
picture("11", "Distance from the equilibrium of xy")

# %% [markdown] tags=["fragment"]
# At once: $(x - \eta y)^2 + (y + \eta x)^2 = (1 + \eta^2)(x^2 + y^2)$.

# %% [markdown] tags=["notes"]
# 0:38, one minute. The cross terms cancel: a factor 1.01^50 = 1.645 in 100 steps, exercise 11.3. In turns
# they circle for ever. One reason why generators are averaged over steps.

# %% [markdown]
# ## Question: true or false?
#
# 1. "The discriminator usually wins, and that is good."
# 2. "$D$ is bigger than $G$."
# 3. "$G$ learns even when $D$ is saturated."
# 4. "At equilibrium $D$ answers one half."

# %% [markdown] tags=["notes"]
# 0:39, two minutes. All four from a lecture. Vote on each, and write the votes on the board. Then: what
# would you have to measure? Same data, same rates, five seeds, and a verdict that does not ask D.

# %% [markdown]
# ## Twelve settings, five seeds

# %% tags=["large"]
picture("11", "Distances of five seeds in twelve settings")

# %% [markdown] tags=["notes"]
# 0:41, one minute. W1 between fakes and data: at the start about 1.3. Read row by row, one dot is one
# seed. "Ahead": D has 700 steps before G's first. "Far": G starts 6 further right. "Plain": without
# Adam.

# %% [markdown]
# ## What survives
#
# | rule | measured |
# |:--|:--|
# | $D$ should win | with a lead of 700 steps: $W_1$ more than triples |
# | $D$ is bigger | 3 units are lost; 128 do what 32 do |
# | $G$ learns, $D$ saturated | not with $\log(1 - D)$ and plain descent |
# | one half at the end | true; a $D$ of 3 units says so, too, of a bad $G$ |

# %% [markdown] tags=["notes"]
# 0:42, two minutes. Adam divides by the gradient's own size: it rescues the saturating loss. V of the
# small D is within 0.05 of −log 4 while the generator is far off: V is evidence about p_g only as far
# as D is the best. Compare with the votes on the board.

# %% [markdown]
# ## What you have seen
#
# - The best $D$ is a ratio of densities; against it $G$ minimises $-\log 4 + 2\,\mathrm{JSD}$.
# - Any other $D$ gives a lower bound, and a game need not converge.
# - One half is necessary for success, and no proof of it.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Where the equilibrium is: exactly known. Whether training gets there: measured, game by
# game. Next: 12 plays it with images, 13 shows how it fails in the plane and what helps.

# %% [markdown]
# ## Work on it
#
# Notebook 11: exercises 11.1 (another share of real samples), 11.2 (the loss), 11.3 (the spiral).
#
# Read: Goodfellow et al. (2014); Arjovsky & Bottou (2017); Mescheder, Geiger & Nowozin (2018).

# %% [markdown] tags=["notes"]
# 0:45. Hand out the notebook; its checks know the usual mistakes.
