# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
from course_utils.explorers import DepthExplorer
from tools.deck import derivation, live, picture

# %% [markdown]
# # Training
#
# How do we train networks so that the result can be trusted?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 02; every number shown here is computed there. The
# word of the day is trust: most of the audience can already make a loss fall.

# %% [markdown]
# ## Ann and Ben
#
# Same network, same loop, same 500 digits.
#
# Ben's labels have got into the wrong order: each of his images carries the label of some other
# one.
#
# Both watch their training.

# %% [markdown] tags=["notes"]
# 0:01, two minutes. One hidden layer of 512 units, 100 steps of Adam on all 500 images at once. Ben
# does not know of his mistake. It is a common one: shuffling images and labels separately.

# %% [markdown]
# ## Question
#
# **What will Ben see?**
#
# How could he find out that something is wrong?

# %% [markdown] tags=["notes"]
# 0:03, two minutes. Hands up: does his loss fall at all? Does it stop halfway? Most expect a curve
# that gets stuck. Collect ways to find out; "look at the images with their labels" deserves praise.

# %% [markdown]
# ## Two perfect scores
#
# | share of right answers | Ann | Ben |
# |:--|--:|--:|
# | on the training images | 1.00 | 1.00 |
# | on 10,000 new images | 0.87 | 0.10 |

# %% [markdown] tags=["fragment"]
# A loop that runs and a loss that falls are no reasons for trust.

# %% [markdown] tags=["notes"]
# 0:05, one minute. Guessing gives 0.10. Zhang et al. (2017) did it with all of ImageNet. Four things
# to come: a loss that means something, a loop of which you know each line, a network in which the
# signal arrives, numbers that a sceptic would believe.

# %% [markdown]
# ## Question
#
# We want few mistakes. So why not go down the slope of **the share of mistakes**?
#
# One weight $w$, twenty points $x$, answer 1 where $wx > 0.5$. **What is the derivative?**

# %% [markdown] tags=["notes"]
# 0:06, one minute. Ask for a drawing in the air: the share of mistakes against w.

# %% [markdown]
# ## A staircase has no slope

# %%
picture("02", "Against one weight")

# %% [markdown] tags=["fragment"]
# A small step changes no answer. Accuracy is what you report, not what you descend.

# %% [markdown] tags=["notes"]
# 0:07, two minutes. Flat in 98 % of the steps of the grid. Rosenblatt's perceptron of 1958 has the
# same fault: it knows right and wrong, not how wrong, and on XOR it walks around six weights for
# ever. The dashed bowl is the cure; where it comes from is the next slide.

# %% [markdown]
# ## The loss comes out of a distribution
#
# A label is a coin flip, $y_i \sim \mathrm{Bernoulli}(\pi_i)$, with $\pi_i = \sigma(a_i)$ and the
# **logit** $a_i$ from the network.

# %%
derivation("02", 1)

# %% [markdown] tags=["notes"]
# 0:09, three minutes. One line a key. Twenty points at w = 1.5, each line computed. Lecture notes drop
# the minus sign of line 2: then the "loss" can be made as negative as you like. Usual question: why
# the logarithm? A product of 20 probabilities is small, one of 60,000 is zero in a computer.

# %% [markdown]
# ## Question
#
# Very sure, and wrong: $a = 800$ and $y = 0$.
#
# Line 2 says $-\log(1 - \sigma(a))$, line 3 says $\log(1 + e^a)$.
#
# **How many nats, and what does a computer say to line 2?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. By hand: log(1 + e⁸⁰⁰) is 800 to any number of digits.

# %% [markdown]
# ## Losses take logits
#
# | computed as | nats |
# |:--|--:|
# | $-\log(1 - \sigma(a))$ | inf |
# | $\log(1 + e^a)$, by `logaddexp` | 800 |
# | torch, from the logit | 800 |

# %% [markdown] tags=["fragment"]
# $\sigma(800)$ rounds to 1, and $\log 0$ is infinite.

