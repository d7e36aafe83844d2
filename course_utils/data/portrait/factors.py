"""What a drawn face is made of: its factors, their ranges, and how faces are drawn at random."""

from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.types import Flat


class Factor(NamedTuple):
    """A number that the picture follows: from `low` to `high`, or the index of a choice."""

    name: str
    low: float
    high: float
    usual: float
    meaning: str
    choices: tuple[str, ...] = ()


def choice(name: str, *choices: str) -> Factor:
    """A factor that is one of some choices, by index; the first is the usual one."""
    return Factor(name, 0, len(choices) - 1, 0, " | ".join(choices), choices)


STYLES = ("short", "cropped", "bald", "curly", "afro", "bob", "long", "wavy", "bun", "puffs")
FACTORS = (
    Factor("skin", 0, 1, 0.35, "skin tone, light to deep"),
    Factor("face_width", -1, 1, 0, "narrow to wide"),
    Factor("face_length", -1, 1, 0, "short to long, at the chin"),
    Factor("jaw", -1, 1, 0, "pointed to square"),
    choice("hair_style", *STYLES),
    Factor("hair_colour", 0, 1, 0.3, "black, brown, chestnut, red, blond"),
    Factor("grey", 0, 1, 0, "share of silver in hair, brows and beard"),
    Factor("fringe", 0, 1, 0.3, "hairline, high to low"),
    Factor("parting", -1, 1, 0.4, "side to which the hair falls, left to right"),
    Factor("eye_size", 0, 1, 0.5, "small to large"),
    Factor("eye_open", 0, 1, 0.75, "closed to wide"),
    Factor("eye_colour", 0, 1, 0.1, "dark brown, brown, hazel, green, blue, grey"),
    Factor("eye_spacing", -1, 1, 0, "close to far apart"),
    Factor("gaze_x", -1, 1, 0, "left to right, as you see it"),
    Factor("gaze_y", -1, 1, 0, "up to down"),
    Factor("brow_height", -1, 1, 0, "low to raised"),
    Factor("brow_angle", -1, 1, 0, "worried to stern"),
    Factor("brow_weight", 0, 1, 0.4, "fine to bushy"),
    Factor("nose_width", 0, 1, 0.4, "narrow to wide"),
    Factor("nose_length", 0, 1, 0.5, "short to long"),
    Factor("mouth_curve", -1, 1, 0.3, "frown to smile"),
    Factor("mouth_open", 0, 1, 0, "closed to open, with teeth"),
    Factor("mouth_width", 0, 1, 0.5, "narrow to wide"),
    Factor("lips", 0, 1, 0.2, "natural to painted red"),
    Factor("blush", 0, 1, 0.4, "pale to rosy cheeks"),
    Factor("freckles", 0, 1, 0, "none to many seen"),
    choice("glasses", "none", "round", "square", "dark"),
    Factor("frame_colour", 0, 1, 0.1, "black, tortoiseshell, red, teal, gold"),
    choice("beard", "none", "stubble", "moustache", "goatee", "full"),
    choice("hat", "none", "beanie", "sun hat", "headscarf"),
    choice("earrings", "none", "studs", "hoops"),
    choice("clothing", "round neck", "V-neck", "stripes", "turtleneck"),
    Factor("cloth_colour", 0, 1, 0.1, "along a palette of twelve"),
    Factor("turn", -1, 1, 0, "head turned 25 degrees to the left ... right, as you see it"),
    Factor("tilt", -1, 1, 0, "head leaning 9 degrees to the left ... right"),
    Factor("light_x", -1, 1, -0.4, "light from the left ... right"),
    Factor("light", 0, 1, 0.6, "flat to strong light and shade"),
    Factor("background", 0, 1, 0.4, "along a palette of ten"),
    Factor("backdrop", 0, 1, 0.5, "plain to graded background"),
)
NAMES = tuple(factor.name for factor in FACTORS)
CHOICES = {factor.name: factor.choices for factor in FACTORS if factor.choices}
SIGNED = ("parting", "gaze_x", "turn", "tilt", "light_x")  # change sign in the mirror

