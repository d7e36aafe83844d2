# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 The variational autoencoder
#
# **How do encoder and decoder become one probabilistic model?**
#
# By the end you can
#
# - write the loss of a variational autoencoder (VAE) from two distributions, train it, and state its
#   likelihood in nats with everything that such a number needs beside it;
# - read what a latent carries: its KL, the aggregate posterior, and the signs of a collapsed one;
# - explain why noise through an autoencoder's decoder is garbage, through a VAE's decoder a face, and
#   why that face is blurred.
#
# You need the ELBO and the reparameterisation from notebook 08, and autoencoders from 03 and 05.
# Study time: 75 minutes. Computing time: about 140 seconds on one core, 65 of them for one training.

# %%
import torch
from matplotlib import pyplot as plt
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import evaluation, objectives, plotting, weights
from course_utils.checks import vae as check
from course_utils.data import binarise, faces, mnist
from course_utils.derivation import Derivation, Line
from course_utils.device import best_device, seed_everything
from course_utils.distributions import diagonal_normal
from course_utils.divergences import entropy, estimate, kl_normal, kl_on_grid, kl_to_prior
from course_utils.explorers import CompareExplorer, LatentExplorer
from course_utils.models import VAE, GaussianVAE, autoencoder, face_vae, judges, plane_grid
from course_utils.nn import mlp
from course_utils.training import Batches, ema, linear_tail, train

plotting.use_style()
seed_everything(0)
device = best_device()

# %% [markdown]
# ## 1. A decoder is not a model
#
# Notebook 05 trained an autoencoder on 20,000 drawn faces of 64 by 64 pixels. A face becomes a
# **code** of 200 numbers, and the code becomes the face again. Load it. The first row shows faces
# that it has never seen, the second its copies.
#
# Now leave the encoder out. Draw 200 numbers from $\mathcal{N}(0, I)$, a standard normal for each
# number of the code, and decode them. Before you run the cell: what will the third row show?

# %%
ae = weights.load("faces_autoencoder", autoencoder.face_autoencoder(200)).to(device)
x_faces = faces(1000, seed=2).x.to(device) / 255
noise = torch.randn(1000, 200, device=device)
with torch.no_grad():
    face_codes = torch.cat([ae.encode(part) for part in x_faces.split(100)])
    copies = torch.cat([ae.decoder(h) for h in face_codes.split(100)])
    from_noise = torch.cat([ae.decoder(h) for h in noise.split(100)])

fig, axes = plt.subplots(3, 1, figsize=(2.7, 1.7))
for ax, row in zip(axes, (x_faces, copies, from_noise), strict=True):
    plotting.plot_images(ax, row[:5], columns=5)
plotting.show(
    fig,
    alt="Three rows of five pictures: drawn faces, their recognisable copies by the autoencoder, "
    "and what its decoder makes of standard normal noise: brown smears without a face.",
)

# %% [markdown]
# The decoder that copies so well makes garbage of noise. It is not broken: it was trained on codes
# of faces, and nobody said where those lie. To *generate*, a decoder needs a second half: a
# distribution over codes from which you can draw, and on which it was trained. This notebook builds
# both halves as **one model with one objective**, and comes back to these faces at the end.

# %% [markdown]
# ## 2. Two distributions for each direction
#
# Tell the story of how an image comes about. First draw a **latent** $z$ of $d$ numbers from the
# **prior** $p(z) = \mathcal{N}(0, I)$. Then a network, the decoder, turns $z$ into a *distribution
# over images*, $p_\theta(x \mid z)$, and the image $x$ of $n$ numbers is drawn from it. The letters
# $\theta$ and $\phi$ stand for the weights of decoder and encoder. This **generative model** is
# complete: it defines $p_\theta(x) = \int p(z)\, p_\theta(x \mid z)\, dz$.
#
# The encoder tells the story backwards. For an image it returns a distribution over the latents that
# may have caused it, the **recognition model** $q_\phi(z \mid x) = \mathcal{N}(\mu(x), \mathrm{diag}\,
# \sigma^2(x))$.
#
# | | autoencoder | VAE |
# |:--|:--|:--|
# | encoder's network | $\mathbb{R}^n \to \mathbb{R}^d$: the code $h$ | $\mathbb{R}^n \to \mathbb{R}^{2d}$: $\mu$ and $\log \sigma^2$ |
# | encoder means | a point | a distribution $q_\phi(z \mid x)$ |
# | decoder's network | $\mathbb{R}^d \to \mathbb{R}^n$: the copy $\hat x$ | $\mathbb{R}^d \to \mathbb{R}^n$: the parameters of $p_\theta(x \mid z)$ |
# | the code's distribution | none | the prior $p(z)$ |
# | objective | reconstruction error | the ELBO, a bound on $\log p_\theta(x)$ |
#
# Build both networks by hand for binary digits: $n = 784$ pixels, $d = 50$ latents. How many outputs
# has the encoder's network?

# %%
digits = mnist().to(device)
x_train, x_test = digits.x_train.flatten(1), binarise(digits.x_test.flatten(1), seed=0)

encoder_net = mlp(784, 500, 500, 2 * 50, activation=nn.Tanh).to(device)
decoder_net = mlp(50, 500, 500, 784, activation=nn.Tanh).to(device)

x = binarise(x_train[:5])
mu, logvar = encoder_net(x).chunk(2, dim=1)  # two halves of 100 outputs
z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)  # one draw from q(z | x)
logits = decoder_net(z)  # log odds of 784 binary pixels
for name, tensor in {"x": x, "mu": mu, "logvar": logvar, "z": z, "logits": logits}.items():
    print(f"{name:7} {tuple(tensor.shape)}")

# %% [markdown]
# A hundred: 50 means and 50 log variances. The decoder's outputs are log odds, so $p_\theta(x \mid
# z)$ is a product of 784 coins.
#
# ### Why the *logarithm* of the variance?
#
# A standard deviation must be positive; a network's output is any real number $a$. Three readings of
# $a$ are in use. Which of them fails for $a = -5$, and which for $a = 200$?

# %%
a = torch.tensor([-5.0, 0.0, 5.0, 200.0])
readings = {"sigma = a": a, "exp(a/2)": (0.5 * a).exp(), "softplus(a)": nn.functional.softplus(a)}
print("a             " + "".join(f"{value:12.0f}" for value in a.tolist()))
for name, sigma in readings.items():
    print(f"{name:14}" + "".join(f"{value:12.4g}" for value in sigma.tolist()))
print(f"{'variance e^a':14}" + "".join(f"{value:12.4g}" for value in a.exp().tolist()))