# %% [markdown] tags=["notes"]
# 0:13, one minute. The same for softmax: shifts cancel, so subtract the largest logit first. Naive
# softmax of logits around 1,000 gives nan. In this course no network ends in a sigmoid or a softmax.

# %% [markdown]
# ## One recipe for every loss
#
# | target | distribution | loss, $-\log p$ |
# |:--|:--|:--|
# | 0 or 1 | Bernoulli, $\pi = \sigma(a)$ | $\log(1 + e^a) - y a$ |
# | a number | Gaussian, variance 1 | $\frac12 (y - \hat y)^2 + \frac12 \log 2\pi$ |
# | one of $K$ | categorical, softmax | $-\sum_k y_k \log \pi_k$ |
#
# Choose a distribution, let the network compute its parameter.

# %% [markdown] tags=["notes"]
# 0:14, two minutes. Squared error is a Gaussian in disguise. The gradient of the first row is (σ − y)x:
# the perceptron's rule, with the size of the error in place of its sign. That is exercise 2.1.

# %% [markdown]
# ## Six lines
#
# ```python
# for i in range(100):
#     batch = order[128 * i : 128 * (i + 1)]
#     loss = F.cross_entropy(net(x[batch]), y[batch])
#     optimizer.zero_grad()   # backward adds to what is there
#     loss.backward()         # all slopes in one sweep
#     optimizer.step()
#     losses.append(loss.item())
# ```
#
# Batch, loss, clear, backward, step, note: every model of this course is trained so.

# %% [markdown] tags=["notes"]
# 0:16, two minutes. Leave out the third line in thought: gradients of all steps pile up. From here on
# the notebook calls train(step, batches, steps), and shows that it is the same loop to the bit.

# %% [markdown]
# ## Question
#
# Ten classes, nothing learned yet. **What is the first loss?**
#
# Start from weights that are all zero, all 0.01, random and large, random and small. **Which of
# the four learns in 100 steps?**

# %% [markdown] tags=["notes"]
# 0:18, two minutes. The first one without a computer, please. Then a vote on each start.

# %% [markdown]
# ## log 10 = 2.30, and small random weights
#
# | start | loss after 100 steps | right | different units |
# |:--|--:|--:|--:|
# | zero | 2.30 | 0.11 | 1 of 256 |
# | all 0.01 | 2.06 | 0.22 | 1 of 256 |
# | random, large | 26.87 | 0.57 | 256 |
# | random, small | 0.40 | 0.91 | 256 |

# %% [markdown] tags=["fragment"]
# A loss that starts elsewhere is the first alarm bell.

# %% [markdown] tags=["notes"]
# 0:20, two minutes. From zero no gradient reaches the first layer. From a constant all units stay
# copies of one. The same symmetry gives 256! equally good minima: the loss is not convex, and half-way
# between a network and its shuffled twin the loss rises from 0.34 to 0.67. First loss measured: 2.31.

# %% [markdown]
# ## Why backward, why a batch
#
# | slope by all 203,530 weights | price in evaluations |
# |:--|--:|
# | change each weight a little, both ways | 407,060 |
# | backward | about 3 |

# %% [markdown] tags=["fragment"]
# On 128 images instead of 60,000: one 468th of the price, and the cosine with the whole slope is
# 0.8.

# %% [markdown] tags=["notes"]
# 0:22, one minute. The notebook compares three weights: equal to six digits. About 3: the evaluation
# itself and about two more for the sweep back, however many weights there are.

# %% [markdown]
# ## Now stack twenty layers

# %%
picture("02", "Four activations")

# %% [markdown] tags=["fragment"]
# Twenty sigmoids multiply a gradient by at most $(1/4)^{20} \approx 10^{-12}$, times what the
# weights do.

# %% [markdown] tags=["notes"]
# 0:23, one minute. Which slope is nowhere above a quarter? Where the slope is nearly zero a unit is
# saturated. A ReLU that is off for all data is dead: no step brings it back; a leaky one comes back.

