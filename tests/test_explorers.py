"""Explorers from Python's side: arguments, state, what is stored, and what a page would get."""

import base64
import io
import json
import math
import re
import warnings
from collections.abc import Iterator

import jaxtyping
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal

from course_utils.explorers import (
    CompareExplorer,
    DensityExplorer,
    DepthExplorer,
    ElboExplorer,
    FieldExplorer,
    GanPlayground,
    LatentExplorer,
    TraversalExplorer,
)
from course_utils.explorers.arguments import square_around
from course_utils.explorers.base import Explorer
from course_utils.explorers.depth import normals, silent
from course_utils.explorers.page import STATIC, joined
from course_utils.explorers.program import LIMIT, program
from course_utils.nn import conv_decoder, mlp

WIDGET = "application/vnd.jupyter.widget-view+json"


def decoder(latent: int = 2) -> nn.Module:
    return nn.Sequential(mlp(latent, 16, 784), nn.Sigmoid())


def latent() -> Explorer:
    return LatentExplorer(decoder(), points=torch.randn(30, 2), labels=torch.arange(30) % 3)


def compare() -> Explorer:
    return CompareExplorer({"AE": decoder(), "VAE": decoder()})


def density() -> Explorer:
    return DensityExplorer()


def game() -> Explorer:
    return DensityExplorer(names=("p_data", "p_g"), game=True)


def joint(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """log p(x, z) for z ~ N(0, 1) and x | z ~ N(z, 1)."""
    return Normal(0.0, 1.0).log_prob(z) + Normal(z, 1.0).log_prob(x[:, None])


Z = torch.linspace(-9, 9, 601, dtype=torch.float64)


def elbo() -> Explorer:
    return ElboExplorer(joint(torch.tensor([0.5, 2.0]), Z), Z)


def depth() -> Explorer:
    return DepthExplorer()


def field() -> Explorer:
    return FieldExplorer({0.1: lambda x: -x, 0.2: lambda x: -x / 2})


def traversal() -> Explorer:
    generator = nn.Sequential(mlp(4, 16, 784), nn.Tanh())
    codes = dict(zip("abcd", torch.eye(4)))
    return TraversalExplorer(generator, directions={"bold": torch.ones(4)}, codes=codes)


def playground() -> Explorer:
    return GanPlayground()


MAKERS = [latent, compare, density, game, elbo, field, depth, traversal, playground]
made = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@made
def test_output_is_view_poster_and_sentence(make) -> None:
    explorer = make()

    data, metadata = explorer._repr_mimebundle_()

    assert set(data) == {WIDGET, "text/plain", "image/png"}
    assert data["text/plain"] == explorer.describe() == metadata["image/png"]["alt"]
    assert 30 <= len(explorer.describe()) <= 250
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 300
    assert explorer._ipython_display_ is None


@made
def test_what_is_stored_is_the_same_for_the_same_explorer(make) -> None:
    first, second = ((torch.manual_seed(0), make())[1] for _ in range(2))

    assert first.to_html() == second.to_html()
    assert first.poster() == second.poster()
    assert first.describe() == second.describe()
    data, _ = first._repr_mimebundle_()
    stored = json.dumps({key: value for key, value in data.items() if key != WIDGET})
    assert first.model_id not in stored
    assert len(stored) < 200_000


@made
def test_page_is_self_contained(make) -> None:
    html = make().to_html()

    script = html.split('<script type="module">')[1]
    assert script.count("</script") == 1
    assert not re.search(r"^\s*import\b", script, re.MULTILINE)
    assert not re.findall(r"https?://", html)
    assert len(re.findall(r"\bid=", html)) == 0


@made
def test_task_is_given_and_can_be_changed(make) -> None:
    explorer = make()
    assert len(explorer.task) > 20

    explorer.task = "What if <b>?"

    assert "What if \\u003cb>?" in explorer.to_html()


def test_every_static_file_belongs_to_an_explorer() -> None:
    names = {path.stem for path in STATIC.glob("*.js")}
    explorers = {
        "latent",
        "compare",
        "density",
        "elbo",
        "field",
        "depth",
        "traversal",
        "playground",
    }

    used = {line for name in explorers for line in joined(name).splitlines() if line[:3] == "// "}

    assert {
        name for name in names if any(line.startswith(f"// {name}.js") for line in used)
    } == names


def test_state_goes_to_python_and_back() -> None:
    explorer = latent()
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "z")

    explorer.z = [1.0, -0.5]

    assert seen == [[1.0, -0.5]]
    expected = explorer.eyes["decoder"].decode(torch.tensor([[1.0, -0.5]]))[0, ..., 0]
    assert np.array_equal(explorer.image, expected)


