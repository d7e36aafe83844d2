# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 DCGAN
#
# **How do we make the game work on images?**
#
# By the end you can
#
# - draw a transposed convolution as a matrix, prove that it is the adjoint of a convolution, show
#   that it is not the inverse, and choose a kernel that leaves no checkerboard;
# - build generator and discriminator by the rules of DCGAN, and say from measurements which of these
#   rules matter;
# - test a generator beyond its pictures: distance to the data, classes found, copies, interpolation,
#   and arithmetic with faces that a classifier scores.
#
# You need the game of notebook 11, convolutions, and batch normalisation from notebook 02. Study time:
# 70 minutes. Computing time: about 90 seconds on one core.

# %%
import torch
import torch.nn.functional as F
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import plotting, weights
from course_utils.checks import dcgan as check
from course_utils.data import faces, mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.evaluation import features_of, frechet_distance, neighbours
from course_utils.explorers import TraversalExplorer
from course_utils.models import gan, judges
from course_utils.objectives import discriminator_loss, non_saturating_generator_loss
from course_utils.recipes import faces_dcgan, mnist_dcgan
from course_utils.recipes.ablations import dcgan_rules
from course_utils.training import Batches, ema, train

# %% [markdown]
# ## 1. The way up
#
# The discriminator $D$ has to look at an image, and you know how a network does that: convolutions
# with stride 2 halve the image until little is left. The generator $G$ has to go the other way, from
# 64 numbers to 784 pixels. Every library offers a layer for that, `ConvTranspose2d`. It is often
# called deconvolution, and the notes that this course follows call it the inverse of down-sampling.
#
# Test that on ten digits. The kernel is 4 by 4 and blurs a little, the stride is 2. Halve the images,
# then go back up with the same kernel. Before you run the cell: do the digits come back?

# %%
plotting.use_style()
seed_everything(0)
device = best_device()
digits = mnist().to(device)
x_small = digits.x_test[:10].double() / 255

tent = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64, device=device) / 8
kernel = torch.outer(tent, tent)[None, None]  # sums to 1
halved = F.conv2d(x_small, kernel, stride=2, padding=1)
back = F.conv_transpose2d(halved, kernel, stride=2, padding=1)
scale = (back * x_small).sum() / back.square().sum()

lost = (back - x_small).norm() / x_small.norm()
lost_at_best = (scale * back - x_small).norm() / x_small.norm()
print("shapes:", *(tuple(x.shape[2:]) for x in (x_small, halved, back)))
print(f"relative error: {lost:.3f}, after the best rescaling {lost_at_best:.3f}")

# %%
fig, axes = plt.subplots(3, 1, figsize=(5.0, 2.3))
names = ("digits", "halved by the convolution", f"transposed convolution, times {scale:.1f}")
for ax, rows, name in zip(axes, (x_small, halved, (scale * back).clamp(0, 1)), names, strict=True):
    plotting.plot_images(ax, rows.float())
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="Ten digits, the same halved to 14 by 14 pixels, and the result of the transposed "
    f"convolution: the size is back, the digits are blurred, {lost_at_best:.0%} off at best.",
)

# %% [markdown]
# The shape comes back. The values do not: even after the best rescaling two fifths are missing. So
# it is no inverse. What is it?
#
# ## 2. The matrix of a convolution
#
# ![Left, a convolution with kernel 3 and stride 2: each of two outputs gathers three of five inputs. Right, its transpose: each of two inputs scatters to three of five outputs; the middle one gets two arrows.](../figures/transposed_convolution.svg)
#
# A convolution is linear, so it *is* a matrix. You find it column by column: column $j$ is what
# becomes of the image that is 1 at pixel $j$ and 0 elsewhere. Take images of 6 by 6 pixels, which the
# kernel turns into maps of 3 by 3: the matrix $C$ has shape $9 \times 36$. Do the same for the
# transposed convolution, from 3 by 3 to 6 by 6. What will the two matrices have to do with one
# another?


# %%
def matrix_of(kernel: Tensor, side: int, *, transposed: bool) -> Tensor:
    """The matrix of a convolution with stride 2 and padding 1, from the images of unit vectors."""
    operation = F.conv_transpose2d if transposed else F.conv2d
    units = torch.eye(side * side, dtype=kernel.dtype, device=kernel.device)
    return operation(units.reshape(-1, 1, side, side), kernel, stride=2, padding=1).flatten(1).T


c = matrix_of(kernel, 6, transposed=False)
up = matrix_of(kernel, 3, transposed=True)
print("C:", tuple(c.shape), "  transposed convolution:", tuple(up.shape))
print("equal to Cᵀ:", torch.equal(up, c.T))

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8), width_ratios=(3, 1, 3))
titles = ("convolution $C$", r"$C^\top$", r"$C^\top C$")
for ax, matrix, title in zip(axes, (c, up, c.T @ c), titles, strict=True):
    ax.imshow(matrix.cpu(), vmin=0, vmax=0.15)
    ax.set_title(title)
    ax.set_xticks([0, matrix.shape[1] - 1], labels=[1, matrix.shape[1]])
    ax.set_yticks([0, matrix.shape[0] - 1], labels=[1, matrix.shape[0]])
    ax.grid(visible=False)
plotting.show(
    fig,
    alt="Three matrices: the convolution, 9 by 36, with shifted copies of the kernel in its rows; "
    "the transposed convolution, 36 by 9, the same turned; their product, far from diagonal.",
)

# %% [markdown]
# The rows of $C$ are shifted copies of the kernel. The transposed convolution is the same table
# turned over: its matrix is $C^\top$, to the last bit. An inverse would need $C^\top C = I$; the third
# panel is nothing of the kind, and it cannot be: nine numbers do not determine thirty-six.
#
# What $C^\top$ is, is the **adjoint**: it moves the convolution from one side of an inner product to
# the other, $\langle Cx, y \rangle = \langle x, C^\top y \rangle$. The proof for a row of pixels is an
# exchange of two sums. Output $i$ is $\sum_k w_k\, x_{si + k - p}$ for a kernel $w$, stride $s$ and
# padding $p$. Each line is evaluated on a random row $x$ of 8 pixels, a random $y$ of 4 numbers and a
# random kernel of 4.


