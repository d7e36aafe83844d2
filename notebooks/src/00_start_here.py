# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 Start here
#
# **What is a generative model, and how do I use this course?**
#
# By the end you can
#
# - say what a generative model is, in terms of two things it may do: draw new data, and score given
#   data;
# - place five families (autoregressive, flow, VAE, GAN, diffusion) by what each can do, having seen
#   all five learn the same density;
# - run, break and mend a notebook of this course, and know where to go next.
#
# You need Python and a little PyTorch. Study time: 20 minutes. Computing time: about 25 seconds on
# one core.

# %%
import math
from collections.abc import Callable
from itertools import pairwise

import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.distributions import Categorical, MixtureSameFamily, Normal
from torch.nn import functional as F
from torch.optim import Adam

from course_utils import device, plotting, weights
from course_utils.checks import start as check
from course_utils.data import mnist, toy
from course_utils.explorers import LatentExplorer
from course_utils.nn import mlp
from course_utils.recipes import mnist_plane_vae
from course_utils.training import Batches, linear_tail, train

# %% [markdown]
# ## Which of these were never written?
#
# Eight digits. Some come from the MNIST test set: a person wrote them. The others were drawn
# by a small network, from two numbers each. Before you read on, decide: which?

# %%
plotting.use_style()
device.seed_everything(0)
digits = mnist()
plane_vae = weights.load("mnist_plane_vae", mnist_plane_vae.build())
written = digits.x_test[[3, 18, 61, 85]].flatten(1) / 255
with torch.no_grad():
    z = torch.tensor([[-0.25, 1.1], [1.8, -0.1], [0.6, -1.5], [-1.7, 0.6]])
    dreamt = plane_vae.decode(z).mean
order = [0, 4, 5, 1, 6, 2, 3, 7]

fig, ax = plt.subplots(figsize=(5.0, 0.9))
plotting.plot_images(ax, torch.cat([written, dreamt])[order], columns=8)
plotting.show(
    fig,
    alt="Eight digits in a row. Four of them are handwriting, at places 1, 4, 6 and 7; the other "
    "four come from a network. Theirs have soft edges.",
)

# %% [markdown]
# Places 2, 3, 5 and 8 were never written. Their soft edges give them away, and notebook 09 finds out
# where the softness comes from. How can a network draw a digit that is in no data set? It has not
# stored images. It has learned a **distribution**.

# %% [markdown]
# ## 1. Two things a model may do
#
# Data are draws from an unknown distribution $p_d(x)$: nature's, so to speak. A **generative model**
# is a distribution $p(x)$ with parameters that are fitted so that $p$ comes close to $p_d$. It can be
# asked for two things:
#
# - **draw**: give me a new $x \sim p(x)$;
# - **score**: how probable is this $x$, $\log p(x)$?
#
# A **score** in this sense is measured in **nats**: the natural logarithm of a probability (or of a
# density). Averaged over test data, with a minus sign, it is what the data cost under the model, and
# less is better. (Later parts use the word score for a gradient; they say so.)
#
# **Exercise 0.1 (prediction).** A binary image has 784 pixels, each paper or ink. A model that knows
# nothing makes each pixel a fair coin. What does an image cost, in nats? You may use `math.log`.

# %% tags=["exercise"]
### BEGIN SOLUTION
cost_of_ignorance = 784 * math.log(2)
### END SOLUTION

# %% tags=["check"]
cost_of_ignorance = check.coin_flips(cost_of_ignorance)

# %% [markdown] tags=["solution"]
# Every image has the probability $2^{-784}$, and $-\log 2^{-784} = 784 \log 2 \approx 543.4$ nats.

# %% [markdown]
# That is how an exercise works here. You replace the dots; the check says whether you are right and
# what it tested, and it knows the usual mistakes: try `784`, or a minus sign. While an exercise is
# open, the reference answer stands in, so that the rest still runs.
#
# The best models of this course bring the 543 nats of ignorance down to about 80. Here is who will
# take part, and how they differ.