def test_explorer_keeps_a_copy_of_the_decoder() -> None:
    network = decoder()
    explorer = LatentExplorer(network.train())
    before = explorer.image

    with torch.no_grad():
        network[0][0].bias.add_(5)

    assert network.training
    assert np.array_equal(explorer.image, before)


@pytest.mark.parametrize("value", [[1.0], [1.0, 2.0, 3.0], [float("nan"), 0.0]])
def test_wrong_points_are_refused(value: list) -> None:
    explorer = latent()

    with pytest.raises(ValueError, match=r"^z: expected 2 finite numbers, got") as error:
        explorer.z = value

    assert "\n" not in str(error.value)


def test_auto_falls_back_to_the_kernel() -> None:
    class Odd(nn.Module):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return z.sum(dim=1, keepdim=True).sigmoid().expand(-1, 784)

    explorer = LatentExplorer(Odd())

    assert explorer.where == "kernel"
    assert explorer.decoders[0]["weights"] == b""
    explorer.z = [2.0, 1.0]
    assert explorer.frames == [explorer.image.tobytes()]
    explorer.path = [[0.0, 0.0], [2.0, 1.0]]
    assert explorer.strips[0][-784:] == explorer.image.tobytes()
    assert len(explorer.page_state()["decoders"][0]["atlas"]) == 15 * 15 * 784


def test_a_function_that_returns_a_distribution_is_shown_by_its_mean() -> None:
    network = mlp(2, 784)

    explorer = LatentExplorer(lambda z: Independent(Bernoulli(logits=network(z)), 1))

    expected = network(torch.tensor([explorer.z])).sigmoid().reshape(28, 28)
    assert np.abs(explorer.image - 255 * expected.detach().numpy()).max() <= 0.5


def test_decoding_uses_one_thread_and_restores_the_rest() -> None:
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)

    LatentExplorer(lambda z: (seen.append(torch.get_num_threads()), torch.zeros(len(z), 784))[1])

    assert set(seen) == {1}
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_weights_that_overflow_float16_travel_as_float32() -> None:
    network = nn.Sequential(nn.Linear(2, 784), nn.Sigmoid())
    network[0].weight.data[0, 0] = 1e5

    page = LatentExplorer(network, dtype=torch.float16).decoders[0]

    assert page["dtype"] == "f32"


def test_digit_page_is_below_two_megabytes_and_faces_below_six() -> None:
    points = torch.randn(5000, 2)
    digits = LatentExplorer(
        nn.Sequential(mlp(2, 500, 500, 784), nn.Sigmoid()),
        points=points,
        labels=torch.arange(5000) % 10,
    )
    faces = nn.Sequential(conv_decoder(16, side=64, channels=3), nn.Sigmoid())

    assert len(digits.to_html()) < 2_000_000
    assert len(LatentExplorer(faces, latent=16).to_html()) < 6_000_000
    assert len(LatentExplorer(faces, latent=16, where="kernel").to_html()) < 6_000_000


def test_large_sets_of_points_are_thinned_evenly() -> None:
    points = torch.stack([torch.arange(12_000.0), torch.zeros(12_000)], dim=1)

    explorer = LatentExplorer(decoder(), points=points, labels=torch.arange(12_000) % 4)

    drawn = np.frombuffer(explorer.decoders[0]["points"], "<f4").reshape(-1, 2)
    labels = np.frombuffer(explorer.labels, "<u2")
    assert len(drawn) == len(labels) == 5000
    assert drawn[[0, -1], 0].tolist() == [0, 11_999]
    assert np.array_equal(labels, drawn[:, 0].astype(int) % 4)


def test_bounds_hold_the_points_in_round_numbers() -> None:
    torch.manual_seed(0)
    left, right, bottom, top = square_around(torch.randn(1000, 2) * 3 + 10)

    assert right - left == pytest.approx(top - bottom)
    assert left < 4 < 16 < right < 22
    assert round(left, 1) == left


