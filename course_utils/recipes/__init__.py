"""How each shipped model was trained, and the numbers that it reached: one module a model.

A recipe is a module with four constants and three functions:

    DATA, OBJECTIVE    what it learned from and what it minimised, in words
    SEED, STEPS        of the run
    build()            the untrained model
    fit(model, device) trains it in place
    measure(model)     its numbers on test data, by name

    python -m course_utils.recipes train NAME    train, measure, write the weights and their card
    python -m course_utils.recipes check NAME    measure the shipped weights beside their card
"""
