"""Every check of every notebook: right, wrong with its hint, unfilled, and broken in all ways."""

import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from course_utils import checks
from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck

Check = FunctionCheck | NumberCheck


def all_checks() -> Iterator[tuple[str, Check]]:
    """Every check object of the package, by module and name."""
    for module in pkgutil.iter_modules(checks.__path__):
        if module.name != "framework":
            members = vars(importlib.import_module(f"course_utils.checks.{module.name}"))
            for name, member in members.items():
                if isinstance(member, Check):
                    yield f"{module.name}.{name}", member


CHECKS = dict(all_checks())
MISTAKES = {
    f"{name} {i}": (check, mistake)
    for name, check in CHECKS.items()
    for i, mistake in enumerate(check.mistakes)
}
every_check = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
functions = {name: check for name, check in CHECKS.items() if isinstance(check, FunctionCheck)}
every_function = pytest.mark.parametrize("check", functions.values(), ids=functions.keys())

Capture = pytest.CaptureFixture[str]
WRONG = "not right yet"


def rows(x: Tensor) -> Tensor:
    return x.sum(dim=1)


ROW_SUM = FunctionCheck(
    "0.1",
    rows,
    cases={
        "two rows": lambda: (torch.tensor([[1.0, 2.0], [3.0, 5.0]]),),
        "one row": lambda: (torch.tensor([[1.0, -1.0, 4.0]]),),
    },
    mistakes=(
        Mistake(lambda x: x.mean(dim=1), "a sum."),
        Mistake(lambda x: x.sum() / 0 * torch.ones(len(x)), "no division by zero."),
        Mistake(lambda x: x.sum(dim=7), "which axis?"),
    ),
)


def test_there_are_checks_and_each_has_its_own_number() -> None:
    numbers = [check.exercise for check in CHECKS.values()]

    assert len(numbers) >= 3
    assert len(set(numbers)) == len(numbers)


@every_check
def test_reference_passes_and_comes_back_itself(check: Check, capsys: Capture) -> None:
    assert check(check.reference) == check.reference
    report = capsys.readouterr().out

    assert f"Exercise {check.exercise}: passed." in report
    assert WRONG not in report


@every_function
def test_right_function_comes_back_as_the_very_same_object(
    check: FunctionCheck, capsys: Capture
) -> None:
    def answer(*args: Any) -> Any:
        return check.reference(*args)

    assert check(answer) is answer
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("check", "mistake"), MISTAKES.values(), ids=MISTAKES.keys())
def test_planted_mistake_raises_exactly_its_hint(
    check: Check, mistake: Mistake, capsys: Capture
) -> None:
    assert check(mistake.answer) is check.reference
    first, hint, last = capsys.readouterr().out.splitlines()

    assert first.startswith(f"Exercise {check.exercise}: {WRONG}: ")
    assert hint == f"Hint: {mistake.hint}"
    assert last == "The reference is used below."


@every_check
def test_hints_of_a_check_are_distinct(check: Check) -> None:
    hints = [mistake.hint for mistake in check.mistakes]

    assert hints
    assert len(set(hints)) == len(hints)


UNFILLED = [..., None]


@every_check
@pytest.mark.parametrize("empty", UNFILLED)
def test_unfilled_answer_is_not_done_yet(check: Check, empty: Any, capsys: Capture) -> None:
    assert check(empty) is check.reference
    assert capsys.readouterr().out == (
        f"Exercise {check.exercise}: not done yet, the reference is used below.\n"
    )


@every_function
@pytest.mark.parametrize("empty", UNFILLED)
def test_unfilled_function_is_not_done_yet(
    check: FunctionCheck, empty: Any, capsys: Capture
) -> None:
    assert check(lambda *args: empty) is check.reference
    assert "not done yet" in capsys.readouterr().out


def raises(*args: Any) -> Any:
    raise RuntimeError("as it happens")


def recurses(*args: Any) -> Any:
    return recurses(*args)


def spoils(*args: Any) -> Any:
    for arg in args:
        if isinstance(arg, Tensor):
            arg.zero_()


