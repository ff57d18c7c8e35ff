"""The prompts that scores are defined on."""

from analysis.prompts.repeated_random import repeated_random_spec

TWICE = repeated_random_spec(length=50, repeats=2)
FOUR_TIMES = repeated_random_spec(length=25, repeats=4)