# %%
class Row:
    """A row of pixels, an output, a kernel of 4 with stride 2 and padding 1; all random."""

    def __init__(self, seed: int) -> None:
        g = torch.Generator().manual_seed(seed)
        self.x, self.y, self.w = (
            torch.randn(n, generator=g, dtype=torch.float64) for n in (8, 4, 4)
        )
        self.stride, self.padding = 2, 1

    def terms(self, pixel: int | None = None) -> Tensor:
        """All products w y x, or those that meet one pixel."""
        found = [
            self.w[k] * self.y[i] * self.x[j]
            for i in range(4)
            for k in range(4)
            if 0 <= (j := self.stride * i + k - self.padding) < 8 and pixel in (None, j)
        ]
        return torch.stack(found).sum()


# %%
def down(m: Row) -> Tensor:
    """C x by torch."""
    return F.conv1d(m.x[None, None], m.w[None, None], stride=2, padding=1)[0, 0]


def stamped(m: Row) -> Tensor:
    """The transposed convolution of y by torch."""
    return F.conv_transpose1d(m.y[None, None], m.w[None, None], stride=2, padding=1)[0, 0]


# %%
adjoint = Derivation(
    Line(r"\langle C x, y \rangle", "what is to be moved", lambda m: down(m) @ m.y),
    Line(
        r"\sum_i y_i \sum_k w_k\, x_{s i + k - p}",
        "the convolution written out",
        lambda m: m.terms(),
    ),
    Line(
        r"\sum_j x_j \sum_{i, k:\; s i + k - p = j} w_k\, y_i",
        "the same products, collected by pixel",
        lambda m: sum(m.terms(pixel) for pixel in range(8)),
    ),
    Line(
        r"\langle x, C^\top y \rangle",
        "the inner sum is the transposed convolution",
        lambda m: m.x @ stamped(m),
    ),
)
adjoint.run(Row(seed=0))

# %% [markdown]
# The third line is the recipe of the layer. To compute pixel $j$ you need not search for the pairs
# $i, k$; go through the $y_i$ instead, and let each one **stamp** a copy of the kernel, multiplied by
# $y_i$, onto the canvas. Stamps lie $s$ pixels apart, they overlap and add up, and at the end $p$
# pixels are cut off each edge.
#
# You have run this code before without knowing. The gradient of $\langle Cx, y \rangle$ in $x$ is
# $C^\top y$: **the backward pass of a convolution is a transposed convolution**. The generator's layer
# is the discriminator's layer read backwards.


# %%
def stamp(y: Tensor, w: Tensor, stride: int, padding: int) -> Tensor:
    """A transposed convolution by hand: each number in y stamps a copy of the kernel."""
    k = len(w)
    canvas = y.new_zeros([(n - 1) * stride + k for n in y.shape])
    for i, row in enumerate(y):
        for j, value in enumerate(row):
            top, left = i * stride, j * stride
            canvas[top : top + k, left : left + k] += value * w
    return canvas[padding : canvas.shape[0] - padding, padding : canvas.shape[1] - padding]


y = torch.randn(7, 7, dtype=torch.float64, device=device)
by_torch = F.conv_transpose2d(y[None, None], kernel, stride=2, padding=1)[0, 0]
x = torch.zeros(1, 1, 14, 14, dtype=torch.float64, device=device, requires_grad=True)
(F.conv2d(x, kernel, stride=2, padding=1)[0, 0] * y).sum().backward()

gaps = {"stamps": stamp(y, kernel[0, 0], 2, 1) - by_torch, "gradient": x.grad[0, 0] - by_torch}
for name, gap in gaps.items():
    print(f"{name:8} equal the transposed convolution to 1e-12: {bool(gap.abs().max() < 1e-12)}")

# %% [markdown]
# > **Common slip.** "Transposed convolution inverts convolution." It restores the shape, not the
# > values. For your digits $\lVert C^\top C x - x \rVert / \lVert x \rVert$ is 0.828; an inverse would
# > give 0. The inner products on both sides agree to rounding, and that is all the name promises.
#
# **Exercise 12.1 (derivation).** Stamps of side `kernel` lie `stride` apart, and `padding` pixels are
# cut off at each edge. A map of `size` numbers along each side becomes an image of which side? Write
# the formula. Sanity check: 7 becomes 14 with kernel 4, stride 2, padding 1.


