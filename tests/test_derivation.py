import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from course_utils.derivation import Derivation, DerivationError, Line, Verified
from course_utils.types import Estimate

MODEL = SimpleNamespace(a=1.0, b=3.0)


def line(value: Any, relation: str = "=", latex: str = "f", reason: str = "why") -> Line:
    return Line(latex, reason, value if callable(value) else lambda model: value, relation)


def run(*values: Any, **options: float) -> Verified:
    """A derivation of numbers; a pair is (value, relation)."""
    lines = [line(*value) if type(value) is tuple else line(value) for value in values]
    return Derivation(*lines, **options).run(MODEL)


def test_true_lines_of_every_relation_pass() -> None:
    verified = run(2.0, (2.0, "="), (3.0, "≤"), (3.0, "≤"), (1.0, "≥"), (1.0, "≥"))

    assert [row.value for row in verified.rows] == [2.0, 2.0, 3.0, 3.0, 1.0, 1.0]
    assert [row.tick for row in verified.rows] == ["", "✓", "✓", "✓", "✓", "✓"]
    assert [row.gap for row in verified.rows] == [0.0, 0.0, 1.0, 0.0, 2.0, 0.0]


def test_lines_are_evaluated_on_the_model() -> None:
    square = Derivation(
        line(lambda m: (m.a + m.b) ** 2), line(lambda m: m.a**2 + 2 * m.a * m.b + m.b**2)
    )

    assert [row.value for row in square.run(MODEL).rows] == [16.0, 16.0]
    assert square.run(SimpleNamespace(a=2.0, b=0.5)).rows[1].value == 6.25


def test_tensors_count_as_numbers_also_with_a_graph() -> None:
    value = torch.tensor(2.0, requires_grad=True)

    assert run(value, torch.tensor([2.0])).rows[0].value == 2.0


FALSE = [
    ((2.0, (2.1, "=")), "2 = f, got 2.1; tolerance 2.1e-06"),
    ((2.0, (1.9, "=")), "2 = f, got 1.9; tolerance 2e-06"),
    ((2.0, (1.9, "≤")), "2 ≤ f, got 1.9; tolerance 2e-06"),
    ((2.0, (2.1, "≥")), "2 ≥ f, got 2.1; tolerance 2.1e-06"),
    ((Estimate(2.0, 0.1), (3.0, "=")), "2 = f, got 3; tolerance 0.4"),
    ((Estimate(2.0, 0.1), (1.5, "≤")), "2 ≤ f, got 1.5; tolerance 0.4"),
    ((2.5, (Estimate(3.0, 0.1), "≥")), "2.5 ≥ f, got 3; tolerance 0.4"),
    ((Estimate(2.0, 0.03), (Estimate(2.3, 0.04), "=")), "2 = f, got 2.3; tolerance 0.2"),
]


@pytest.mark.parametrize(("values", "message"), FALSE)
def test_false_line_is_named_with_both_values_and_the_tolerance(
    values: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(DerivationError) as caught:
        run(values[0], values[0], *values[1:])

    assert str(caught.value) == f"line 3 does not hold (why): expected {message}"


def test_error_is_an_assertion_error() -> None:
    assert issubclass(DerivationError, AssertionError)


@pytest.mark.parametrize("relation", ["=", "≤", "≥"])
def test_difference_within_the_tolerance_counts_as_none(relation: str) -> None:
    sign = {"=": 1, "≤": -1, "≥": 1}[relation]
    run(1000.0, (1000.0 + sign * 0.0009, relation))
    run(0.001, (0.001 + sign * 0.9e-6, relation))

    with pytest.raises(DerivationError):
        run(1000.0, (1000.0 + sign * 0.0011, relation))
    with pytest.raises(DerivationError):
        run(0.001, (0.001 + sign * 1.1e-6, relation))


def test_tolerance_is_relative_to_the_larger_value_of_either_sign() -> None:
    run(-1000.0, -1000.0009)
    run(-100.0, (-100.5, "="), tolerance=0.01)

    with pytest.raises(DerivationError):
        run(-100.0, (-101.5, "="), tolerance=0.01)


def test_monte_carlo_lines_are_compared_in_standard_errors() -> None:
    run(2.0, Estimate(2.39, 0.1))
    run(Estimate(2.0, 0.03), Estimate(2.199, 0.04))
    run(2.0, Estimate(2.19, 0.1), errors=2.0)

    for values in ((2.0, Estimate(2.41, 0.1)), (Estimate(2.0, 0.03), Estimate(2.201, 0.04))):
        with pytest.raises(DerivationError):
            run(*values)
    with pytest.raises(DerivationError):
        run(2.0, Estimate(2.21, 0.1), errors=2.0)


def test_estimate_without_spread_is_compared_like_a_number() -> None:
    run(2.0, Estimate(2.0 + 1e-7, 0.0))

    with pytest.raises(DerivationError):
        run(2.0, Estimate(2.1, 0.0))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, Estimate(math.nan, 0.1)])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_value_that_is_not_finite_is_named_with_its_line(bad: Any, place: int) -> None:
    values = [1.0, 1.0, 1.0]
    values[place] = bad

    with pytest.raises(DerivationError, match=rf"^line {place + 1}, f: its value is -?(nan|inf)$"):
        run(*values)


