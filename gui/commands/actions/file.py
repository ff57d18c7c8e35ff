"""Opening files and sessions, saving sessions, and ending."""

from functools import partial
from pathlib import Path

from analysis.values import DemoInfo
from gui.commands.actions import Action, Choices, has_model
from gui.session.file_kinds import receive
from gui.session.opening import Opener
from gui.session.sessions import Sessions
from gui.shared.context import Context


def _recent(context: Context) -> list[Action]:
    return [Action(f"file.recent.{place}", Path(path).name, partial(receive, path=path), tip=path)
            for place, path in enumerate(context.settings.recent)]


def _demos(context: Context) -> list[Action]:
    return [_demo(demo) for demo in (context.store.catalogue.demos if context.store.catalogue else ())]


def _demo(demo: DemoInfo) -> Action:
    return Action(f"file.{demo.key}", demo.title, lambda context: context[Opener].open_demo(demo.key), tip=demo.tip)


def _kept(context: Context) -> list[Action]:
    return [_kept_session(place, *kept) for place, kept in enumerate(context[Sessions].kept())]


def _kept_session(place: int, path: Path, words: str) -> Action:
    return Action(f"file.kept.{place}", words, lambda context: context[Sessions].open_kept(path),
                  tip="Bring back the work saved at this time")


def _reads_handwriting(context: Context) -> bool:
    return context.store.facts is not None and context.store.facts.handwriting


ACTIONS = (
    Action("file.open", "Open…", lambda context: context[Opener].choose_file(), "File", "Ctrl+O",
           "Open a checkpoint, a data set, a session or an exported figure", 100, icon="open", short="Open"),
    Action("file.open_folder", "Open folder…", lambda context: context[Opener].choose_folder(), "File", (),
           "Open a model folder, as Hugging Face models come", 110),
    Action("file.open_data", "Open handwriting…", lambda context: context[Opener].choose_data(), "File", "Ctrl+Shift+H",
           "Open a data set of handwritten words, for a model that reads them", 115, _reads_handwriting),
    Choices("File/Open recent", _recent, 120, "Files opened before, the last one first"),
    Action("file.open_demo", "Open demo", lambda context: context[Opener].open_demo(), "", "Ctrl+Shift+O",
           "Open the first demo", 130, icon="demo", short="Demo", more="File/Open demo"),
    Choices("File/Open demo", _demos, 130, "Models that come with the program"),
    Action("file.open_session", "Open session…", lambda context: context[Sessions].choose(), "File", (),
           "Bring back a saved session: checkpoint, prompt, selection and views", 200),
    Action("file.save_session", "Save session", lambda context: context[Sessions].save(), "File", "Ctrl+S",
           "Save checkpoint, prompt, selection and views, to go on later", 210, has_model),
    Action("file.save_session_as", "Save session as…", lambda context: context[Sessions].save_as(), "File",
           "Ctrl+Shift+S", "Save the session to another file", 220, has_model),
    Choices("File/Earlier sessions", _kept, 230, "What earlier windows left", vanishes=True),
    Action("file.quit", "Quit", lambda context: context.frame.close(), "File", "Ctrl+Q", "Close the window and end",
           900),
)
