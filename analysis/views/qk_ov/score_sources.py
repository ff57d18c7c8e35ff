"""Why the query scores the key: the attention score by what wrote the one and the other."""

import numpy as np

from analysis.causal.parts import Source
from analysis.causal.score_sources import ScoreSources
from analysis.figures.axis import Axis
from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import FloatArray, Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import number, signed

NAMED = 3
"""Sources that the note names on each side."""

PAIR = Option(
    "score_pair", "of", "auto", choices=(("auto", "auto"), ("one", "one pair")),
    tip="auto: where the prompt repeats, each query of the second copy with the token after its earlier occurrence; "
    "else the last query with its strongest key. one pair: the query and key chosen here.",
)
QUERY = Option("score_query", "query", "1", "number", high=100_000, when=("score_pair", ("one",)),
               tip="Position of the query.")  # fmt: skip
KEY = Option("score_key", "key", "0", "number", high=100_000, when=("score_pair", ("one",)),
             tip="Position of the key; the query must see it.")  # fmt: skip


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[what wrote the query, what wrote the key]: the score above that of the query's other keys."""
    head, config, prompt = selection.head, session.model.config, session.prompt
    chosen = selection.option(PAIR.key, PAIR.default) == "one"
    pair = (_place(selection, QUERY), _place(selection, KEY)) if chosen else None
    found: ScoreSources
    found, _ = session.study("score_sources", (head, selection.sample, pair))
    repeats = prompt.period is not None and head.kind == "self"
    where = "queries i, keys i − L + 1" if repeats else "last query, strongest key"
    where = f"query {pair[0]}, key {pair[1]}" if pair else where
    where += f", {len(found.n_pairs)} samples" if selection.sample is None else ""
    note = f"{where}; score {found.score:.2f}, {found.contrast:+.2f} above its other keys; "
    note += f"{_words('keys', found.key_sources, found.key_shares)}; "
    note += _words("queries", found.query_sources, found.query_shares)
    note += "; scales of the norms fixed" * (config.norm != "none") + "; before the cap" * bool(config.attention_cap)
    rows, cols = (
        Axis(name, len(sources), tuple(source.label for source in sources))
        for name, sources in (("query written by", found.query_sources), ("key written by", found.key_sources))
    )
    return Heatmap(f"{head} score by source", found.contrasts, rows, cols, signed(found.contrasts, "score"), note=note)


def _place(selection: Selection, option: Option) -> int:
    return number(selection, option.key) if option.key in dict(selection.options) else int(option.default)


def _words(side: str, sources: tuple[Source, ...], shares: FloatArray) -> str:
    """ "keys: L0H2 81 %, token 12 %": the sources that the contrast owes most to."""
    best = [index for index in np.argsort(-shares)[:NAMED] if shares[index] >= 0.01]
    return f"{side}: " + (", ".join(f"{sources[index].label} {shares[index]:.0%}" for index in best) or "none")


VIEW = View(
    ViewInfo(
        "score_sources", "qk", "Sources",
        "Why a query scores a key: the score above that of its other keys, by what wrote the query and the key.",
        (PAIR, QUERY, KEY), frozenset({"head", "sample", "prompt", "score_sources"}), 50,
        formula="Σ q_a · k_b · scale, less its mean over the query's other keys;  a, b: embeddings, heads, MLPs, …",
    ),
    compute,
)
