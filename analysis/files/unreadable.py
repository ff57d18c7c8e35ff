"""Why a file cannot be read, in words that still lack the file's name."""

from analysis.values import UserError

COPY_AGAIN = "download, copy or save it again"
SAVE_AGAIN = "save it again with torch.save(model.state_dict(), …) or as safetensors"


class Unreadable(Exception):
    """Raised wherever a file proves damaged, hostile or of an unsupported form.

    `what` continues the sentence that the file's name begins; `remedy` ends it.
    """

    def __init__(self, what: str, remedy: str = COPY_AGAIN) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy

    def sentence(self, name: str) -> UserError:
        return UserError(f"{name} {self.what}; {self.remedy}.")


class CutShort(Unreadable):
    """The data end before what they announce."""


def damaged(why: str) -> Unreadable:
    return Unreadable(f"is damaged or incomplete ({why})")


def too_much(what: str) -> Unreadable:
    """`what`: "more than 3 things"."""
    return Unreadable(f"holds {what}, which is beyond what is read here", SAVE_AGAIN)


def shown(text: object, most: int = 80) -> str:
    """A text of the file's, fit for a sentence: quoted, cut, control and bidirectional characters escaped."""
    plain = str(text)
    return repr(plain if len(plain) <= most else plain[: most - 1] + "…")
