"""Experiments that break one thing at a time: too long for a notebook, short enough to rerun.

Each module holds the numbers that it measured and measures them again when it is run, as in
`python -m course_utils.recipes.ablations.dcgan_rules`.
"""