# %% [markdown]
# ## 2. The families
#
# ![A tree of generative models. Explicit density, tractable: autoregressive models and flows; explicit, approximate: VAE, diffusion, Boltzmann machines. Implicit density: GAN.](../figures/taxonomy.svg)
#
# | family | draws | scores | latent code | its idea in one line |
# |:--|:--|:--|:--|:--|
# | autoregressive | slowly, pixel by pixel | exactly | no | predict the next number from those before |
# | flow | at once | exactly | as large as $x$ | bend noise by an invertible map |
# | VAE | at once | by a lower bound | yes, small | guess the causes of $x$, and decode them |
# | GAN | at once | not at all | yes, small | fool a critic |
# | diffusion | slowly, step by step | by a lower bound | as large as $x$ | undo noise, a little at a time |
#
# Tables are easy to forget. Let all five learn the same thing: two half-moons in the plane, 10,000
# points of them. This density is a toy whose exact $\log p_d$ is known, so the best possible cost is
# known too.

# %%
x_train, exact_log_density = toy.two_moons(10_000, noise=0.1, seed=0)
x_test = toy.two_moons(4000, noise=0.1, seed=1).x
best_cost = -exact_log_density(x_test).mean()
print(f"cost of the true density: {best_cost:.3f} nats per point")


# %%
def fit(
    model: nn.Module, loss: Callable[[Tensor], Tensor], data: Tensor, *, steps: int, rate: float
) -> None:
    """Make the mean loss of a batch of 256 points small."""
    optimizer = Adam(model.parameters(), lr=rate, fused=True)
    schedule = linear_tail(optimizer, steps=steps, tail=0.5)

    def fit_step(x: Tensor) -> dict[str, Tensor]:
        mean_loss = loss(x).mean()
        optimizer.zero_grad()
        mean_loss.backward()
        optimizer.step()
        schedule.step()
        return {"loss": mean_loss}

    train(fit_step, Batches(data, size=256, seed=0), steps)


# %% [markdown]
# `train` is the course's loop. It knows steps and named numbers, no model: what happens in a step
# stays visible, in a function like `fit_step`. The same loop trains all five.
#
# ### Autoregressive: one coordinate after the other
#
# $p(x_1, x_2) = p(x_1)\, p(x_2 \mid x_1)$ is always true. Give each factor a mixture of twelve
# Gaussians; a network computes the second mixture from $x_1$.


# %%
def mixture(parameters: Tensor) -> MixtureSameFamily:
    """Twelve Gaussians on the line: weights, means and widths out of 36 numbers."""
    logits, means, widths = parameters.chunk(3, dim=-1)
    return MixtureSameFamily(Categorical(logits=logits), Normal(means, F.softplus(widths) + 0.01))


class Autoregressive(nn.Module):
    """p(x₁) p(x₂ | x₁)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(36))
        self.second = mlp(1, 64, 64, 36, activation=nn.SiLU)

    def log_prob(self, x: Tensor) -> Tensor:
        first, second = mixture(self.first), mixture(self.second(x[:, :1]))
        return first.log_prob(x[:, 0]) + second.log_prob(x[:, 1])

    def sample(self, n: int) -> Tensor:
        x_1 = mixture(self.first).sample((n,))
        return torch.stack([x_1, mixture(self.second(x_1[:, None])).sample()], dim=1)


autoregressive = Autoregressive()
fit(autoregressive, lambda x: -autoregressive.log_prob(x), x_train, steps=400, rate=1e-2)

# %% [markdown]
# ### Flow: an invertible map of noise
#
# A layer leaves one coordinate as it is, and stretches and shifts the other by amounts that depend on
# the first. That can be undone exactly, and the stretching says how the density changes. Six layers,
# with the coordinates taking turns.


# %%
class Coupling(nn.Module):
    """Stretches and shifts one coordinate by amounts that the other one decides."""

    def __init__(self, kept: int) -> None:
        super().__init__()
        self.kept, self.net = kept, mlp(1, 64, 64, 2, activation=nn.SiLU)

    def amounts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self.net(x[:, [self.kept]]).unbind(dim=1)
        return 2 * torch.tanh(log_scale / 2), shift

    def forward(self, z: Tensor) -> Tensor:
        log_scale, shift = self.amounts(z)
        moved = z[:, 1 - self.kept] * log_scale.exp() + shift
        return torch.stack([z[:, 0], moved] if self.kept == 0 else [moved, z[:, 1]], dim=1)

    def inverse(self, x: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self.amounts(x)
        back = (x[:, 1 - self.kept] - shift) * (-log_scale).exp()
        z = torch.stack([x[:, 0], back] if self.kept == 0 else [back, x[:, 1]], dim=1)
        return z, -log_scale


# %%
class Flow(nn.Module):
    """Six coupling layers between z ~ 𝒩(0, I) and x."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Coupling(i % 2) for i in range(6))

    def log_prob(self, x: Tensor) -> Tensor:
        log_det = torch.zeros(len(x))
        for layer in self.layers:
            x, change = layer.inverse(x)
            log_det = log_det + change
        return Normal(0.0, 1.0).log_prob(x).sum(dim=1) + log_det

    def sample(self, n: int) -> Tensor:
        x = torch.randn(n, 2)
        for layer in reversed(self.layers):
            x = layer(x)
        return x