# %% tags=["exercise"]
def transposed_size(size: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """The sides that a transposed convolution gives to maps of these sides."""
    ### BEGIN SOLUTION
    return (size - 1) * stride + kernel - 2 * padding
    ### END SOLUTION


# %% tags=["check"]
transposed_size = check.transposed_size(transposed_size)

# %% [markdown] tags=["solution"]
# The first stamp begins at 0 and the last at $(n - 1) s$, where it needs $k$ pixels more; cutting takes
# $2p$. With stride 2, kernel 4 and padding 1 every layer doubles: $2(n - 1) + 4 - 2 = 2n$.

# %% [markdown]
# ## 3. The checkerboard
#
# Stamps overlap, and not always evenly. Let every number of a map be 1 and every weight of the kernel
# be 1: then each pixel shows how many stamps it got. With kernel 3 and stride 2, some pixels lie under
# one stamp and some under four.
#
# **Exercise 12.2 (prediction).** Away from the edges, kernel 5 and stride 2: by which factor does the
# most covered pixel exceed the least covered one? Draw the stamps along one axis first.

# %% tags=["exercise"]
factor = ...  # your prediction
### BEGIN SOLUTION
factor = 9 / 4
### END SOLUTION

# %% tags=["check"]
factor = check.kernel_of_five(factor)

# %% [markdown] tags=["solution"]
# Along one axis a pixel gets three stamps if its position is even and two if it is odd. A pixel of the
# plane gets the product of its column's number and its row's: 9, 6 or 4.

# %%
counts = {}
for k, padding in {3: 1, 4: 1, 5: 2, 6: 2}.items():
    ones, stamps = torch.ones(1, 1, 10, 10), torch.ones(1, 1, k, k)
    counts[k] = F.conv_transpose2d(ones, stamps, stride=2, padding=padding)[0, 0, 4:14, 4:14]
assert abs(counts[5].max() / counts[5].min() - factor) < 0.01

fig, axes = plt.subplots(1, 4, figsize=(7.5, 2.3))
for ax, (k, count) in zip(axes, counts.items(), strict=True):
    ax.imshow(count, vmin=0, vmax=9)
    ax.set_title(f"kernel {k}: {count.min():.0f} to {count.max():.0f}")
    ax.set_axis_off()
plotting.show(
    fig,
    alt="Stamps per pixel at stride 2: kernels 3 and 5 give a checkerboard of 1 to 4 and 4 to 9, "
    "kernels 4 and 6 an even 4 and 9.",
)

# %% [markdown]
# The counts are even where **the stride divides the kernel**. What does that do to a network? Weights
# are random at the start, so look at many. Draw 5,000 kernels with independent weights of variance 1,
# let each act on a map of ones, and measure the mean square of the output at the four positions
# (even or odd row, even or odd column).


# %%
def power_by_position(k: int, padding: int, count: int = 5000) -> Tensor:
    """Mean square of the output at the four positions of a 2x2 block, for random kernels."""
    g = torch.Generator().manual_seed(0)
    kernels = torch.randn(1, count, k, k, generator=g)
    out = F.conv_transpose2d(torch.ones(1, 1, 6, 6), kernels, stride=2, padding=padding)[0]
    return out[:, 4:6, 4:6].square().mean(dim=0).flatten()


for k, padding in {3: 1, 4: 1, 5: 2}.items():
    power = power_by_position(k, padding)
    ratio = (power.max() / power.min()).item()
    print(f"kernel {k}: power", *(f"{p:.1f}" for p in power), f"  largest / smallest {ratio:.1f}")
    assert (ratio < 1.2) == (k == 4)

# %% [markdown]
# With kernel 3 a quarter of the pixels starts with four times the power of another quarter, on a flat
# input. A network can learn to undo that, but it has to learn it in each layer. Kernel 4 gives each
# position four weights. That is the reason for the "4, stride 2, padding 1" that you meet everywhere
# (Odena et al., 2016). An even count does not forbid a pattern; it only stops the architecture from
# preferring one.

# %% [markdown]
# ## 4. The rules
#
# ![Generator: z to 4x4, 8x8, 16x16, 32x32 and a 64x64 image by transposed convolutions of stride 2, fewer channels each time. Discriminator: the mirror, by strided convolutions, to one logit.](../figures/dcgan.svg)
#
# GANs on images were unstable until Radford, Metz and Chintala (2016) published a list of rules, found
# by trying. $z$ is a vector of 64 draws from $\mathcal{N}(0, 1)$; $D$ returns a **logit**, and
# $D(x) = \mathrm{sigmoid}(\text{logit})$ is its probability that $x$ is real.
#
# 1. Strides in $D$ and strided transposed convolutions in $G$; no pooling.
# 2. Batch normalisation in both, except at $G$'s output and $D$'s input.
# 3. No hidden affine layers: $z$ goes straight to a small map with many channels.
# 4. ReLU in $G$, and tanh at its end.
# 5. LeakyReLU in $D$: slope 0.2 below zero.
# 6. Images scaled to $[-1, 1]$, the range of tanh.
# 7. Weights start at $\mathcal{N}(0, 0.02^2)$; Adam with rate $2 \cdot 10^{-4}$ and a momentum
#    $\beta_1$ of 0.5 in place of 0.9.
#
# The drawing is for images of side 64. Digits have side 28, and 28 halves to 14 and to 7. The third
# halving meets an odd side: kernel 3, stride 2 and padding 1 take 7 to 4, and transposed, 4 back to 7.
# That is the kernel that section 3 warns of. Its uneven stamps cannot be avoided on the way from 4 to
# 7; they fall on the smallest map, and two layers with even stamps follow, which can level them.
#
# Here is the generator by hand. A convolution in front of a batch normalisation has no bias, because
# subtracting the mean would cancel it. Find each rule in the code.

# %%
generator_by_hand = nn.Sequential(
    nn.Unflatten(1, (64, 1, 1)),  # 64 numbers: one pixel with 64 channels
    nn.ConvTranspose2d(64, 128, kernel_size=4, bias=False),
    nn.BatchNorm2d(128),
    nn.ReLU(),
    nn.ConvTranspose2d(128, 64, kernel_size=3, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(64),
    nn.ReLU(),
    nn.ConvTranspose2d(64, 32, kernel_size=4, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(32),
    nn.ReLU(),
    nn.ConvTranspose2d(32, 1, kernel_size=4, stride=2, padding=1),
    nn.Tanh(),
)

# %% [markdown]
# And the discriminator, its mirror image. The last layer has one kernel as large as the map: it adds up
# one number for each of the 16 places, and the sum is the logit.

# %%
discriminator_by_hand = nn.Sequential(
    nn.Conv2d(1, 32, kernel_size=4, stride=2, padding=1),
    nn.LeakyReLU(0.2),
    nn.Conv2d(32, 64, kernel_size=4, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(64),
    nn.LeakyReLU(0.2),
    nn.Conv2d(64, 128, kernel_size=3, stride=2, padding=1, bias=False),
    nn.BatchNorm2d(128),
    nn.LeakyReLU(0.2),
    nn.Conv2d(128, 1, kernel_size=4),
    nn.Flatten(0),
)

# %% [markdown]
# From here on `gan.dcgan_generator` and `gan.dcgan_discriminator` build the same two networks, with
# the start of rule 7. Your formula of exercise 12.1 predicts the sides of $G$'s maps; $D$'s are the
# same in reverse.

# %%
assert str(generator_by_hand) == str(gan.dcgan_generator(64))
assert str(discriminator_by_hand) == str(gan.dcgan_discriminator())

side, maps = torch.tensor([1]), torch.randn(2, 64)
for layer in gan.dcgan_generator(64):
    maps = layer(maps)
    if isinstance(layer, nn.ConvTranspose2d):
        (k,), (s,), (p,) = set(layer.kernel_size), set(layer.stride), set(layer.padding)
        side = transposed_size(side, k, s, p)
        print(f"kernel {k}, stride {s}, padding {p}: {maps.shape[1]:3} maps of side {side.item()}")
        assert maps.shape[2] == side
for name, net in {"G": generator_by_hand, "D": discriminator_by_hand}.items():
    print(f"numbers to learn in {name}: {sum(w.numel() for w in net.parameters()):,}")

# %% [markdown]
# Why halve down to 4, and not stop at 7, without the odd step? Because of what $D$ sees. Its last layer
# is affine: a *sum* of verdicts, one for each place of the last map. What has to be judged together must
# meet in a unit before that. A layer with kernel $k$ widens what a unit sees by $k - 1$ steps of the map below,
# and these steps are 1, 2, 4 pixels long. So a unit sees a square of side 4, then of side
# $4 + 3 \cdot 2 = 10$, and after the third halving? Compute it, then let the gradient tell which
# pixels move one unit in the middle of the map. (`eval` fixes batch norm's statistics, so that they
# carry nothing from place to place.)


# %%
def seen_by_one(layers: nn.Sequential) -> Tensor:
    """The pixels that move one unit in the middle of the last map, shape (28, 28)."""
    image = torch.rand(1, 1, 28, 28, requires_grad=True)
    maps = layers(image)
    middle = (maps.shape[2] - 1) // 2
    maps[0, :, middle, middle].sum().backward()
    return image.grad[0, 0] != 0


eyes = {"two halvings": discriminator_by_hand[:5], "three": discriminator_by_hand[:8]}
fig, axes = plt.subplots(1, 2, figsize=(4.2, 2.3))
for ax, (name, layers) in zip(axes, eyes.items(), strict=True):
    rows, columns = seen_by_one(layers.eval()).nonzero().T
    side = (rows.max() - rows.min() + 1).item()
    print(f"{name:12} a unit sees {side} by {side} pixels")
    plotting.plot_images(ax, x_small[1:2].float(), columns=1)
    corner = (columns.min().item() - 0.5, rows.min().item() - 0.5)
    ax.add_patch(plt.Rectangle(corner, side, side, fill=False, color=plotting.MODEL, linewidth=2))
    ax.set_title(f"{name}: {side} by {side}")
plotting.show(
    fig,
    alt="A digit 2 twice. The square that one unit of D's last map sees: 10 by 10 pixels after two "
    "halvings, a piece of one stroke; 18 by 18 after three, most of the digit.",
)

# %% [markdown]
# With two halvings no unit sees more than a piece of stroke. $D$ then asks 49 times "is this a piece of
# writing?", and a heap of good strokes in no digit's order gets a good sum. With three, a unit sees
# two thirds of the image's side and can tell a 3 from half a 3 upon half an 8. Section 6 measures what
# that is worth.

# %% [markdown]
# > **Common slip.** "Use batch norm for both", in every layer. The rule has two exceptions, and each
# > has a reason that you can compute. Batch normalisation subtracts the batch's mean and divides by
# > its spread. At $D$'s input that hides whether the images of a batch are too pale. At $G$'s
# > output it fixes mean and spread of every batch, whatever $z$ is.

# %%
x_real = 2 * digits.x_test[:64].float() / 255 - 1
pale = 0.5 * x_real - 0.5
norm = nn.BatchNorm2d(1, affine=False).to(device)
print(f"mean grey value: digits {x_real.mean():.2f}, pale copies {pale.mean():.2f}")
gap = (norm(x_real) - norm(pale)).abs().max()
print(f"behind batch norm they differ by less than 0.001: {bool(gap < 1e-3)}")

g = torch.Generator().manual_seed(0)
outputs = [torch.randn(64, 1, 28, 28, generator=g) * i + i for i in range(1, 6)]
means = torch.stack([norm(h.to(device)).mean() for h in outputs])
print(f"means of five different outputs are 0 to 1e-6: {bool(means.abs().max() < 1e-6)}")

# %% [markdown]
# Digits at half contrast pass as real ones, and a generator could not make a batch of thin ones
# followed by a batch of bold ones.
#
# ## 5. The game, live
#
# How will you know whether the pictures get better? Not from the losses: they compare two moving
# players. Ask a **judge**: a classifier that was trained on real digits, reads 99.2 % of the test
# digits, and has a hidden layer of 64 features. Fit a Gaussian to the features of 10,000 test images
# and one to those of 10,000 samples. The **Fréchet distance** between the two Gaussians,
# $\lVert \mu_a - \mu_b \rVert^2 + \mathrm{tr}\,(\Sigma_a + \Sigma_b - 2 (\Sigma_a \Sigma_b)^{1/2})$
# (Heusel et al., 2017, eq. 6), is 0 where they agree. No sample reaches 0, not even fresh data, so
# you need the floor: what do 10,000 random training images get?


# %%
def generate(generator: nn.Module, z: Tensor) -> Tensor:
    """Images in [0, 1] from codes, 500 at a time."""
    with torch.no_grad():
        return torch.cat([(generator(part) + 1) / 2 for part in z.split(500)])


def distance(judge: nn.Module, x: Tensor, real_features: Tensor) -> float:
    """Fréchet distance of images from real ones, in the features of a judge."""
    return frechet_distance(features_of(judge.features, x), real_features)


judge = weights.load("digit_judge", judges.digit_judge()).to(device)
real_features = features_of(judge.features, digits.x_test)
generator_of_rows = torch.Generator().manual_seed(0)
rows = torch.randperm(60_000, generator=generator_of_rows)[:10_000].to(device)
floor = distance(judge, digits.x_train[rows], real_features)
noise = torch.rand(10_000, 1, 28, 28, generator=generator_of_rows).to(device)
from_noise = distance(judge, noise, real_features)
print(f"Fréchet distance: training images {floor:.1f}, uniform noise {from_noise:.0f}")

# %% [markdown]
# Now play. In each step $D$ sees 32 digits and 32 samples and lowers its cross-entropy; then $G$
# lowers $-\log D(G(z))$, the non-saturating loss of notebook 11. To fit 2,400 steps into about 40
# seconds, the two networks are half as wide as those above, and the rate is five times that of
# rule 7. You look at `average`, an exponential moving average of $G$'s weights over about 100 steps:
# the players circle around one another, and the average sits nearer to the middle (Yazıcı et al.,
# 2019).

# %%
seed_everything(0)
generator = gan.dcgan_generator(64, width=16).to(device, memory_format=torch.channels_last)
discriminator = gan.dcgan_discriminator(width=16).to(device, memory_format=torch.channels_last)
g_optimizer = Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
d_optimizer = Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
average = ema(generator, decay=0.99)


def dcgan_step(x: Tensor) -> dict[str, Tensor]:
    x_real = (2 * x - 1).contiguous(memory_format=torch.channels_last)
    x_fake = generator(torch.randn(len(x), 64).to(x.device))
    d_loss = discriminator_loss(discriminator(x_real), discriminator(x_fake.detach()))
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()
    g_loss = non_saturating_generator_loss(discriminator(x_fake)).mean()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
    average.update_parameters(generator)
    return {"D": d_loss, "G": g_loss}


# %% [markdown]
# `x_fake.detach()` keeps $D$'s update away from $G$. The gradients that $G$'s update leaves in $D$ are
# erased before $D$ moves. Before you run the cell: after how many of the 2,400 steps will you be
# able to read the first digit?

# %%
z_shown = torch.randn(16, 64, generator=torch.Generator().manual_seed(1)).to(device)
z_judged = torch.randn(10_000, 64, generator=torch.Generator().manual_seed(2)).to(device)
batches = Batches(digits.x_train, size=32, seed=0)
snapshots, distances = {}, {}
for steps, more in {100: 100, 600: 500, 2400: 1800}.items():
    train(dcgan_step, batches, more)
    average.eval()
    snapshots[steps] = generate(average, z_shown)
    distances[steps] = distance(judge, generate(average, z_judged), real_features)
    print(f"after {steps:4} steps: Fréchet distance ≈ {distances[steps]:.0f}")

print(f"noise / after 2,400 steps ≈ {from_noise / distances[2400]:.0f}, above 10:", end=" ")
print(from_noise > 10 * distances[2400])
assert from_noise > 10 * distances[2400]

# %%
fig, axes = plt.subplots(3, 1, figsize=(5.4, 1.9))
for ax, (steps, images) in zip(axes, snapshots.items(), strict=True):
    plotting.plot_images(ax, images, columns=16)
    ax.set_title(f"after {steps:,} steps", fontsize=9)
plotting.show(
    fig,
    alt="Samples for the same 16 codes after 100, 600 and 2,400 steps: plain grey, then strokes, "
    "then digits, most of which can be read. The Fréchet distance falls to less than a tenth.",
)

# %% [markdown]
# Each column is one code $z$ throughout. Strokes come early, because strokes are what $D$'s first
# kernels can see; which strokes belong together is for its last map to say, and comes late. At the end
# about three in four can be read, and the rest has the ink of a digit, but no digit's name.
#
# ## 6. Which rules matter?
#
# The rules were found by trying, so try. Break one rule at a time and play the game of section 5 for
# 1,000 steps, with rates that fall to zero at the end and three seeds each; judge 2,000 samples. Which
# rule would you give up last? Could breaking one help?
#
# The whole table takes ten minutes, so its numbers are shipped, with the command that measures them
# again: `python -m course_utils.recipes.ablations.dcgan_rules`. One row is played here, the one that
# section 4 asked for: all rules, but $D$ stops halving at 7, and $G$ begins there.

# %%
rule = "two halvings only"
played = dcgan_rules.distance(rule, seed=0)
print(f"{rule}: ≈ {played:.0f}, shipped {dcgan_rules.MEASURED[rule][0]}")
print("all rules: shipped", *dcgan_rules.MEASURED["all rules"])
assert abs(played / dcgan_rules.MEASURED[rule][0] - 1) < 0.3

# %%
measured = sorted(dcgan_rules.MEASURED.items(), key=lambda row: sorted(row[1])[1])
fig, ax = plt.subplots(figsize=(6.0, 3.4))
for i, (name, found) in enumerate(measured):
    colour = plotting.MODEL if name == "all rules" else plotting.FAKE
    ax.plot(found, [i] * 3, "o-", color=colour, alpha=0.8)
ax.set_yticks(range(len(measured)), labels=[name for name, _ in measured])
ax.axvspan(*(f(dcgan_rules.MEASURED["all rules"]) for f in (min, max)), color="#0072B220")
ax.set_xscale("log")
ax.set_xticks([50, 100, 200, 500, 1000], labels=[50, 100, 200, 500, 1000])
ax.set_xticks([], minor=True)
ax.set_xlabel("Fréchet distance after 1,000 steps, three seeds")
plotting.show(
    fig,
    alt="Fréchet distance after 1,000 steps with one rule broken, three seeds each, sorted: best "
    f"is '{measured[0][0]}', worst '{measured[-1][0]}'.",
)

# %% [markdown]
# Four rules stand out. With a momentum of 0.9, with hidden affine layers, without batch norm, or with
# batch norm everywhere, *each* of the three seeds is worse than the worst with all rules, by a factor
# of 1.6 to 9. That is the core: **no affine detours, batch norm but not at the two ends, little
# momentum.** The eyes of section 4 come fifth: with two halvings every seed is above 120, with three
# none above 103. And the gap grows: at full width, after 6,000 steps at rate $4 \cdot 10^{-4}$,
# it is 74 with two halvings against 12 with three. Strokes are learned either way; their order is not.
#
# The sigmoid, ReLU in $D$ and torch's usual start make no difference that three seeds could show. And
# two broken rules *win* with each seed. With data in $[0, 1]$ the paper of the digits lies at 0, where
# tanh starts, so $G$ need not learn to draw it. With pooling and repeated pixels the distance is about
# half. So the strides are no law: they were cheap. Be as careful with this table as with the rules: it
# is about 1,000 steps of a small network on digits at one learning rate, and a good start is not a good
# end.
#
# ## 7. Three quarters of an hour later
#
# The same game at full width, 60,000 steps with batches of 32 at a rate of $4 \cdot 10^{-4}$, which
# falls to zero over the last third, and an average over about 1,000 steps: those weights come with the
# package
# (`python -m course_utils.recipes train mnist_dcgan` makes them again). Look before you measure. Which
# of these would you have taken for real?

# %%
digit_maker = weights.load("mnist_dcgan", mnist_dcgan.build()).to(device)
x_fake = generate(digit_maker, z_judged)

fig, axes = plt.subplots(2, 1, figsize=(5.4, 3.2))
for ax, images, name in zip(axes, (x_fake, digits.x_test), ("samples", "test images"), strict=True):
    plotting.plot_images(ax, images[:48], columns=16)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="48 samples of the shipped generator above 48 test digits: strokes as crisp as real "
    "ones; most can be read at once, some lie between two digits.",
)

# %%
read = features_of(judge, x_fake)
shares = torch.bincount(read.argmax(dim=1), minlength=10) / len(read)
shipped = distance(judge, x_fake, real_features)
of_tests = features_of(judge, digits.x_test)
right = (of_tests.argmax(dim=1) == digits.y_test).double().mean()
sure = {
    name: (logits.softmax(dim=1).max(dim=1).values > 0.8).double().mean()
    for name, logits in {"samples": read, "test images": of_tests}.items()
}

print(f"judge: {right:.1%} of the test digits right, at least 98.5 %: {bool(right > 0.985)}")
print("share of each digit:", " ".join(f"≈ {share:.1%}" for share in shares))
print(f"each digit at least 5 %: {bool(shares.min() > 0.05)}")
print(f"Fréchet distance ≈ {shipped:.1f}, floor {floor:.1f}; below 15: {shipped < 15}")
print("judge more than 80 % sure:", *(f"{name} ≈ {share:.0%} " for name, share in sure.items()))
assert right > 0.985
assert shares.min() > 0.05
assert shipped < 15

# %% [markdown]
# All ten digits are there, each with 8 to 12 %, as in the data. The distance is below four times the
# floor: as a crowd the samples are nearly right. One by one they are not. The judge is sure of 94 % of
# the test images and of 68 % of the samples; the rest lies between two digits, or is none. Two Gaussians
# compare crowds, and a crowd can hide a third of odd ones. Say so when you show samples, and show them
# unpicked.
#
# The number is a distance *in the features of this judge*: what it does not look at, it cannot miss.
#
# ## 8. Did it copy?
#
# A generator that had memorised training images would score well too. So look up, for each of 1,000
# samples, the nearest of the 60,000 training images, pixel by pixel. On its own the distance means
# nothing; the same for 1,000 test images, which nobody can have memorised, gives it a scale. What
# would you expect from a copier, and what from a good generator?

# %%
x_train = digits.x_train.flatten(1).float() / 255
some = torch.randperm(10_000, generator=torch.Generator().manual_seed(4))[:1000].to(device)
queries = {"samples": x_fake[:1000], "test images": digits.x_test[some] / 255}
nearest, spread = {}, {}
for name, images in queries.items():
    x = images.flatten(1)
    nearest[name] = neighbours(x, x_train, k=1)[:, 0]
    spread[name] = (x - x_train[nearest[name]]).norm(dim=1)
    middle, least = spread[name].median(), spread[name].min()
    print(f"{name:11}: nearest training image at ≈ {middle:.2f}, least ≈ {least:.2f}")

ratio = (spread["samples"].median() / spread["test images"].median()).item()
assert 0.9 < ratio < 1.6

# %%
closest = spread["samples"].argsort()[:12]
fig, axes = plt.subplots(2, 1, figsize=(5.4, 1.6))
pairs = {"the 12 samples that are nearest to training images": x_fake[:1000][closest]}
pairs["those training images"] = digits.x_train[nearest["samples"][closest]] / 255
for ax, (name, images) in zip(axes, pairs.items(), strict=True):
    plotting.plot_images(ax, images, columns=12)
    ax.set_title(name, fontsize=9)
plotting.show(
    fig,
    alt="The twelve samples nearest to the training set, above the training images in question: "
    "mostly ones, similar in slant and weight, but no pair is the same to the pixel.",
)

# %% [markdown]
# No. A copier would have distances near 0. The samples are a little *further* from the training images
# than test images are, by about a tenth. The closest pairs are all ones, and not because ones were
# copied: a thin stroke differs from another thin stroke in few pixels, and test images come as close.
# This excludes copies to the pixel, no more; a shifted copy would look new to this measure.
#
# ## 9. Between two codes
#
# Go from one code to another in a straight line and watch the pictures. There is a trap. A draw from
# $\mathcal{N}(0, I)$ in 64 dimensions has a length close to $\sqrt{64} = 8$, and two draws are nearly
# at a right angle. How long is the code half-way between them, and how often does a draw get so short?


# %%
def great_circle(a: Tensor, b: Tensor, t: float) -> Tensor:
    """From rows of a (t = 0) to rows of b (t = 1), turning at a constant rate."""
    angle = F.cosine_similarity(a, b, dim=1).acos()[:, None]
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


a, b = z_judged[:5000], z_judged[5000:]
half_way = {}
codes = {"ends": a, "line": (a + b) / 2, "great circle": great_circle(a, b, 0.5)}
for name, z in codes.items():
    images, length = generate(digit_maker, z), z.norm(dim=1)
    half_way[name] = distance(judge, images, real_features)
    print(f"{name:12} length {length.mean():.2f} ± {length.std():.2f}", end="   ")
    print(f"Fréchet ≈ {half_way[name]:.1f}   ink ≈ {images.mean():.3f}")

rare = torch.special.gammainc(torch.tensor(32.0).double(), torch.tensor(16.0).double()).item()
print(f"a draw is shorter than 8/√2 = {32**0.5:.2f} once in {1 / rare:,.0f}")
assert half_way["line"] > 2 * half_way["ends"] > half_way["great circle"]

# %%
shown = torch.arange(5, device=device)
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.6))
steps = torch.linspace(0, 1, 9).tolist()
paths = {
    "line": [(1 - t) * a[shown] + t * b[shown] for t in steps],
    "great circle": [great_circle(a[shown], b[shown], t) for t in steps],
}
for ax, (name, path) in zip(axes, paths.items(), strict=True):
    images = generate(digit_maker, torch.stack(path, dim=1).flatten(0, 1))
    plotting.plot_images(ax, images, columns=9)
    ax.set_title(name)
plotting.show(
    fig,
    alt="Five pairs of samples, each joined by nine images along a line and along a great circle: "
    "strokes grow, turn and close. Half-way along the line they are bolder than at both ends.",
)

# %% [markdown]
# Half-way along the line the code has length 5.6, more than three standard deviations too short: one
# draw in 3,600 is like that. The generator has hardly been asked about such codes, and it shows: these
# images are six times as far from the data as those at the ends, and have a third more ink. In the rows
# the strokes swell in the middle.
# The **great circle** keeps the length at 8; its images are as good as those at the ends. Along both ways
# strokes grow, turn and close. No image is a blend of two pictures, as half-way between two images in
# pixel space would be.
#
# ## 10. Faces
#
# The same rules with one doubling more draw faces of 64 by 64 pixels in colour. The data are 20,000
# drawn faces, whose factors are known; here is a second judge that reads 19 labels from a picture,
# such as `Smiling` and `Eyeglasses`. Which row is drawn, which is generated?

# %%
face_maker = weights.load("faces_dcgan", faces_dcgan.build()).to(device)
face_judge = weights.load("face_judge", judges.face_judge()).to(device)
real = faces(2000, seed=2)
x_faces = real.x.to(device)
pool = torch.randn(6000, 64, generator=torch.Generator().manual_seed(3)).to(device)
x_pool = generate(face_maker, pool)

fig, axes = plt.subplots(2, 1, figsize=(4.6, 1.1))
for ax, images in zip(axes, (x_pool, x_faces), strict=True):
    plotting.plot_images(ax, images[:10], columns=10)
plotting.show(
    fig,
    alt="Ten generated faces above ten drawn ones. In the generated ones skin, hair and "
    "clothes are right; eyes and mouths are smeared, and glasses are dark noise.",
)

# %%
face_features = features_of(face_judge.features, x_faces)
face_floor = distance(face_judge, faces(2000, seed=3).x.to(device), face_features)
face_distance = distance(face_judge, x_pool[:2000], face_features)
print(f"Fréchet distance of faces ≈ {face_distance:.0f}, floor ≈ {face_floor:.0f}")


# %%
def attributes(judge: nn.Module, x: Tensor, where: list[int]) -> Tensor:
    """Whether the judge sees a smile, glasses, a hat, a beard: (batch, 4). It reads 'No_Beard'."""
    logits = features_of(judge, x)[:, where]
    return torch.cat([logits[:, :3] > 0, logits[:, 3:] < 0], dim=1)


names = ("smile", "glasses", "hat", "beard")
where = [real.names[-19:].index(n) for n in ("Smiling", "Eyeglasses", "Wearing_Hat", "No_Beard")]
truth = real.attributes[:, -19:][:, where].to(device) > 0.5
truth[:, 3] = ~truth[:, 3]
judged = attributes(face_judge, x_faces, where)
seen = attributes(face_judge, x_pool, where)

print("           judge right   in the data   in samples")
for i, name in enumerate(names):
    shares = (judged[:, i] == truth[:, i], truth[:, i], seen[:, i])
    print(f"{name:10}", *(f"≈ {share.double().mean():.0%}       " for share in shares))

# %% [markdown]
# The generated ones are above, and you saw it at once. This generator had twenty minutes, 12,000 steps
# with batches of 32. Skin, hair, clothes and hats are there; eyes and mouths are smeared, and where
# glasses should be, a few pixels wide, is dark noise. The judge takes that for glasses as often as the
# data wear them. The distance is not deceived: nearly thirty times the floor. Fine things come last.
#
# And playing on is no cure. With 16,000 steps at twice the rate $D$ won, and $G$ ended with one and the
# same face for every code, at a distance above 5,000. How a game gets lost like that is the subject of
# notebook 13. Everything below is said about *this* generator, and by a judge that has never seen a
# smeared face.
#
# ## 11. Arithmetic with faces
#
# The best known picture of the DCGAN paper: smiling woman $-$ neutral woman $+$ neutral man
# $=$ smiling man. With single codes it did not work; the authors averaged three codes for each concept
# (section 6.3.2). Write it.
#
# **Exercise 12.3.** Return the code $\bar a - \bar b + \bar c$, where a bar is the mean over a
# concept's codes. It is used in everything that follows.


# %% tags=["exercise"]
def analogy(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Mean of a minus mean of b plus mean of c: (n, latent) each, to one code (latent,)."""
    ### BEGIN SOLUTION
    return a.mean(dim=0) - b.mean(dim=0) + c.mean(dim=0)
    ### END SOLUTION


# %% tags=["check"]
analogy = check.analogy(analogy)

# %% [markdown] tags=["solution"]
# The mean of three keeps what the three codes share and shrinks by $\sqrt 3$ what each has for itself:
# hair, background, pose.

# %% [markdown]
# One lucky picture proves nothing, so draw 300 triples. The judge sorts the pool of 6,000 codes. Say
# the concepts are "smile" and "glasses": A are codes whose face smiles without glasses, B does neither,
# C wears glasses without a smile. The result should do both. Every result is judged by the same judge.


# %%
def drawn(pool: Tensor, chosen: Tensor, *, size: int, seed: int, count: int = 300) -> Tensor:
    """`count` sets of `size` codes among the chosen ones: (count, size, latent)."""
    g = torch.Generator().manual_seed(seed)
    places = chosen.nonzero()[:, 0]
    return pool[places[torch.randint(len(places), (count, size), generator=g).to(pool.device)]]


def triples(pool: Tensor, p: Tensor, q: Tensor, *, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Sets of codes with p alone, with neither, and with q alone."""
    kinds = (p & ~q, ~p & ~q, ~p & q)
    a, b, c = (drawn(pool, kind, size=size, seed=i) for i, kind in enumerate(kinds))
    return a, b, c


concepts = dict(zip(names, seen.T, strict=True))

# %%
trio = triples(pool, concepts["smile"], concepts["glasses"], size=3)
sums = torch.stack([analogy(*codes) for codes in zip(*trio, strict=True)])
rows = [codes.mean(dim=1)[:6] for codes in trio] + [sums[:6]]

fig, axes = plt.subplots(4, 1, figsize=(3.2, 3.0))
titles = ("A: smile", "B: neither", "C: glasses", "A − B + C")
for ax, codes, name in zip(axes, rows, titles, strict=True):
    plotting.plot_images(ax, generate(face_maker, codes), columns=6)
    ax.set_title(name, fontsize=9, loc="left")
plotting.show(
    fig,
    alt="The first six triples: faces of three mean codes, smiling, neither, with glasses, and "
    "below them the face of A − B + C: dark noise for glasses, and some smile.",
)

# %% [markdown]
# Each column is one triple. Now count, over 300 triples, how often the judge sees both attributes in
# the result. Two rivals tell what the arithmetic adds: C alone, and a random code. And how much do the
# three codes matter? Guess the success with one, three and ten codes for each concept.


# %%
def share_of(mask: Tensor, i: int, j: int) -> float:
    """Share of rows in which attributes i and j are both seen."""
    return mask[:, [i, j]].all(dim=1).double().mean().item()


success = {}
print("both attributes seen     1 code      3 codes     10 codes    C alone     by chance")
for i, j in ((0, 1), (0, 3), (1, 2)):
    for size in (1, 3, 10):
        trio = triples(pool, seen[:, i], seen[:, j], size=size)
        sums = torch.stack([analogy(*codes) for codes in zip(*trio, strict=True)])
        found = attributes(face_judge, generate(face_maker, sums), where)
        success[i, j, size] = share_of(found, i, j)
    alone = attributes(face_judge, generate(face_maker, trio[2].mean(dim=1)), where)
    shares = [success[i, j, size] for size in (1, 3, 10)]
    shares += [share_of(alone, i, j), share_of(seen, i, j)]
    print(f"{names[i] + ' and ' + names[j]:22}", *(f" ≈ {share:.0%}      " for share in shares))
    assert success[i, j, 1] < success[i, j, 10]

# %% [markdown]
# In the first two rows the arithmetic points the right way. With ten codes for each concept more than
# half of the sums show both; C alone, a mean of ten codes as well, shows both in none and in an eighth,
# and a random code in a quarter. The third row is the warning. Two thirds look like a success, until
# you see its rival: the mean of ten codes *with* a hat and *without* glasses is judged to wear both even
# more often. Averaging alone has brought the glasses, or noise that passes for them. One picture of a
# smiling man with glasses would have told you nothing of all that.
#
# Averaging helps in every row. One reason can be read off the lengths: a sum of three single codes has
# length $8\sqrt 3 \approx 13.9$, longer than any draw, and section 9 showed what comes of lengths that a
# generator has never seen. With three codes for each concept it is 8, with ten 4.4: shorter than any
# draw, so the faces get pale, and yet what the codes share comes through.
#
# ## 12. Directions, and what they drag along
#
# Averaging over many codes leads to a **direction** for each attribute: the mean of all codes with it
# minus the mean of all codes without, scaled to length 1. Push 500 random codes by 3 along each
# direction. The attribute should follow. What else does?

# %%
directions = {}
for name, mask in concepts.items():
    difference = pool[mask].mean(dim=0) - pool[~mask].mean(dim=0)
    directions[name] = difference / difference.norm()

before = seen[:500].double().mean(dim=0)
pushed = [generate(face_maker, pool[:500] + 3 * d) for d in directions.values()]
after = [attributes(face_judge, x, where).double().mean(dim=0) for x in pushed]
moved = torch.stack(after) - before

# %%
fig, ax = plt.subplots(figsize=(4.6, 3.2))
ax.imshow(moved.cpu(), cmap="PuOr", vmin=-1, vmax=1)
for i, row in enumerate(moved.tolist()):
    for j, value in enumerate(row):
        ax.text(j, i, f"{value:+.2f}", ha="center", va="center", fontsize=9)
ax.set_xticks(range(4), labels=list(concepts))
ax.set_yticks(range(4), labels=list(concepts))
ax.set_xlabel("change in the share that shows it")
ax.set_ylabel("pushed along")
ax.grid(visible=False)
assert moved.diagonal().min() > 0.2
plotting.show(
    fig,
    alt="Four directions by four attributes: pushed by 3, each direction raises its own attribute "
    "by more than a fifth of all faces; some others change along with it.",
)

# %% [markdown]
# On the diagonal each push raises its own attribute, by 33 to 59 points. Off the diagonal stands the
# price: every other direction brings beards, by 20 to 35 points, and a beard takes glasses away. In the
# data glasses and beards are independent, so it is the generator that ties them together, or the judge
# that takes the one for the other. Nothing in the game asks for directions that are separate.
#
# And do not trust the diagonal before you have looked. In the explorer the push along "glasses" lays dark
# noise over the eyes, and no frame appears; the push along "beard" darkens the whole face. The judge,
# which never saw such pictures, calls that glasses and beard. **A classifier's word counts near the data
# that it was trained on.** The smile, in contrast, is a smile, and the hat a hat.
#
# Take the generator into your hands; it runs in this page. Each slider pushes the code along one of
# the directions of the table, and the strip shows the whole way. Below, pick A, B and C.

# %%
g = torch.Generator().manual_seed(0)
parts = {
    "smiling": concepts["smile"] & ~concepts["glasses"] & ~concepts["hat"],
    "neutral": ~concepts["smile"] & ~concepts["glasses"] & ~concepts["hat"],
    "neutral, glasses": ~concepts["smile"] & concepts["glasses"] & ~concepts["hat"],
    "neutral, hat": ~concepts["smile"] & ~concepts["glasses"] & concepts["hat"],
    "neutral, beard": ~concepts["smile"] & ~concepts["glasses"] & concepts["beard"],
}
named = {name: pool[mask][:3].mean(dim=0) for name, mask in parts.items()}

explorer = TraversalExplorer(
    face_maker,
    directions=directions,
    codes=named,
    z=pool[0],
    reach=4.0,
    task="Push one slider to its end. What changes besides the thing that it is named after?",
)
explorer

# %% [markdown]
# ## What you have seen
#
# - A transposed convolution is the adjoint of a convolution: its matrix is $C^\top$, its code is the
#   backward pass of $C$, and it gives back the shape, not the values. Where the stride divides the
#   kernel, no checkerboard is built in.
# - Of DCGAN's rules four are confirmed on digits by every seed: no hidden affine layers, batch norm in
#   both networks, none at $G$'s output and $D$'s input, and $\beta_1 = 0.5$. So is a fifth that is not on
#   the list: what $D$ has to judge together must meet in one unit. The rest matters less, and two broken
#   rules start better.
# - A generator is tested by more than its pictures: by a distance with its floor, by the classes that a
#   judge finds, by the nearest training images, by what lies between two codes, and by arithmetic over
#   hundreds of triples with a rival beside them. Each of these tests can be failed, and some were: by
#   single digits, by the straight line, by most of the faces.
#
# ## References
#
# - A. Radford, L. Metz, S. Chintala (2016), "Unsupervised representation learning with deep
#   convolutional generative adversarial networks", *ICLR*, sections 3, 4 and 6.3.2, figure 7.
#   [arXiv 1511.06434](https://arxiv.org/abs/1511.06434)
# - V. Dumoulin, F. Visin (2016), "A guide to convolution arithmetic for deep learning", relationships
#   8 to 14. [arXiv 1603.07285](https://arxiv.org/abs/1603.07285)
# - A. Odena, V. Dumoulin, C. Olah (2016), "Deconvolution and checkerboard artifacts", *Distill*.
#   [distill.pub](https://distill.pub/2016/deconv-checkerboard/)
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter (2017), "GANs trained by a two
#   time-scale update rule converge to a local Nash equilibrium", *NeurIPS*, eq. 6.
#   [arXiv 1706.08500](https://arxiv.org/abs/1706.08500)
# - Y. Yazıcı et al. (2019), "The unusual effectiveness of averaging in GAN training", *ICLR*.
#   [arXiv 1806.04498](https://arxiv.org/abs/1806.04498)
#
# **The way on:** 13 lets the game fail on purpose, counts the modes that are lost, and tries the cures.
