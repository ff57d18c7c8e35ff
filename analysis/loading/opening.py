"""From a path to a loaded model with its facts: at once where it is small, piece by piece where it is large."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from analysis.files import tokenizer
from analysis.files.checkpoint import Checkpoint, open_checkpoint
from analysis.handwriting.finding import find_data, no_handwriting
from analysis.loading.certificate import certify, fetch_weights, prepare_model, unused_tensors
from analysis.loading.head_count import choose_head_count
from analysis.loading.identify import UnknownFamily, identify
from analysis.model import devices
from analysis.model.model import Config, Model, ModelSpec
from analysis.values import (
    Certificate,
    DemoInfo,
    HeadChoice,
    ModelFacts,
    Tick,
    UserError,
    no_tick,
)
from analysis.values.text import visible
from analysis.values.work import Work, part

EAGER_BYTES = 256 * 2**20
"""Models up to this size (as 32-bit floats) are loaded and checked while they are opened; larger ones afterwards."""
SHARE = 0.6
"""The share of the free memory that weights may take."""
HELD_SHARE = 0.25
"""The share that weights may take which are fetched for one figure and dropped for the next."""


@dataclass
class OpenModel:
    """An open file, and the model in it."""

    checkpoint: Checkpoint
    facts: ModelFacts
    spec: ModelSpec | None = None
    model: Model | None = None
    """None for a file whose architecture is not known: its tensors can be listed, no more."""

    @property
    def checked(self) -> bool:
        """Whether `check_model` has nothing left to do."""
        return self.model is None or bool(self.facts.sha256)


def open_model(
    path: Path, n_head: int | None, data: str | None, device: torch.device, tick: Tick = no_tick,
    demo: DemoInfo | None = None, data_before: str | None = None,
) -> Work[OpenModel]:  # fmt: skip
    """Open a file or a model folder; raises UserError when it is neither, or when a small model fails its loading.

    `tick` is called while the file's own description is read, which is one step. A data set that cannot be used keeps
    no model from opening: the facts say why.
    """
    checkpoint = open_checkpoint(path, tick)
    try:
        spec = identify(checkpoint, n_head)
    except UnknownFamily as error:
        facts = _unknown_facts(checkpoint, error, device)
        words = no_handwriting(checkpoint.name, data) if data else ""
        return OpenModel(checkpoint, replace(facts, data_problem=words))
    size, free = 4 * parameters(spec.config), devices.free_memory(device)
    roomy = size <= SHARE * free
    if not roomy:
        spec = replace(spec, weights_only=spec.weights_only or _too_large(size, free))
    small = size <= EAGER_BYTES and roomy
    choices: tuple[HeadChoice, ...] = ()
    data_found, data_problem = find_data(Path(checkpoint.path), spec.vocabulary.codec, data, data_before)
    if small and not spec.weights_only:
        spec, choices = yield from choose_head_count(checkpoint, spec, n_head, data_found)
    elif spec.head_counts:
        choices = tuple(HeadChoice(count, None) for count in spec.head_counts)
    model = prepare_model(spec, checkpoint, device, None if roomy else int(HELD_SHARE * free))
    model.name = demo.title if demo else checkpoint.name
    model.data = data_found
    _give_tokenizer(model, checkpoint)
    assumed = bool(choices) and n_head is None
    facts = replace(_facts(checkpoint, spec, model, choices, demo), data_problem=data_problem,
                    head_count_assumed=assumed)
    found = OpenModel(checkpoint, facts, spec, model)
    if small:
        found.facts = yield from check_model(found)
    return found


def check_model(opened: OpenModel) -> Work[ModelFacts]:
    """Load every weight, certify the model and hash its file; returns the facts with what came of it.

    What does not fit into memory is not loaded: then only names and shapes are vouched for. Raises UserError for a
    weight that is NaN or infinite.
    """
    spec, model = opened.spec, opened.model
    assert spec is not None
    assert model is not None
    if model.weights.limited:
        lines = ("Names and shapes of all weights fit; their values were not checked, being larger than memory.",)
        certificate = Certificate(True, lines)
    else:
        yield from part(fetch_weights(model), 0.0, 0.4)
        certificate = yield from part(certify(spec, opened.checkpoint, model), 0.4, 0.8)
    digest = yield from part(opened.checkpoint.hash(), 0.8, 1.0)
    return replace(opened.facts, certificate=certificate, sha256=digest)


def parameters(config: Config) -> int:
    """How many numbers the weights that must be there have."""
    return sum(math.prod(shape) for shape in config.required().values())


def _too_large(size: int, free: int) -> str:
    return (
        f"The weights take {size / 2**30:.1f} GB as 32-bit floats, too much for the {free / 2**30:.1f} GB that are "
        "free, so attention is not offered; circuits are computed from the matrices that they need."
    )


def _give_tokenizer(model: Model, checkpoint: Checkpoint) -> None:
    """The tokenizer beside the checkpoint, if any; one that cannot be read does not keep the model from opening."""
    try:
        model.tokenizer = tokenizer.beside(checkpoint.path, model.config.d_vocab)
    except UserError as error:
        checkpoint.ignored = (*checkpoint.ignored, str(error))
    if model.tokenizer is not None and not model.vocabulary.names:
        model.vocabulary = replace(
            model.vocabulary, namer=model.tokenizer.label, ordinary=model.tokenizer.ordinary
        )


def _facts(
    checkpoint: Checkpoint, spec: ModelSpec, model: Model, choices: tuple[HeadChoice, ...], demo: DemoInfo | None
) -> ModelFacts:
    config = spec.config
    sources = {part.source for part in spec.parts.values()}
    dtypes = sorted({str(checkpoint.dtype(source)).removeprefix("torch.") for source in sources})
    positions = {"rotary": f"rotary ({config.rotary_dim} of {config.d_head} dimensions)"}
    return ModelFacts(
        path=str(checkpoint.path), name=visible(model.name, 100), sha256="", family=spec.family,
        evidence=_visible((*checkpoint.notes, *spec.evidence)), n_layers=config.n_layers, n_heads=config.n_heads,
        n_kv_heads=config.n_kv_heads, d_model=config.d_model, d_head=config.d_head, d_vocab=config.d_vocab,
        n_ctx=config.n_ctx, n_params=sum(math.prod(checkpoint.shapes[name]) for name in sources),
        positions=positions.get(config.positions, config.positions), heads=model.heads, device=str(model.device),
        precision=f"computed in float32, stored as {', '.join(dtypes)}",
        certificate=Certificate(True, ("Not checked yet.",)), unused_tensors=_visible(unused_tensors(spec, checkpoint)),
        head_choices=choices, demo=demo.key if demo else "", weights_only=spec.weights_only,
        ignored=_visible(checkpoint.ignored), tokenizer=model.tokenizer.name if model.tokenizer else "",
        handwriting=model.vocabulary.codec is not None,
    )  # fmt: skip


def _unknown_facts(checkpoint: Checkpoint, error: UserError, device: torch.device) -> ModelFacts:
    """Facts of a file without a model."""
    return ModelFacts(
        path=str(checkpoint.path), name=visible(checkpoint.name, 100), sha256="", family="unknown",
        evidence=_visible(checkpoint.notes), n_layers=0, n_heads=0, n_kv_heads=0, d_model=0, d_head=0, d_vocab=0,
        n_ctx=0, n_params=sum(math.prod(shape) for shape in checkpoint.shapes.values()), positions="unknown", heads=(),
        device=str(device), precision="", certificate=Certificate(False, ("No model was recognised.",)),
        unused_tensors=_visible(checkpoint.shapes), weights_only=str(error), ignored=_visible(checkpoint.ignored),
    )  # fmt: skip


def _visible(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(text) for text in texts)