flow = Flow()
fit(flow, lambda x: -flow.log_prob(x), x_train, steps=700, rate=3e-3)

# %% [markdown]
# ### VAE: causes that are guessed
#
# Two hidden causes $z \sim \mathcal{N}(0, I)$, a decoder that turns them into a point, a little
# Gaussian noise around it. An encoder guesses the causes of each point. The loss is a bound on the
# cost; notebook 08 derives it in three ways. Because $z$ has two dimensions only, the exact cost
# can be computed as a sum over a grid of $z$.


# %%
class TinyVAE(nn.Module):
    """z to x and back, each with two numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = mlp(2, 64, 64, 4, activation=nn.SiLU)
        self.decoder = mlp(2, 128, 128, 2, activation=nn.SiLU)
        self.logvar = nn.Parameter(torch.tensor(-3.0))  # of p(x | z)

    def loss(self, x: Tensor) -> Tensor:
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        p_x = Normal(self.decoder(z), (0.5 * self.logvar).exp())
        kl = 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum(dim=1)
        return kl - p_x.log_prob(x).sum(dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        z = torch.cartesian_prod(*[torch.linspace(-4.5, 4.5, 120)] * 2)
        log_p_z = Normal(0.0, 1.0).log_prob(z).sum(dim=1) + 2 * math.log(9 / 119)
        x_hat, sigma = self.decoder(z), (0.5 * self.logvar).exp()
        logs = [
            torch.logsumexp(log_p_z - torch.cdist(part, x_hat).square() / (2 * sigma**2), dim=1)
            for part in x.split(500)
        ]
        return torch.cat(logs) - (2 * math.pi * sigma**2).log()


# %%
vae = TinyVAE()
fit(vae, vae.loss, x_train, steps=1000, rate=3e-3)


def sample_vae(model: TinyVAE, n: int) -> Tensor:
    """Causes, decoded, with the noise that belongs to p(x | z)."""
    return model.decoder(torch.randn(n, 2)) + (0.5 * model.logvar).exp() * torch.randn(n, 2)


# %% [markdown]
# ### GAN: two networks play
#
# The generator turns noise into points. The discriminator tells them from data, and is trained to;
# the generator is trained to be taken for data. No density anywhere, so nothing to score with.

# %%
generator = mlp(2, 64, 64, 2, activation=nn.LeakyReLU)
discriminator = mlp(2, 128, 128, 1, activation=nn.LeakyReLU)
players = [
    Adam(net.parameters(), lr=rate, betas=(0.5, 0.9), fused=True)
    for net, rate in ((generator, 1e-3), (discriminator, 2e-3))
]
schedules = [linear_tail(player, steps=1500, tail=0.5) for player in players]


# %%
def gan_step(x_real: Tensor) -> dict[str, Tensor]:
    x_fake = generator(torch.randn(len(x_real), 2))
    logits_real, logits_fake = discriminator(x_real), discriminator(x_fake.detach())
    loss_d = F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()
    players[1].zero_grad()
    loss_d.backward()
    players[1].step()
    loss_g = F.softplus(-discriminator(x_fake)).mean()
    players[0].zero_grad()
    loss_g.backward()
    players[0].step()
    for schedule in schedules:
        schedule.step()
    return {"discriminator": loss_d, "generator": loss_g}


game = train(gan_step, Batches(x_train, size=256, seed=0), 1500)

# %% [markdown]
# ### Diffusion: noise, undone
#
# Mix data with noise: $x_t = a_t\, x + s_t\, \varepsilon$ with $a_t = \cos(\pi t / 2)$ and $s_t =
# \sin(\pi t / 2)$, from clean ($t = 0$) to pure noise ($t = 1$). A network $v(x_t, t)$ learns which
# way the mixture moves, $a_t\, \varepsilon - s_t\, x$. That is as good as a guess of the clean point,
# $\hat x = a_t\, x_t - s_t\, v$, and of the noise, $\hat\varepsilon = s_t\, x_t + a_t\, v$. To draw,
# start from noise and walk back in fifty small steps: guess both, and mix them again with a little
# less noise.


# %%
def levels(t: Tensor) -> tuple[Tensor, Tensor]:
    """How much data and how much noise there is at time t."""
    return (math.pi / 2 * t).cos(), (math.pi / 2 * t).sin()


def velocity(net: nn.Module, x_t: Tensor, t: Tensor) -> Tensor:
    """The network's v(x_t, t); it is told the time as three numbers."""
    return net(torch.cat([x_t, t, (math.pi * t).cos(), (math.pi * t).sin()], dim=1))


