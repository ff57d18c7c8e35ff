"""Errors a user can cause, and cancellation."""

from analysis.values.text import visible


class Cancelled(Exception):
    """A newer request exists, or the user asked to stop: the result is no longer wanted."""


class UserError(Exception):
    """One sentence for a person: what is wrong and what to do about it. Text from a file in it is made visible."""

    def __init__(self, sentence: str) -> None:
        super().__init__(visible(sentence, 1000))


class NotReady(Exception):
    """The view waits for a job (its message says which); the window asks again when the job has moved on."""
