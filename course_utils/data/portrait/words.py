"""What a drawn face shows, in words: labels that are 0 or 1, and a sentence."""

from collections.abc import Callable

import torch

from course_utils.data.portrait.factors import CHOICES, NAMES
from course_utils.types import Flat, Marks

Row = dict[str, float]
SKINS = ("fair", "light", "tan", "brown", "deep brown")
HUES = ("black", "dark brown", "brown", "auburn", "red", "sandy", "blond")
IRISES = ("dark", "brown", "hazel", "green", "blue", "grey")
WALLS = ("yellow", "peach", "pink", "mauve", "lavender", "blue", "mint", "green", "ivory", "grey")
CUTS = {
    "short": "short {} hair",
    "cropped": "cropped {} hair",
    "bald": "a bald head",
    "curly": "curly {} hair",
    "afro": "{a} {} afro",
    "bob": "{a} {} bob",
    "long": "long {} hair",
    "wavy": "long wavy {} hair",
    "bun": "{a} {} bun",
    "puffs": "{} hair in two puffs",
}
BEARDS = ("", "stubble", "a moustache", "a goatee", "a full beard")
GLASSES = ("", "round glasses", "square glasses", "dark glasses")
HATS = ("", "a beanie", "a sun hat", "a headscarf")
CLOTHES = ("a round-necked shirt", "a V-necked shirt", "a striped shirt", "a turtleneck")

LABELS: dict[str, Callable[[Row], bool]] = {  # named as CelebA names them
    "Smiling": lambda f: f["mouth_curve"] > 0.2,
    "Mouth_Slightly_Open": lambda f: f["mouth_open"] > 0.15,
    "Eyeglasses": lambda f: f["glasses"] > 0,
    "Wearing_Hat": lambda f: f["hat"] > 0,
    "Wearing_Earrings": lambda f: f["earrings"] > 0,
    "Wearing_Lipstick": lambda f: f["lips"] > 0.6,
    "Bald": lambda f: shows_hair(f) and style(f) == "bald",
    "Straight_Hair": lambda f: shows_hair(f) and style(f) in ("bob", "long"),
    "Wavy_Hair": lambda f: shows_hair(f) and style(f) in ("curly", "wavy"),
    "Black_Hair": lambda f: hue(f) == "black",
    "Brown_Hair": lambda f: hue(f) in ("dark brown", "brown", "auburn"),
    "Blond_Hair": lambda f: hue(f) in ("sandy", "blond"),
    "Gray_Hair": lambda f: hue(f) == "grey",
    "No_Beard": lambda f: f["beard"] == 0,
    "5_o_Clock_Shadow": lambda f: f["beard"] == 1,
    "Mustache": lambda f: f["beard"] in (2, 3),
    "Goatee": lambda f: f["beard"] == 3,
    "Bushy_Eyebrows": lambda f: f["brow_weight"] > 0.75,
    "Rosy_Cheeks": lambda f: f["blush"] > 0.7,
}


def style(f: Row) -> str:
    """The name of the hair style."""
    return CHOICES["hair_style"][round(f["hair_style"])]


def shows_hair(f: Row) -> bool:
    """Whether the top of the head is bare of hats."""
    return f["hat"] == 0


def hue(f: Row) -> str:
    """The colour of the hair that can be seen, or nothing."""
    if f["hat"] == 3 or style(f) == "bald":
        return ""

    return "grey" if f["grey"] > 0.5 else nearest(HUES, f["hair_colour"])


def nearest(words: tuple[str, ...], place: float) -> str:
    """The word for a place from 0 to 1 along a palette."""
    return words[round(place * (len(words) - 1))]


def rows(attributes: Flat) -> list[Row]:
    """Each face's factors by name, choices rounded to one of them."""
    return [
        {name: round(value) if name in CHOICES else value for name, value in zip(NAMES, row)}
        for row in attributes.tolist()
    ]


