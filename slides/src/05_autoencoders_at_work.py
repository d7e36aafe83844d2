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

from course_utils import evaluation, weights
from course_utils.data import faces
from course_utils.explorers import LatentExplorer
from course_utils.models.autoencoder import face_autoencoder
from tools.deck import derivation, live, picture

# %% [markdown]
# # Autoencoders at work
#
# What are they good for, and why can they not generate?

# %% [markdown] tags=["notes"]
# 0:00, one minute. The deck goes with notebook 05; everything shown here is computed there. Needed:
# the autoencoder of notebook 03 and the KL divergence of notebook 01.

# %% [markdown]
# ## Question
#
# 64 × 64 colour faces through a code of 200 numbers, and back. The decoder draws any face you show
# to the encoder.
#
# **Feed the decoder 200 random numbers. What does it draw?**

# %% [markdown] tags=["notes"]
# 0:01, two minutes. 12,288 numbers become 200. The faces are drawn from 39 factors, 20,000 of them in
# training; the loss is the squared error and nothing else. Collect guesses: a face, an average face,
# a monster, noise.

# %% [markdown]
# ## Smears

# %%
picture("05", "Three rows of six pictures: drawn faces")

# %% [markdown] tags=["fragment"]
# One decoder, the same weights, in both lower rows. **Why?** Keep the question for half an hour.

# %% [markdown] tags=["notes"]
# 0:03, two minutes. The copies are soft, glasses are faint, yet one can tell whose face it is. The
# numbers of the third row come from N(0, I). Do not give the answer away: it is the reason for the rest
# of the course. First what such a code *is* good for.

# %% [markdown]
# ## Four jobs for a code
#
# | job | measured by | the simplest rival |
# |:--|:--|:--|
# | find more like this | precision at 10 | pixels, PCA |
# | learn from few labels | accuracy | pixels, PCA |
# | remove noise | PSNR, SSIM | a linear map |
# | spot the odd one out | ROC-AUC | PCA |

# %% [markdown] tags=["fragment"]
# In one of the four the rival wins.

# %% [markdown] tags=["notes"]
# 0:05, one minute. The third column is the point: a network that does not beat PCA has cost something
# for nothing. In one of the four jobs PCA will win.

# %% [markdown]
# ## Question
#
# Search 10,000 digits for those most like a given one: by 784 pixels, by 32 principal components, by
# a code of 32 numbers.
#
# **Who finds most of the same digit?**

# %% [markdown] tags=["notes"]
# 0:06, one minute. The code's network was trained to restore clean digits from noisy ones, without
# labels. Precision at 10: the share of the ten nearest that show the same digit, as in notebook 03.

# %% [markdown]
# ## The code, and PCA is half-way there
#
# | searched in | numbers | precision at 10, about |
# |:--|--:|--:|
# | pixels | 784 | 0.90 |
# | PCA | 32 | 0.92 |
# | code | 32 | 0.93 |

# %% tags=["small"]
picture("05", "Three digits that a search by pixels")

# %% [markdown] tags=["notes"]
# 0:07, two minutes. Pixels compare ink place by place: a slanted stroke shares little ink with the
# same stroke upright. The three queries were chosen because the pixels fail on them: they say where
# the code helps, not how often. Both short codes are also faster to search.

# %% [markdown]
# ## Ten labels, a hundred, a thousand

# %%
picture("05", "Accuracy against the number of labels")

# %% [markdown] tags=["fragment"]
# The code has seen 60,000 images and no label: *semi-supervised* learning in its plainest form.

# %% [markdown] tags=["notes"]
# 0:09, three minutes. Logistic regression on each. Four or five points with 10 and 100 labels, three
# with 1,000. Why does PCA gain nothing? A linear classifier finds PCA's directions by itself. The bars
# are standard deviations over five draws: with ten labels as long as the gain, so never judge by one.

# %% [markdown]
# ## Is it clean now? Two measures
#
# $$ \mathrm{PSNR} = 10 \log_{10} \frac{1}{\frac{1}{n} \lVert x - \hat x \rVert^2} $$
#
# looks at pixels one by one, in decibels.

