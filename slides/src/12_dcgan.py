# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["skip"]
import torch

from course_utils import weights
from course_utils.evaluation import features_of
from course_utils.explorers import TraversalExplorer
from course_utils.models.judges import digit_judge
from course_utils.recipes import mnist_dcgan
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # DCGAN
#
# How do we make the game work on images?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 12; everything shown here is computed there. Needed: the
# game of notebook 11, convolutions, batch normalisation from notebook 02.

# %% [markdown]
# ## The way up
#
# A convolution with stride 2 halves ten digits: 28 by 28 becomes 14 by 14.
#
# Every library offers the way back, `ConvTranspose2d`, often called **deconvolution**.

# %% [markdown] tags=["fragment"]
# Same kernel, back up. **Do the digits come back?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. D goes down, from an image to one number; G has to go up, from 64 numbers to 784
# pixels. The kernel is 4 by 4 and blurs a little. Vote: exactly, nearly, not at all. Why should it be
# exact? "Because deconvolution undoes convolution."

# %% [markdown]
# ## The shape comes back, the values do not

# %%
picture("12", "Ten digits, the same halved to 14 by 14 pixels")

# %% [markdown] tags=["fragment"]
# Even after the best rescaling two fifths are missing. So it is no inverse.

# %% [markdown] tags=["notes"]
# 0:03, one minute. Without the rescaling the relative error is 0.828. An inverse would give 0. What is
# the layer, then?

# %% [markdown]
# ## Question
#
# A convolution is linear, so it is a matrix. From 6 by 6 pixels to 3 by 3, $C$ is $9 \times 36$; the
# layer upward is $36 \times 9$.
#
# **What have the two to do with one another?**

# %% [markdown] tags=["notes"]
# 0:04, two minutes. Column j is what becomes of the image that is 1 at pixel j and 0 elsewhere. Let them
# say the first row of C: sixteen weights, and zeros. Some guess the pseudo-inverse.

# %% [markdown]
# ## The same table, turned over

# %%
picture("12", "Three matrices: the convolution")

# %% [markdown] tags=["fragment"]
# Its matrix is $C^\top$, to the last bit. An inverse would need $C^\top C = I$.

# %% [markdown] tags=["notes"]
# 0:06, two minutes. Hence the name "transposed". Third panel: nothing like the identity, and it cannot be
# one: nine numbers do not determine thirty-six. "Deconvolution" is a common slip.

# %% [markdown]
# ## It is the adjoint

# %%
derivation("12", 1)

# %% [markdown] tags=["notes"]
# 0:08, two minutes. One line a key. A row of 8 pixels, 4 outputs, a kernel of 4, all random. The step
# from line 2 to line 3 is an exchange of two sums: collect the same products by pixel. Usual question:
# what are s and p? Stride and padding.

# %% [markdown]
# ## Gather and scatter

# %%
diagram("transposed_convolution")

# %% [markdown] tags=["fragment"]
# Each number **stamps** a copy of the kernel. The backward pass of a convolution is a transposed
# convolution.

# %% [markdown] tags=["notes"]
# 0:10, two minutes. Stamps lie s pixels apart, overlap and add up; p pixels are cut at each edge. They
# have run this code in every training loop. How large is the result? Exercise 12.1.

# %% [markdown]
# ## Question
#
# A map of ones, a kernel of ones, stride 2: each pixel counts its stamps.
#
# **With kernel 3, what does the picture look like? With kernel 4?**

# %% [markdown] tags=["notes"]
# 0:12, one minute. Draw the stamps along one axis on the board, then multiply rows by columns.

# %% [markdown]
# ## A checkerboard, built in

# %%
picture("12", "Stamps per pixel at stride 2")

# %% [markdown] tags=["fragment"]
# Even where **the stride divides the kernel**: hence "4, stride 2, padding 1".

# %% [markdown] tags=["notes"]
# 0:13, two minutes. With random weights and kernel 3, a quarter of the pixels starts with four times the
# power of another quarter. A network can learn to undo that, in each layer anew. Even counts do not
# forbid a pattern, they stop the architecture from preferring one. Odena et al. (2016).

