"""What the window shows: the model's facts and the selection, in one place, with a signal for each change."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from analysis.values import (
    Asked,
    Called,
    Catalogue,
    HeadId,
    JobUpdate,
    ModelFacts,
    PromptFacts,
    ScoreTable,
    Selection,
    as_options,
)


class Store(QObject):
    """The same facts for the whole window. Setters emit one signal for what changed, none when nothing did."""

    catalogue_changed = Signal()
    model_changed = Signal()
    prompt_changed = Signal()
    scores_changed = Signal()
    words_changed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue: Catalogue | None = None
        self.facts: ModelFacts | None = None
        self.prompt: PromptFacts | None = None
        self.scores: ScoreTable | None = None
        self.words: dict[HeadId, Called] = {}
        """What each head is called, as far as it is known."""
        self.asked = Asked()
        """How models are asked for induction."""
        self.selection = Selection(HeadId(0, 0))
        self.chosen = False
        """Whether a person has chosen a head: from then on nothing else moves the selection."""

    def set_catalogue(self, catalogue: Catalogue) -> None:
        if catalogue != self.catalogue:
            self.catalogue = catalogue
            self.catalogue_changed.emit()

    def set_model(self, facts: ModelFacts) -> None:
        """A model was opened: prompt, scores and words are forgotten; the head stays where the new model has it too."""
        self.facts, self.prompt, self.scores, self.words = facts, None, None, {}
        head = self.selection.head
        if facts.heads and head not in facts.heads:
            head, self.chosen = facts.heads[0], False
        self.model_changed.emit()
        self._set_selection(replace(self.selection, head=head, pair=None, sample=0))

    def set_facts(self, facts: ModelFacts) -> None:
        """The same model, with something about it changed (its device)."""
        if facts != self.facts:
            self.facts = facts
            self.model_changed.emit()

    def set_prompt(self, prompt: PromptFacts) -> None:
        """Another prompt is in force; a sample that it does not have becomes its first."""
        if prompt == self.prompt:
            return
        self.prompt = prompt
        self.prompt_changed.emit()
        if self.selection.sample is not None and self.selection.sample >= prompt.n_samples:
            self.set_sample(0)

    def set_asked(self, asked: Asked) -> None:
        self.asked = asked

    def set_scores(self, scores: ScoreTable) -> None:
        if scores is not self.scores:
            self.scores = scores
            self.scores_changed.emit()

    def add_words(self, words: tuple[tuple[HeadId, Called], ...]) -> None:
        if words:
            self.words = self.words | dict(words)
            self.words_changed.emit()

    def take_results(self, update: JobUpdate) -> None:
        """What a job has found. Once all heads are scored, the highest by the first score is suggested."""
        if update.key == "loading" and isinstance(update.result, ModelFacts):
            self.set_facts(update.result)
        if update.key == "scores" and isinstance(update.result, ScoreTable):
            self.set_scores(update.result)
            if update.done and self.catalogue:
                self.suggest(update.result.highest(self.catalogue.scores[0].key))
        self.add_words(update.words)

    def select(self, head: HeadId, pair: HeadId | None = None) -> None:
        """Select a head, and the earlier head of a composition pair into it; unknown heads are ignored."""
        if self.facts is not None and head in self.facts.heads:
            self.chosen = True
            self._set_selection(replace(self.selection, head=head, pair=pair))

    def suggest(self, head: HeadId | None) -> None:
        """Select a head worth a look, unless a person has chosen one."""
        if head is not None and not self.chosen and self.facts is not None and head in self.facts.heads:
            self._set_selection(replace(self.selection, head=head, pair=None))

    def restore(self, selection: Selection) -> None:
        """A whole selection from before; what the model or the prompt does not have is left as it is."""
        if self.facts is None or selection.head not in self.facts.heads:
            return
        pair = selection.pair if selection.pair in self.facts.heads else None
        samples = self.prompt.n_samples if self.prompt is not None else 1
        sample = selection.sample if selection.sample is None or selection.sample < samples else self.selection.sample
        self.chosen = True
        self._set_selection(replace(selection, pair=pair, sample=sample))

    def set_sample(self, sample: int | None) -> None:
        """Which sample of the prompt is shown; None: the mean over all of them."""
        self._set_selection(replace(self.selection, sample=sample))

    def set_option(self, key: str, value: str) -> None:
        """The value of a view's option; views that have an option of this key share it."""
        self._set_selection(replace(self.selection, options=as_options(dict(self.selection.options) | {key: value})))

    def _set_selection(self, selection: Selection) -> None:
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()