def velocity_loss(net: nn.Module, x: Tensor) -> Tensor:
    """Squared error of v, at two random times for each point."""
    x = x.repeat(2, 1)
    t, eps = torch.rand(len(x), 1), torch.randn_like(x)
    a_t, s_t = levels(t)
    return (velocity(net, a_t * x + s_t * eps, t) - (a_t * eps - s_t * x)).square().sum(dim=1)


# %%
def sample_diffusion(net: nn.Module, n: int) -> Tensor:
    """From noise at t = 1 back to t = 0."""
    x_t = torch.randn(n, 2)
    for t, t_next in pairwise(torch.linspace(1.0, 0.0, 51)):
        (a_t, s_t), (a_next, s_next) = levels(t), levels(t_next)
        v = velocity(net, x_t, t.expand(n, 1))
        x_hat, eps_hat = a_t * x_t - s_t * v, s_t * x_t + a_t * v
        x_t = a_next * x_hat + s_next * eps_hat
    return x_t


diffuser = mlp(5, 128, 128, 128, 2, activation=nn.SiLU)
fit(diffuser, lambda x: velocity_loss(diffuser, x), x_train, steps=1500, rate=5e-3)

# %% [markdown]
# ## 3. Who did best?
#
# By score first, where there is one. But a score only means something if the density is one: its
# integral over the plane has to be 1. Sum each over a fine grid.

# %%
across, up = torch.linspace(-3, 4, 300), torch.linspace(-3, 3.5, 300)
plane = torch.cartesian_prod(across, up)
cell = (across[1] - across[0]) * (up[1] - up[0])
costs = {}
for name, model in (("autoregressive", autoregressive), ("flow", flow), ("VAE", vae)):
    with torch.no_grad():
        mass = (model.log_prob(plane).exp().sum() * cell).item()
        costs[name] = -model.log_prob(x_test).mean().item()
    print(f"{name:15} mass {mass:.2f}   cost ≈ {costs[name]:.2f} nats")
    assert abs(mass - 1) < 0.01
print(f"{'the truth':15} mass 1.00   cost   {best_cost:.2f} nats")
assert costs["autoregressive"] < costs["VAE"]
assert min(costs.values()) > best_cost - 0.05

# %% [markdown]
# No model can be cheaper than the truth, apart from the luck of a test set: the difference is a KL
# divergence, and notebook 01 proves that it is never negative.
#
# The other two families have no such number. What all five can do is draw, so compare draws. In one
# dimension there is a measure with a picture: two heaps of sand, of $n$ grains each; how far has a
# grain to travel, on average, to turn one heap into the other? The cheapest plan never lets two
# grains cross.
#
# **Exercise 0.2 (code).** Write it, for two samples of real numbers of equal size. It scores all five
# families below.


# %% tags=["exercise"]
def earth(a: Tensor, b: Tensor) -> Tensor:
    """The mean way of a grain from sample a to sample b, both of shape (n,)."""
    ### BEGIN SOLUTION
    return (a.sort().values - b.sort().values).abs().mean()
    ### END SOLUTION


# %% tags=["check"]
earth = check.earth(earth)
whose = "your own measure" if earth.__module__ == "__main__" else "the reference"
print(f"The table below is computed with {whose}.")

# %% [markdown] tags=["solution"]
# Sorting is the plan: the smallest grain goes to the smallest place. The measure is called $W_1$, the
# Wasserstein or earth mover's distance, and comes back in notebooks 01 and 13.

# %% [markdown]
# In the plane, look at both clouds from 64 directions and average. Fresh data come first: even they
# are not at zero, and that floor belongs beside every distance in this course. Predict the order of
# the five before you run the cell.