# %% [markdown]
# ## Two players, one the mirror of the other

# %%
diagram("dcgan")

# %% [markdown] tags=["fragment"]
# For digits three doublings: sides 4, 7, 14, 28.

# %% [markdown] tags=["notes"]
# 0:15, one minute. z has 64 draws from N(0, 1) and is read as one pixel with 64 channels. D returns a
# logit. Radford, Metz and Chintala (2016). From 4 to the odd 7 only kernel 3 leads: uneven stamps, at
# the smallest map, with two even layers behind it.

# %% [markdown]
# ## Question
#
# $D$'s last layer *adds up* one verdict for each place of its last map. Halve 28 twice, to 7, or three
# times, to 4.
#
# **How much of a digit does one place see?**

# %% [markdown] tags=["notes"]
# 0:16, one minute. A layer with kernel k adds k − 1 steps of the map below it; the steps are 1, 2, 4
# pixels long. Kernels 4, 4, 3. Let them add: 4, 4 + 3 · 2, and 2 · 4 more.

# %% [markdown]
# ## A piece of stroke, or most of a digit

# %%
picture("12", "A digit 2 twice")

# %% [markdown] tags=["fragment"]
# What has to be judged together must meet in one unit **before** the sum.

# %% [markdown] tags=["notes"]
# 0:17, one minute. With two halvings D asks 49 times whether this is a piece of writing; strokes in no
# digit's order pass. The squares are found by gradient: the pixels that move one unit. The measurement
# comes with the other rules.

# %% [markdown]
# ## The rules
#
# | rule | generator $G$ | discriminator $D$ |
# |:--|:--|:--|
# | size | strided, transposed | strided, no pooling |
# | batch norm | not at the output | not at the input |
# | hidden affine layers | none | none |
# | activation | ReLU, tanh at the end | LeakyReLU, slope 0.2 |
#
# Images in $[-1, 1]$; weights start at $\mathcal{N}(0, 0.02^2)$; Adam with rate $2 \cdot 10^{-4}$ and
# $\beta_1 = 0.5$.

# %% [markdown] tags=["notes"]
# 0:18, two minutes. Found by trying, all in one paper, and then copied for years. Keep it on the board:
# in ten minutes we break them one at a time.

# %% [markdown]
# ## Question
#
# "Use batch norm in both", says many a slide, and means *every* layer.
#
# **What goes wrong at $D$'s input, and what at $G$'s output?**

# %% [markdown] tags=["notes"]
# 0:20, one minute. Hint: batch norm subtracts the batch's mean and divides by its spread. What can
# nobody see afterwards?

# %% [markdown]
# ## It hides what the game is about
#
# | batch norm | what happens | computed |
# |:--|:--|:--|
# | at $D$'s input | hides whether images are too pale | half the contrast: same to 0.001 |
# | at $G$'s output | fixes mean and spread of each batch | five outputs: each mean 0 to $10^{-6}$ |
#
# Thin digits in one batch and bold ones in the next: impossible.

# %% [markdown] tags=["notes"]
# 0:21, two minutes. Pale digits pass as real ones. At G's output the mean is the same whatever z is.

# %% [markdown]
# ## Question
#
# The losses compare two moving players. They do not tell whether the pictures get better.
#
# **Whom do you ask?**

# %% [markdown] tags=["notes"]
# 0:23, one minute. "People" is a good answer, and an expensive one. Lead to a network that knows digits.

# %% [markdown]
# ## A judge
#
# A classifier with 64 features. One Gaussian for the features of real images, one for samples:
#
# $$ \lVert \mu_a - \mu_b \rVert^2 + \mathrm{tr}\,(\Sigma_a + \Sigma_b - 2 (\Sigma_a
# \Sigma_b)^{1/2}) $$

# %% [markdown] tags=["fragment"]
# The **Fréchet distance**. Even fresh data do not reach 0: quote the floor.