def test_divergences_of_two_gaussians_have_their_closed_forms() -> None:
    explorer = DensityExplorer(p=[(1, 0, 1)], q=[(1, 1.5, 0.8)])

    kl = torch.distributions.kl_divergence(Normal(0.0, 1.0), Normal(1.5, 0.8)).item()
    assert explorer.divergences["kl_pq"] == pytest.approx(kl, abs=1e-6)
    value = -math.log(4) + 2 * explorer.divergences["jsd"]
    assert explorer.divergences["value"] == pytest.approx(value, abs=1e-6)
    shifted = DensityExplorer(p=[(1, -1, 1)], q=[(1, 1.5, 1)])
    assert shifted.divergences["w1"] == pytest.approx(2.5, abs=1e-6)


def test_held_discriminator_is_worth_less_than_the_best_one() -> None:
    explorer = DensityExplorer(p=[(1, 0, 1)], q=[(1, 1.5, 1)], game=True)
    values = explorer.divergences
    assert values["value"] == pytest.approx(values["cost"], abs=1e-9)
    assert values["cost"] == pytest.approx(-math.log(4) + 2 * values["jsd"], abs=1e-9)

    explorer.held = [explorer.p, explorer.q]
    assert explorer.divergences == values
    explorer.q = [[1, -1.0, 0.6]]
    moved = explorer.divergences
    x = explorer.x
    p, q = Normal(0.0, 1.0).log_prob(x), Normal(1.5, 1.0).log_prob(x)
    now = Normal(-1.0, 0.6).log_prob(x).exp()
    terms = p.exp() * -torch.log1p((q - p).exp()) + now * -torch.log1p((p - q).exp())
    assert moved["value"] == pytest.approx(terms.sum().item() * explorer.spacing, abs=1e-6)
    assert moved["value"] < moved["cost"] - 0.1

    explorer.held = []
    assert explorer.divergences["value"] == pytest.approx(moved["cost"], abs=1e-9)


def test_without_a_game_nothing_is_said_of_it() -> None:
    explorer = DensityExplorer(discriminator=True)

    assert set(explorer.divergences) == {"kl_pq", "kl_qp", "jsd", "w1", "value"}
    assert "C(G)" not in explorer.describe()
    assert DensityExplorer(game=True).poster() != explorer.poster()


def test_evidence_is_exact_and_splits() -> None:
    x = torch.tensor([0.5, 2.0])
    explorer = ElboExplorer(joint(x, Z), Z, x=1)

    for mu, sigma in ((1.0, 0.5**0.5), (-2.0, 0.3), (0.0, 2.0)):
        explorer.mu, explorer.sigma = mu, sigma
        parts = explorer.parts
        evidence = Normal(0.0, 2**0.5).log_prob(x[1]).item()
        assert parts["log_p_x"] == pytest.approx(evidence, abs=1e-6)
        assert parts["elbo"] + parts["kl"] == pytest.approx(parts["log_p_x"], abs=1e-9)
    explorer.mu, explorer.sigma = 1.0, 0.5**0.5
    assert explorer.parts["kl"] == pytest.approx(0, abs=1e-6)


def test_field_is_stored_setting_by_setting() -> None:
    explorer = FieldExplorer(
        {(s, k): (lambda x, s=s, k=k: x * s + k) for s in (3.0, 1.0) for k in (0.0, 5.0)},
        sliders=("s", "k"),
        bounds=(-1, 1, -1, 1),
        count=5,
    )

    stored = np.frombuffer(explorer.fields, "<f4").reshape(2, 2, 5, 5, 2)
    assert stored[1, 1, 0, 0].tolist() == [2.0, 2.0]  # s = 3, k = 5 at (-1, -1)
    assert stored[0, 0, 4, 1].tolist() == [-0.5, 1.0]  # s = 1, k = 0 at (-0.5, 1)
    with pytest.raises(ValueError, match="setting: expected one of"):
        explorer.setting = [2.0, 0.0]


def test_drawn_numbers_are_standard_normal_and_follow_the_seed() -> None:
    """Mean, variance and the product of neighbours, within four standard errors."""
    values = normals(100_000, seed=0)
    error = len(values) ** -0.5

    assert abs(values.mean()) < 4 * error
    assert abs(values.square().mean() - 1) < 4 * 2**0.5 * error
    assert abs(values[:-2].mul(values[2:]).mean()) < 4 * error
    assert not torch.equal(values[:10], normals(10, seed=1))
    assert torch.equal(values[:10], normals(10, seed=0))


