"""The GAN in the page: its steps are torch's, and its buttons do what they say."""

import base64
import re
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from course_utils.evaluation import modes_covered
from course_utils.explorers import GanPlayground
from course_utils.explorers.page import joined
from course_utils.nn import mlp
from course_utils.recipes import playground as recipe

GET = "(name) => document.querySelector('.course-explorer').explorer.model.get(name)"
SET = "([k, v]) => document.querySelector('.course-explorer').explorer.model.set(k, v)"
CLIP, PENALTY, INNER = 0.1, 1.0, 0.3
OBJECTIVES = ("non-saturating", "saturating", "clipping", "penalty")
ROUNDS, ROWS = 5, 16

STEPS = """async ([source, settings, pair, batches]) => {
  const load = (text) => import("data:text/javascript;base64," + text);
  const { fromArray, Game, Matrix } = await load(source);
  const weights = [[2, 32, 32, 2], [2, 32, 32, 1]].map((sizes, i) =>
    fromArray(Float64Array.from(pair[i]), sizes));
  const game = new Game(...weights);
  const matrix = (rows) => new Matrix(rows.length, rows[0].length, Float64Array.from(rows.flat()));
  const losses = batches.map((batch, i) => {
    const given = Object.fromEntries(Object.entries(batch).map(([k, v]) => [k, matrix(v)]));
    return i % 2 ? game.stepG(settings, given) : game.stepD(settings, given);
  });
  const flat = (list) => list.flatMap(({ data }) => [...data]);
  return { losses, generator: flat(game.generator), discriminator: flat(game.discriminator) };
}"""


