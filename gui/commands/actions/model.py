"""The open model: device, head count, what is known of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.commands.actions import Action, Choices, has_model
from gui.window.model_info import ModelInfo, choice_words

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _devices(window: MainWindow) -> list[Action]:
    names = window.store.catalogue.devices if window.store.catalogue and window.store.facts else ()
    return [Action(f"model.device.{name}", name, partial(_set_device, name), tip=f"Compute on {name}",
                   checked=partial(_on_device, name)) for name in names]


def _set_device(name: str, window: MainWindow) -> None:
    window.worker.set_device(name)


def _on_device(name: str, window: MainWindow) -> bool:
    return window.store.facts is not None and window.store.facts.device == name


def _head_counts(window: MainWindow) -> list[Action]:
    choices = window.store.facts.head_choices if window.store.facts else ()
    return [Action(f"model.head_count.{choice.n_heads}", choice_words(choice), partial(_set_count, choice.n_heads),
                   tip="Open the file with this head count", checked=partial(_has_count, choice.n_heads))
            for choice in choices]


def _set_count(n_heads: int, window: MainWindow) -> None:
    window.opener.set_head_count(n_heads)


def _has_count(n_heads: int, window: MainWindow) -> bool:
    return window.store.facts is not None and window.store.facts.n_heads == n_heads


def _show_info(window: MainWindow) -> None:
    if window.store.facts is not None:
        ModelInfo(window.store.facts, window).show()


ACTIONS = (
    Choices("Model/Device", _devices, 100, "Where the model computes"),
    Choices("Model/Head count", _head_counts, 110, "How many heads the file is cut into", vanishes=True),
    Action("model.info", "Model info", _show_info, "Model", "Ctrl+I", "What is known of the model", 120, has_model),
)
