"""minGPT, TransformerLens and torch.nn layers against their own arithmetic; and models known by their weights alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from analysis.files.checkpoint import open_checkpoint
from analysis.loading.certificate import certify, unused_tensors
from analysis.loading.identify import identify
from analysis.measures.circuits import full_ov, qk
from analysis.measures.gains import fold
from analysis.model.model import Config, Model, ModelSpec
from analysis.model.transformer import forward
from analysis.values import UserError
from analysis.values.work import finish
from tests.analysis.formats.reference_models import attend, randomise
from tests.analysis.handmade import load_model, random_model
from tests.analysis.plain import Plain

CPU = torch.device("cpu")
State = dict[str, torch.Tensor]
TOKENS = torch.randint(31, (2, 12), generator=torch.Generator().manual_seed(5))


def opened(state: State, path: Path, n_head: int | None = None) -> tuple[ModelSpec, Model]:
    torch.save(state, path / "file.pt")
    checkpoint = open_checkpoint(path / "file.pt")
    spec = identify(checkpoint, n_head)
    model = load_model(spec, checkpoint, CPU)
    certificate = finish(certify(spec, checkpoint, model))
    assert certificate.ok, certificate.lines
    return spec, model


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


# ---- minGPT ------------------------------------------------------------------------------------------------------


class FirstBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(24), nn.LayerNorm(24)
        self.attn = nn.ModuleDict({name: nn.Linear(24, 24) for name in ("key", "query", "value", "proj")})
        self.attn.register_buffer("mask", torch.ones(1, 1, 16, 16).tril())
        self.mlp = nn.Sequential(nn.Linear(24, 96), nn.GELU(), nn.Linear(96, 24), nn.Dropout(0.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        read, at = self.ln1(x), self.attn
        out, _ = attend(at["query"](read), at["key"](read), at["value"](read), 3, causal=True)
        x = x + at["proj"](out)
        return x + self.mlp(self.ln2(x))


class FirstMinGPT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(31, 24)
        self.pos_emb = nn.Parameter(torch.zeros(1, 16, 24))
        self.blocks = nn.Sequential(FirstBlock(), FirstBlock())
        self.ln_f, self.head = nn.LayerNorm(24), nn.Linear(24, 31, bias=False)
        randomise(self)

    @torch.no_grad()
    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.head(self.ln_f(self.blocks(self.tok_emb(tokens) + self.pos_emb[:, : tokens.shape[1]])))


def test_that_the_first_form_of_mingpt_computes_what_its_own_code_computes(tmp_path: Path) -> None:
    theirs = FirstMinGPT()
    spec, model = opened(theirs.state_dict(), tmp_path, 3)
    assert spec.family == "minGPT"
    torch.testing.assert_close(finish(forward(model, TOKENS)).logits, theirs(TOKENS), atol=1e-4, rtol=1e-4)


# ---- torch.nn layers ---------------------------------------------------------------------------------------------


class Encoder(nn.Module):
    """A causal language model as people build it from torch.nn; `sines`: the way of PyTorch's tutorial."""

    def __init__(self, sines: bool, final: bool) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(24, 4, 40, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(
            layer, 2, norm=nn.LayerNorm(24) if final else None, enable_nested_tensor=False
        )
        self.embedding = nn.Embedding(31, 24)
        self.fc_out = nn.Linear(24, 31)
        self.sines = sines
        if sines:
            self.pos_encoder = nn.Module()
            self.pos_encoder.register_buffer("pe", drawn(20, 1, 24))
        else:
            self.pos_emb = nn.Embedding(20, 24)
        randomise(self)
        self.eval()

    @torch.no_grad()
    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        n = tokens.shape[1]
        x = self.embedding(tokens)
        x = x * math.sqrt(24) + self.pos_encoder.pe[:n, 0] if self.sines else x + self.pos_emb.weight[:n]
        mask = nn.Transformer.generate_square_subsequent_mask(n)
        return self.fc_out(self.layers(x, mask=mask, is_causal=True))


@pytest.mark.parametrize(("sines", "final"), [(True, False), (False, True)])
def test_that_torch_encoder_layers_compute_what_torch_computes(sines: bool, final: bool, tmp_path: Path) -> None:
    theirs = Encoder(sines, final)
    spec, model = opened(theirs.state_dict(), tmp_path)
    assert any("norm_first=False" in line for line in spec.evidence)
    torch.testing.assert_close(finish(forward(model, TOKENS)).logits, theirs(TOKENS), atol=1e-4, rtol=1e-4)
    assert fold(model, "L1.ln1").scale is None  # a sublayer reads what the norm before it has written
    assert (fold(model, "final").scale is None) != final


def test_that_a_torch_encoder_without_embeddings_is_known_by_its_weights(tmp_path: Path) -> None:
    state = {name: tensor for name, tensor in Encoder(False, True).state_dict().items() if name.startswith("layers.")}
    spec, model = opened(state, tmp_path)
    assert "no token embedding" in spec.weights_only
    assert len(model.heads) == 8
    key = state["layers.layers.1.self_attn.in_proj_weight"][24 + 6 : 24 + 12].T
    assert torch.equal(model.head(model.heads[5]).W_K, key)


def test_that_a_torch_decoder_shows_its_cross_attention_by_its_weights(tmp_path: Path) -> None:
    stack = nn.TransformerDecoder(nn.TransformerDecoderLayer(24, 4, 40), 2)
    randomise(stack)
    state = stack.state_dict()
    spec, model = opened(state, tmp_path)
    assert "cross-attention" in spec.weights_only
    assert [str(head) for head in model.heads[3:9]] == ["L0H3", "L0X0", "L0X1", "L0X2", "L0X3", "L1H0"]
    written = state["layers.0.multihead_attn.out_proj.weight"][:, 6:12].T
    assert torch.equal(model.head(model.heads[5]).W_O, written)


# ---- TransformerLens ---------------------------------------------------------------------------------------------

LENS = Config(
    n_layers=2, n_heads=4, d_model=24, d_head=6, d_vocab=31, n_ctx=16, n_kv_heads=4, d_mlp=40, activation="gelu_tanh"
)  # fmt: skip


def lens(model: Model) -> State:
    """The state dictionary that a HookedTransformer of the same weights would have."""
    state: State = {"unembed.b_U": drawn(31)}
    for name in model.weights:
        name_there = name.replace("pos.", "pos_embed.").replace("final.", "ln_final.")
        if name[0] == "L":
            layer, _, rest = name[1:].partition(".")
            grouped = model.config.n_kv_heads < model.config.n_heads and rest[5:] in ("W_K", "W_V", "b_K", "b_V")
            name_there = f"blocks.{layer}.{rest.replace('attn.', 'attn._') if grouped else rest}"
        state[name_there] = model.weights[name]
    for layer in range(model.config.n_layers):
        state[f"blocks.{layer}.attn.mask"] = torch.ones(16, 16, dtype=torch.bool).tril()
        state[f"blocks.{layer}.attn.IGNORE"] = torch.tensor(-torch.inf)
    return state


def tables(config: Config, base: float, paired: bool) -> State:
    """rotary_sin and rotary_cos as TransformerLens keeps them."""
    speeds = base ** (-torch.arange(0, config.rotary_dim, 2) / config.rotary_dim)
    angles = torch.arange(16)[:, None] * (speeds.repeat_interleave(2) if paired else speeds.repeat(2))
    return {
        f"blocks.{layer}.attn.rotary_{name}": table
        for layer in range(config.n_layers)
        for name, table in (("sin", angles.sin()), ("cos", angles.cos()))
    }


ROTARY = replace(
    LENS, positions="rotary", rotary_dim=4, rotary_base=300.0, n_kv_heads=2, norm="rms", gated=True, activation="silu"
)
VARIANTS = {
    "learned positions": LENS,
    "folded norms": replace(LENS, norm_weights=False),
    "rotary, grouped": ROTARY,
    "rotary by neighbours": replace(ROTARY, rotary_interleaved=True),
    "attention only": replace(LENS, d_mlp=0),
}


@pytest.mark.parametrize("kind", VARIANTS)
def test_that_transformer_lens_weights_give_the_logits_of_a_plain_decoder(kind: str, tmp_path: Path) -> None:
    config = VARIANTS[kind]
    theirs = random_model(config)
    turning = tables(config, config.rotary_base, config.rotary_interleaved) if config.rotary_dim else {}
    state = lens(theirs) | turning
    spec, model = opened(state, tmp_path)
    assert spec.family == "TransformerLens"
    plain = Plain(theirs)
    plain.weights["unembed.b_U"] = state["unembed.b_U"].numpy()
    wanted = torch.from_numpy(plain.logits(TOKENS[0].tolist()))
    torch.testing.assert_close(finish(forward(model, TOKENS[:1])).logits[0].double(), wanted, atol=1e-4, rtol=0)


def test_that_the_configuration_of_transformer_lens_is_followed(tmp_path: Path) -> None:
    told = {"act_fn": "relu", "parallel_attn_mlp": True, "eps": 0.1, "normalization_type": "LN"}
    (tmp_path / "config.json").write_text(json.dumps(told))
    _, model = opened(lens(random_model(LENS)), tmp_path)
    assert (model.config.activation, model.config.parallel, model.config.norm_eps) == ("relu", True, 0.1)


@pytest.mark.parametrize(
    ("told", "extra"),
    [({"act_fn": "solu_ln"}, {}), ({}, {"blocks.0.mlp.ln.w": torch.ones(40)}),
     ({"act_fn": "relu", "positional_embedding_type": "shortformer"}, {})],
)  # fmt: skip
def test_that_a_transformer_lens_model_that_cannot_be_followed_keeps_its_weights(
    told: dict[str, object], extra: State, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(told))
    state = lens(random_model(LENS))
    spec, model = opened(state | extra, tmp_path)
    assert "only" in spec.weights_only
    assert torch.equal(model.head(model.heads[5]).W_Q, state["blocks.1.attn.W_Q"][1])


# ---- weights alone -----------------------------------------------------------------------------------------------


def layered(name: str, shapes: dict[str, tuple[int, int]]) -> State:
    found: State = {"something.else": drawn(5, 5)}
    for layer in (0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9):
        for leaf, shape in shapes.items():
            found[f"{name.format(layer)}{leaf}"] = drawn(*shape, seed=1000 * layer + len(leaf))
    return found


APART = {
    "llama-like": ("model.layers.{}.self_attn.", ("q_proj", "k_proj", "v_proj", "o_proj")),
    "bert": ("bert.encoder.layer.{}.attention.", ("self.query", "self.key", "self.value", "output.dense")),
    "wq": ("layers.{}.attention.", ("wq", "wk", "wv", "wo")),
    "diffusion": ("blocks.{}.attn1.", ("to_q", "to_k", "to_v", "to_out.0")),
    "t5": ("decoder.block.{}.layer.0.SelfAttention.", ("q", "k", "v", "o")),
}


@pytest.mark.parametrize("kind", APART)
def test_that_matrices_are_recognised_by_name_and_shape(kind: str, tmp_path: Path) -> None:
    at, (q, k, v, o) = APART[kind]
    shapes = {q: (32, 24), k: (16, 24), v: (16, 24), o: (24, 32)}
    state = layered(at, {name + ".weight": shape for name, shape in shapes.items()})
    spec, model = opened(state, tmp_path, 4)
    assert (spec.config.n_layers, spec.config.n_kv_heads, spec.config.d_head) == (11, 2, 8)
    assert spec.weights_only
    head = model.head(model.heads[4 * 10 + 3])
    last = {name: state[f"{at.format(10)}{name}.weight"] for name in shapes}
    assert torch.equal(head.W_Q, last[q][24:].T)
    assert torch.equal(head.W_V, last[v][8:].T)
    assert torch.equal(head.W_O, last[o][:, 24:].T)


PACKED = {
    "vit": ("blocks.{}.attn.", "qkv.weight", "proj.weight", False),
    "torch": ("visual.resblocks.{}.attn.", "in_proj_weight", "out_proj.weight", False),
    "conv1d": ("h.{}.attn.", "c_attn.weight", "c_proj.weight", True),
}


@pytest.mark.parametrize("kind", PACKED)
def test_that_packed_matrices_are_recognised(kind: str, tmp_path: Path) -> None:
    at, packed, out, transposed = PACKED[kind]
    state = layered(at, {packed: (24, 96) if transposed else (96, 24), out: (32, 24) if transposed else (24, 32)})
    _, model = opened(state, tmp_path, 4)
    stacked = state[at.format(2) + packed].T if transposed else state[at.format(2) + packed]
    written = state[at.format(2) + out].T if transposed else state[at.format(2) + out]
    head = model.head(model.heads[4 * 2 + 1])
    assert torch.equal(head.W_K, stacked[32 + 8 : 32 + 16].T)
    assert torch.equal(head.W_O, written[:, 8:16].T)


def test_that_interleaved_matrices_are_taken_apart_head_by_head(tmp_path: Path) -> None:
    shapes = {"query_key_value.weight": (72, 24), "dense.weight": (24, 24)}
    state = layered("h.{}.self_attention.", shapes)
    spec, model = opened(state, tmp_path, 4)
    packed = state["h.3.self_attention.query_key_value.weight"]
    assert torch.equal(model.head(model.heads[4 * 3 + 2]).W_V, packed[2 * 18 + 12 : 2 * 18 + 18].T)
    assert any("interleaved" in line for line in spec.evidence)


def test_that_the_head_count_beside_the_file_is_believed(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "other", "num_attention_heads": 3}))
    spec, _ = opened(layered("h.{}.attn.", {"qkv.weight": (72, 24), "proj.weight": (24, 24)}), tmp_path)
    assert (spec.config.n_heads, spec.head_counts) == (3, ())


