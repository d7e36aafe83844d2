"""Self-checks of the exercises, one module per notebook: right, wrong with a hint, or not done.

    from course_utils.checks import autoencoders as check

    bernoulli_nll = check.bernoulli_nll(bernoulli_nll)

A check never raises. It hands back a right answer, and the reference in place of any other, so
that the rest of the notebook runs either way.
"""
