"""Two heads, or two checkpoints, side by side."""

from gui.commands.actions import Action, has_heads
from gui.shared.context import Context
from gui.shared.file_dialogs import CHECKPOINTS, ask_for_file, ask_for_folder
from gui.window.compare import Comparison


def _choose(context: Context) -> None:
    kind = ("Checkpoints", CHECKPOINTS)
    if path := ask_for_file(context.frame, context.settings, "Compare with a checkpoint", kind):
        context[Comparison].compare_with(path)


def _follow(context: Context) -> None:
    if path := ask_for_folder(context.frame, context.settings):
        context[Comparison].follow(path)


ACTIONS = (
    Action("compare.pin", "Pin head", lambda context: context[Comparison].pin_head(), "Go", "Ctrl+P",
           "Keep this head beside the next ones that are selected, with the difference", 250, has_heads),
    Action("compare.unpin", "Unpin", lambda context: context[Comparison].unpin(), "Go", (),
           "End the comparison of heads or checkpoints", 251, lambda context: context[Comparison].pinned),
    Action("compare.checkpoint", "Compare with checkpoint…", _choose, "Model", (),
           "Lay a second checkpoint of the same shape beside this one", 200, has_heads),
    Action("compare.folder", "Score a folder…", _follow, "Analysis", (),
           "Score the checkpoints of a folder one after another, to see when induction heads form", 200, has_heads),
)