# %% [markdown] tags=["fragment"]
# $$ \mathrm{SSIM} = \frac{2 \mu \hat\mu + c_1}{\mu^2 + \hat\mu^2 + c_1} \cdot
# \frac{2 c + c_2}{s^2 + \hat s^2 + c_2} $$
#
# compares windows: means, variances, covariance.

# %% [markdown] tags=["notes"]
# 0:12, two minutes. Ten decibels are a factor of ten in the squared error; a shift of all pixels by 0.1
# has 20 dB. SSIM: windows of 11 by 11 pixels, averaged; equal images have 1; the constants keep the
# fractions finite on empty paper. Wang et al. (2004), equation 13.

# %% [markdown]
# ## Question
#
# Two damaged copies of a digit with the *same* squared error: one is blurred, the other paler.
#
# **Which would you rather read, and which measure agrees with you?**

# %% [markdown] tags=["notes"]
# 0:14, one minute. PSNR is a function of the squared error: it cannot differ.

# %% [markdown]
# ## PSNR cannot tell, SSIM can
#
# | copy | PSNR | SSIM |
# |:--|--:|--:|
# | blurred | 20.2 dB | 0.85 |
# | paler | 20.2 dB | 0.89 |
#
# **Next question.** Digits with a little noise, $\sigma = 0.1$, up to as much as ink, $\sigma = 1$:
# where does the autoencoder beat the best linear map? Can it lose?

# %% [markdown] tags=["notes"]
# 0:15, two minutes. SSIM forgives contrast more readily than lost structure. Then the next question.
# The linear rival is Σ(Σ + σ²I)⁻¹ of notebook 03; it is told σ, the autoencoder is not.

# %% [markdown]
# ## Clean paper at $\sigma = 0.5$

# %% tags=["large"]
picture("05", "Five rows of eight digits: clean")

# %% [markdown] tags=["notes"]
# 0:17, one minute. A linear map must treat ink and paper alike, so it leaves clouds on the paper. The
# autoencoder gives the paper back.

# %% [markdown]
# ## A bottleneck has a floor
#
# | PSNR in dB | $\sigma$ = 0.1 | 0.25 | 0.5 | 1 |
# |:--|--:|--:|--:|--:|
# | noise left in | 22.7 | 14.9 | 9.4 | 6.0 |
# | PCA, 32 | 18.5 | 18.0 | 16.8 | 14.1 |
# | best linear | **26.2** | 21.0 | 17.7 | 15.0 |
# | autoencoder | 21.6 | 21.0 | **19.3** | **16.0** |
#
# What it cannot code, it cannot restore.

# %% [markdown] tags=["notes"]
# 0:18, two minutes. At 0.1 it does worse than nothing at all: squeezing the image through 32 numbers
# costs more than the noise. SSIM disagrees there: it minds speckled paper more than a stroke a little
# off. The slip: these are means of decibels. The decibels of the mean error are smaller, by Jensen.

# %% [markdown]
# ## The odd one out
#
# Train on what is *normal* only. What is copied badly is strange: **error as a score**.
#
# **Question.** Leave one digit out of the training. Which of the ten is hardest to notice?

# %% [markdown] tags=["notes"]
# 0:20, two minutes. The idea of every textbook. ROC-AUC: the chance that a random odd image scores
# higher than a random normal one; 0.5 is a coin. Let them vote; most say 9 or 4. Ten small networks,
# codes of 16 numbers.

# %% [markdown]
# ## The 1: no better than a coin

# %%
picture("05", "Error against ink for test images")

# %% [markdown] tags=["fragment"]
# Little ink, little error: an empty page would be the most normal image of all.

# %% [markdown] tags=["notes"]
# 0:22, two minutes. ROC-AUC about 0.4 for the 1; the mean over ten digits about 0.77. Ask what the
# picture suggests: among images with as little ink, the ones *are* high. So take the slope.

# %% [markdown]
# ## The error needs a unit
#
# Two explanations with their best $\sigma$: copy, empty page.

# %% [markdown] tags=["fragment"]
# $$ \max_\sigma \log \mathcal{N}(x; \hat x, \sigma^2 I) = -\frac{n}{2}\left(\log\frac{2\pi
# \lVert x - \hat x \rVert^2}{n} + 1\right) $$

