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
from course_utils.data import mnist
from course_utils.device import seed_everything
from course_utils.explorers import LatentExplorer
from course_utils.nn import mlp
from course_utils.training import Batches, linear_tail, train
from tools.deck import derivation, diagram, live, picture

# %% [markdown]
# # Autoencoders
#
# What does a network learn when it must copy its input through a bottleneck?

# %% [markdown] tags=["notes"]
# 0:00, one minute. Say what an autoencoder is only after the first puzzle. The deck goes with
# notebook 03; everything shown here is computed there.

# %% [markdown]
# ## A machine that copies perfectly
#
# A network with a code of 1,000 numbers copies every digit without any error.
#
# It copies television noise without any error, too.

# %% [markdown] tags=["notes"]
# 0:01, two minutes. Let the sentence stand. The map is an orthogonal one, built by hand: no training.

# %% [markdown]
# ## Question
#
# Its error is zero. **What has it learned about digits?**
#
# How would you measure that?

# %% [markdown] tags=["notes"]
# 0:03, three minutes. Collect measures from the hall. Somebody says "look at the code": then ask
# what a good code does. Wanted: images with the same meaning lie close together.

# %% [markdown]
# ## Nothing
#
# Precision at 10: of the ten nearest codes, how many show the same digit?
#
# | searched in | precision at 10 |
# |:--|--:|
# | pixels | 0.90 |
# | code of the perfect copy | 0.90 |
#
# The code is the pixels, turned.

# %% [markdown] tags=["notes"]
# 0:06, two minutes. A rotation keeps all distances, so every neighbour is the same, to the last one.

# %% [markdown]
# ## So take the room away

# %%
diagram("autoencoder")

# %% [markdown] tags=["fragment"]
# Encoder $f$, code $h$ of $d$ numbers, decoder $g$. If $d < n$ the network has to choose what to keep.

# %% [markdown] tags=["notes"]
# 0:08, two minutes. Undercomplete: d below n. Overcomplete: the trap of the first slides. Goodfellow
# et al., equation 14.1.

# %% [markdown]
# ## The data

# %%
picture("03", "Two rows of ten handwritten digits")

# %% [markdown] tags=["fragment"]
# Grey above; below, each pixel is drawn: 1 with probability its grey value.

# %% [markdown] tags=["notes"]
# 0:10, one minute. Binary pixels matter as soon as a likelihood is quoted. Usual question: why draw
# again in each epoch? Because the grey value is the probability, and one draw would be remembered.

# %% [markdown]
# ## The smallest autoencoder
#
# $$ h = W_h\,x + b_h, \qquad \hat x = W_x\,h + b_x $$

# %% [markdown] tags=["fragment"]
# $W_h$ is $d \times n$, $W_x$ is $n \times d$.

# %% [markdown] tags=["fragment"]
# With centred data the biases have nothing to do: $\hat x = B A x$.

# %% [markdown] tags=["notes"]
# 0:11, two minutes. Check the shapes aloud. In code a batch holds one image a row, so each product
# is transposed.

# %% [markdown]
# ## Question
#
# Data in 784 dimensions, a plane of $d = 16$ dimensions, any linear maps you like.
#
# **Which plane loses least?**

# %% [markdown] tags=["notes"]
# 0:13, two minutes. Many know the answer, PCA. Ask for the reason: it comes on the next two slides,
# and each line is computed on a random Gaussian, not believed.

# %% [markdown]
# ## No linear pair beats the plane

# %%
derivation("03", 1, lines=slice(0, 3))

# %% [markdown] tags=["notes"]
# 0:15, three minutes. One line a key. First by Monte Carlo with its standard error, then exactly. The
# gap in line 3 is large: a random encoder is far from the best for its decoder.

# %% [markdown]
# ## No plane beats PCA

# %%
derivation("03", 1, lines=slice(3, 6))

# %% [markdown] tags=["fragment"]
# Spend the weights $w_j$ where the variances $\lambda_j$ are largest: Bourlard & Kamp (1988).

# %% [markdown] tags=["notes"]
# 0:18, three minutes. wj is the share of the j-th eigenvector that lies in the plane; they sum to d.

# %% [markdown]
# ## Does gradient descent find it?
#
# Random matrices, batches of 512 digits, Adam, $d = 16$.
#
# | | measured | asked |
# |:--|--:|--:|
# | test error above PCA's | below 0.1 % | 1 % |
# | largest principal angle | below 1° | 2° |

# %% [markdown] tags=["notes"]
# 0:21, two minutes. Shuffle by epochs: drawing with replacement leaves angles three to four times as
# large. The encoder's rows are more than 40 degrees off: 67 pixels are never inked, and along them
# the encoder may do as it likes.

# %% [markdown]
# ## Question
#
# The plane is PCA's to within a degree.
#
# **Are the decoder's columns PCA's components?**

# %% [markdown] tags=["notes"]
# 0:23, one minute. Hands up for yes, for no.

# %% [markdown]
# ## The plane, not the axes

# %%
picture("03", "Three rows of eight filters")

# %% [markdown] tags=["notes"]
# 0:24, two minutes. RA and B R⁻¹ have the same product. Notebook 09 meets the same freedom as a
# rotation of the latent space.

# %% [markdown]
# ## Tied weights
#
# $\hat x = W^\top W x$: half the numbers. The word is *tied*, not "tight".

