"""Where a face stands and what it is painted with: frames, windows, palettes.

Everything is measured in units from the middle of the picture, x to the right and y down. The
head has its own frame: tilted about the neck, and with the features moved by the turn, most in
the middle and not at all at the outline, which is how a ball looks that turns.
"""

import math
from types import SimpleNamespace

import torch

from course_utils.data.portrait.drawing import SIDE, UNIT, along, colours, mix, window
from course_utils.data.portrait.factors import STYLES

SKIN = colours("fbe3d4 f6d0b5 ebb792 d69c70 b57a50 8d5836 683e27 4a2b1c")
HAIR = colours("1d1a1c 35241e 573524 7d4526 a8502a c98a45 e8c677")
EYES = colours("3a2316 6b4020 8a6a2f 5c7f48 4a86b0 8397a3")
FRAMES = colours("22242b 6b3d23 a83238 1f6d73 c79a45")
CLOTH = colours(
    "2f3e5c 4a6fa5 6fa8a0 3e7d5a 8fae5d e0b64c e08a4c c9553f 96344b 7a4d7e f0e6d6 4b4b55"
)
BACK = colours("f3d9a4 f2b99b e9a3a1 c9a4c7 9fa9d6 9cc9e0 a3d4c4 bcd49a e3dfd0 c8ccd4")
SILVER, RED, DARK, WHITE = colours("c9c9cc b3263a 2a1512 fffdf8")[:, :, None, None]
MOUTH, TONGUE, BLUSH = colours("5c1620 cf6068 e2574c")[:, :, None, None]
STRAW, STRAW_DARK, GOLD = colours("edd9a3 c9a866 e7c15a")[:, :, None, None]

# width and height over the skull, where it begins to fall straight and how far, height of its
# end, where it is cut, curls, waves, half-width of the face's opening, hairline, bun, its place
CUTS = {
    "short": (1.6, 3.4, -2, 0, 14, 0.0, 0.0, 0.0, 1.02, -11.0, 0.0, 0, 0),
    "cropped": (0.5, 1.0, -2, 0, 14, -1.0, 0.0, 0.0, 1.00, -11.5, 0.0, 0, 0),
    "bald": (0.5, 1.0, -2, 0, 14, -1.0, 0.0, 0.0, 1.00, -11.5, 0.0, 0, 0),
    "curly": (3.0, 4.5, -3, 2, 14, 4.0, 1.1, 0.0, 0.98, -9.0, 0.0, 0, 0),
    "afro": (7.5, 6.0, -2, 2, 17, 12.0, 0.6, 0.0, 0.98, -11.0, 0.0, 0, 0),
    "bob": (3.2, 3.6, -3, 14, 5, 60.0, 0.0, 0.0, 0.86, -9.5, 0.0, 0, 0),
    "long": (2.8, 3.4, -3, 40, 6, 60.0, 0.0, 0.0, 0.87, -11.0, 0.0, 0, 0),
    "wavy": (4.2, 4.0, -3, 40, 6, 60.0, 0.5, 1.2, 0.86, -10.0, 0.0, 0, 0),
    "bun": (0.9, 1.8, -2, 0, 14, 1.0, 0.0, 0.0, 0.99, -11.5, 5.2, 0, -23.5),
    "puffs": (0.9, 1.8, -2, 0, 14, 1.0, 0.0, 0.0, 0.99, -11.5, 6.2, 14, -16),
}
STYLE = torch.tensor([CUTS[name] for name in STYLES], dtype=torch.float32)
SHAPE = (
    *("over", "top", "fall", "length", "end", "side", "curl", "wave", "opening", "line"),
    *("bun", "bun_x", "bun_y"),
)
HEAD, EYE, MIDDLE = window(4, 60, 4, 60), window(16, 44, 8, 56), window(28, 58, 10, 54)
SKULL = 18.0  # from the middle of the head to its top


def tint(f: SimpleNamespace) -> None:
    """Choose the colours."""
    f.skin_tint = along(SKIN, f.skin)
    f.shade_tint = f.skin_tint * colours("c99a92")[:, :, None, None]
    f.hair_tint = mix(along(HAIR, f.hair_colour), SILVER, 0.85 * f.grey)
    f.hair_dark, f.hair_light = f.hair_tint * 0.68, mix(f.hair_tint, WHITE, 0.22)
    f.cloth_tint = along(CLOTH, f.cloth_colour)
    f.cloth_dark = f.cloth_tint * 0.78
    f.frame_tint = along(FRAMES, f.frame_colour)
    natural = mix(f.skin_tint * colours("d9857f")[:, :, None, None], BLUSH, 0.2)
    f.lip_tint = mix(natural, RED, f.lips * 0.9)


def place(f: SimpleNamespace) -> None:
    """Set up the frames: the picture's (x, y), the head's (u, v), the features' (p, v)."""
    line = (torch.arange(SIDE, dtype=torch.float32) + 0.5 - SIDE / 2) / UNIT
    f.x, f.y = line[None, None, None, :], line[None, None, :, None]
    angle = (f.tilt * (9 * math.pi / 180)).double()
    cos, sin = angle.cos().float(), angle.sin().float()
    f.u = f.x * cos + (f.y - 18) * sin
    f.v = (f.y - 18) * cos - f.x * sin + 18

    f.wide = 14.3 + 1.3 * f.face_width
    f.chin = 18.5 + 2.1 * f.face_length
    ball = (1 - (f.u / 17).square_()).clamp_min_(0)
    f.p = f.u - 4.2 * f.turn * ball
    f.nose_p = f.p - 1.6 * f.turn * ball
    f.apart = 6.9 + 0.7 * f.eye_spacing
    f.eye_y = -0.5
    style = STYLE[f.hair_style.flatten().long()]
    for name, column in zip(SHAPE, style.T):
        setattr(f, name, column[:, None, None, None])