def labels(attributes: Flat) -> Marks:
    """What is to be seen, 0 or 1, one column for each of `LABELS`: thresholds of the factors."""
    table = [[float(rule(row)) for rule in LABELS.values()] for row in rows(attributes)]

    return torch.tensor(table, dtype=torch.float32).reshape(len(table), len(LABELS))


def captions(attributes: Flat) -> tuple[str, ...]:
    """One sentence for each face: always mood, hair, beard, glasses and hat, and a few details."""
    return tuple(sentence(row) for row in rows(attributes))


def sentence(f: Row) -> str:
    """One face in words; which details and which turn of phrase depends on the face alone."""
    form = int(f["background"] * 1e4)
    worn = [GLASSES[f["glasses"]], HATS[f["hat"]]]
    traits = [hair(f), BEARDS[f["beard"]]]
    if form % 3 == 0:
        traits.append(f"{nearest(SKINS, f['skin'])} skin")
    if form % 4 == 1 and f["glasses"] != 3 and f["eye_open"] > 0.3:
        traits.append(f"{nearest(IRISES, f['eye_colour'])} eyes")
    if f["freckles"] > 0.4:
        traits.append("freckles")
    if f["earrings"]:
        worn.append(("", "small earrings", "hoop earrings")[f["earrings"]])
    if form % 5 == 2:
        worn.append(CLOTHES[f["clothing"]])
    having, wearing = listed(traits), listed(worn)

    tail = ", ".join(filter(None, [wearing and f"wearing {wearing}", look(f)]))
    if form % 4 == 3:
        tail += f"{', ' if tail else ''}in front of {article(nearest(WALLS, f['background']))} wall"
    mood = expression(f)
    start = f"{article(mood)} {('face', 'person', 'portrait')[form // 7 % 3]}"
    if start.endswith("portrait"):
        start = f"a portrait of {article(mood)} person"
    parts = [f"{start} with {having}" if having else start, tail]

    return ", ".join(filter(None, parts))


def expression(f: Row) -> str:
    """The mood, from the mouth."""
    smiles, opened = f["mouth_curve"] > 0.2, f["mouth_open"] > 0.15
    if smiles:
        return "laughing" if f["mouth_open"] > 0.6 else "smiling"
    if opened:
        return "surprised" if f["mouth_open"] > 0.6 else "talking"

    return "frowning" if f["mouth_curve"] < -0.25 else "calm"


def hair(f: Row) -> str:
    """The hair, as far as a hat leaves it to be seen."""
    if f["hat"] == 3 or (f["hat"] and style(f) == "bald"):
        return ""
    if f["hat"] and style(f) in ("bun", "puffs"):
        return f"{hue(f)} hair"

    return CUTS[style(f)].replace("{a}", article(hue(f)).split()[0]).replace("{}", hue(f))


def look(f: Row) -> str:
    """Where the face looks, if not straight ahead."""
    if f["eye_open"] < 0.15:
        return "with closed eyes"
    if f["glasses"] != 3 and max(abs(f["gaze_x"]), abs(f["gaze_y"])) > 0.45:
        if abs(f["gaze_x"]) >= abs(f["gaze_y"]):
            return f"looking {'left' if f['gaze_x'] < 0 else 'right'}"
        return f"looking {'up' if f['gaze_y'] < 0 else 'down'}"
    if abs(f["turn"]) > 0.4:
        return f"turned to the {'left' if f['turn'] < 0 else 'right'}"

    return ""


def article(words: str) -> str:
    """The words after 'a' or 'an'.

    Example:
        >>> article("auburn bob"), article("smiling")
        ('an auburn bob', 'a smiling')
    """
    return f"{'an' if words[:1] in 'aeiou' and words else 'a'} {words}"


def listed(words: list[str]) -> str:
    """The words that are not empty, as a list.

    Example:
        >>> listed(["red hair", "", "freckles", "a beard"])
        'red hair, freckles and a beard'
    """
    *first, last = [word for word in words if word] or [""]

    return f"{', '.join(first)} and {last}" if first else last