# %% [markdown] tags=["fragment"]
# $$ \log p_{\text{page}}(x) - \log p_{\text{copy}}(x) = \frac{n}{2}
# \log \frac{\lVert x - \hat x \rVert^2}{\lVert x \rVert^2} $$
#
# Strange: the copy explains hardly more than nothing.

# %% [markdown] tags=["notes"]
# 0:24, two minutes. Set the derivative by σ² to zero: σ² is the error divided by n. Exercise 5.2 has
# the steps. In the ratio everything but error and ink cancels: it ranks by error per ink.

# %% [markdown]
# ## One illness cured
#
# | ROC-AUC, about | the 1 | the 7 | the 9 | mean of ten |
# |:--|--:|--:|--:|--:|
# | error | 0.4 | 0.6 | 0.6 | 0.8 |
# | error per ink | 0.8 | 0.7 | 0.6 | 0.8 |
#
# **Question.** The 9 is as bad as before. What does a network draw that has never seen one?

# %% [markdown] tags=["notes"]
# 0:26, one minute. The heavy digits lose what the light one gains, so the mean hardly moves. Let them
# guess before you turn: sevens? fours? mush?

# %% [markdown]
# ## It draws nines

# %% tags=["small"]
picture("05", "Ten nines, and their copies")

# %% [markdown] tags=["fragment"]
# > "Small error, so it is known": no. It means that the decoder *can draw it*.

# %% [markdown] tags=["fragment"]
# Ask instead: **has any code like this one been seen?**

# %% [markdown] tags=["notes"]
# 0:27, two minutes. A nine lies between a 4 and a 7: its code falls where no training image was
# encoded, and the decoder, which nobody told what to do there, does something sensible. Some become
# sevens. New score: the distance to the three nearest codes of training images, per ink.

# %% [markdown]
# ## The question did the work, not the network

# %%
picture("05", "ROC-AUC for each digit left out")

# %% [markdown] tags=["fragment"]
# Means: error about 0.77, distance of codes 0.86, the same with PCA **0.91**.

# %% [markdown] tags=["notes"]
# 0:29, two minutes. The hardest for the code is now the 9, at about 0.7. Be honest about PCA: 16
# components and the same score do better, without any training. Then: "which codes are inhabited?" is
# the question that waits at the faces.

# %% [markdown]
# ## Into the void

# %%
picture("05", "A face's code with growing noise")

# %% [markdown] tags=["fragment"]
# Noise of the same length, and a different fate.

# %% [markdown] tags=["notes"]
# 0:31, two minutes. Half of the codes' variance lies in 4 of 200 directions. Round noise leaves the
# inhabited region at once; noise along the codes' own directions makes other faces, for a while.

# %% [markdown]
# ## Question
#
# A draw from $\mathcal{N}(0, I)$ with 200 entries: **how far from the origin is it?**
#
# And the codes of faces?

# %% [markdown] tags=["notes"]
# 0:33, one minute. Hint: the squared length is a sum of 200 squares, each with mean 1.

# %% [markdown]
# ## They never meet

# %%
picture("05", "Histograms of lengths")

# %% [markdown] tags=["fragment"]
# $\sqrt{200} \approx 14.1$, give or take $0.7$; no face has a code that short.

# %% [markdown] tags=["notes"]
# 0:34, one minute. Usual question: so it is only a matter of scale? Wait: we try that in two slides.

# %% [markdown]
# ## Decoding cannot bring them together
#
# Codes: $q$ the encoder's, $r$ yours. Pictures: $\hat p$ the copies, $p_g$ your samples.

# %%
derivation("05", 1)

# %% [markdown] tags=["fragment"]
# Samples are as close to the copies as $r$ is to $q$, **or closer**. Nobody told you $q$.

# %% [markdown] tags=["notes"]
# 0:35, three minutes. A line a key: eight codes, four pictures, all enumerated. The product rule, q(h)
# = p̂(x̂) q(h | x̂). If no two codes share a picture, the last gap is zero: then samples are exactly as
# far off as codes. The slip: a good reconstructor is a good generator. It was tested on q only.

# %% [markdown]
# ## So learn where the codes live
#
# | $r$, fitted to codes of training faces | $-\mathbb{E}_q \log r$, nats, about |
# |:--|--:|
# | $\mathcal{N}(0, I)$: nothing fitted | 1,350 |
# | mean and one scale | 480 |
# | one scale per entry | 470 |
# | full covariance | −115 |
# | mixture of ten Gaussians | −130 |

