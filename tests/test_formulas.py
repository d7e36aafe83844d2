import pytest
import torch

from course_utils.formulas import Formula, FormulaError, FormulaTable

SQUARE = Formula("(x^2)' = 2x", 6.0, "sympy", 6.0).misprinted("(x^2)' = x", 3.0)


def test_right_formula_is_shown_with_its_referee_and_its_misprint() -> None:
    table = FormulaTable(SQUARE)

    assert repr(table) == "(x^2)' = 2x: 6 = 6 (sympy). Mistaken for (x^2)' = x: 3"
    assert "| $(x^2)' = 2x$ | 6 | $=$ | sympy | 6 | $(x^2)' = x$ | 3 |" in table._repr_markdown_()


def test_row_without_a_misprint_leaves_its_cells_empty() -> None:
    last = FormulaTable(Formula("1", 1.0, "count", 1.0))._repr_markdown_().splitlines()[-1]

    assert last.endswith("| count | 1 |  |  |")
    assert last.count("|") == 8


def test_every_row_has_the_columns_of_the_head() -> None:
    head, rule, row = FormulaTable(SQUARE)._repr_markdown_().splitlines()

    assert head.count("|") == rule.count("|") == row.count("|") == 8


@pytest.mark.parametrize(
    ("value", "truth", "relation"),
    [
        (6.0, 6.001, "="),
        (1.0, 0.5, "≤"),
        (0.5, 1.0, "≥"),
        (torch.ones(2), torch.ones(1, 2), "="),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), "="),
        (float("nan"), 1.0, "="),
        (float("nan"), 1.0, "≤"),
        (float("nan"), 1.0, "≥"),
    ],
)
def test_wrong_formula_is_refused(value: object, truth: object, relation: str) -> None:
    with pytest.raises(FormulaError, match="which the judge says"):
        FormulaTable(Formula("f", value, "the judge", truth, relation))


@pytest.mark.parametrize(("value", "relation"), [(1.0, "≤"), (2.0, "≤"), (2.0, "≥"), (3.0, "≥")])
def test_inequality_holds_up_to_equality(value: float, relation: str) -> None:
    truth = 2.0
    table = FormulaTable(Formula("f", value, "the judge", truth, relation))

    assert f"f: {value:g} {relation} 2" in repr(table)


def test_misprint_that_makes_no_difference_is_refused() -> None:
    with pytest.raises(FormulaError, match="holds too: 4"):
        FormulaTable(Formula("2x", 4.0, "sympy", 4.0).misprinted("x^2", 4.0))


def test_misprint_of_another_shape_makes_a_difference() -> None:
    formula = Formula("b", torch.ones(2), "autograd", torch.ones(2))

    assert "b': (1, 1) 1×2" in repr(FormulaTable(formula.misprinted("b'", torch.ones(1, 2))))


def test_bar_that_would_end_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="no bare bar"):
        FormulaTable(Formula("|x|", 1.0, "sympy", 1.0))


def test_long_values_are_shown_by_their_first_numbers_and_no_zero_has_a_sign() -> None:
    values = torch.tensor([-1e-12, 0.12345, 3.0], dtype=torch.float64)

    assert "(0, 0.1235, …)" in repr(FormulaTable(Formula("v", values, "count", values)))


def test_misprint_of_an_inequality_has_to_break_it() -> None:
    def table(misprint: float) -> FormulaTable:
        return FormulaTable(Formula("f", 1.0, "count", 2.0, "≤").misprinted("g", misprint))

    assert "g: 3" in repr(table(3.0))
    with pytest.raises(FormulaError, match=r"holds too: 1\.5"):
        table(1.5)


def test_average_over_samples_may_be_off_by_two_percent() -> None:
    assert "f: 2.51 ≈ 2.5 (count)" in repr(FormulaTable(Formula("f", 2.51, "count", 2.5, "≈")))
    with pytest.raises(FormulaError):
        FormulaTable(Formula("f", 2.6, "count", 2.5, "≈"))