@pytest.fixture(scope="module")
def blank(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def source(name: str) -> str:
    """A module of the page with all that it imports; what those export is exported too."""
    text = joined(name) + "\nexport { Matrix };\n"
    return base64.b64encode(text.encode()).decode()


def loss_of_d(objective: str, critic: Callable, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    on_real, on_fake = critic(real), critic(fake)
    if objective in ("non-saturating", "saturating"):
        return F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
    loss = on_fake.mean() - on_real.mean()
    if objective == "clipping":
        return loss
    between = u * real + (1 - u) * fake
    if not between.requires_grad:
        between.requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return loss + PENALTY * (slope.norm(dim=1) - 1).square().mean()


def loss_of_g(objective: str, on_fake: Tensor) -> Tensor:
    if objective == "saturating":
        return -F.softplus(on_fake).mean()
    return F.softplus(-on_fake).mean() if objective == "non-saturating" else -on_fake.mean()


def by_torch(settings: dict, pair: tuple[nn.Module, nn.Module], batches: list[dict]) -> list[float]:
    """The same steps with autograd and torch's Adam; unrolled steps through functional calls."""
    generator, discriminator = pair
    objective = settings["objective"]
    adam_g = torch.optim.Adam(generator.parameters(), lr=settings["rate_g"], betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=settings["rate_d"], betas=(0.5, 0.999))
    losses = []
    for i, batch in enumerate(batches):
        real, z, u = batch["real"], batch["z"], batch["u"]
        adam_g.zero_grad()
        adam_d.zero_grad()
        if i % 2 == 0:
            loss = loss_of_d(objective, discriminator, real, generator(z).detach(), u)
            loss.backward()
            adam_d.step()
            if objective == "clipping":
                for parameter in discriminator.parameters():
                    parameter.data.clamp_(-CLIP, CLIP)
        else:
            fake = generator(z)
            phi = dict(discriminator.named_parameters())
            for _ in range(settings["unroll"]):
                inner = loss_of_d(
                    objective, lambda x, w=phi: functional_call(discriminator, w, x), real, fake, u
                )
                slopes = torch.autograd.grad(inner, list(phi.values()), create_graph=True)
                phi = {name: w - INNER * s for (name, w), s in zip(phi.items(), slopes)}
            loss = loss_of_g(objective, functional_call(discriminator, phi, fake))
            loss.backward()
            adam_g.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("unroll", [0, 1, 3])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_steps_in_the_page_are_those_of_torch(blank, objective: str, unroll: int) -> None:
    """Five steps of D and five of G from the same weights, data and noise: to 1e-6."""
    torch.manual_seed(0)
    pair = (
        mlp(2, 32, 32, 2, activation=nn.Tanh).double(),
        mlp(2, 32, 32, 1, activation=nn.Tanh).double(),
    )
    settings = {"objective": objective, "unroll": unroll, "rate_d": 0.004, "rate_g": 0.003}
    batches = [
        {
            "real": 2 * torch.randn(ROWS, 2).double(),
            "z": torch.randn(ROWS, 2).double(),
            "u": torch.rand(ROWS, 1).double(),
        }
        for _ in range(2 * ROUNDS)
    ]
    start = [nn.utils.parameters_to_vector(net.parameters()).tolist() for net in pair]
    given = [{name: value.tolist() for name, value in batch.items()} for batch in batches]

    found = blank.evaluate(STEPS, [source("gan"), settings, start, given])
    losses = by_torch(settings, pair, batches)

    assert found["losses"] == pytest.approx(losses, abs=1e-6)
    for net, before, name in zip(pair, start, ("generator", "discriminator")):
        after = nn.utils.parameters_to_vector(net.parameters()).tolist()
        assert found[name] == pytest.approx(after, abs=1e-6)
        assert max(abs(a - b) for a, b in zip(after, before)) > 5e-3


@pytest.mark.parametrize("name", recipe.SETS)
def test_page_draws_the_data_and_counts_the_modes_of_python(blank, name: str) -> None:
    found = blank.evaluate(
        """async ([source, name]) => {
          const { Chance, reached, TOYS } = await import("data:text/javascript;base64," + source);
          const { real, z } = new Chance(1).batch(TOYS[name], 4000);
          const few = z.data.slice(0, 1200);
          const { hit, near } = reached(TOYS[name], few);
          return { real: [...real.data], few: [...few], modes: TOYS[name].modes, hit, near };
        }""",
        [source("toys"), name],
    )
    centres, radius = recipe.centres(name)
    real, few = (torch.tensor(found[key]).reshape(-1, 2) for key in ("real", "few"))
    expected = recipe.points(name, 4000)

    assert torch.tensor(found["modes"]) == pytest.approx(centres, abs=1e-6)
    assert real.mean(dim=0) == pytest.approx(expected.mean(dim=0), abs=0.12)
    assert real.T.cov() == pytest.approx(expected.T.cov(), abs=0.12)
    assert torch.cdist(real, expected).min(dim=1).values.quantile(0.99) < 0.15
    count, near = modes_covered(few, centres, radius=radius)
    assert (sum(found["hit"]), found["near"]) == (count, pytest.approx(near))


def read(page) -> str:
    return page.locator(".read").inner_text()


def losses(page) -> list[float]:
    words = read(page).replace("−", "-")
    return [float(value) for value in re.findall(r"loss of [DG] (-?\d+\.\d+)", words)]


def cover(page) -> str:
    return re.search(r"\d+ of \d+ modes covered,\s+\d+ %", read(page)).group()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(80)


def test_page_and_python_start_with_the_same_samples(show) -> None:
    explorer = GanPlayground(data="grid", seed=3)
    page = show(explorer)

    modes, near = explorer.cover()

    assert f"{modes} of 25 modes covered" in read(page)
    assert f"{round(100 * near)} % of the samples" in read(page)


def test_buttons_make_one_step_of_one_player(show) -> None:
    page = show(GanPlayground(k=2))
    start, reached = losses(page), cover(page)
    assert "Next: D, step 1 of 2" in read(page)

    press(page, "D step")
    after_d = losses(page)
    assert "After 1 step:" in read(page)
    assert "D moved" in read(page)
    assert "Next: D, step 2 of 2" in read(page)
    assert after_d != start
    assert cover(page) == reached  # the samples stay where they are

    press(page, "G step")
    after_g = losses(page)
    assert "G moved" in read(page)
    assert after_g != after_d
    assert page.evaluate(GET, "steps") == 2

    press(page, "Start over")
    assert losses(page) == start
    press(page, "D step")
    press(page, "G step")
    assert losses(page) == after_g

    press(page, "Fresh weights")
    assert "After 0 steps" in read(page)
    assert losses(page) != start


def test_playing_moves_the_losses_and_pausing_stops(show) -> None:
    page = show(GanPlayground(), reduced_motion="reduce")
    start = read(page)
    page.wait_for_timeout(200)
    assert read(page) == start

    press(page, "Play")
    page.wait_for_function(
        "() => document.querySelector('.course-explorer').explorer.model.get('steps') > 20"
    )
    press(page, "Pause")
    stopped = read(page)
    assert losses(page) != re.findall(r"\d\.\d{3}", start)
    page.wait_for_timeout(300)
    assert read(page) == stopped
    assert page.evaluate(GET, "steps") > 20


def test_slow_mode_makes_one_step_at_a_time(show) -> None:
    page = show(GanPlayground(slow=True))

    press(page, "Play")
    page.wait_for_timeout(600)

    said = read(page)  # one text, so that the count and the mover belong together
    steps = int(re.search(r"After (\d+) step", said)[1])
    assert 1 <= steps <= 2
    assert ("D moved" if steps == 1 else "G moved") in said


def test_settings_can_be_chosen_and_keep_the_networks(show) -> None:
    page = show(GanPlayground())

    page.get_by_role("combobox", name="objective").select_option("penalty")
    page.get_by_role("slider", name="unrolled steps").fill("2")
    page.get_by_role("slider", name="learning rate of G").fill("-2")
    assert [page.evaluate(GET, name) for name in ("objective", "unroll", "rate_g")] == [
        "penalty",
        2,
        0.01,
    ]
    press(page, "G step")
    assert page.evaluate(GET, "steps") == 1
    assert "critic" in page.locator("figcaption").first.inner_text()

    page.get_by_role("combobox", name="data").select_option("moons")
    page.wait_for_timeout(80)
    assert "of 10 stretches" in read(page)
    page.evaluate(SET, ["data", "ring"])
    page.wait_for_timeout(80)
    assert "of 8 modes" in read(page)
