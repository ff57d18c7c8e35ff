"""What is known of the open model and of its prompt."""

from dataclasses import dataclass

from analysis.values.heads import HeadId
from analysis.values.selection import PromptSpec


@dataclass(frozen=True)
class HeadChoice:
    """A head count that the shapes allow, with the evidence for it."""

    n_heads: int
    loss: float | None
    """Mean loss in nats on real data with this head count; None where there were no data."""
    note: str = ""


@dataclass(frozen=True)
class Certificate:
    """What was checked after loading, each line in words; ok only if every check passed."""

    ok: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ModelFacts:
    """What is known of the loaded model."""

    path: str
    name: str
    sha256: str
    family: str
    evidence: tuple[str, ...]
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    n_ctx: int
    n_params: int
    positions: str
    heads: tuple[HeadId, ...]
    """All heads, in the order in which they write to the residual stream; none if the architecture is unknown."""
    device: str
    precision: str
    certificate: Certificate
    unused_tensors: tuple[str, ...] = ()
    head_choices: tuple[HeadChoice, ...] = ()
    """Other head counts that the shapes allow; empty when the file tells the head count."""
    head_count_assumed: bool = False
    """Whether the file leaves the head count open and nobody chose it: it is a guess."""
    demo: str = ""
    """The key of the demo that this is, "demo:textbook"; empty for any other file."""
    weights_only: str = ""
    """A sentence saying why attention is not offered; empty when it is."""
    ignored: tuple[str, ...] = ()
    """What in the file was not understood, as "where: what"."""
    tokenizer: str = ""
    """The file that turns text into tokens; empty when there is none."""
    handwriting: bool = False
    """Whether the tokens are pen movements, so that handwriting can be the prompt."""
    data_problem: str = ""
    """Why the data set that was given with the file is not used; empty when it is, or none was given."""

    @property
    def has_cross(self) -> bool:
        return any(head.kind == "cross" for head in self.heads)


@dataclass(frozen=True)
class PromptFacts:
    """The prompt that is in force, as shown in the prompt strip."""

    spec: PromptSpec
    description: str
    n_samples: int
    n_tokens: int
    labels: tuple[tuple[str, ...], ...]
    """[samples][tokens]"""
    context_labels: tuple[tuple[str, ...], ...] = ()
    """[samples][context tokens]; empty without cross-attention"""
    period: int | None = None
    """Length of the repeated piece, where there is one."""
    start: int = 0
    """Position of the first token of the first copy (1 after a BOS)."""
    handwriting: bool = False
    """Whether the tokens are pen movements that can be drawn: the view "ink" exists."""
    sha256: str = ""
    """Of all tokens and contexts, as 64-bit integers."""