BROKEN: dict[str, Callable[..., Any]] = {
    "raises": raises,
    "recurses": recurses,
    "takes nothing": lambda: 0,
    "text": lambda *args: "0.5",
    "object": lambda *args: object(),
    "set": lambda *args: {1},
    "dict": lambda *args: {"a": 1},
    "ragged": lambda *args: [[1.0], [2.0, 3.0]],
    "list of tensors": lambda *args: [torch.ones(2)],
    "function": lambda *args: raises,
    "huge": lambda *args: 10**400,
    "array of text": lambda *args: np.array(["a"]),
    "empty": lambda *args: torch.zeros(0),
    "other shape": lambda *args: torch.zeros(2, 3, 4),
    "not a number": lambda *args: torch.tensor(math.nan),
    "numbers that are none": lambda *args: torch.full((3,), math.nan),
    "complex": lambda *args: torch.ones(3) * 1j,
    "sparse": lambda *args: torch.eye(3).to_sparse(),
    "meta": lambda *args: torch.zeros(3, device="meta"),
    "spoils": lambda *args: spoils(*args) or torch.tensor(0.123),
}


@every_function
@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.filterwarnings("ignore:Casting complex")
def test_broken_function_never_raises_out_of_the_check(
    check: FunctionCheck, name: str, capsys: Capture
) -> None:
    assert check(BROKEN[name]) is check.reference
    report = capsys.readouterr().out

    assert report.startswith(f"Exercise {check.exercise}: {WRONG}: for ")
    assert report.endswith("The reference is used below.\n")


@every_check
@pytest.mark.parametrize("answer", ["0.5 nats", [1, 2], {}, object(), 1j, torch.zeros(3)])
def test_answer_of_another_kind_never_raises(check: Check, answer: Any, capsys: Capture) -> None:
    assert check(answer) is check.reference
    assert WRONG in capsys.readouterr().out


@pytest.mark.parametrize("answer", [math.nan, math.inf, 10**400, raises, np.zeros(2)])
def test_strange_numbers_are_not_right(answer: Any, capsys: Capture) -> None:
    check = NumberCheck("0.2", 1.0, mistakes=(), tolerance=0.1, lesson="One.")

    assert check(answer) == 1.0
    assert WRONG in capsys.readouterr().out


@every_function
def test_answer_that_changes_its_arguments_spoils_no_other_case(
    check: FunctionCheck, capsys: Capture
) -> None:
    def answer(*args: Any) -> Any:
        result = check.reference(*args)
        result = result.clone() if isinstance(result, Tensor) else result
        spoils(*args)
        return result

    assert check(answer) is answer
    assert check(check.reference) is check.reference
    assert WRONG not in capsys.readouterr().out


@every_function
def test_case_makes_fresh_arguments_each_time(check: FunctionCheck) -> None:
    for case in check.cases.values():
        for one, other in zip(case(), case(), strict=True):
            if callable(one):
                continue  # a function is not spoilt by being called
            assert not isinstance(one, Tensor) or one is not other
            torch.testing.assert_close(one, other)


@every_function
def test_right_answer_may_come_in_another_type(check: FunctionCheck, capsys: Capture) -> None:
    for kind in (
        lambda r: r.double(),
        lambda r: r.detach().numpy(),
        lambda r: r.tolist(),
        lambda r: r.requires_grad_(),
    ):

        def answer(*args: Any, kind: Callable[[Tensor], Any] = kind) -> Any:
            return kind(check.reference(*args).clone())

        assert check(answer) is answer
    assert WRONG not in capsys.readouterr().out


def test_one_wrong_case_is_enough_and_is_named(capsys: Capture) -> None:
    assert ROW_SUM(lambda x: rows(x) if len(x) > 1 else rows(x) + 1) is rows
    report = capsys.readouterr().out

    assert report == (
        "Exercise 0.1: not right yet: for one row, expected [4], got [5].\n"
        "The reference is used below.\n"
    )


def test_passing_says_what_was_tested(capsys: Capture) -> None:
    ROW_SUM(rows)

    assert capsys.readouterr().out == "Exercise 0.1: passed. Tested with two rows; one row.\n"


def test_case_left_unfilled_is_wrong_when_another_is_filled(capsys: Capture) -> None:
    assert ROW_SUM(lambda x: rows(x) if len(x) > 1 else None) is rows
    assert "for one row, expected a tensor, got NoneType" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (lambda x: x.sum(), "expected the shape (2,), got ()"),
        (lambda x: rows(x)[:, None], "expected the shape (2,), got (2, 1)"),
        (lambda x: rows(x) * 1.001, "expected [3, 8], got [3.003, 8.008]"),
        (lambda x: {}, "expected a tensor, got dict"),
        (3, "your function raised TypeError: 'int' object is not callable"),
    ],
)
def test_complaint_says_what_was_expected_and_what_came(
    answer: Any, complaint: str, capsys: Capture
) -> None:
    ROW_SUM(answer)

    assert f"for two rows, {complaint}.\n" in capsys.readouterr().out