def test_gain_of_root_two_keeps_the_scale_of_relu_layers() -> None:
    for gain, change in ((1.0, 2 ** (-19 / 2)), (2**0.5, 1.0), (2.0, 2 ** (19 / 2))):
        flows = [DepthExplorer("ReLU", gain=gain, seed=seed).flow for seed in range(8)]
        up = torch.tensor([flow.activations[-1] / flow.activations[0] for flow in flows])
        assert up.log().mean().exp().item() == pytest.approx(change, rel=0.6)


def test_layers_add_up_from_the_bottom_without_norm_and_gradients_from_the_top() -> None:
    short, tall = (DepthExplorer("tanh", depth=n).flow for n in (5, 9))

    assert short.activations == pytest.approx(tall.activations[:5])
    assert short.silent == tall.silent[:5]


def test_shares_count_dead_units_and_flat_values() -> None:
    y = torch.tensor([[-1.0, 2.0, -3.0], [-0.5, -2.0, 4.0]])

    assert silent(y, "ReLU") == silent(y, "leaky ReLU") == pytest.approx(1 / 3)
    assert silent(y, "tanh") == pytest.approx(4 / 6)  # 1 − tanh² is below 0.1 from 1.82 on
    assert silent(1.5 * y, "sigmoid") == pytest.approx(2 / 6)  # below 0.025 from 3.64 on


def test_a_traversal_adds_directions_and_codes() -> None:
    explorer = traversal()
    explorer.z, explorer.amounts = [1.0, 0.0, 0.0, 2.0], [0.5]

    assert explorer.code.tolist() == [1.5, 0.5, 0.5, 2.5]
    assert np.array_equal(explorer.image, explorer.eye.decode(explorer.code[None])[0, ..., 0])
    along = explorer.along(0)
    assert along[[0, 4, 8], 0].tolist() == [-2.0, 1.0, 4.0]
    explorer.terms = [3, 0, 1]
    assert explorer.sum_of_terms.tolist() == [-1.0, 1.0, 0.0, 1.0]
    assert np.array_equal(explorer.answer, explorer.seen(explorer.sum_of_terms))


def test_a_traversal_without_directions_takes_the_coordinates() -> None:
    explorer = TraversalExplorer(nn.Sequential(mlp(20, 784), nn.Tanh()), latent=20)

    assert explorer.names == [f"z{i}" for i in range(1, 17)]
    assert torch.equal(explorer.directions, torch.eye(20)[:16])
    with pytest.raises(ValueError, match="answer: expected codes to add, got none"):
        _ = explorer.answer


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("amounts", [1.0, 2.0], "amounts: expected 1 finite numbers"),
        ("active", 1, "active: expected an index below 1, got 1"),
        ("terms", [0, 1, 4], r"terms: expected 3 indices below 4, got \[0, 1, 4\]"),
        ("terms", [], "terms: expected 3 indices"),
        ("z", [0.0], "z: expected 4 finite numbers"),
    ],
)
def test_wrong_states_of_a_traversal_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        setattr(traversal(), name, value)


