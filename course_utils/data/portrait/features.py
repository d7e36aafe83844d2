"""The face itself: head, eyes, nose, mouth, beard and glasses, in the order they are painted."""

from types import SimpleNamespace

import torch
from torch import Tensor

from course_utils.data.portrait.drawing import (
    along,
    block,
    covered,
    cut,
    disc,
    glow,
    mix,
    oval,
    paint,
    smooth,
)
from course_utils.data.portrait.stage import (
    BLUSH,
    DARK,
    EYE,
    EYES,
    HEAD,
    MIDDLE,
    MOUTH,
    SKULL,
    TONGUE,
    WHITE,
)
from course_utils.types import Images


def skull(f: SimpleNamespace, grow: float | Tensor = 0.0) -> Tensor:
    """Signed distance to the outline of the head, in its window."""
    u, v = cut(f.u, HEAD), cut(f.v, HEAD)
    down = (v / f.chin).clamp_(0, 1)
    wide = f.wide * (1 + (0.03 + 0.14 * f.jaw) * down - (0.06 + 0.06 * f.jaw) * down * down)
    height = torch.where(v < 0, SKULL, f.chin)

    return oval(u, v, wide + grow, height + grow)


def head(image: Images, f: SimpleNamespace) -> None:
    """The face itself: light on one side, shade on the other, and cheeks."""
    u, v, p = cut(f.u, HEAD), cut(f.v, HEAD), cut(f.p, HEAD)
    f.face = covered(skull(f))
    paint(image, f.face, mix(f.skin_tint, WHITE, 0.10 * f.light), HEAD)
    shade = smooth(-0.3, 1.25, v * 0.028 - u * f.light_x * 0.068 + 0.12) * (0.25 + 0.75 * f.light)
    paint(image, f.face * shade, f.shade_tint, HEAD)

    cheek = glow(p.abs() - 9, v - 6.2 + 0.8 * f.mouth_curve, 5.2, 4.0)
    paint(image, f.face * cheek * (0.10 + 0.42 * f.blush), mix(f.skin_tint, BLUSH, 0.6), HEAD)
    spots = torch.zeros_like(u)
    for spot_x, spot_y in ((6.0, 5.2), (8.6, 4.4), (9.6, 6.8), (7.2, 7.6), (3.3, 4.6)):
        spots = torch.maximum(spots, covered(disc(p.abs() - spot_x, v - spot_y, 0.35)))
    paint(image, spots * f.freckles * 0.75, f.shade_tint * 0.85, HEAD)


def beard(image: Images, f: SimpleNamespace) -> None:
    """Stubble, moustache, goatee or a full beard."""
    u, v, p = cut(f.u, HEAD), cut(f.v, HEAD), cut(f.p, HEAD)
    across = (p / f.wide).square_()
    full, stubble = f.beard == 4, f.beard == 1
    outer = torch.where(full, covered(skull(f, 1.3)), f.face)
    cheeks = outer * smooth(-1.0, 1.0, v - 9.2 + across + 9.0 * across * across) * (full | stubble)
    small = covered(oval(p, v - 15.0, 5.9, 5.6)) * covered(8.6 - v) * (f.beard == 3)
    curve = v - 8.4 - 0.05 * p * p
    lip = covered(curve.abs() - 1.5 + 0.016 * p * p) * covered(p.abs() - 6.0)
    lip = lip * ((f.beard == 2) | (f.beard == 3))
    strength = torch.where(stubble, 0.26, 0.95)
    paint(image, cheeks * strength, mix(f.hair_dark, f.hair_tint, 0.4), HEAD)
    shine = smooth(16, 8, v + u * f.light_x * -0.3) * cheeks * full
    paint(image, shine * 0.6, f.hair_tint, HEAD)
    paint(image, torch.maximum(small * f.face, lip), mix(f.hair_dark, f.hair_tint, 0.4), HEAD)


def mouth(image: Images, f: SimpleNamespace) -> None:
    """Lips, and between them teeth and tongue."""
    p, v = cut(f.p, MIDDLE), cut(f.v, MIDDLE)
    half = 4.3 + 1.3 * f.mouth_width + 0.9 * f.mouth_curve.clamp_min(0) - 0.5 * f.mouth_open
    inside = 1 - (p / half).square_()
    room = inside.clamp_min(0)
    middle = 11.2 - f.mouth_open * 0.9 + f.mouth_curve * (2.9 * room - 1.5)
    upper = middle - 0.5 * f.mouth_open * room
    lower = middle + (4.6 + 0.8 * f.mouth_curve) * f.mouth_open * room
    ends = covered(p.abs() - half)
    full = 0.9 + 0.5 * f.lips
    lips = covered(upper - full * room - v) * covered(v - lower - (full + 0.5) * room) * ends
    paint(image, lips * 0.9, f.lip_tint, MIDDLE)
    gap = torch.minimum(covered(upper - v), covered(v - lower)) * ends
    gap = gap * (f.mouth_open * 8).clamp(0, 1)
    paint(image, gap, MOUTH, MIDDLE)
    paint(image, gap * covered(oval(p, v - 16.2 - f.mouth_curve, 3.2, 2.4)), TONGUE, MIDDLE)
    paint(image, gap * covered(v - upper - 1.9 * (0.4 + 0.6 * f.mouth_open)), WHITE, MIDDLE)
    between = covered((v - upper).abs() - 0.35) * covered(p.abs() - half - 0.3)
    paint(image, between * 0.85, mix(f.lip_tint * 0.45, DARK, 0.4), MIDDLE)