# Chances of each choice, for the two halves of faces: beards are in the first, painted lips in
# the second. Hair in the order of STYLES.
HAIR = torch.tensor(
    [
        [0.30, 0.22, 0.12, 0.14, 0.07, 0.01, 0.05, 0.03, 0.05, 0.01],
        [0.06, 0.03, 0.01, 0.10, 0.12, 0.17, 0.17, 0.15, 0.11, 0.08],
    ]
)
HATS = torch.tensor([[0.84, 0.13, 0.03, 0.00], [0.81, 0.07, 0.06, 0.06]])
GLASSES, BEARDS = (0.66, 0.13, 0.15, 0.06), (0.45, 0.15, 0.10, 0.10, 0.20)
EARRINGS, CLOTHES = (0.30, 0.35, 0.35), (0.32, 0.25, 0.23, 0.20)


def usual(n: int = 1) -> Flat:
    """`n` rows of the same usual face, to change one factor at a time."""
    return torch.tensor([[float(factor.usual) for factor in FACTORS]]).repeat(n, 1)


def sample_attributes(n: int, seed: int = 0) -> Flat:
    """Factors of `n` random faces, one a row: shape (n, 39), columns as in `FACTORS`.

    The first rows do not depend on how many follow. Most factors are independent; hair and eyes
    go darker with the skin, grey hair comes with age, beards and painted lips exclude each other,
    and a mouth either smiles (curve above 0.35) or does not (below 0.1).

    Raises:
        ValueError: `n` is negative, or one of the two no whole number.
    """
    for name, value, low in (("n", n, 0), ("seed", seed, None)):
        if isinstance(value, bool) or not isinstance(value, int) or (low == 0 and value < 0):
            more = ", 0 or more" if low == 0 else ""
            raise ValueError(f"{name}: expected a whole number{more}, got {value!r}")

    generator = torch.Generator().manual_seed(seed)
    u = torch.rand(n, len(FACTORS) + 6, generator=generator)
    raw = dict(zip(NAMES, u.unbind(1)))
    half, age, spirit, nap, speech, jewel = u[:, len(FACTORS) :].unbind(1)
    f = {
        factor.name: factor.low + (factor.high - factor.low) * raw[factor.name]
        for factor in FACTORS
    }

    second, smiles = half >= 0.5, spirit < 0.55
    deep = ((f["skin"] - 0.3) / 0.3).clamp(0, 1)
    f["hair_style"] = pick(raw["hair_style"], HAIR[second.long()])
    f["hair_colour"] = raw["hair_colour"] * (1 - deep) + 0.4 * deep * raw["hair_colour"].square()
    f["grey"] = ((age - 0.82) / 0.1).clamp(0, 1) * (0.5 + 0.5 * raw["grey"])
    f["eye_colour"] = raw["eye_colour"] * (1 - 0.7 * deep)
    f["eye_open"] = (0.6 + 0.4 * raw["eye_open"]) * (nap >= 0.04)
    for name in ("gaze_x", "gaze_y", "turn", "tilt", "brow_angle", "brow_height"):
        f[name] = f[name] * f[name].abs().sqrt()  # the ends are rare

    smile, rest = 0.35 + 0.65 * raw["mouth_curve"], 0.1 - 0.65 * raw["mouth_curve"].square()
    f["mouth_curve"] = torch.where(smiles, smile, rest)
    speaks = speech < torch.where(smiles, 0.55, 0.2)
    f["mouth_open"] = (0.3 + 0.7 * raw["mouth_open"]) * speaks
    f["brow_angle"] = (f["brow_angle"] * 0.8 - 0.2 * smiles).clamp(-1, 1)
    f["lips"] = torch.where(second, raw["lips"], 0.25 * raw["lips"])
    f["freckles"] = (1 - 5 * raw["freckles"]).clamp_min(0) * (1 - deep)

    f["glasses"] = pick(raw["glasses"], GLASSES)
    f["beard"] = pick(raw["beard"], BEARDS) * ~second
    f["hat"] = pick(raw["hat"], HATS[second.long()])
    f["earrings"] = pick(raw["earrings"], EARRINGS) * (second | (jewel < 0.1)) * (f["hat"] < 3)
    f["clothing"] = pick(raw["clothing"], CLOTHES)

    return torch.stack([f[name] for name in NAMES], dim=1)


def pick(u: Tensor, chances: Tensor | tuple[float, ...]) -> Tensor:
    """The index of the choice whose interval of probability holds u, uniform in [0, 1)."""
    edges = torch.as_tensor(chances).cumsum(-1)[..., :-1]

    return (u[:, None] >= edges).sum(dim=1).float()