# %% [markdown]
# ## What should the weights do?
#
# $n$ inputs $h_j = \mathrm{ReLU}(z_j)$, weights of mean 0 and variance $g^2 / n$. Call $g$ the
# **gain**.

# %%
derivation("02", 2)

# %% [markdown] tags=["fragment"]
# Level for $g = \sqrt 2$: He et al. (2015).

# %% [markdown] tags=["notes"]
# 0:24, two minutes. Gain 1.3, n = 50, z of standard deviation 0.8; 40,000 random layers for the first
# line. For tanh, with slope 1 at zero, it is about g = 1 (Glorot & Bengio, 2010).

# %% [markdown]
# ## Question
#
# Three networks of 20 layers: sigmoid with $g = 1$, ReLU with $g = 1$, ReLU with $g = \sqrt 2$.
#
# Signals go up, gradients come down. **In which network is only one of the two ill?**

# %% [markdown] tags=["notes"]
# 0:26, one minute. And for the ReLU with gain 1: how many times smaller after 20 layers? The mean
# square halves 20 times, so the standard deviation falls by 2¹⁰ = 1024. That is exercise 2.2.

# %% [markdown]
# ## Look in both directions

# %%
picture("02", "Standard deviations by layer")

# %% [markdown] tags=["fragment"]
# The sigmoid network looks healthy on the way up. Its first layers learn nothing.

# %% [markdown] tags=["notes"]
# 0:27, two minutes. Twelve powers of ten. Whoever prints only activations sees no fault. ReLU with gain
# 1 loses a factor of a thousand both ways; the root of two repairs it.

# %% [markdown]
# ## Drive it

# %% tags=["large"]
live(
    DepthExplorer(
        "sigmoid",
        gain=1.0,
        depth=20,
        task="Bring gradients of one size to all layers. How many ways are there?",
    )
)

# %% [markdown] tags=["notes"]
# 0:29, three minutes. Let the hall call settings. Sigmoid with gain 4: gradients are back at about
# 3e-5 of the top, and a third of the first layer is saturated. ReLU with gain 1.4: level, and still
# about 40 % of the last layer is dead. Batch norm: the gain stops to matter, all units live, and behind
# ReLU gradients grow thirtyfold on the way down.

# %% [markdown]
# ## Or enforce the scale: batch norm
#
# $$ \hat z_i = \frac{z_i - \mu}{\sqrt{S^2 + \epsilon}}, \qquad y_i = \gamma\, \hat z_i + \beta $$

# %% [markdown] tags=["fragment"]
# In training $\mu$ and $S^2$ are those of the batch; in use, running averages.

# %% [markdown] tags=["fragment"]
# > Training divides by $n$, the running variance by $n - 1$. The bias in front is redundant.

# %% [markdown] tags=["notes"]
# 0:32, two minutes. Ioffe & Szegedy, 2015, algorithm 1. Epsilon stands inside the root: outside, a
# constant unit is divided by 1e-5. Usual question: why does it help? "Covariate shift" is an effect
# that the notebook shows; Santurkar et al. (2018) doubt that it is the reason.

# %% [markdown]
# ## Question
#
# A network with batch norm gets 0.93 of the test digits right. You test it one class at a time, and
# have forgotten to write `eval()`.
#
# **What happens?**

# %% [markdown] tags=["notes"]
# 0:34, one minute. An error message? Slightly worse? Ask what a batch of sevens has for a mean.

# %% [markdown]
# ## Nothing happens. That is the trouble
#
# | mode | right |
# |:--|--:|
# | `eval()` | 0.93 |
# | `train()` | 0.17 |
#
# No error, no warning. In a batch of nothing but sevens there is no typical seven.

# %% [markdown] tags=["notes"]
# 0:35, one minute. The same fall comes from standardising test images with their own statistics:
# 0.92 becomes 0.21. Mean and deviation are part of the model; they come from the training data.

# %% [markdown]
# ## Where would you have stopped?

