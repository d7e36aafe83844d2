"""Executes the shapes of `course_utils` in every test and doctest: a wrong one is a TypeError."""

from jaxtyping import install_import_hook

# The tower lets beta=1 through where a float is asked for.
install_import_hook(
    "course_utils", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
)