# %% [markdown]
# Taken as it is, $a = -5$ is no standard deviation. Read as $\log \sigma^2$, every $a$ gives a
# positive $\sigma = e^{a/2}$; but in float32 the variance $e^a$ overflows to infinity from about $a =
# 89$ on, and the KL with it. The **softplus** $\log(1 + e^a)$ is positive too and grows only
# linearly: it is the way out when a training blows up. This course reads outputs as $\log \sigma^2$,
# and the name `logvar` always means that. The KL needs $\log \sigma^2$ anyway.
#
# > **Common slip.** "$z = \mu + \sigma^2 \varepsilon$." The noise is multiplied by the *standard
# > deviation*. The cell draws both ways with $\sigma^2 = 0.25$. (And $\mu$, $\sigma$ are parameters that
# > the encoder computes, not draws from anything.)

# %%
eps = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
for name, scale in (("mu + sigma   * eps", 0.5), ("mu + sigma^2 * eps", 0.25)):
    print(f"{name}: variance {(1.0 + scale * eps).var():.4f}, wanted 0.25")

# %% [markdown]
# > **Common slip.** "$q(z \mid x) = \mathcal{N}(\mu(x), \sigma(x)^2 I)$", with one number
# > $\sigma(x)$ for all latents. That is a smaller family. If the posterior's variances are 0.1 and 1,
# > the best diagonal $q$ meets it exactly and the best round one does not. Here is what roundness costs.

# %%
posterior = torch.zeros(1, 2), torch.tensor([[0.1, 1.0]]).log()
variance = 1 / (1 / posterior[1].exp()).mean()  # the minimiser of KL(q || posterior)
round_q = torch.zeros(1, 2), variance.log().expand(1, 2)
print(f"best diagonal q: KL {kl_normal(*posterior, *posterior).item():.4f} nats")
print(f"best round q:    KL {kl_normal(*round_q, *posterior).item():.4f} nats")

# %% [markdown]
# ## 3. One objective
#
# ![The encoder turns x into μ and log σ². Noise ε from N(0, I) gives z = μ + σ ε, the decoder turns z into the parameters of p(x|z). The loss adds the negative log-likelihood and the KL.](../figures/vae.svg)
#
# Notebook 08 derived the bound. For one draw $z \sim q_\phi(z \mid x)$,
#
# $$ \mathrm{ELBO}(x) = \underbrace{\log p_\theta(x \mid z)}_{\text{is the image explained?}} -
# \underbrace{\mathrm{KL}\big(q_\phi(z \mid x) \,\|\, p(z)\big)}_{\text{what did the latent cost?}}
# \;\le\; \log p_\theta(x) \text{ on average,} $$
#
# with the KL of a diagonal Gaussian in closed form, $\frac12 \sum_j \mu_j^2 + \sigma_j^2 - \log
# \sigma_j^2 - 1$ (Kingma & Welling, 2014, eq. 7, 10 and appendix B).
#
# **Exercise 9.1 (code).** Write the *negative* ELBO from the four tensors of the cell above. You will
# train with your function. Mind the sums: what is added over pixels, what over latents, and what
# stays?