@pytest.mark.parametrize("said", [[3, 6], True, "4", -1, 5])
def test_that_a_head_count_that_is_none_is_passed_over(said: object, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"num_heads": said}))
    spec, _ = opened(layered("h.{}.attn.", {"qkv.weight": (72, 24), "proj.weight": (24, 24)}), tmp_path)
    assert (spec.config.n_heads, 6 in spec.head_counts) == (4, True)


def test_that_the_largest_stack_is_shown_and_the_others_are_named(tmp_path: Path) -> None:
    shapes = {f"{name}.weight": (24, 24) for name in "qkvo"}
    state = layered("decoder.block.{}.layer.1.EncDecAttention.", shapes)
    state |= layered("decoder.block.{}.layer.0.SelfAttention.", shapes)
    spec, model = opened(state, tmp_path)
    assert any("not shown: 'decoder.block.N.layer.N.EncDecAttention.q.weight'" in line for line in spec.evidence)
    assert any("the last is 'decoder.block.10.layer.0.SelfAttention.q.weight'" in line for line in spec.evidence)
    first = state["decoder.block.0.layer.0.SelfAttention.q.weight"]
    assert torch.equal(model.head(model.heads[0]).W_Q, first[:6].T)


def test_that_the_certificate_says_that_nothing_was_run(tmp_path: Path) -> None:
    torch.save(layered("h.{}.attn.", {"qkv.weight": (72, 24), "proj.weight": (24, 24)}), tmp_path / "file.pt")
    checkpoint = open_checkpoint(tmp_path / "file.pt")
    spec = identify(checkpoint)
    model = load_model(spec, checkpoint, CPU)
    assert "not tried; 1 tensors are left" in finish(certify(spec, checkpoint, model)).lines[-1]
    assert unused_tensors(spec, checkpoint) == ("something.else",)
    with pytest.raises(UserError, match="cannot be run"):
        finish(forward(model, TOKENS))
    with pytest.raises(UserError, match="no tokens"):
        full_ov(model, model.heads[0])
    assert qk(model, model.heads[0], folded=True).block().shape == (24, 24)


def test_that_matrices_whose_shapes_disagree_are_no_attention(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no known architecture"):
        opened(layered("h.{}.attn.", {"qkv.weight": (71, 24), "proj.weight": (24, 24)}), tmp_path)