# %%
directions = F.normalize(torch.randn(2, 64), dim=0)


def distance(x: Tensor, reference: Tensor, views: Tensor) -> float:
    """The mean of `earth` over the views, shape (2, n_views)."""
    pairs = zip((x @ views).T, (reference @ views).T, strict=True)
    return torch.stack([earth(a, b) for a, b in pairs]).mean().item()


with torch.no_grad():
    draws = {
        "autoregressive": autoregressive.sample(4000),
        "flow": flow.sample(4000),
        "VAE": sample_vae(vae, 4000),
        "GAN": generator(torch.randn(4000, 2)),
        "diffusion": sample_diffusion(diffuser, 4000),
    }
fresh = toy.two_moons(4000, noise=0.1, seed=2).x
distances = {name: distance(x, x_test, directions) for name, x in draws.items()}
floor = distance(fresh, x_test, directions)
print(f"{'fresh data':15} distance   {floor:.3f}")
for name, number in distances.items():
    print(f"{name:15} distance ≈ {number:.3f}")
assert max(distances.values()) < 0.25
assert floor < min(distances.values())

# %%
fig, axes = plt.subplots(2, 3, figsize=(7.5, 4.2), sharex=True, sharey=True)
for ax, (name, x) in zip(axes.flat, {"data": fresh, **draws}.items(), strict=True):
    colour = plotting.DATA if name == "data" else plotting.MODEL
    ax.scatter(*x[:1500].T.numpy(), s=1.5, alpha=0.5, linewidths=0, color=colour)
    ax.set_title(name)
    ax.set_aspect("equal")
    ax.set_xlim(-1.8, 2.8)
    ax.set_ylim(-1.2, 1.7)
plotting.show(
    fig,
    alt="Six scatter plots of two half-moons: data, and 1,500 draws of each family. All five show "
    "both moons; they differ in how sharp the moons are and in how much lies between them.",
)

# %% [markdown]
# All five have found both moons in a few seconds each. Look at what lies where no data are. The VAE's
# cloud is thicker than the data, because every decoded point gets the same round noise. Flow, GAN
# and diffusion leave points between the moons: each of them is a continuous map of one connected
# cloud of noise, and such a map cannot tear the cloud in two. The autoregressive model can: its second
# factor is a mixture. (It also has the easiest task here: with two coordinates its two factors are
# one-dimensional.) The distance does not see all of that: it looks at the clouds from outside, one
# direction at a time, so diffusion comes out second although it fills the gap. Three of the numbers are
# too close to call. One number never tells the whole story.
#
# > **Common slip.** "The best draws and the best score go together." They are two questions. Mix
# > one percent of a good model with 99 percent noise: the cost rises by at most $\log 100 \approx 4.6$
# > nats, of hundreds, and 99 of 100 draws are garbage. So this course always says which of the two it
# > measures.

# %% [markdown]
# ## 4. Forty years in one line
#
# ![Timeline: RBM 1986 as Harmonium, its return with deep belief nets 2006, DBM 2009, NADE 2011, VAE 2013, GAN 2014, diffusion 2015, PixelCNN and RealNVP 2016, WGAN 2017, DDPM 2020, flow matching 2022.](../figures/timeline.svg)
#
# The restricted Boltzmann machine is often dated 2006. It is Smolensky's *Harmonium* of 1986; in
# 2006 it came back, as the brick of deep belief nets. In the six years from 2011 to 2016 all five
# families of today were born.

# %% [markdown]
# ## 5. Take a model into your hands
#
# Here is the network that drew four of the eight digits. Two numbers $z$ go in, an image comes out.
# The figure decodes a grid of $z$. What do you expect between two digits?

# %%
steps = torch.linspace(-2.0, 2.0, 12)
grid = torch.stack([steps.repeat(12), -steps.repeat_interleave(12)], dim=1)
with torch.no_grad():
    decoded = plane_vae.decode(grid).mean

fig, ax = plt.subplots(figsize=(3.6, 3.6))
plotting.plot_images(ax, decoded, columns=12)
plotting.show(
    fig,
    alt="A map of 12 by 12 images decoded from the square of side 4 around the origin: regions of "
    "each digit, and shapes in between where one turns into the next.",
)

# %% [markdown]
# Below is the same map as an **explorer**. Drag the point; or press Tab until the plane has the focus
# and use the arrow keys (Shift for large steps, Home for the origin). It answers within a frame,
# because the network runs in the page itself.

