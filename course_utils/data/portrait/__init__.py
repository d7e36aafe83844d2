"""Cartoon faces from numbers: what they are made of, and how each part is drawn."""