# %% [markdown] tags=["fragment"]
# From which row on do you expect faces?

# %% [markdown] tags=["notes"]
# 0:38, one minute. On codes that the fit has not seen. Differences between rows are differences in
# KL(q, r): the entropy of q is the same in each. A negative number is all right: these are densities.
# Let them guess from which row on there are faces.

# %% [markdown]
# ## One decoder, five sources of codes

# %% tags=["large"]
picture("05", "Six rows of six pictures from one decoder")

# %% [markdown] tags=["notes"]
# 0:39, one minute. The right scale: faces that all look alike. From the covariance on: different
# people. Question before you turn: score the *mean face*, 1,000 times. How close is it to real faces?

# %% [markdown]
# ## The mixture arrives where the copies are
#
# | samples | Fréchet, about | nearest face, about |
# |:--|--:|--:|
# | from $\mathcal{N}(0, I)$ | 6,100 | 23.5 |
# | mean and one scale | 2,800 | 12.7 |
# | full covariance | 1,150 | 15.0 |
# | mixture | **1,000** | 13.9 |
# | copies | **1,000** | 13.6 |
# | mean face, 1,000 times | 6,100 | **11.0** |
# | other real faces | 30 | 15.2 |

# %% [markdown] tags=["notes"]
# 0:40, one minute. The mean face is nearer to real faces than these are to each other: it sits in the
# middle. A nearest-neighbour distance rewards sameness; the Fréchet distance, which compares spreads
# too, gives it away. What separates 1,000 from 30 is softness: notebook 09 and Part IV.

# %% [markdown]
# ## Walk there yourself

# %% tags=["skip"]
model = weights.load("faces_autoencoder", face_autoencoder())
with torch.no_grad():
    codes = torch.cat([model.encoder(x / 255) for x in faces(2000, seed=1).x.split(250)])
centre, along, variances = evaluation.pca(codes, 4)
scale = (codes - centre).square().sum(dim=1).mean().sqrt()
noise = torch.randn(200, generator=torch.Generator().manual_seed(1))
noise = noise / noise.norm()
noise = noise - along @ (along.T @ noise)
columns = torch.stack([along[:, 0] * variances[0].sqrt(), noise * scale], dim=1)
columns = torch.cat([columns, along[:, 1:] * variances[1:4].sqrt()], dim=1)
placed = torch.linalg.lstsq(columns, (codes - centre).T).solution.T

# The plane's map and the decoder's first layer are affine: one layer does both.
first = model.decoder[0][0]
walk = nn.Linear(5, 2048)
walk.weight.data = (first.weight @ columns).detach().contiguous()
walk.bias.data = first(centre).detach()

# %% tags=["tall"]
live(
    LatentExplorer(
        nn.Sequential(walk, *model.decoder[0][1:], nn.Sigmoid()),
        points=placed[:600],
        bounds=(-3, 3, -3, 3),
        task="Go up until no face is left. How far across can you go before that happens?",
    )
)

# %% [markdown] tags=["notes"]
# 0:41, two minutes. Across: the direction in which codes vary most, in standard deviations. Up: a
# random direction, in the units of the figure with growing noise. The sliders are three more principal
# directions. The cloud is flat: the decoder is the same everywhere, the codes are not.

# %% [markdown]
# ## What you have seen
#
# - A short code helps in search, with few labels, against strong noise; PCA by less.
# - A reconstruction error is a poor score of strangeness.
# - Noise is garbage because it is not distributed like the codes.

# %% [markdown] tags=["notes"]
# 0:43, one minute. The way on: here codes came first and their distribution afterwards. Part III begins
# with the distribution.

# %% [markdown]
# ## Work on it
#
# Notebook 05: exercises 5.1 (ROC-AUC), 5.2 (the likelihood ratio), 5.3 (the radius).
#
# Read: Goodfellow, Bengio & Courville (2016), section 14.9; Wang et al. (2004).

# %% [markdown] tags=["notes"]
# 0:44, one minute. Hand out the notebook; its checks know the usual mistakes.
