"""What surrounds a face: clothes, neck, ears, hair and hats."""

from types import SimpleNamespace

import torch
from torch import Tensor

from course_utils.data.portrait.drawing import (
    block,
    covered,
    cut,
    disc,
    glow,
    mix,
    oval,
    paint,
    smooth,
    window,
)
from course_utils.data.portrait.stage import GOLD, HEAD, SKULL, STRAW, STRAW_DARK, WHITE
from course_utils.types import Images


def shoulders(image: Images, f: SimpleNamespace) -> None:
    """Clothes, shaded away from the light."""
    where = window(44, 64, 0, 64)
    x, y = f.x, f.y[:, :, 44:]
    square = (x / 27).square_()
    body = covered(((square * square) + ((y - 38) / 16).square() - 1) * 8)
    paint(image, body, f.cloth_tint, where)
    shade = smooth(-10, 34, y * 0.6 - x * f.light_x) * (0.35 + 0.5 * f.light)
    paint(image, body * shade, f.cloth_dark, where)
    stripe = covered(((y + 1.2) / 5 - ((y + 1.2) / 5).floor() - 0.5).abs() * 5 - 1.2)
    light = mix(f.cloth_tint, WHITE, 0.75)
    paint(image, body * stripe * (f.clothing == 2), light, where)


def hair_behind(image: Images, f: SimpleNamespace) -> None:
    """All the hair there is; the head then covers its part."""
    x, y = f.x.double(), f.y.double()
    bumps = ((x * 0.95).cos() * (y * 0.95).cos()).float()
    waves = (y * 0.5).sin().float()
    cap = (f.hat == 1) | (f.hat == 2)
    over, top = f.over, torch.where(cap, f.top.clamp_max(2.0), f.top)
    v = f.v - f.fall
    height = torch.where(v < 0, SKULL + top + f.fall, f.end)
    v = v - torch.minimum(v.clamp_min(0), f.length)
    outline = oval(f.u + 0.8 * f.turn, v, f.wide + over, height)
    outline = outline - f.curl * bumps - f.wave * waves
    f.hair = torch.minimum(covered(outline), covered(f.v - f.side))
    f.hair = f.hair * ((f.hair_style != 2) & (f.hat != 3))
    f.hair = torch.where(cap, f.hair * covered(-8 - f.v), f.hair)
    bun = disc((f.u + 0.8 * f.turn).abs() - f.bun_x, f.v - f.bun_y, f.bun)
    bun = covered(bun - 0.5 * bumps * (f.hair_style == 9)) * ((f.bun > 0) & (f.hat == 0))

    paint(image, torch.maximum(f.hair, bun), f.hair_dark)
    shine = smooth(6, -10, f.v - f.bun_y + f.u * f.light_x * -0.5)
    paint(image, bun * shine, f.hair_tint)


def neck(image: Images, f: SimpleNamespace) -> None:
    """Neck and neckline, in the shade of the chin."""
    where = window(36, 64, 8, 56)
    x, y = f.x[..., 8:56], f.y[:, :, 36:]
    narrow = 5.6 + 0.5 * f.face_width
    column = covered(x.abs() - narrow - (y - 20).clamp_min(0).square() * 0.09)
    column = column * covered(y - 24)
    round_neck = covered(oval(x, y - 21, 9.0, 4.6))
    v_neck = covered((x.abs() * 1.25 + y - 32) * 0.62) * covered(20.5 - y) * covered(x.abs() - 9.5)
    opening = torch.where(f.clothing == 1, v_neck, round_neck)
    skin = torch.maximum(column * covered(y - 22), opening)
    paint(image, skin, mix(f.skin_tint, f.shade_tint, 0.3), where)
    shadow = smooth(7.5, 0.5, y - f.chin + 0.035 * x * x)
    paint(image, skin * shadow, f.shade_tint, where)
    collar = block(x, y - 22, narrow + 1.4, 4.6, 1.5)
    high = covered(collar) * (f.clothing == 3)
    paint(image, high, mix(f.cloth_tint, f.cloth_dark, 0.5), where)
    paint(image, high * smooth(3, -2, y - 19), f.cloth_dark, where)


def ears(image: Images, f: SimpleNamespace) -> None:
    """Ears, which turn the other way than the face, and earrings."""
    u, v, where = cut(f.u, HEAD), cut(f.v, HEAD), HEAD
    out = (u + 2.4 * f.turn).abs() - f.wide
    ear = covered(oval(out - 0.2, v - 1.5, 2.9, 4.2))
    paint(image, ear, mix(f.skin_tint, f.shade_tint, 0.25), where)
    paint(image, 0.8 * covered(oval(out - 0.5, v - 1.7, 1.4, 2.5)), f.shade_tint, where)
    stud = covered(disc(out - 0.9, v - 6.4, 1.0)) * (f.earrings == 1)
    hoop = covered(disc(out - 0.8, v - 8.4, 2.3).abs() - 0.55) * (f.earrings == 2)
    f.jewel = torch.maximum(stud, hoop) * (f.hat != 3)
    paint(image, f.jewel, GOLD, where)