def test_first_line_has_no_relation_to_anything() -> None:
    verified = run((2.0, "≤"), 2.0)

    assert [(row.sign, row.tick) for row in verified.rows] == [("", ""), ("=", "✓")]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_lines_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"lines: expected at least 2, got {count}"):
        Derivation(*[line(1.0)] * count)


def test_errors_of_a_line_itself_come_through() -> None:
    def broken(model: Any) -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(1.0, (broken, "="))


def table(*lines: Line, show: Callable[[Verified], str]) -> list[str]:
    return show(Derivation(*lines).run(MODEL)).splitlines()


LINES = (
    line(16.0, latex="(a+b)^2", reason="what we want"),
    line(Estimate(16.1, 0.2), latex="E[x]", reason="sampling"),
    line(20.123456789, "≤", latex="2a^2", reason="always"),
    line(7.0, "≥", latex="c", reason="surely"),
)


def test_text_is_an_aligned_table() -> None:
    assert table(*LINES, show=repr) == [
        "1    (a+b)^2            16    what we want",
        "2  = E[x]     16.10 ± 0.20 ✓  sampling",
        "3  ≤ 2a^2          20.1235 ✓  always (gap 4.023)",
        "4  ≥ c                   7 ✓  surely (gap 13.12)",
    ]


def test_markdown_is_a_table_with_formulas() -> None:
    assert table(*LINES, show=Verified._repr_markdown_) == [
        "| | | formula | value | holds | reason |",
        "|--:|:-:|:--|--:|:-:|:--|",
        r"| 1 |  | $\displaystyle (a+b)^2$ | 16 |  | what we want |",
        r"| 2 | $=$ | $\displaystyle E[x]$ | 16.10 ± 0.20 | ✓ | sampling |",
        r"| 3 | $\le$ | $\displaystyle 2a^2$ | 20.1235 | ✓ | always (gap 4.023) |",
        r"| 4 | $\ge$ | $\displaystyle c$ | 7 | ✓ | surely (gap 13.12) |",
    ]


def test_markdown_escapes_bars_in_formulas_and_reasons() -> None:
    rows = table(
        line(1.0, latex=r"p(x | z) + \|x\|", reason="of |x|, where $q(z|x)$ is|"),
        line(1.0, latex="f"),
        show=Verified._repr_markdown_,
    )

    assert rows[2] == (
        r"| 1 |  | $\displaystyle p(x \vert  z) + \Vert x\Vert $ | 1 |  "
        r"| of \|x\|, where $q(z\vert x)$ is\| |"
    )


@pytest.mark.parametrize("noise", [4.4e-16, -3.2e-16, -0.0])
def test_rounding_noise_is_shown_as_zero(noise: float) -> None:
    text = repr(run(noise, 0.0, (1.5e-9, "=")))

    assert text.splitlines()[0].split() == ["1", "f", "0", "why"]
    assert "1.5e-09" in text