# %% [markdown] tags=["notes"]
# 0:24, two minutes. Heusel et al. (2017), equation 6. The judge reads 99.2 % of the test digits. It is a
# distance in the features of this judge: what it does not look at, it cannot miss.

# %% [markdown]
# ## The game, played

# %%
picture("12", "Samples for the same 16 codes")

# %% [markdown] tags=["fragment"]
# Each column is one code throughout. Strokes come first, their order late.

# %% [markdown] tags=["notes"]
# 0:26, two minutes. Before it appears: after how many of 2,400 steps can you read a digit? Half width,
# batches of 32, forty seconds. Shown is a moving average of G's weights: the players circle, and the
# average sits nearer to the middle (Yazıcı et al., 2019).

# %% [markdown]
# ## Question
#
# Break one rule at a time: 1,000 steps, three seeds.
#
# **Which rule would you give up last? Could breaking one help?**

# %% [markdown] tags=["notes"]
# 0:28, one minute. Count hands for batch norm, for momentum, for pooling, for ReLU.

# %% [markdown]
# ## The rules, broken one by one

# %% tags=["large"]
picture("12", "Fréchet distance after 1,000 steps with one rule broken")

# %% [markdown] tags=["notes"]
# 0:29, two minutes. Band: all rules, 73 to 103. Worse for each seed than the worst with all rules:
# affine layers, momentum 0.9, batch norm everywhere, no batch norm. That is the core. Then the eyes: with
# two halvings above 120, and the gap grows: after 6,000 steps at full width 74 against 12. Two broken
# rules win: tanh with data in [0, 1], and pooling with repeated pixels. Strides are no law: they were
# cheap. And it is 1,000 steps of a small network: a good start is not a good end.

# %% [markdown]
# ## Which of these are real?

# %%
picture("12", "48 samples of the shipped generator")

# %% [markdown] tags=["fragment"]
# As a crowd nearly right, one by one not yet: the judge is sure of two thirds. Show samples unpicked.

# %% [markdown] tags=["notes"]
# 0:31, two minutes. Full width, 60,000 steps, three quarters of an hour. All ten digits come with 8 to
# 12 %, and the distance is about 5, below four times the floor. Sure means above 80 %: of the test images
# the judge is sure of 94 %. Two Gaussians compare crowds; a crowd can hide a third of odd ones.

# %% [markdown]
# ## Did it copy?

# %% tags=["small"]
picture("12", "The twelve samples nearest to the training set")

# %% [markdown] tags=["fragment"]
# Samples lie a little *further* from training images than test images do. A copier would lie at 0.

# %% [markdown] tags=["notes"]
# 0:33, two minutes. A distance alone means nothing; test images, which nobody can have memorised, give
# the scale. Mostly ones, because thin strokes differ in few pixels. Only copies to the pixel are
# excluded: a shifted copy would look new.

# %% [markdown]
# ## Question
#
# A code $z$ of 64 normal numbers has length close to 8; two of them stand nearly at a right angle.
#
# **How long is the code half-way between them?**

# %% [markdown] tags=["notes"]
# 0:35, one minute. Pythagoras: half of the diagonal, 8 / √2 = 5.6. How often is a draw that short? Once in
# 3,600.

# %% [markdown]
# ## Line or great circle?

# %%
picture("12", "Five pairs of samples")

# %% [markdown] tags=["fragment"]
# On the line: six times as far from the data. On the circle: as good as the ends.

# %% [markdown] tags=["notes"]
# 0:36, one minute. The usual advice is the circle, which keeps the length, and here it is measured. The
# generator has hardly been asked about short codes: half-way along the line its images have a third more
# ink. Along both ways strokes grow, turn and close; no image is a blend of two pictures.

# %% [markdown]
# ## Take it into your hands