# %% tags=["exercise"]
def vae_loss(logits: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Negative ELBO in nats, one value per image: shape (batch,)."""
    ### BEGIN SOLUTION
    terms = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
    kl = 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum(dim=1)
    return terms.sum(dim=1) + kl
    ### END SOLUTION


# %% tags=["check"]
vae_loss = check.vae_loss(vae_loss)
whose = "the reference" if vae_loss is check.vae_loss.reference else "your own loss"
print(f"Section 4 trains with {whose}.")

# %% [markdown] tags=["solution"]
# Given $z$, pixels are independent, so their log-probabilities add up; given $x$, latents are
# independent under $q$ and under the prior, so their KLs add up. Nothing is averaged inside an image.
# The mean over the batch comes last, in the training step.

# %% [markdown]
# The same model stands in `course_utils.models`. Its parts are distribution *objects*: `encode(x)`
# is $q(z \mid x)$, `decode(z)` is $p(x \mid z)$, `prior` is $p(z)$, and calling it gives the ELBO of
# each image. Put your networks into it. With the same noise, does it agree with your loss?

# %%
by_library = VAE(784, 500, 500, 50).to(device)
by_library.encoder_net.load_state_dict(encoder_net.state_dict())
by_library.decoder_net.load_state_dict(decoder_net.state_dict())

torch.manual_seed(1)
q_z = by_library.encode(x)
by_hand = -vae_loss(decoder_net(q_z.rsample()), x, mu, logvar)
torch.manual_seed(1)
difference = (by_library(x) - by_hand).abs().max()
print("q(z | x):", type(q_z.base_dist).__name__, "batch", tuple(q_z.batch_shape))
print(f"largest difference below 0.001 nats: {bool(difference < 1e-3)}")
assert difference < 1e-3

# %% [markdown]
# A likelihood must be one. Take a tiny VAE with 8 pixels and 2 latents, compute $p(x) = \int p(z)\,
# p(x \mid z)\, dz$ on a fine grid of $z$, for every one of the $2^8$ binary images. What must the 256
# numbers add up to?

# %%
tiny = VAE(8, 5, 2).double()
tiny.decoder_net[-1].weight.data *= 8  # far from indifferent
states = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 8)
axis = torch.linspace(-7, 7, 71, dtype=torch.float64)
nodes = torch.cartesian_prod(axis, axis)
with torch.no_grad():
    mass = tiny.prior.log_prob(nodes).exp() * (axis[1] - axis[0]) ** 2
    pixel = tiny.decode(nodes).mean  # P(pixel = 1 | z), shape (nodes, 8)
    agree = torch.where(states[:, None] == 1, pixel, 1 - pixel).prod(dim=2)
p_states = agree @ mass
print(f"{len(p_states)} images, probabilities from {p_states.min():.5f} to {p_states.max():.5f}")
print(f"their sum: {p_states.sum():.6f}")
assert abs(p_states.sum() - 1) < 1e-5

# %% [markdown]
# One. The bound that you are about to train lies below the logarithm of such a number.

# %% [markdown]
# ## 4. Training
#
# Ten passes over the 60,000 digits, in batches of 128. Each batch is **binarised afresh**: a pixel
# of grey value 0.7 becomes 1 with probability 0.7, another time perhaps 0. Three habits help and cost
# nothing: the decoder's output bias starts at the log odds of the mean image, the learning rate falls
# over the last third, and what is kept is a running average of the weights.
#
# The loss of an untrained VAE that starts at the mean image is about 206 nats. Where will it be
# after 100 steps, and after 4,680?

# %%
mean_image = x_train.float().mean(dim=0) / 255
live = VAE(784, 500, 500, 50, mean=mean_image).to(device)
optimizer = Adam(live.parameters(), lr=1e-3, fused=True)
schedule = linear_tail(optimizer, steps=10 * 468)
average = ema(live, decay=0.998)


def vae_step(grey: Tensor) -> dict[str, Tensor]:
    x = binarise(grey)
    mu, logvar = live.encoder_net(x).chunk(2, dim=1)
    z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
    loss = vae_loss(live.decoder_net(z), x, mu, logvar).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    average.update_parameters(live)
    return {"negative ELBO": loss}


history = train(vae_step, Batches(x_train, size=128, seed=0), steps=10 * 468)
live.load_state_dict(average.module.state_dict())
print("steps:", len(history["negative ELBO"]))

# %%
after_100 = sum(history["negative ELBO"][90:110]) / 20
at_end = sum(history["negative ELBO"][-200:]) / 200

fig, ax = plt.subplots()
plotting.plot_history(ax, history, unit="nats per image")
ax.set_ylim(80, 220)
plotting.show(
    fig,
    alt="The negative ELBO on training batches falls steeply from above 200 nats in the first few "
    f"hundred steps, then slowly; it is {'below' if at_end < 100 else 'above'} 100 at the end.",
)
print(f"around step 100: ≈ {after_100:.0f} nats, at the end: ≈ {at_end:.1f} nats")

# %% [markdown]
# Half of the way is done in the first hundred steps, when the decoder learns what ink looks like.
# The rest is slow: a VAE's last nats are its dearest.

# %% [markdown]
# ## 5. What is the likelihood?
#
# The ELBO bounds $\log p(x)$ from below, so the *negative* ELBO bounds $-\log p(x)$ from above. A
# tighter bound comes from averaging $K$ importance weights inside the logarithm, for $z_1, \dots,
# z_K \sim q(z \mid x)$:
#
# $$ \log \frac1K \sum_{k=1}^{K} \frac{p(x \mid z_k)\, p(z_k)}{q(z_k \mid x)} \;\le\; \log p(x)
# \text{ on average} $$
#
# (Burda et al., 2016, eq. 8). This course quotes it with $K = 500$ and calls it **IWAE-500**. It
# costs 500 decodings per image, so here it is taken on 1,000 test images, drawn at random with seed 0,
# and comes with its standard error. The first 1,000 would not do: they are cleaner than the rest.

# %%
order = torch.randperm(10_000, generator=torch.Generator().manual_seed(0))
some = order[:1000].to(device)


def bounds(model: VAE, x: Tensor) -> dict[str, Tensor]:
    """Both upper bounds on −log p(x), in nats per image."""
    return {
        "negative ELBO": evaluation.negative_elbo(model, x, n_samples=10),
        "IWAE-500": -evaluation.iwae_log_likelihood(model, x, k=500),
    }


live_bounds = bounds(live, x_test[some])
for name, target in (("negative ELBO", 100), ("IWAE-500", 95)):
    number = estimate(live_bounds[name])
    below = number.value < target
    print(f"live, {name:13} ≈ {number.value:.2f} ± {number.standard_error:.2f}")
    print(f"      below {target}: {below}")
    assert below

# %% [markdown]
# The two differ by several nats. Their gap is what notebook 08 called the price of the encoder: the
# posterior of a digit is no diagonal Gaussian, and the encoder is one network for all digits.
#
# ### The same code, six times as long
#
# Quality needs patience. The package ships a VAE that was trained by the same loss for 64 passes. Its
# **card** says how, and what it reached on all 10,000 test images. The last line computes IWAE-500 of
# your 1,000 images now, beside the card.

# %%
shipped = weights.load("mnist_vae", VAE(784, 440, 440, 40)).to(device)
card = weights.card("mnist_vae")
for key in ("objective", "seed", "steps", "device", "negative ELBO", "IWAE-500"):
    print(f"{key:14} {card[key]}")
print(f"{'minutes':14} ≈ {card['minutes']}")
assert float(card["negative ELBO"]) < 93
assert float(card["IWAE-500"]) < 88.5

again = estimate(-evaluation.iwae_log_likelihood(shipped, x_test[some], k=500))
away = abs(again.value - float(card["IWAE-500"])) / again.standard_error
print(f"live, on 1,000: {again.value:.1f} ± {again.standard_error:.1f}")
assert away < 3

# %% [markdown]
# How good is that? A number without its protocol means nothing. The first IWAE paper trained a VAE
# of this kind and got **86.76** nats. Every line of the table moves such a number:
#
# | | here | Burda et al. (2016), VAE with $k = 1$ |
# |:--|:--|:--|
# | training pixels | a fresh Bernoulli draw per batch | the same |
# | test pixels | one fixed draw, seed 0 | drawn by the same rule, not published |
# | estimate | IWAE-500, an upper bound | IWAE-5000, a tighter one |
# | latents | 40 | 50 |
# | hidden layers | 2 of 440, tanh | 2 of 200, tanh |
# | passes over the data | 64, with averaged weights | 3,280 |
# | test images | all 10,000 | all 10,000 |
#
# With 50 times as many passes their model gains about one more nat. Papers that binarise the digits
# once and for all (a fixed training set) report other numbers again, and numbers on grey pixels are
# no likelihoods at all (notebook 03).

# %% [markdown]
# ## 6. What do the latents carry?
#
# The KL is a sum over latents: each has its own price. A latent with price 0 has $\mu = 0$ and
# $\sigma = 1$ for every image. It says nothing, and costs nothing. Of the 40 latents of the shipped
# model, how many are in use?

# %%
with torch.no_grad():
    q_test = shipped.encode(x_test)
prices = evaluation.kl_per_dimension(q_test).sort(descending=True).values.cpu()
active = evaluation.active_units(q_test)

fig, ax = plt.subplots()
ax.bar(range(1, 41), prices, color=plotting.MODEL)
ax.set_xlabel("latent, by price")
ax.set_ylabel("KL to the prior (nats)")
plotting.show(
    fig,
    alt=f"KL of each of 40 latents, sorted: {active} cost something, from {prices[0]:.1f} nats "
    f"down, and {40 - active} cost nothing. In all {prices.sum():.0f} nats per image.",
)
print(f"active latents: {active} of 40; KL in all: {prices.sum():.1f} nats per image")

# %% [markdown]
# A latent counts as **active** when its mean moves with the image: the variance of $\mu_j(x)$ over
# the test set is above 0.01 (Burda et al., section 5.2). The rest have been switched off by the KL.
# Nobody chose their number: more latents would be switched off, too.
#
# ### Is the prior met?
#
# Average $q(z \mid x)$ over all images and you get the **aggregate posterior** $q(z) = \frac1N
# \sum_i q(z \mid x_i)$: where the decoder has been trained. The prior is where you will draw. The KL
# term cares for both at once. Here is how, line by line, on four images with one latent, computed on a
# grid (Hoffman & Johnson, 2016).


# %%
class FourPosteriors:
    """Four Gaussians q(z | x), their average q(z), and the prior, on a grid of z."""

    def __init__(self) -> None:
        self.mu = torch.tensor([[-1.5], [-0.4], [0.3], [1.6]], dtype=torch.float64)
        self.sigma = torch.tensor([[0.5], [0.3], [0.4], [0.6]], dtype=torch.float64)
        self.z = torch.linspace(-9, 9, 6001, dtype=torch.float64)
        self.dz = (self.z[1] - self.z[0]).item()
        self.q = torch.distributions.Normal(self.mu, self.sigma).log_prob(self.z).exp()
        self.q_z = self.q.mean(dim=0)
        self.p_z = torch.distributions.Normal(0.0, 1.0).log_prob(self.z).exp()

    def information(self) -> Tensor:
        """Mutual information of image and latent, from entropies."""
        of_each = torch.distributions.Normal(self.mu, self.sigma).entropy().mean()
        return entropy(self.q_z) * self.dz - of_each


# %%
kl_term = [
    Line(
        r"\frac1N \sum_i \mathrm{KL}(q(z|x_i) \,\|\, p(z))",
        "the KL term of the ELBO, in closed form",
        lambda m: kl_to_prior(m.mu, 2 * m.sigma.log()).mean(),
    ),
    Line(
        r"\frac1N \sum_i \int q(z|x_i) \log \frac{q(z|x_i)}{p(z)}\, dz",
        "the definition, on a grid",
        lambda m: sum(kl_on_grid(q, m.p_z, spacing=m.dz) for q in m.q) / 4,
    ),
]

# %%
two_prices = [
    Line(
        r"\frac1N \sum_i \int q(z|x_i) \log \frac{q(z|x_i)}{q(z)}\, dz + \int q(z) \log"
        r" \frac{q(z)}{p(z)}\, dz",
        "insert q(z)/q(z); averaging q(z | xᵢ) gives q(z)",
        lambda m: (
            sum(kl_on_grid(q, m.q_z, spacing=m.dz) for q in m.q) / 4
            + kl_on_grid(m.q_z, m.p_z, spacing=m.dz)
        ),
    ),
    Line(
        r"I(x; z) + \mathrm{KL}(q(z) \,\|\, p(z))",
        "the first term is entropy of q(z) less mean entropy of q(z | x)",
        lambda m: m.information() + kl_on_grid(m.q_z, m.p_z, spacing=m.dz),
    ),
    Line(
        r"\mathrm{KL}(q(z) \,\|\, p(z))",
        "a mutual information is never negative",
        lambda m: kl_on_grid(m.q_z, m.p_z, spacing=m.dz),
        "≥",
    ),
]
Derivation(*kl_term, *two_prices).run(FourPosteriors())

# %% [markdown]
# So the KL pays for two things: for the **information** that the latent carries about the image,
# which the decoder wants, and for the distance of the aggregate posterior from the prior, which
# nobody wants. An autoencoder has no such term, which is why its codes lie anywhere.
#
# Test it on the shipped model. If $q(z) = p(z)$, the aggregate has mean 0 and covariance $I$.

# %%
mean_z, cov_z = evaluation.aggregate_moments(q_test)
spread = cov_z.diagonal().sqrt()
correlation = cov_z / spread[:, None] / spread[None, :] - torch.eye(40, device=device)
print(f"means: at most {mean_z.abs().max():.2f} from 0")
print(f"standard deviations: {spread.min():.2f} to {spread.max():.2f}")
print(f"correlations between latents: at most {correlation.abs().max():.2f}")

with torch.no_grad():
    codes_ae = face_codes.std(dim=0)
print(f"the faces' autoencoder: standard deviations {codes_ae.min():.1f} to {codes_ae.max():.1f}")

# %% [markdown]
# Near the prior in its first two moments, though not equal to it. The prior's form was our choice:
# simple, diagonal, Gaussian. Two things are often read into it that it does not say.
#
# > **Common slip.** "The covariance is diagonal, so the latents are independent given the image."
# > Only inside $q$, by construction. The true posterior may be strongly correlated although the prior
# > is not: for $x = z_1 + z_2 + $ noise of variance 0.1, what raises $z_1$ must lower $z_2$.

# %%
precision = torch.eye(2) + torch.ones(2, 2) / 0.1  # prior's plus likelihood's
cov = torch.linalg.inv(precision)
print(f"correlation of the true posterior: {cov[0, 1] / cov[0, 0]:.3f}")

# %% [markdown]
# > **Common slip.** "A diagonal prior makes each latent a feature with a meaning." $\mathcal{N}(0,
# > I)$ looks the same from all sides. Rotate the latents by any orthogonal $R$, and turn the decoder's
# > first layer back: the model of $x$ is the same to the last digit. Nothing in $p(x)$ can tell the
# > axes apart.

# %%
rotation = torch.linalg.qr(torch.randn(40, 40, device=device)).Q
turned = VAE(784, 440, 440, 40).to(device)
turned.load_state_dict(shipped.state_dict())
turned.decoder_net[0].weight.data = shipped.decoder_net[0].weight.data @ rotation.T
z = torch.randn(1000, 40, device=device)
with torch.no_grad():
    gap = (turned.decoder_net(z @ rotation.T) - shipped.decoder_net(z)).abs().max()
    density_gap = (turned.prior.log_prob(z @ rotation.T) - turned.prior.log_prob(z)).abs().max()
    turned_cov = rotation @ q_test.variance[0].diag() @ rotation.T
off = (turned_cov - turned_cov.diagonal().diag()).abs().max()
print(f"log odds differ by less than 0.001: {bool(gap < 1e-3)}")
print(f"log p(z) differs by less than 0.001: {bool(density_gap < 1e-3)}")
print(f"q(z | x), turned: largest covariance above 0.1: {bool(off > 0.1)}")
assert max(gap, density_gap) < 1e-3 < off

# %% [markdown]
# What notebook 03 found for linear pairs holds for networks. The last line shows the one thing that
# does prefer some axes: a *diagonal* $q$ turned away from its axes is diagonal no more, so the ELBO,
# not the likelihood, has a taste for axes. Notebook 10 makes use of that.

# %% [markdown]
# ## 7. Means and samples
#
# $p(x \mid z)$ is a distribution. Papers show its **mean** $\hat x$; a **sample** from it is a draw
# of 784 coins. Predict the difference before you look. Rows one to three belong to test images, rows
# four and five to $z \sim p(z)$.

# %%
ten = torch.stack([(digits.y_test == y).nonzero()[5, 0] for y in range(10)])
with torch.no_grad():
    p_x_test = shipped.decode(shipped.encode(x_test[ten]).mean)
    p_x_prior = shipped.decode(shipped.prior.sample((10,)))
rows = [
    ("test images", x_test[ten]),
    ("means of p(x | z), z from the encoder", p_x_test.mean),
    ("samples of p(x | z), the same z", p_x_test.sample()),
    ("means of p(x | z), z from the prior", p_x_prior.mean),
    ("samples of p(x | z), the same z", p_x_prior.sample()),
]
fig, axes = plt.subplots(5, 1, figsize=(5.0, 3.8))
for ax, (title, images) in zip(axes, rows, strict=True):
    plotting.plot_images(ax, images)
    ax.set_title(title, fontsize=8)
plotting.show(
    fig,
    alt="Five rows of ten digits: binary test images, their smooth reconstructed means, speckled "
    "samples around those, and means and samples from the prior, about half of them digits.",
)

# %% [markdown]
# The mean is smooth, the sample is speckled on the outline, because given $z$ each pixel is tossed on
# its own. To be exact, *the model's images are the samples*; the means are prettier. Row four is what
# section 1 was missing: decoded noise that is written like digits, and often is one. Section 8 counts
# how often.

# %% [markdown]
# ## 8. The plane
#
# With $d = 2$ the latent space can be drawn. The package ships such a VAE: the same loss, three
# hidden layers of 96 units, 30 passes. Two latents cost some 46 nats against forty: a plane is
# narrow. Beside it train an *autoencoder* with the same networks: its
# encoder gives a point instead of a distribution, and its loss has no KL.

# %%
plane = weights.load("mnist_plane_vae", VAE(784, 96, 96, 96, 2)).to(device)
on_card = float(weights.card("mnist_plane_vae")["negative ELBO"])
print(f"negative ELBO of the plane: {on_card:.1f} nats (card)")
assert on_card < 144

ae_encoder = mlp(784, 96, 96, 96, 2, activation=nn.Tanh).to(device)
ae_decoder = mlp(2, 96, 96, 96, 784, activation=nn.Tanh).to(device)
ae_decoder[-1].bias.data = mean_image.clamp(0.01, 0.99).logit()
parameters = [*ae_encoder.parameters(), *ae_decoder.parameters()]
ae_optimizer = Adam(parameters, lr=1e-3, fused=True)
ae_schedule = linear_tail(ae_optimizer, steps=1500)


def ae_step(grey: Tensor) -> dict[str, Tensor]:
    x = binarise(grey)
    loss = objectives.bernoulli_nll(ae_decoder(ae_encoder(x)), x).mean()
    ae_optimizer.zero_grad()
    loss.backward()
    ae_optimizer.step()
    ae_schedule.step()
    return {"cross-entropy": loss}


ae_history = train(ae_step, Batches(x_train, size=128, seed=0), steps=1500)

# %% [markdown]
# Where do test digits lie? For the VAE draw one $z \sim q(z \mid x)$ each, so that the points
# are a sample of the aggregate posterior. The grey circles have radius 1 and 2: the prior has 39 % of
# its mass inside the first and 86 % inside the second.

# %%
x_3000, y_3000 = x_test[order[:3000].to(device)], digits.y_test[order[:3000].to(device)]
with torch.no_grad():
    planes = {"autoencoder": ae_encoder(x_3000), "VAE": plane.encode(x_3000).sample()}

fig, axes = plt.subplots(1, 2, figsize=(6.0, 3.1))
for ax, (name, codes) in zip(axes, planes.items(), strict=True):
    plotting.plot_latents(ax, codes[:1500], y_3000[:1500])
    for radius in (1, 2):
        ax.add_patch(plt.Circle((0, 0), radius, fill=False, color=plotting.PRIOR, zorder=3))
    ax.set(title=name, xlim=(-4.3, 4.3), ylim=(-4.3, 4.3), aspect="equal")
plotting.show(
    fig,
    alt="Codes of 1,500 test digits by class. The autoencoder's lie in clumps, many outside "
    "the circle of radius 2; the VAE's fill one round cloud of the prior's size.",
)
radii = {name: codes.norm(dim=1) for name, codes in planes.items()}
shares = {name: [(r < limit).double().mean() for limit in (1, 2)] for name, r in radii.items()}
for name, (one, two) in shares.items():
    print(f"{name:12} inside radius 1 ≈ {one:.0%}, inside radius 2 ≈ {two:.0%}")
assert abs(shares["VAE"][0] - 0.39) < 0.05
assert abs(shares["VAE"][1] - 0.86) < 0.05
assert shares["autoencoder"][1] < 0.8

# %% [markdown]
# The autoencoder's codes lie where training threw them. The VAE's fill the disc of the prior, 39 % and
# 84 % against 39 % and 86 %, and classes share it out: the KL term at work.
#
# ### The manifold, twice
#
# Decode a 20 by 20 grid of the VAE's plane. The lectures sweep the plane *linearly*. That shows all
# places alike, though the prior does not visit them alike. For a picture of what the model generates,
# each image should stand for the same share of the prior's mass.
#
# **Exercise 9.2 (code).** Cut the line into `count` cells of equal mass under $\mathcal{N}(0, 1)$ and
# return the middle of each *in mass*: the point with half of the cell's mass to its left. With $\Phi$
# the cumulative distribution, `torch.distributions.Normal(0.0, 1.0).icdf` is $\Phi^{-1}$. The right
# panel below is drawn with your function.


# %% tags=["exercise"]
def equal_mass(count: int) -> Tensor:
    """Middles of `count` cells of equal mass under N(0, 1), rising: shape (count,)."""
    ### BEGIN SOLUTION
    return torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(count) + 0.5) / count)
    ### END SOLUTION


# %% tags=["check"]
equal_mass = check.equal_mass(equal_mass)

# %% [markdown] tags=["solution"]
# Cell $i$ holds the probabilities from $i/c$ to $(i+1)/c$ for $c$ cells; its middle in mass is at
# $(i + \frac12)/c$, and $\Phi^{-1}$ turns a probability into a place.

# %%
grids = {"linear, −3 to 3": torch.linspace(-3, 3, 20), "equal mass": equal_mass(20)}
decoded = {}
with torch.no_grad():
    for name, positions in grids.items():
        decoded[name] = plane.decode(plane_grid(positions).to(device)).mean

normal = torch.distributions.Normal(0.0, 1.0)
edges = torch.linspace(-3, 3, 21)
cells = normal.cdf(edges).diff()

fig, axes = plt.subplots(1, 2, figsize=(4.4, 2.5))
for ax, (name, images) in zip(axes, decoded.items(), strict=True):
    plotting.plot_images(ax, images, columns=20)
    ax.set_title(name)
plotting.show(
    fig,
    alt="Two maps of 20 by 20 decoded digits that melt into one another. Cut linearly, the cells "
    f"of one axis differ in mass by a factor of {cells.max() / cells.min():.0f}; on the right all "
    "are equal.",
)

# %% [markdown]
# Small steps in the plane make small changes in the image, on both maps: neighbours are similar
# digits. But the maps weigh differently.
#
# > **Common slip.** "Sweeping the latent space linearly samples from the model." The cell at the edge
# > of the left map stands for a far smaller share of the prior than one in the middle; see the factor
# > in the description. In the right map each cell of an axis has exactly 5 % of the mass.
#
# ### Not everything between digits is a digit
#
# The decoder is continuous, so a path from a 3 to a 1 must pass through something. Count the
# in-betweens with an independent judge, a classifier that reads real test digits with more than 98 %
# accuracy. Call an image a **non-digit** when the judge gives no class 70 %. How many real digits are
# non-digits by that rule, how many of the VAE's, how many of the autoencoder's with the same noise?

# %%
judge = weights.load("digit_judge", judges.digit_judge()).to(device)


def unsure(images: Tensor, judge: nn.Module) -> Tensor:
    """Whether the judge gives no class 70 %, for each image of 784 grey values."""
    logits = evaluation.features_of(judge, images.reshape(-1, 1, 28, 28))
    return logits.softmax(dim=1).amax(dim=1) < 0.7


z = torch.randn(2000, 2, device=device)
with torch.no_grad():
    sets = {
        "test digits, grey": digits.x_test.flatten(1)[order[:2000].to(device)] / 255,
        "VAE, 40 latents": shipped.decode(torch.randn(2000, 40, device=device)).mean,
        "VAE, plane": plane.decode(z).mean,
        "autoencoder, plane": ae_decoder(z).sigmoid(),
    }
odd_shares = {name: unsure(x, judge).double().mean().item() for name, x in sets.items()}
for name, share in odd_shares.items():
    print(f"{name:20} non-digits ≈ {share:.0%}")
assert odd_shares["test digits, grey"] < 0.07 < odd_shares["VAE, plane"]
assert odd_shares["VAE, plane"] < 0.35 < min(list(odd_shares.values())[1::2])

# %% [markdown]
# About a quarter of what the plane generates is no digit, and half of what the autoencoder makes of
# the same noise.
#
# The second line may surprise you. The model with 40 latents is better by 46 nats, and half of its
# samples are non-digits! Its 23 active latents each match the prior nicely, but in 23 dimensions
# test digits still fill only part of it, and a draw from the prior often falls between. **A better
# likelihood is not a better sample.** The ELBO pays for every digit that is explained; it hardly
# charges for ink between digits.
#
# Back to the plane. Look at some of its non-digits, and find where they live.

# %%
odd = unsure(decoded["equal mass"], judge)
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), width_ratios=(1, 1.3))
axes[0].imshow(odd.reshape(20, 20).cpu(), cmap="gray_r", vmin=0, vmax=1.5)
axes[0].set_xticks([])
axes[0].set_yticks([])
axes[0].set_title("dark: the judge is unsure", fontsize=9)
axes[0].grid(False)
where = odd.nonzero()[:, 0]
plotting.plot_images(axes[1], decoded["equal mass"][where[:: len(where) // 24][:24]], columns=6)
plotting.show(
    fig,
    alt="Left: on the map of equal mass the cells that the judge cannot read form seams between "
    "regions. Right: 24 of these images, mixtures of two digits such as 3 and 5.",
)

# %% [markdown]
# The seams between classes are non-digits. That is a consequence of the model, not of bad training:
# a continuous decoder carries a connected prior to a connected set of images, and the classes of
# digits are not connected.
#
# Now take the plane into your hands. Which three digits meet in the middle, and which digit is
# split into two regions?

# %%
plane_decoder = nn.Sequential(plane.decoder_net, nn.Sigmoid())
explorer = LatentExplorer(
    plane_decoder,
    points=planes["VAE"][:2000],
    labels=y_3000[:2000],
    bounds=(-3, 3, -3, 3),
    task="Walk from a 1 to a 0. Where is the seam, and how wide is it?",
)
explorer

# %% [markdown]
# And both planes side by side, under one point. Stay inside the circle of radius 2, where the prior
# draws. Task: find a place where the VAE gives a digit and the autoencoder none. How far must you
# search?

# %%
compare = CompareExplorer(
    {"autoencoder": nn.Sequential(ae_decoder, nn.Sigmoid()), "VAE": plane_decoder},
    points={name: codes[:1000] for name, codes in planes.items()},
    labels=y_3000[:1000],
    bounds=(-3, 3, -3, 3),
)
compare

# %% [markdown]
# ## 9. How wide is $p(x \mid z)$?
#
# For grey or coloured pixels the decoder is usually Gaussian, $p(x \mid z) = \mathcal{N}(\hat x,
# \sigma_x^2 I)$, with one number $\sigma_x$ for all pixels:
#
# $$ -\log p(x \mid z) = \frac{\lVert x - \hat x \rVert^2}{2 \sigma_x^2} + \frac n2 \log 2 \pi
# \sigma_x^2 . $$
#
# The lectures set $\sigma_x = 1$. That looks harmless and is not: $\sigma_x^2$ says how many nats of
# KL a unit of squared error is worth. A common program goes further: it adds the KL to the *mean*
# squared error over the pixels, because that is the library's default.
#
# **Exercise 9.3 (derivation).** The loss is $\frac1n \lVert x - \hat x \rVert^2 + \mathrm{KL}$ with $n
# = 784$. Up to a constant it is the negative ELBO of a Gaussian decoder. With which variance
# $\sigma_x^2$? The experiment below trains with your number.

# %% tags=["exercise"]
### BEGIN SOLUTION
hidden_variance = 784 / 2
### END SOLUTION

# %% tags=["check"]
hidden_variance = check.hidden_variance(hidden_variance)

# %% [markdown] tags=["solution"]
# $\frac1n = \frac{1}{2\sigma_x^2}$, so $\sigma_x^2 = n/2$. In a picture whose pixels lie between 0 and
# 1, such a decoder expects errors of $\pm 20$. No information about $x$ is worth its price then.

# %% [markdown]
# Train three small VAEs on *grey* digits that differ in $\sigma_x^2$ alone: your number, the
# lectures' 1, and one that is learned with the weights. Each has 16 latents and 600 steps. How many
# latents will each use?


# %%
def grey_vae(mean: Tensor, *, sigma: float, learn: bool = False) -> GaussianVAE:
    """784-128-16 and back, with a Gaussian decoder that starts at the mean image."""
    up, down = mlp(784, 128, 32, activation=nn.Tanh), mlp(16, 128, 784, activation=nn.Tanh)
    down[-1].bias.data = mean.clone()
    return GaussianVAE(up, down, latent=16, sigma=sigma, learn=learn).to(mean.device)


def fit(model: GaussianVAE, data: Tensor, *, steps: int = 600) -> GaussianVAE:
    """Train on grey digits with Adam; the variance moves faster, it is a single number."""
    width = [model.logvar_x] if model.logvar_x.requires_grad else []
    nets = [*model.encoder_net.parameters(), *model.decoder_net.parameters()]
    optimizer = Adam([{"params": nets, "lr": 2e-3}, {"params": width, "lr": 2e-2}])

    def grey_step(x: Tensor) -> dict[str, Tensor]:
        loss = -model(x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"negative ELBO": loss}

    train(grey_step, Batches(data, size=128, seed=0), steps)
    return model


# %%
widths = {
    "mean over pixels": fit(grey_vae(mean_image, sigma=hidden_variance**0.5), x_train),
    "unit variance": fit(grey_vae(mean_image, sigma=1.0), x_train),
    "learned": fit(grey_vae(mean_image, sigma=1.0, learn=True), x_train),
}
x_grey = digits.x_test.flatten(1)[order[:2000].to(device)] / 255


def summary(model: GaussianVAE, x: Tensor) -> tuple[float, int, float]:
    """KL per image, active latents, and squared error of the reconstruction."""
    with torch.no_grad():
        q_z = model.encode(x)
        error = objectives.squared_error(model.decode(q_z.mean).mean, x).mean().item()
    kl = evaluation.kl_per_dimension(q_z).sum().item()
    return kl, evaluation.active_units(q_z), error


by_width = {name: summary(model, x_grey) for name, model in widths.items()}
for name, (kl, used, error) in by_width.items():
    print(f"{name:17} sigma ≈ {widths[name].sigma:6.2f}   KL ≈ {kl:5.2f} nats   ", end="")
    print(f"active ≈ {used:2} of 16   squared error ≈ {error:.1f}")
assert by_width["mean over pixels"][0] < 0.05 < 2 < by_width["unit variance"][0]
assert by_width["learned"][0] > by_width["unit variance"][0] + 5

# %% [markdown]
# With the hidden variance the KL is zero and no latent is active: **posterior collapse**. The encoder
# says the same of every image, and the decoder draws the mean image for all. At $\sigma_x = 1$ the
# posterior has not collapsed, but only the coarsest traits of a digit are worth their price. The
# learned $\sigma_x$ falls to the size of the actual errors, and the latents come alive.
#
# Now look at means and samples again. What will a *sample* at $\sigma_x = 1$ look like?

# %%
with torch.no_grad():
    p_x = {name: model.decode(model.encode(x_grey[:10]).mean) for name, model in widths.items()}
rows = [
    ("test images", x_grey[:10]),
    ("mean over pixels: means", p_x["mean over pixels"].mean),
    ("unit variance: means", p_x["unit variance"].mean),
    ("unit variance: samples", p_x["unit variance"].sample()),
    ("learned: means", p_x["learned"].mean),
    ("learned: samples", p_x["learned"].sample()),
]
fig, axes = plt.subplots(6, 1, figsize=(5.0, 4.6))
for ax, (title, images) in zip(axes, rows, strict=True):
    plotting.plot_images(ax, images)
    ax.set_title(title, fontsize=8)
plotting.show(
    fig,
    alt="Rows of ten digits. Mean over pixels: ten times the same blot. Unit variance: blurred "
    "means, and samples that are pure snow. Learned: legible means, samples with slight noise.",
)

# %% [markdown]
# > **Common slip.** "With $\sigma_x = 1$ the VAE generates the images that are shown." It generates
# > snow; what is shown are means. A model that says $\pm 1$ about pixels in $[0, 1]$ is not modest, it
# > is wrong by many nats, and its samples say so.
#
# ### The cure
#
# Collapse has several causes; this one is a KL that outweighs the reconstruction. The cure is to weigh
# them right. Take the collapsed model, with all its dead latents, let it learn $\sigma_x$, and train
# on for 600 steps. Do the latents come back?

# %%
cured = grey_vae(mean_image, sigma=1.0, learn=True)
state = widths["mean over pixels"].state_dict()
cured.load_state_dict({**state, "logvar_x": cured.logvar_x.detach()})
before = summary(cured, x_grey)
after = summary(fit(cured, x_train), x_grey)

# %%
dead = evaluation.kl_per_dimension(widths["mean over pixels"].encode(x_grey)).detach()
alive = evaluation.kl_per_dimension(cured.encode(x_grey)).detach()

fig, ax = plt.subplots()
for kl, style, colour, name in (
    (dead, "o--", plotting.FAKE, "collapsed"),
    (alive, "s-", plotting.MODEL, "600 steps after the cure"),
):
    ordered = kl.sort(descending=True).values.cpu()
    ax.plot(range(1, 17), ordered, style, color=colour, label=name)
ax.set_ylim(bottom=-0.1)
ax.set_xlabel("latent, by price")
ax.set_ylabel("KL to the prior (nats)")
ax.legend()
assert before[0] < 0.05 < 10 < after[0]
assert 1 < alive.min() < alive.max() < 3.2
plotting.show(
    fig,
    alt="KL of 16 latents: all at zero in the collapsed model; after 600 more steps with a learned "
    "variance each of them costs between one and three nats.",
)
print(f"KL: before {before[0]:.2f}, after ≈ {after[0]:.1f} nats; active ≈ {after[1]} of 16")

# %% [markdown]
# They do. Collapse at a wrong weight is no accident of training but the best answer to the wrong
# question, and the right question undoes it. (A decoder so strong that it needs no latent collapses
# at the *right* weight; notebook 15 meets one.)
#
# A weight $\beta$ on the KL is the same dial: $\frac12 \lVert x - \hat x \rVert^2 + \beta\,
# \mathrm{KL}$ is, up to the factor $\beta$, the loss with $\sigma_x^2 = \beta$.
#
# > **Common slip.** The $\beta$-VAE minimises "$\mathbb{E}_{z \sim p(z)}[\log p(x \mid z)] + \beta\,
# > \mathrm{KL}$". Wrong in two places: the first term needs a minus sign, and its $z$ comes from
# > $q(z \mid x)$. The cell evaluates both forms with $\beta = 1$ for the shipped model on 1,000 digits.

# %%
x = x_test[some]
with torch.no_grad():
    q_z = shipped.encode(x)
    kl = torch.distributions.kl_divergence(q_z, shipped.prior)
    from_q = shipped.decode(q_z.sample()).log_prob(x)
    from_p = shipped.decode(shipped.prior.sample((1000,))).log_prob(x)
right, wrong = (-from_q + kl).mean(), (from_p + kl).mean()
print(f"right: −E_q log p(x|z) + KL ≈ {right:.1f} nats, bounds −log p(x)")
print(f"wrong:  E_p log p(x|z) + KL ≈ {wrong:.0f} nats, better the worse the model explains x")
assert wrong < 0 < right < 95

# %% [markdown]
# ## 10. The faces again
#
# Back to section 1. The package ships a VAE of the same faces with the **same networks** and the same
# 200 numbers; only the encoder's last layer is twice as wide. Its decoder is Gaussian with $\sigma_x =
# 0.5$. Both trained for 2,400 batches of 32 faces. Feed both decoders the same noise.

# %%
faces_vae = weights.load("faces_vae", face_vae(200, sigma=0.5)).to(device)
with torch.no_grad():
    q_faces = [faces_vae.encode(part) for part in x_faces.split(100)]
    vae_copies = torch.cat([faces_vae.decode(q.mean).mean for q in q_faces])
    vae_noise = torch.cat([faces_vae.decode(z).mean for z in noise.split(100)])

for name, net in (("autoencoder", ae.encoder), ("VAE", faces_vae.encoder_net)):
    print(f"{name:12} last layer of the encoder {tuple(net[-1].weight.shape)}")

# %% [markdown]
# Two hundred outputs against four hundred: the only difference between the two networks. What will the
# last row of the picture lack?

# %%
rows = [
    ("autoencoder, noise", from_noise),
    ("VAE, the same noise", vae_noise),
    ("test faces", x_faces),
    ("autoencoder, copies", copies),
    ("VAE, copies", vae_copies),
]
fig, axes = plt.subplots(5, 1, figsize=(2.7, 3.6))
for ax, (title, images) in zip(axes, rows, strict=True):
    plotting.plot_images(ax, images[:5], columns=5)
    ax.set_title(title, fontsize=8)
plotting.show(
    fig,
    alt="Rows of five pictures: from the same noise the autoencoder gives smears and the VAE "
    "soft faces; below, test faces, the autoencoder's copies, and the VAE's, which are blurrier.",
)

# %% [markdown]
# Put numbers on what you see. A judge that reads 19 attributes of a face, glasses, smile and so on,
# turns each picture into 64 features; the **Fréchet distance** compares the features' means and
# covariances with those of fresh faces (Heusel et al., 2017, eq. 6). Real faces against real faces
# give the floor. For blur take the **sharpness**: the mean absolute Laplacian, the difference between a
# pixel and its neighbours. How much of it does each model lose?

# %%
face_judge = weights.load("face_judge", judges.face_judge()).to(device)
others = faces(1000, seed=3).x.to(device) / 255
reference = evaluation.features_of(face_judge.features, others)
measured = {}
for name, images in [("test faces", x_faces), *rows[:2], *rows[3:]]:
    features = evaluation.features_of(face_judge.features, images)
    distance = evaluation.frechet_distance(features, reference)
    measured[name] = distance, evaluation.sharpness(images).mean().item()
    print(f"{name:20} Fréchet distance ≈ {distance:7.1f}   sharpness ≈ {measured[name][1]:.4f}")


# %%
whole = diagonal_normal(
    torch.cat([q.mean for q in q_faces]), torch.cat([q.variance for q in q_faces]).log()
)
_, cov_faces = evaluation.aggregate_moments(whole)
spread = cov_faces.diagonal().sqrt()
print(f"VAE codes: standard deviations {spread.min():.1f} to {spread.max():.1f}, prior 1")
dearest = evaluation.kl_per_dimension(whole).sort(descending=True).values
print(f"KL: {dearest.sum():.0f} nats per face, {dearest[:30].sum():.0f} of them in 30 latents")

assert measured["VAE, the same noise"][0] < 0.6 * measured["autoencoder, noise"][0]
assert measured["VAE, copies"][1] < measured["autoencoder, copies"][1] < measured["test faces"][1]

# %% [markdown]
# The VAE's codes are spread much as the prior is, while section 6 found deviations from 1.4 to 5.7 for
# the autoencoder's. Thirty of the 200 latents carry three quarters of the information; the others cost
# a fraction of a nat each.
#
# From the same noise the VAE's pictures are about half as far from faces as the autoencoder's, and one
# can see what they are. (Both runs are short, and both copies are soft.) As a *copier* the autoencoder
# wins: it keeps more of the edges. Both results have one reason. The KL made the VAE give up what does
# not pay, and $\hat x$ is then the *average* of all the faces that its $z$ cannot tell apart. An
# average of sharp edges in slightly different places is a soft edge.
#
# Blur is one limit of the VAE. The other: the loss is not convex, and no theorem says that you find
# its best. What you get instead is scale: each step looks at a batch, however large the data. Notebook
# 13 puts a GAN's samples beside these, by the same two numbers.

# %% [markdown]
# ## What you have seen
#
# - A VAE is one model made of two distributions for each direction, and its loss is a sum over pixels
#   plus a sum over latents. Your run came below 100 nats in a minute, and the shipped one below 93, or
#   88.5 by IWAE-500, with the protocol beside the number.
# - The KL pays for the information in $z$ and for meeting the prior. A latent that does not pay is
#   switched off; when none pays, because a hidden variance of 392 outweighs everything, the posterior
#   collapses, and the right weight brings it back. No axis of $z$ is special.
# - Noise through an autoencoder's decoder is garbage because no code was ever there; the VAE's codes
#   fill the prior, up to seams and holes, so its decoder knows most of it. What $z$ does not say is
#   averaged, and averages are blurred.
#
# ## References
#
# - D. Kingma, M. Welling (2014), "Auto-encoding variational Bayes", *ICLR*, eq. 3, 7, 10 and appendix B.
#   [arXiv 1312.6114](https://arxiv.org/abs/1312.6114)
# - D. Rezende, S. Mohamed, D. Wierstra (2014), "Stochastic backpropagation and approximate inference
#   in deep generative models", *ICML*. [arXiv 1401.4082](https://arxiv.org/abs/1401.4082)
# - Y. Burda, R. Grosse, R. Salakhutdinov (2016), "Importance weighted autoencoders", *ICLR*, eq. 8,
#   table 1. [arXiv 1509.00519](https://arxiv.org/abs/1509.00519)
# - M. Hoffman, M. Johnson (2016), "ELBO surgery: yet another way to carve up the variational evidence
#   lower bound", *NIPS workshop on advances in approximate Bayesian inference*.
# - J. Lucas, G. Tucker, R. Grosse, M. Norouzi (2019), "Don't blame the ELBO! A linear VAE perspective on
#   posterior collapse", *NeurIPS*. [arXiv 1911.02469](https://arxiv.org/abs/1911.02469)
# - I. Higgins et al. (2017), "β-VAE: learning basic visual concepts with a constrained variational
#   framework", *ICLR*, eq. 4. [OpenReview](https://openreview.net/forum?id=Sy2fzU9gl)
# - M. Heusel et al. (2017), "GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium", *NeurIPS*, eq. 6. [arXiv 1706.08500](https://arxiv.org/abs/1706.08500)
#
# **The way on:** 10 changes one part of this model at a time: the weight of the KL, the bound, the
# posterior, the loss of the pixels. 11 throws the likelihood away and keeps the decoder.
