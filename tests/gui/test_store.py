"""One truth, told once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.values import Called, HeadId, Selection
from gui.shared.store import Store
from tests.gui.fake_session import FakeSession, table

IDLE, READER = Called(("first token",)), Called(("reader",))


class Counter:
    def __init__(self, store: Store) -> None:
        self.names: list[str] = []
        for name in ("catalogue_changed", "model_changed", "prompt_changed", "scores_changed", "words_changed",
                     "selection_changed"):
            getattr(store, name).connect(lambda name=name: self.names.append(name))

    def take(self) -> list[str]:
        names, self.names = self.names, []
        return names


@pytest.fixture
def store(session: FakeSession) -> Store:
    store = Store()
    store.set_model(session.open(None))
    store.set_prompt(session.set_prompt(None))
    return store


def test_that_a_change_of_the_selection_is_told_once(store: Store) -> None:
    counter = Counter(store)
    store.select(HeadId(1, 2))
    assert counter.take() == ["selection_changed"]
    store.select(HeadId(1, 2))
    store.set_sample(0)
    assert counter.take() == []


def test_that_a_pair_keeps_the_later_head_selected(store: Store) -> None:
    store.select(HeadId(1, 2), HeadId(0, 3))
    assert (store.selection.head, store.selection.pair) == (HeadId(1, 2), HeadId(0, 3))
    store.select(HeadId(1, 1))
    assert store.selection.pair is None


def test_that_a_head_the_model_does_not_have_is_ignored(store: Store) -> None:
    counter = Counter(store)
    store.select(HeadId(7, 0))
    assert counter.take() == []
    assert store.selection.head == HeadId(0, 0)


def test_that_options_are_kept_by_key(store: Store) -> None:
    counter = Counter(store)
    store.set_option("scale", "log")
    store.set_option("norm", "raw")
    store.set_option("norm", "raw")
    assert counter.take() == ["selection_changed"] * 2
    assert store.selection.options == (("norm", "raw"), ("scale", "log"))


def test_that_words_are_added_up_until_another_model_comes(store: Store, session: FakeSession) -> None:
    counter = Counter(store)
    store.add_words(((HeadId(0, 1), IDLE),))
    store.add_words(())
    store.add_words(((HeadId(0, 2), READER),))
    assert counter.take() == ["words_changed", "words_changed"]
    assert store.words == {HeadId(0, 1): IDLE, HeadId(0, 2): READER}
    store.set_model(session.open(None))
    assert store.words == {}


def test_that_another_model_keeps_the_head_it_has_too_and_forgets_the_rest(store: Store, session: FakeSession) -> None:
    store.set_scores(table())
    store.select(HeadId(1, 2), HeadId(0, 0))
    store.set_sample(None)
    store.set_model(session.open("other.pt"))
    assert store.selection == Selection(HeadId(1, 2))
    assert store.scores is None
    assert store.prompt is None


def test_that_a_model_without_the_head_starts_at_its_first(store: Store, session: FakeSession) -> None:
    store.select(HeadId(1, 3))
    store.set_model(replace(session.open("small.pt"), heads=(HeadId(0, 0), HeadId(0, 1))))
    assert store.selection.head == HeadId(0, 0)


def test_that_a_shorter_prompt_takes_the_sample_back(store: Store, session: FakeSession) -> None:
    store.set_sample(2)
    store.set_prompt(replace(session.set_prompt(None), n_samples=2))
    assert store.selection.sample == 0


def test_that_the_mean_stays_the_mean_with_another_prompt(store: Store, session: FakeSession) -> None:
    store.set_sample(None)
    store.set_prompt(replace(session.set_prompt(None), n_samples=1))
    assert store.selection.sample is None


def test_that_new_facts_of_the_same_model_keep_its_scores(store: Store, session: FakeSession) -> None:
    scores = table()
    store.set_scores(scores)
    counter = Counter(store)
    store.set_facts(session.set_device("mps"))
    assert counter.take() == ["model_changed"]
    assert store.scores is scores