# %% tags=["skip"]
def direction(codes: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """From the mean of the other codes to the mean of the chosen ones, of length 1."""
    way = codes[chosen].mean(dim=0) - codes[~chosen].mean(dim=0)
    return way / way.norm()


generator = weights.load("mnist_dcgan", mnist_dcgan.build())
judge = weights.load("digit_judge", digit_judge())
codes = torch.randn(3000, 64, generator=torch.Generator().manual_seed(3))
with torch.no_grad():
    images = (torch.cat([generator(part) for part in codes.split(500)]) + 1) / 2
digit = features_of(judge, images).argmax(dim=1)
ink = images.mean(dim=(1, 2, 3))
directions = {
    "more ink": direction(codes, ink > ink.median()),
    "towards 0": direction(codes, digit == 0),
    "towards 1": direction(codes, digit == 1),
}

# %% tags=["large"]
live(
    TraversalExplorer(
        generator,
        directions=directions,
        z=codes[4],
        task="Push one slider to its end. What changes besides the thing that it is named after?",
    )
)

# %% [markdown] tags=["notes"]
# 0:37, two minutes. Let somebody steer, by pointer or arrow keys. A direction is the mean of codes with
# the property minus the mean without; it starts at a 6. Pushed by 3, "towards 0" and "towards 1" make
# nine of ten digits what they say. "More ink" turns three in five into a 0, which is where ink is.

# %% [markdown]
# ## Which row is drawn?

# %%
picture("12", "Ten generated faces above ten drawn")

# %% [markdown] tags=["fragment"]
# Twenty minutes of training. Hair and hats are there; **fine things come last**.

# %% [markdown] tags=["notes"]
# 0:39, one minute. Sides of 64 pixels, one doubling more. Eyes and mouths are smeared, glasses are dark
# noise, and the distance is nearly thirty times the floor. Playing on at twice the rate ended in one face
# for every code: that is notebook 13. All that follows is said about this generator, and by a judge that
# has never seen a smeared face.

# %% [markdown]
# ## Arithmetic with faces
#
# $$ \bar a - \bar b + \bar c $$

# %%
picture("12", "The first six triples")

# %% [markdown] tags=["fragment"]
# Of 300 sums half show smile and glasses; C alone: none. Two thirds show glasses and hat; **C alone:
# more**.

# %% [markdown] tags=["notes"]
# 0:40, two minutes. Smile − neither + glasses; shown are means of three, counted are means of ten. A
# bar is a mean: it keeps what the codes share. Each column is one triple; one picture proves nothing. Rivals that have to be beaten: C
# alone, and a random code. For glasses and hat the mean of ten hats without glasses is judged to wear
# both: averaging alone has brought the glasses. With single codes everything works worse: a sum of three
# has length 13.9, longer than any draw.

# %% [markdown]
# ## Directions drag others along

# %%
picture("12", "Four directions by four attributes")

# %% [markdown] tags=["fragment"]
# Look before you trust the diagonal: along "glasses" dark noise covers the eyes, and no frame appears.

# %% [markdown] tags=["notes"]
# 0:42, one minute. Diagonal: the attribute follows. Off it: the price. Every other
# direction brings beards, and a beard takes glasses away. In the data glasses and beards are independent: the generator ties them together, or
# the judge takes the one for the other. Nothing in the game asks for separate directions. A classifier's
# word counts near the data that it was trained on.

# %% [markdown]
# ## What you have seen
#
# - A transposed convolution is the adjoint: it returns shapes, not values.
# - What matters on digits: no affine detours, batch norm, not at the ends, little momentum, $D$'s eyes.
# - Test pictures: distance with floor, classes, copies, triples.

# %% [markdown] tags=["notes"]
# 0:43, one minute. Each of the tests can be failed, and some were. Next: notebook 13 lets the game fail on
# purpose.

# %% [markdown]
# ## Work on it
#
# Notebook 12: exercises 12.1 (the size), 12.2 (kernel 5), 12.3 (the analogy).
#
# Read: Radford, Metz & Chintala (2016), sections 3 and 4; Odena, Dumoulin & Olah (2016); Dumoulin &
# Visin (2016).

# %% [markdown] tags=["notes"]
# 0:44, one minute. Hand out the notebook; its checks know the usual mistakes.