# %%
with torch.no_grad():
    codes = plane_vae.encode(digits.x_test[:2000].flatten(1) / 255).mean
explorer = LatentExplorer(
    nn.Sequential(plane_vae.decoder_net, nn.Sigmoid()),
    points=codes,
    labels=digits.y_test[:2000],
    bounds=(-3, 3, -3, 3),
    task="Find a shape that is no digit. Which two digits does it lie between?",
)
explorer

# %% [markdown]
# The explorer answers Python too: `explorer.z = [0, 0]` moves the point, `explorer.image` is the
# picture. In JupyterLab, try both in a new cell.

# %% [markdown]
# ## 6. Is everything in place?
#
# This cell says what your machine is. Its text belongs into any question you ask about the course;
# its lines differ from ours.

# %% tags=["nbval-ignore-output"]
print(device.report().replace(";", ";\n").replace(", torch", ",\ntorch"))

# %%
assert digits.x_train.shape == (60_000, 1, 28, 28)
assert explorer.image.shape == (28, 28)
print("data: 70,000 digits, checked;", "weights:", ", ".join(weights.names()[:2]), "and others")

# %% [markdown]
# ## 7. The way through
#
# | part | notebooks | question |
# |:--|:--|:--|
# | I. Foundations | 01 probability, 02 training | what measures a difference, what makes a result trustworthy? |
# | II. Autoencoders | 03, 04, 05 | what does copying teach, and why can it not generate? |
# | III. Latent variables | 06 to 10 | how are hidden causes inferred, and a bound maximised? |
# | IV. Adversaries | 11 to 14 | what does a game between networks converge to, and why may it fail? |
# | V. Exact likelihoods | 15, 16, 17 | can one have samples and exact scores? |
# | VI. Today | 18, 19 | how did denoising become the best generator, and which model when? |
#
# Read in order, or begin with the part you need: each notebook names what it stands on. Part III is
# the heart.
#
# These names are the same everywhere:
#
# | mathematics | in code | what it is |
# |:--|:--|:--|
# | $x$, $\hat x$ | `x`, `x_hat` | data, one example a row; a reconstruction or a mean of $p(x \mid z)$ |
# | $\tilde x = G(z)$ | `x_fake` | a generator's draw |
# | $z$ | `z` | latent code, shape (batch, latent) |
# | $\mu$, $\log \sigma^2$ | `mu`, `logvar` | parameters of $q(z \mid x)$; `logvar` is always $\log\sigma^2$ |
# | $q(z \mid x)$, $p(x \mid z)$, $p(z)$ | `q_z`, `p_x`, `p_z` | distribution *objects*, with `.sample()` and `.log_prob()` |
# | $\log p(x)$ | `log_p_x` | nats, one number per example |
# | ELBO | `elbo` | a lower bound on $\log p(x)$, to be made large |
# | $D$, $G$ | `discriminator`, `generator` | the discriminator returns logits |
# | $\varepsilon$ | `eps` | a noise sample, never a small constant |
# | $t$, $x_t$ | `t`, `x_t` | time in $[0, 1]$; data at that time |

# %% [markdown]
# ## What you have seen
#
# - A generative model is a fitted distribution that may draw, or score, or both. The score's unit is
#   the nat; knowing nothing about a binary digit costs 543 of them.
# - Five families learned one density with one loop: three of them score (and their densities have
#   mass one), all five draw, and their draws fail in different ways.
# - You replaced dots, or saw the reference stand in; you steered a network by two numbers; you know
#   where the map leads.
#
# ## References
#
# - I. Goodfellow, Y. Bengio, A. Courville (2016), *Deep Learning*, chapter 20.
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/generative_models.html)
# - P. Smolensky (1986), "Information processing in dynamical systems: foundations of harmony theory",
#   in *Parallel Distributed Processing*, volume 1, chapter 6.
# - G. Hinton, S. Osindero, Y.-W. Teh (2006), "A fast learning algorithm for deep belief nets", *Neural
#   Computation* 18.
# - L. Theis, A. van den Oord, M. Bethge (2016), "A note on the evaluation of generative models",
#   section 3.2: the mixture with noise. [arXiv 1511.01844](https://arxiv.org/abs/1511.01844)
#
# **The way on:** 01 asks what tools measure the difference between two distributions, and finds that
# two people can both be right about the same picture.
