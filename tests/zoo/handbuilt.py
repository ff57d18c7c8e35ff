"""The models built by hand, by name: each has a function that builds it and says what is true of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.zoo import copiers, mixtures, shared_work, traps
from tests.zoo.copiers import Entry

Build = Callable[..., Entry]
SPEEDS = tuple(0.05 + 3 * pair / 32 for pair in range(32))
"""Of rotary positions that tell every distance from every other."""
EVEN: dict[str, Any] = {"rotary_pairs": 32, "config": {"rotary_speeds": SPEEDS}}
SMALL: dict[str, Any] = {"n_tokens": 30, "n_ctx": 64}
LARGE: dict[str, Any] = {"n_tokens": 120, "n_ctx": 200}


def _plain() -> dict[str, Build]:
    """Induction in one step, in every kind of decoder."""
    make = copiers.plain
    return {
        "plain": partial(make),
        "plain_capped": partial(make, n_tokens=40, n_ctx=96, config={"attention_cap": 60.0, "logit_cap": 30.0}),
        "plain_scaled": partial(make, n_tokens=35, distracting=False, heads=2, config={"attention_scale": 0.05}),
        "plain_small": partial(make, bos=False, heads=2, distracting=False, **SMALL),
        "plain_large": partial(make, n_tokens=200, n_ctx=256, code_width=64, turned=True, seed=1),
        "plain_soft": partial(make, sharp=7.0, gain=4.0, noise=0.01, seed=2),
        "plain_rotary": partial(make, rotary_pairs=8),
        "plain_rotary_interleaved": partial(
            make, rotary_pairs=12, n_tokens=40, config={"rotary_interleaved": True}, turned=True
        ),
        "plain_rms": partial(make, config={"norm": "rms"}, turned=True, n_tokens=50),
        "plain_layer_norm": partial(make, config={"norm": "layer"}, noise=0.01),
        "plain_grouped": partial(make, kv_heads=2, n_tokens=45, n_ctx=96),
        "plain_qk_norm": partial(make, distracting=False, heads=2, config={"qk_norm": True}),
        "plain_mlp": copiers.plain_mlp,
        "plain_parallel": copiers.plain_parallel,
    }  # fmt: skip


def _displaced() -> dict[str, Build]:
    made: dict[str, Build] = {f"displaced_{past}": partial(copiers.displaced, past=past) for past in (2, 3, 5, 8)}
    return made | {
        "displaced_9_large": partial(copiers.displaced, past=9, **LARGE, code_width=48, turned=True, seed=4),
        "displaced_12": partial(copiers.displaced, past=12, n_ctx=160),
        "displaced_4_rotary": partial(copiers.displaced, past=4, **EVEN),
        "displaced_3_rms": partial(copiers.displaced, past=3, config={"norm": "rms"}, distracting=False, heads=2),
        "displaced_7_no_bos": partial(copiers.displaced, past=7, bos=False, distracting=False, heads=2, n_tokens=40),
        "displaced_6_grouped": partial(copiers.displaced, past=6, kv_heads=2, **SMALL),
    }


def _weak() -> dict[str, Build]:
    return {
        "weak_10": partial(copiers.weak, share=0.1),
        "weak_15_small": partial(copiers.weak, share=0.15, **SMALL),
        "weak_25_rotary": partial(copiers.weak, share=0.25, **EVEN),
        "weak_30_spread": partial(copiers.weak, share=0.3, rest="everything"),
        "weak_20_spread_small": partial(copiers.weak, share=0.2, rest="everything", bos=False, **SMALL),
        "subset_4": partial(copiers.subset, of=4),
        "subset_2_large": partial(copiers.subset, of=2, **LARGE),
        "subset_3_rotary": partial(copiers.subset, of=3, n_tokens=48, **EVEN),
    }


def _chains() -> dict[str, Build]:
    return {
        "queries": copiers.by_queries,
        "queries_late": partial(copiers.by_queries, idle=1, n_tokens=36, n_ctx=96, wide={"found": 96}),
        "queries_small_turned": partial(copiers.by_queries, turned=True, wide={"found": 64}, **SMALL),
        "late": partial(copiers.late),
        "late_3": partial(copiers.late, layer=3, n_tokens=40),
        "chain": partial(copiers.chain),
        "chain_rotary": partial(copiers.chain, **EVEN),
        "moved_on": partial(copiers.moved_on),
        "moved_on_small": partial(copiers.moved_on, turned=True, **SMALL),
    }


def _groups() -> dict[str, Build]:
    return {
        "group_6": partial(shared_work.group, members=6, share=0.12, n_tokens=40, n_ctx=96),
        "group_8": partial(shared_work.group, members=8, share=0.1, **SMALL),
        "group_6_rotary": partial(shared_work.group, members=6, share=0.15, n_tokens=40, **EVEN),
        "group_over_places": partial(shared_work.spread_group, offsets=(1, 2, 3, 5, 8, 10), share=0.13, **SMALL),
        "comb_8": partial(shared_work.comb, teeth=8, share=0.6),
        "comb_12": partial(shared_work.comb, teeth=12, share=0.9, carriers=3),
        "comb_6": partial(shared_work.comb, teeth=6, share=0.42, carriers=2, turned=True, n_tokens=40),
        "redundant": partial(shared_work.redundant, where=((1, 0), (1, 2))),
        "redundant_layers": partial(shared_work.redundant, where=((1, 0), (2, 1)), n_tokens=40, n_ctx=96),
        "redundant_3": partial(shared_work.redundant, where=((1, 0), (1, 1), (2, 1)), **SMALL),
        "redundant_ways": partial(shared_work.redundant_ways),
    }


def _conditional() -> dict[str, Build]:
    return {
        "backup": partial(shared_work.backup, n_tokens=40),
        "backup_by_sink": partial(shared_work.sink_backup),
        "backup_small": partial(shared_work.sink_backup, turned=True, **SMALL),
        "gate": partial(shared_work.gate),
        "gate_by_duplicate": partial(shared_work.gate, at=0, n_tokens=40, n_ctx=96),
        "gate_by_sink": partial(shared_work.gate, by_mlp=False, n_tokens=45),
        "gate_by_sink_duplicate": partial(shared_work.gate, at=0, by_mlp=False, turned=True, **SMALL),
    }


def _opposed() -> dict[str, Build]:
    return {
        "anti": partial(traps.anti),
        "anti_rotary": partial(traps.anti, n_tokens=40, **EVEN),
        "anti_and_true": partial(traps.anti, with_true=2.5, past=2),
        "anti_later_and_true": partial(traps.anti, with_true=2.0, layer=2, past=3, n_tokens=40, n_ctx=96),
        "anti_and_true_same_place": partial(traps.anti, with_true=3.0, past=1, **SMALL),
        "null_ov": partial(traps.null_ov),
        "null_ov_junk": partial(traps.null_ov, writes="junk", turned=True, n_tokens=50),
        "null_ov_another": partial(traps.null_ov, writes="another"),
        "null_ov_and_true": partial(traps.null_ov, writes="place", with_true=True),
        "null_ov_rotary": partial(traps.null_ov, writes="junk", n_tokens=40, **EVEN),
    }


def _elsewhere() -> dict[str, Build]:
    """No induction at all."""
    return {
        "positional_24": partial(traps.positional, back=24),
        "positional_49": partial(traps.positional, back=49, n_ctx=128, turned=True),
        "positional_31_late": partial(traps.positional, back=31, layer=1, n_tokens=40),
        "positional_24_rotary": partial(traps.positional, back=24, **EVEN),
        "positional_15_rotary": partial(traps.positional, back=15, **EVEN, n_tokens=40),
        "duplicate": partial(traps.duplicate),
        "duplicate_says": partial(traps.duplicate, says=10.0),
        "duplicate_says_rotary": partial(traps.duplicate, says=6.0, rotary_pairs=8, **SMALL),
        "previous": partial(traps.only_previous),
        "previous_says": partial(traps.only_previous, says=5.0, n_tokens=100),
        "first": partial(traps.only_first),
        "first_no_bos": partial(traps.only_first, bos=False, n_tokens=40),
        "bag": partial(traps.bag),
        "bag_unlikelier": partial(traps.bag, strength=-40.0),
        "bag_recent": partial(traps.bag, decay=0.03),
        "bag_saturated": partial(traps.bag, strength=3.0, saturated=True, n_tokens=100),
        "before_the_place": partial(traps.beside_the_place, step=-1),
        "at_the_place": partial(traps.beside_the_place, step=0, n_tokens=40),
        "window_48": partial(traps.windowed, window=48),
        "window_24": partial(traps.windowed, window=24, n_tokens=40),
        "window_40_everywhere": partial(traps.windowed, window=40, config={"windows": (40, 40)}, n_tokens=50),
        "fading_32": partial(traps.fading, reach=32),
        "fading_20": partial(traps.fading, reach=20, **SMALL),
        "short_context": partial(traps.short_context),
    }


def _mixed() -> dict[str, Build]:
    return {
        "says_the_second": partial(mixtures.says_the_second),
        "says_the_fifth_rotary": partial(mixtures.says_the_second, past=5, n_tokens=40, **EVEN),
        "empty_comb": partial(mixtures.empty_comb, teeth=8, n_tokens=40),
        "duplicate_lowers": partial(mixtures.duplicate_lowers),
        "bag_and_duplicate": partial(mixtures.bag_and_duplicate, n_tokens=50),
        "bag_not_yet": partial(mixtures.not_yet),
        "two_token_match": partial(mixtures.two_token_match, n_tokens=40),
        "induction_and_position": partial(mixtures.with_position),
        "induction_and_position_rotary": partial(mixtures.with_position, back=15, n_tokens=40, **EVEN),
        "two_previous": partial(mixtures.two_previous, n_tokens=40),
        "unequal": partial(mixtures.unequal, n_tokens=40),
        "by_avoiding": partial(mixtures.by_avoiding),
        "half_duplicate": partial(mixtures.half_duplicate, n_tokens=40),
        "untrained": partial(mixtures.untrained),
        "untrained_rotary": partial(mixtures.untrained, seed=1, spread=0.25, positions="rotary", rotary_dim=16),
        "crowd": partial(mixtures.crowd),
        "soft": partial(mixtures.softly, gain=6.0, sharp=12.0, noise=0.03, n_tokens=50, seed=5),
        "faint": partial(mixtures.softly, gain=2.0, sharp=9.0, noise=0.02, n_tokens=40, n_ctx=96, seed=6),
    }  # fmt: skip


def built() -> dict[str, Callable[[], Entry]]:
    tables = (_plain, _displaced, _weak, _chains, _groups, _conditional, _opposed, _elsewhere, _mixed)
    return {name: partial(build, name) for table in tables for name, build in table().items()}
