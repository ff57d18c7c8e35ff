"""GPT-2 as Hugging Face writes it: nanoGPT's names, but weights as Conv1D stores them, [in, out]."""

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import BLOCK, shape_evidence
from analysis.loading.formats._gpt import Collector, Unsupported, count_layers, head_count, masks, usual_heads
from analysis.loading.formats.hugging_face._hugging import configuration
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain

_END_OF_TEXT = {50257: 50256}


def recognise(checkpoint: Checkpoint) -> str | None:
    shapes = checkpoint.shapes
    shape = shapes.get(_prefix(checkpoint) + "h.0.attn.c_attn.weight", ())
    if len(shape) != 2 or shape[1] != 3 * shape[0] or any(".crossattention." in name for name in shapes):
        return None
    return "GPT-2 of Hugging Face: its names, with weights stored [in, out]"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector, prefix = Collector(checkpoint, conv1d=True), _prefix(checkpoint)
    d_vocab, d_model = collector.shape(prefix + "wte.weight", 2)
    told, source = configuration(checkpoint, "n_embd", d_model, "head count, tanh GELU and ε = 1e-5")
    if told.flag("scale_attn_by_inverse_layer_idx") or not told.flag("scale_attn_weights", True):
        raise Unsupported("This GPT-2 scales attention in another way than GPT-2, so only its weights are shown.")
    said = told.whole("n_head") or None
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, said=said, usual=usual_heads(d_model))
    n_ctx, d_mlp = collector.shape(prefix + "wpe.weight", 2)[0], collector.shape(prefix + "h.0.mlp.c_fc.weight", 2)[1]
    config = Config(
        count_layers(checkpoint.shapes, prefix + "h."), n_heads, d_model, d_model // n_heads, d_vocab, n_ctx, n_heads,
        d_mlp, activation=told.activation("gelu_new", "activation_function"),
        norm_eps=told.number("layer_norm_epsilon", 1e-5),
    )  # fmt: skip
    tied = collector.ends(config, prefix + "wte.weight", "lm_head.weight", prefix + "ln_f", biased=True)
    collector.add("pos.W_pos", prefix + "wpe.weight", (n_ctx, d_model))
    for layer in range(config.n_layers):
        collector.layer(config, layer, prefix + "h.", BLOCK, biased=True)
    evidence = (recognise(checkpoint), shape_evidence(config), source, heads, tied)
    vocabulary = plain(d_vocab, _END_OF_TEXT.get(d_vocab))
    return collector.spec("GPT-2", evidence, config, vocabulary, counts, masks(checkpoint))


def _prefix(checkpoint: Checkpoint) -> str:
    return "transformer." if "transformer.h.0.attn.c_attn.weight" in checkpoint.shapes else ""


FORMAT = Format("gpt2", "GPT-2", recognise, read, order=35)