def test_error_is_reported_with_the_line_of_the_answer(capsys: Capture) -> None:
    def answer(x: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(torch.stack([x, x[0]]))

    ROW_SUM(answer)
    line = answer.__code__.co_firstlineno + 1
    assert f"your function raised RuntimeError (line {line}): " in capsys.readouterr().out


def test_difference_within_the_tolerance_is_right(capsys: Capture) -> None:
    for answer, right in (
        (lambda x: rows(x) * 1.00005, True),
        (lambda x: rows(x) * 1.00015, False),
    ):
        assert (ROW_SUM(answer) is answer) is right
    assert capsys.readouterr().out.count(WRONG) == 1


def test_tolerance_is_absolute_where_zero_is_expected(capsys: Capture) -> None:
    zeros = FunctionCheck("0.3", lambda: torch.zeros(2), cases={"nothing": lambda: ()}, mistakes=())
    zeros(lambda: torch.full((2,), 9e-5))
    zeros(lambda: torch.full((2,), 1.1e-4))

    first, second, _ = capsys.readouterr().out.splitlines()
    assert "passed" in first
    assert WRONG in second


def test_hint_is_given_for_the_same_mistake_made_otherwise(capsys: Capture) -> None:
    for kind in (lambda r: r, lambda r: r.double(), lambda r: r.tolist(), lambda r: r.numpy()):
        ROW_SUM(lambda x, kind=kind: kind(rows(x) / x.shape[1]))
        assert "Hint: a sum." in capsys.readouterr().out

    ROW_SUM(lambda x: rows(x) * math.inf)
    assert "Hint: no division by zero." in capsys.readouterr().out

    ROW_SUM(lambda x: x.mean(dim=5))
    assert "Hint: which axis?" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: rows(x) + 1,
        lambda x: x.mean(dim=1) if len(x) > 1 else rows(x) + 1,  # the mistake in one case only
        lambda x: x.mean(dim=1, keepdim=True),
        lambda x: torch.full((len(x),), math.nan)[:1],
        lambda x: math.sqrt(-1.0),
        lambda x: "text",
    ],
)
def test_no_hint_is_given_for_a_mistake_that_is_not_known(answer: Any, capsys: Capture) -> None:
    ROW_SUM(answer)

    assert "Hint" not in capsys.readouterr().out


NUMBER = NumberCheck(
    "0.2", 2.0, mistakes=(Mistake(-2.0, "the sign."),), tolerance=0.01, lesson="Two."
)


@pytest.mark.parametrize(
    "answer",
    [2, 2.0, 1.991, 2.009, torch.tensor(2.0), torch.full((1,), 2.0, requires_grad=True)],
)
def test_number_within_the_tolerance_is_right_and_comes_back(answer: Any, capsys: Capture) -> None:
    number = float(answer.detach() if isinstance(answer, Tensor) else answer)

    assert NUMBER(answer) == number
    assert capsys.readouterr().out == "Exercise 0.2: passed. Two.\n"


def test_number_off_by_exactly_the_tolerance_counts(capsys: Capture) -> None:
    check = NumberCheck(
        "0.2", 2.0, mistakes=(Mistake(-2.0, "the sign."),), tolerance=0.5, lesson="Two."
    )

    assert check(2.5) == 2.5
    assert check(-2.5) == 2.0
    assert "Hint: the sign." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "hint"), [(-2, True), (-2.009, True), (-2.02, False), (2.02, False)]
)
def test_wrong_number_gets_the_hint_of_its_mistake(
    answer: float, hint: bool, capsys: Capture
) -> None:
    assert NUMBER(answer) == 2.0
    report = capsys.readouterr().out

    assert report.startswith(f"Exercise 0.2: not right yet: {answer:.4g} is not the number.\n")
    assert ("Hint: the sign." in report) is hint


@pytest.mark.parametrize(("length", "more"), [(3, ""), (4, ", ..."), (5, ", ...")])
def test_long_tensors_are_shown_by_their_first_numbers(
    length: int, more: str, capsys: Capture
) -> None:
    numbers = torch.arange(float(length))
    check = FunctionCheck("0.3", lambda: numbers, cases={"nothing": lambda: ()}, mistakes=())
    check(lambda: numbers + 0.12345)

    assert f"expected [0, 1, 2{more}], got [0.1235, 1.123, 2.123{more}]" in capsys.readouterr().out


def test_single_numbers_are_shown_bare(capsys: Capture) -> None:
    check = FunctionCheck(
        "0.3", lambda: torch.tensor(1.0), cases={"nothing": lambda: ()}, mistakes=()
    )
    check(lambda: 2)

    assert "for nothing, expected 1, got 2." in capsys.readouterr().out