def nose(image: Images, f: SimpleNamespace) -> None:
    """A shaded side, a light on the tip, and the line under it."""
    p, v = cut(f.nose_p, MIDDLE), cut(f.v, MIDDLE)
    tip = 4.6 + 1.3 * f.nose_length
    wide = 2.0 + 1.2 * f.nose_width
    side = glow(p + f.light_x * 1.8, v - tip + 2.6, 2.6, 5.5) * (0.25 + 0.45 * f.light)
    paint(image, side * f.light_x.abs().clamp_min(0.3), f.shade_tint, MIDDLE)
    paint(image, glow(p - f.light_x * 0.8, v - tip + 1.2, 2.2, 2.6) * 0.4 * f.light, WHITE, MIDDLE)
    curve = v - tip - 0.9 + 0.30 * p * p / wide
    under = covered(curve.abs() - 0.45) * covered(p.abs() - wide)
    paint(image, under * 0.85, f.shade_tint * 0.80, MIDDLE)


def eyes(image: Images, f: SimpleNamespace) -> None:
    """Both eyes at once: white, iris, pupil, a glint, and the lashes."""
    p, v = cut(f.p, EYE), cut(f.v, EYE) - f.eye_y
    out, side = p.abs() - f.apart, torch.where(p < 0, -1.0, 1.0)
    size = 0.80 + 0.42 * f.eye_size
    half = 3.9 * size
    room = 1 - (out / half).square_()
    opened = f.eye_open
    upper = (1.0 - 4.3 * opened) * size * room
    lower = (1.0 + 1.0 * opened - 0.5 * f.mouth_curve.clamp_min(0)) * size * room
    white = torch.minimum(covered(upper - v), covered(v - lower)) * covered(out.abs() - half)
    white = white * (opened * 6).clamp(0, 1)
    lid = covered(oval(out, v + 0.8, half * 1.12, 3.9 * size)) * covered(v - 0.5)
    paint(image, lid * 0.35, f.shade_tint, EYE)
    paint(image, white, WHITE * 0.985, EYE)
    eye_x, eye_y = out - side * f.gaze_x * 1.5, v + 0.35 - f.gaze_y * 1.0
    away = disc(eye_x, eye_y, 0)
    iris = along(EYES, f.eye_colour)
    paint(image, white * covered(away - 2.3 * size), iris * 0.72, EYE)
    paint(image, white * covered(away - 1.8 * size), iris, EYE)
    paint(image, white * covered(away - 1.1 * size), DARK * 0.5, EYE)
    glint = disc(eye_x - side * (f.light_x * 0.8), eye_y + 0.9, 0.75)
    paint(image, white * covered(glint), WHITE, EYE)
    lash = covered((v - upper).abs() - 0.55) * covered(out.abs() - half - 0.5)
    paint(image, lash * 0.9, mix(f.hair_dark * 0.5, DARK, 0.7), EYE)


def brows(image: Images, f: SimpleNamespace) -> None:
    """Two tapered arches in the colour of the hair."""
    p, v = cut(f.p, EYE), cut(f.v, EYE)
    out = p.abs() - f.apart
    middle = -6.8 - 1.3 * f.brow_height - 0.22 * f.brow_angle * out + 0.055 * out * out
    thick = (0.55 + 0.6 * f.brow_weight) * (1 - 0.08 * out)
    brow = covered((v - middle).abs() - thick) * covered(out.abs() - 4.4)
    paint(image, brow * 0.9, f.hair_dark, EYE)


def glasses(image: Images, f: SimpleNamespace) -> None:
    """Round, square or dark glasses."""
    p, v = cut(f.nose_p, EYE), cut(f.v, EYE) - f.eye_y - 0.3
    out = p.abs() - 6.9
    ring = torch.where(f.glasses == 1, disc(out, v, 5.3), block(out, v, 5.7, 4.5, 2.0))
    dark = f.glasses == 3
    lens = covered(ring)
    paint(image, lens * torch.where(dark, 0.88, 0.10), torch.where(dark, DARK, WHITE), EYE)
    glare = covered((out - v * 0.6 - 1.5).abs() - 0.9) * lens
    paint(image, glare * 0.21, WHITE, EYE)
    rim = covered(ring.abs() - 0.6)
    bridge = covered((v + 1.2 - 0.05 * p * p).abs() - 0.6) * covered(p.abs() - 1.8)
    arm = (
        covered((v + 1.5).abs() - 0.6) * covered(5.4 - out) * covered(cut(f.u, EYE).abs() - f.wide)
    )
    frame = torch.maximum(torch.maximum(rim, bridge), arm)
    paint(image, frame, f.frame_tint, EYE)