def hair_in_front(image: Images, f: SimpleNamespace) -> None:
    """The hair again, with an opening for the face."""
    p, v = cut(f.p, HEAD), cut(f.v, HEAD)
    hair, x, y = cut(f.hair, HEAD), f.x[..., 4:60].double(), f.y[:, :, 4:60].double()
    bumps = ((x * 0.95 + 1.5).cos() * (y * 0.95).cos()).float() * f.curl
    line = f.line + 5.2 * (f.fringe - 0.35) * ((f.curl < 0.6) & (f.top > 1.0))
    rise = 5.0 - line
    fall = (v - 5.0 + f.parting * p * 0.28).clamp_max_(0)
    opening = oval(p - f.parting * 0.8, fall, f.wide * f.opening, rise) + 0.7 * bumps
    front = hair * covered(-opening)
    shine = smooth(4, -20, v - p * f.light_x * 0.45)
    paint(image, front, f.hair_dark, HEAD)
    paint(image, front * shine, f.hair_tint, HEAD)
    strand = 7 * (p - 4 * f.parting) / (v + 34)
    strand = (strand - strand.floor() - 0.5).abs() * 2
    paint(image, front * strand * (0.26 - 0.2 * f.curl), f.hair_dark, HEAD)
    ring = disc(p - f.light_x * 5, v - 2, 0) - 15.5
    ring = glow(ring, p - f.light_x * 6, 1.7, 9.0) * smooth(-4, -9, v)
    paint(image, front * ring * (0.35 + 0.5 * f.light), f.hair_light, HEAD)
    paint(image, f.jewel, GOLD, HEAD)


def hat_frame(f: SimpleNamespace) -> tuple[Tensor, Tensor, Tensor]:
    """Positions in the frame of a hat, which turns less than the face, and the light on it."""
    u, v = f.u + 0.6 * f.turn, f.v

    return u, v, smooth(0.9, -0.7, v * 0.02 - u * f.light_x * 0.03 + 0.3)


def beanie(image: Images, f: SimpleNamespace) -> None:
    """A knitted cap with a band and a pompom, in the colour of the clothes."""
    u, v, shine = hat_frame(f)
    light = mix(f.cloth_tint, WHITE, 0.15)
    rim = v + 8 + 0.008 * u * u
    crown = covered(oval(u, v + 6, f.wide + 2.6, 17.0)) * covered(rim)
    crown = torch.maximum(crown, covered(disc(u, v + 24.0, 4.0)))
    paint(image, crown, f.cloth_dark)
    paint(image, crown * shine, light)
    band = covered(block(u, rim + 1.2, f.wide + 2.4, 2.9, 1.8))
    paint(image, band, mix(f.cloth_dark, light, 0.45))


def sun_hat(image: Images, f: SimpleNamespace) -> None:
    """A straw hat with a ribbon in the colour of the clothes."""
    u, v, shine = hat_frame(f)
    crown = covered(oval(u, v + 7, f.wide + 0.6, 15.0)) * covered(v + 7)
    brim = covered(oval(u, v + 8.5, 26.0, 4.4))
    paint(image, crown, STRAW_DARK)
    paint(image, crown * shine, STRAW)
    paint(image, crown * covered((v + 12).abs() - 2.4), f.cloth_tint)
    paint(image, brim, mix(STRAW_DARK, STRAW, 0.6))
    paint(image, brim * covered(v + 9.0) * shine, STRAW)


def headscarf(image: Images, f: SimpleNamespace) -> None:
    """A headscarf with one fold around the face, in the colour of the clothes."""
    u, v, shine = hat_frame(f)
    outer = covered(oval(u, v - (v - 2).clamp(0, 9) + 1, f.wide + 4.0, 22.0))
    drape = covered(oval(f.x, f.y - 30, 17.0, 13.0))
    down = v - 1.5
    opening = oval(f.p, down, f.wide * 0.90, torch.where(down < 0, 12.0, f.chin - 2.4))
    cloth = torch.maximum(outer, drape) * covered(-opening)
    paint(image, cloth, f.cloth_dark)
    paint(image, cloth * shine, mix(f.cloth_tint, WHITE, 0.15))
    paint(image, cloth * covered((opening - 2.2).abs() - 0.5) * 0.6, f.cloth_dark)
