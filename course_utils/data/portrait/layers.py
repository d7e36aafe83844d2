"""A face from the background to the hat, layer by layer."""

from collections.abc import Callable
from types import SimpleNamespace

from torch import Tensor

from course_utils.data.portrait.drawing import along, mix
from course_utils.data.portrait.factors import NAMES
from course_utils.data.portrait.features import beard, brows, eyes, glasses, head, mouth, nose
from course_utils.data.portrait.outfit import (
    beanie,
    ears,
    hair_behind,
    hair_in_front,
    headscarf,
    neck,
    shoulders,
    sun_hat,
)
from course_utils.data.portrait.stage import BACK, WHITE, place, tint
from course_utils.types import Flat, Images

Layer = Callable[[Images, SimpleNamespace], None]


def draw(attributes: Flat) -> Images:
    """The faces of these factors, in [0, 1]: shape (n, 3, 64, 64)."""
    f = SimpleNamespace(
        **{name: column[:, None, None, None] for name, column in zip(NAMES, attributes.T)}
    )
    tint(f)
    place(f)
    image = background(f)
    shoulders(image, f)
    hair_behind(image, f)
    neck(image, f)
    ears(image, f)
    head(image, f)
    for_those(f.beard > 0, beard, image, f)
    mouth(image, f)
    nose(image, f)
    eyes(image, f)
    hair_in_front(image, f)
    brows(image, f)
    for_those(f.glasses > 0, glasses, image, f)
    for index, layer in enumerate((beanie, sun_hat, headscarf), start=1):
        for_those(f.hat == index, layer, image, f)

    return image


def for_those(chosen: Tensor, layer: Layer, image: Images, f: SimpleNamespace) -> None:
    """Draw a layer for the faces that have it, and spend no time on the others."""
    rows = chosen.flatten().nonzero().flatten()
    if len(rows) == 0:
        return

    theirs = {
        name: value[rows] if isinstance(value, Tensor) and len(value) == len(image) else value
        for name, value in vars(f).items()
    }
    part = image[rows]
    layer(part, SimpleNamespace(**theirs))
    image[rows] = part


def background(f: SimpleNamespace) -> Images:
    """A colour, lighter around the light and darker towards the floor."""
    tone = along(BACK, f.background)
    fade = (f.x * (f.light_x * -0.35) + f.y * 0.6) / 32
    shift = fade * f.backdrop * 0.22

    return mix(tone, WHITE, 0.12) * (1 - shift.clamp_min(0)) + shift.clamp_max(0).abs()