# %% tags=["small"]
picture("03", "Error against the scale of tied rows")

# %% [markdown] tags=["fragment"]
# > It pays for its scale twice over: only orthonormal rows reach the optimum.

# %% [markdown] tags=["notes"]
# 0:26, two minutes. The slip: "any matrix that spans the PCA plane is optimal". A free decoder can
# divide by the scale; a tied one cannot.

# %% [markdown]
# ## Which loss?
#
# | pixels | distribution | loss per image |
# |:--|:--|:--|
# | real | $\mathcal{N}(\hat x, \sigma^2 I)$ | $\lVert x-\hat x\rVert^2 / 2\sigma^2$ + constant |
# | 0 or 1 | Bernoulli | $-\sum_j x_j \log \hat x_j + (1-x_j)\log(1-\hat x_j)$ |
#
# Inside an image the terms **add up**.

# %% [markdown] tags=["notes"]
# 0:28, two minutes. The batch mean comes last. A mean over pixels is a factor of 784: harmless here,
# fatal in notebook 08, where a second term joins.

# %% [markdown]
# ## Question
#
# A pixel has grey value 0.3. The network predicts exactly 0.3.
#
# **What is its cross-entropy?**

# %% [markdown] tags=["notes"]
# 0:30, one minute. Most say zero.

# %% [markdown]
# ## A perfect copy costs 0.61 nats

# %%
picture("03", "Cross-entropy of one grey pixel")

# %% [markdown] tags=["notes"]
# 0:31, two minutes. The floor is the entropy of the pixels, about 45 nats an image. A curve that
# flattens at 70 has 25 to go. Grey cross-entropy is no likelihood: it does not integrate to one.

# %% [markdown]
# ## Question
#
# Give $f$ and $g$ a hidden layer. Vary $d$ from 2 to 1,000.
#
# **Where does the network win, and can PCA win anywhere?**

# %% [markdown] tags=["notes"]
# 0:33, one minute. Ask for a drawing in the air: two curves of error against d.

# %% [markdown]
# ## Curved beats flat, until it does not

# %%
picture("03", "Against the size of the code")

# %% [markdown] tags=["notes"]
# 0:34, two minutes. PCA wins from about 64 on: its solution is exact, 600 steps are not. Right: the
# lower loss is not the better code.

# %% [markdown]
# ## Eight numbers

# %%
picture("03", "Ten test digits and their reconstructions")

# %% [markdown] tags=["notes"]
# 0:36, two minutes. PCA returns the average of what it cannot tell apart. The network errs in
# meaning: a thin 4 may come back as a 9.

# %% [markdown]
# ## Can a wide code be saved?
#
# 1,000 numbers, a linear pair. Restore $x$ from $x + \varepsilon$, noise as large as the ink.

# %% tags=["fragment"]
picture("03", "Share let through by direction")

# %% [markdown] tags=["notes"]
# 0:38, two minutes. The exact answer is λ/(λ+σ²): noise of this size is a soft bottleneck of about 27
# numbers. Narrowness was never the point: the task must not be solvable by copying.

# %% [markdown]
# ## Two numbers per digit

# %%
picture("03", "Codes of 3,000 training digits")

# %% [markdown] tags=["notes"]
# 0:40, one minute. The network has never seen a label.

# %% [markdown]
# ## A map of digits


# %% tags=["skip"]
seed_everything(0)
digits = mnist()
x_train = digits.x_train.flatten(1)
encoder = mlp(784, 256, 64, 2, activation=nn.Tanh).append(nn.Tanh())
decoder = mlp(2, 64, 256, 784, activation=nn.Tanh)
optimizer = Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=True)
schedule = linear_tail(optimizer, steps=1500)


def map_step(x: Tensor) -> dict[str, Tensor]:
    loss = objectives.bernoulli_nll(decoder(encoder(x)), x).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    return {"loss": loss}


train(map_step, Batches(x_train, size=128, seed=0), 1500)
with torch.no_grad():
    codes = encoder(x_train[:1000] / 255)

# %%
live(
    LatentExplorer(
        nn.Sequential(decoder, nn.Sigmoid()),
        points=codes,
        labels=digits.y_train[:1000],
        bounds=(-1, 1, -1, 1),
        task="Find a way from a 0 to a 1 on which every image is a digit.",
    )
)

# %% [markdown] tags=["notes"]
# 0:41, three minutes. Let somebody steer: drag, or Tab to the plane and use the arrows. On the
# borders live shapes that are no digit: nothing in the loss says where codes live.

# %% [markdown]
# ## What you have seen
#
# - A perfect copy is worthless: the task must not be solvable by copying.
# - A linear bottleneck finds PCA's plane, never its axes.
# - A reconstruction loss is a choice of distribution, and grey pixels have a floor.

# %% [markdown] tags=["notes"]
# 0:44, one minute. Next: notebook 04 keeps the wide code and forbids the copy by penalties and noise.

# %% [markdown]
# ## Work on it
#
# Notebook 03: exercises 3.1 (tied error), 3.2 (the loss), 3.3 (the perfect copy).
#
# Read: Goodfellow, Bengio & Courville (2016), chapter 14; Hinton & Salakhutdinov (2006).

# %% [markdown] tags=["notes"]
# 0:45. Hand out the notebook; its checks know the usual mistakes.
