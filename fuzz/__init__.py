"""Looks for faults by chance: whole conversations in any order, and inputs that nobody wrote.

`python -m fuzz --help` tells what there is. A run with the same seed does the same again, so what
has been found can be looked at: `python -m fuzz conversations --only SEED`.
"""