# %%
picture("02", "Losses over 400 steps")

# %% [markdown] tags=["fragment"]
# 1,000 images, three in ten labels careless. First the network learns digits, then the
# carelessness.

# %% [markdown] tags=["notes"]
# 0:36, two minutes. Before step 100. The training curve does not tell the two apart. Regularisation:
# training error up, generalisation error down. Early stopping keeps the weights of the
# lowest validation loss; lecture notes print its condition as "if v < v", which is never true.

# %% [markdown]
# ## Four cures, three seeds

# %%
picture("02", "Test accuracy over three seeds")

# %% [markdown] tags=["fragment"]
# Three of them gain at least 6 points on every seed. Which of the three is best? This picture does
# not say.

# %% [markdown] tags=["notes"]
# 0:38, one minute. The dots of the three overlap. Their settings were chosen on this bed, so it flatters
# them. Bagging cures least: each network learns its own careless labels by heart.

# %% [markdown]
# ## Question
#
# 100 patients, 5,000 measurements each, a diagnosis. All numbers are **pure noise**.
#
# Choose the 20 measurements that go best with the diagnosis. Then split: 50 patients to train, 50
# to test.
#
# **What test accuracy?**

# %% [markdown] tags=["notes"]
# 0:39, one minute. Stress that the split is honest: no patient is on both sides.

# %% [markdown]
# ## Noise predicts noise
#
# | the 20 columns were chosen with | right on the test patients |
# |:--|--:|
# | all 100 patients | 0.89 |
# | the first 50 | 0.49 |

# %% [markdown] tags=["fragment"]
# Everything that looks at data is training: one set to train, one to choose, one to report.

# %% [markdown] tags=["notes"]
# 0:40, two minutes. Average of 20 studies. Also training: μ and σ, early stopping, and twenty settings
# of which the best is reported. The test set is used once.

# %% [markdown]
# ## A generative model has no accuracy
#
# Four checks before the long run, two after it:
#
# | say it first | then look |
# |:--|--:|
# | knows nothing: 784 log 2 = 543.4 nats | 543 |
# | ten images by heart: log 10 = 2.3 nats | 2.6 |
# | probabilities of all 4-pixel images: 1 | 1.000000 |
# | slope by differences: −0.180523 | −0.180523 |
# | one template, the baseline: 206 nats | about 156 |
# | noise instead of digits | over 100 nats worse |

# %% [markdown] tags=["notes"]
# 0:42, one minute. A mixture of 20 templates. What cannot learn ten images by heart has a mistake that
# more data will not find. The notebook's list has fourteen rows; keep it beside every later notebook.

# %% [markdown]
# ## And look, beside the nearest neighbours

# %% tags=["small"]
picture("02", "Ten samples of the mixture")

# %% [markdown] tags=["fragment"]
# Above: samples. Below: the training image nearest to each. Samples that equal their neighbours are
# memories; these are frayed, and not copied.

# %% [markdown] tags=["notes"]
# 0:43, one minute. About 156 nats look like that: each template draws its pixels independently. Notebook
# 09 gets below 93.

# %% [markdown]
# ## What you have seen
#
# - A loss is a negative log-likelihood; accuracy is a staircase.
# - A signal arrives if no layer shrinks it: look in both directions.
# - Ben's loss fell, too. Trust needs held-out data, seeds and checks.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Ben again: which of today's checks would have caught him? The held-out data, and one
# look at images with their labels. Not the loss, not the gradient, not the first loss.

# %% [markdown]
# ## Work on it
#
# Notebook 02: exercises 2.1 (the gradient), 2.2 (twenty layers), 2.3 (batch norm).
#
# Read: Goodfellow, Bengio & Courville (2016), chapters 7, 8 and 11; He et al. (2015); Zhang et al.
# (2017).

# %% [markdown] tags=["notes"]
# 0:45. Left to the notebook: universal approximation, convolutions with strides, augmentation, semi-
# supervised and multitask learning, resuming to the bit, averages of weights, half precision.