nan = torch.tensor([[0.0, float("nan")]] * 3)
tanh = nn.Sequential(nn.Linear(2, 784), nn.Tanh())
huge = nn.Sequential(conv_decoder(2, side=64, channels=3, width=48), nn.Sigmoid())
WRONG = {
    "points of one number": (
        lambda: LatentExplorer(decoder(), points=torch.zeros(3)),
        "points: exp",
    ),
    "one latent": (lambda: LatentExplorer(decoder(), points=torch.zeros(3, 1)), "two latents, got"),
    "no points": (
        lambda: LatentExplorer(decoder(), points=torch.zeros(0, 2)),
        "at least one value",
    ),
    "NaN": (lambda: LatentExplorer(decoder(), points=nan), "got 3 of 6 that are NaN"),
    "another latent": (lambda: LatentExplorer(decoder(), points=torch.zeros(3, 4)), "decoder: exp"),
    "labels": (
        lambda: LatentExplorer(decoder(), points=torch.zeros(3, 2), labels=torch.arange(4)),
        r"labels: expected shape \(3,\), got \(4,\)",
    ),
    "real labels": (
        lambda: LatentExplorer(decoder(), points=torch.zeros(3, 2), labels=[0.5, 1.0, 2.0]),
        "labels: expected integers from 0 on",
    ),
    "labels alone": (lambda: LatentExplorer(decoder(), labels=torch.arange(4)), "points with them"),
    "names": (
        lambda: LatentExplorer(
            decoder(), points=torch.zeros(3, 2), labels=torch.arange(3), names=["a"]
        ),
        "names: expected at least 3 names of classes, got 1",
    ),
    "bounds": (lambda: LatentExplorer(decoder(), bounds=(1, -1, 0, 1)), "bounds: expected left <"),
    "start": (lambda: LatentExplorer(decoder(), z=(1, 2, 3)), "z: expected 2 finite numbers"),
    "where": (lambda: LatentExplorer(decoder(), where="cloud"), "where: expected 'auto'"),
    "dtype": (lambda: LatentExplorer(decoder(), dtype=torch.int8), "dtype: expected torch.float16"),
    "no decoder": (lambda: LatentExplorer(3), "decoder: expected a module or function, got int"),
    "no image": (lambda: LatentExplorer(nn.Linear(2, 7)), r"shape: expected \(channel, height"),
    "two channels": (
        lambda: LatentExplorer(nn.Linear(2, 8), shape=(2, 2, 2)),
        "with 1 or 3 channels",
    ),
    "logits": (
        lambda: LatentExplorer(lambda z: torch.full((len(z), 784), -9.0)),
        r"got -9 to -9; a decoder of logits is shown as nn.Sequential\(decoder, nn.Sigmoid\(\)\)",
    ),
    "infinite image": (
        lambda: LatentExplorer(lambda z: torch.full((len(z), 784), torch.nan)),
        "expected finite images",
    ),
    "unknown layer": (
        lambda: LatentExplorer(nn.Sequential(nn.Linear(2, 9), nn.Softmax(1)), where="browser"),
        "decoder: Softmax has no form for the browser",
    ),
    "unknown setting": (
        lambda: LatentExplorer(
            nn.Sequential(
                nn.Linear(2, 16),
                nn.Unflatten(1, (4, 2, 2)),
                nn.Conv2d(4, 4, 1, groups=2),
                nn.Flatten(),
            ),
            where="browser",
        ),
        "groups and dilation must be 1",
    ),
    "function in the browser": (
        lambda: LatentExplorer(lambda z: torch.zeros(len(z), 784), where="browser"),
        "expected an nn.Sequential for the browser, got function",
    ),
    "too dear": (lambda: LatentExplorer(huge, where="browser"), "at most 30,000,000 multiply-adds"),
    "weights": (
        lambda: DensityExplorer(p=[(0.4, 0, 1), (0.4, 1, 1)]),
        "p: expected weights with sum",
    ),
    "three components": (lambda: DensityExplorer(q=[(1 / 3, 0, 1)] * 3), "q: expected one or two"),
    "no width": (lambda: DensityExplorer(q=[(1, 0, 0)]), "positive weights and scales"),
    "value without a game": (
        lambda: DensityExplorer(shade="value"),
        "shade: expected 'value' in a game only",
    ),
    "one held density": (
        lambda: setattr(DensityExplorer(game=True), "held", [[[1, 0, 1]]]),
        "held: expected two densities or none",
    ),
    "unknown measure": (lambda: DensityExplorer(shade="tv"), "shade: expected one of"),
    "interval": (lambda: DensityExplorer(bounds=(2, -2)), "bounds: expected low < high"),
    "uneven grid": (lambda: ElboExplorer(Z**3, Z**3), "z: expected an even, increasing grid"),
    "short grid": (lambda: ElboExplorer(Z[:9], Z[:9]), "z: expected 50 to 2,000 points, got 9"),
    "other grid": (lambda: ElboExplorer(Z[:99], Z), r"log_joint: expected shape \(n_x, 601\)"),
    "impossible z": (lambda: ElboExplorer(Z.log(), Z), "log_joint: expected finite numbers"),
    "sigma": (lambda: ElboExplorer(-Z.square(), Z, sigma=-1.0), "sigma: expected a positive"),
    "no such x": (lambda: ElboExplorer(-Z.square(), Z, x=3), "x: expected an index below 1, got 3"),
    "names of x": (lambda: ElboExplorer(-Z.square(), Z, names=["a", "b"]), "names: expected 1"),
    "one field": (lambda: FieldExplorer(lambda x: -x), "fields: expected a mapping"),
    "missing setting": (
        lambda: FieldExplorer(
            {(0, 0): torch.zeros(33, 33, 2)} | {(1, 1): torch.zeros(33, 33, 2)}, sliders=("a", "b")
        ),
        "expected every combination of settings, got none for",
    ),
    "field of rows": (
        lambda: FieldExplorer({1.0: lambda x: x[:, 0]}),
        r"\(1089, 2\), got \(1089,\)",
    ),
    "settings": (lambda: FieldExplorer({(1, 2): lambda x: x}), "fields: expected 1 finite numbers"),
    "activation": (lambda: DepthExplorer("GELU"), "activation: expected one of"),
    "gain": (lambda: DepthExplorer(gain=9.0), "gain: expected a number from 0.2 to 4, got 9"),
    "gain of nothing": (lambda: DepthExplorer(gain=math.nan), "gain: expected 1 finite numbers"),
    "depth": (lambda: DepthExplorer(depth=31), "depth: expected an integer from 2 to 30, got 31"),
    "layer": (lambda: DepthExplorer(layer=0), "layer: expected an integer from 1 to 30, got 0"),
    "seed": (lambda: DepthExplorer(seed=-1), "seed: expected an integer from 0 to 4294967295"),
    "no direction": (
        lambda: TraversalExplorer(tanh, directions={}),
        "directions: expected 1 to 16, got 0",
    ),
    "a direction of another length": (
        lambda: TraversalExplorer(tanh, directions={"a": torch.ones(2), "b": torch.ones(3)}),
        r"directions\['b'\]: expected shape \(2\), got \(3,\)",
    ),
    "two codes": (
        lambda: TraversalExplorer(tanh, codes=dict.fromkeys("ab", torch.ones(2))),
        "codes: expected at least 3 by name, got 2",
    ),
    "other terms": (
        lambda: TraversalExplorer(tanh, codes=dict.fromkeys("abc", torch.ones(2)), terms="abd"),
        "terms: expected 3 of",
    ),
    "no reach": (lambda: TraversalExplorer(tanh, reach=0.0), "reach: expected a positive number"),
    "no browser form": (
        lambda: TraversalExplorer(lambda z: torch.zeros(len(z), 784)),
        "expected an nn.Sequential for the browser, got function",
    ),
    "one decoder": (
        lambda: CompareExplorer({"AE": decoder()}),
        "expected two to four by name, got 1",
    ),
    "other data": (lambda: GanPlayground(data="spiral"), "data: expected one of"),
    "other objective": (
        lambda: GanPlayground(objective="hinge"),
        "objective: expected one of .* got 'hinge'",
    ),
    "k": (lambda: GanPlayground(k=0), "k: expected 1 to 10 steps, got 0"),
    "unrolling": (lambda: GanPlayground(unroll=6), "unroll: expected 0 to 5 steps, got 6"),
    "rate": (lambda: GanPlayground(rate_d=1.0), "rate_d: expected a rate from 0.0001 to 0.1, got"),
    "infinite rate": (lambda: GanPlayground(rate_g=math.inf), "rate_g: expected 1 finite numbers"),
    "seed of a game": (
        lambda: GanPlayground(seed=-1),
        r"seed: expected an integer in \[0, 2\*\*32\), got",
    ),
    "other names": (
        lambda: CompareExplorer(
            {"AE": decoder(), "VAE": decoder()}, points={"AE": torch.zeros(2, 2)}
        ),
        r"points: expected codes for \['AE', 'VAE'\], got \['AE'\]",
    ),
}


@pytest.fixture
def loose() -> Iterator[None]:
    """Switch the check of annotations off, to see what an explorer itself says."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("loose")
@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_raise_one_clear_line(name: str) -> None:
    make, message = WRONG[name]

    with pytest.raises(ValueError, match=message) as error:
        make()

    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 240


def test_cost_counts_multiply_adds() -> None:
    """By torch's own count of floating-point operations, two for each multiply-add."""
    from torch.utils.flop_counter import FlopCounterMode

    network = conv_decoder(2, side=64, channels=3)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 2))

    assert program(network, 2).cost == counter.get_total_flops() / 2 <= LIMIT


def test_import_and_use_warn_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        latent().to_html()
