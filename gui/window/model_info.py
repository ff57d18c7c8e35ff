"""What is known of the open model, in a dialog that does not block the window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from analysis.values import HeadChoice, ModelFacts


def rows(facts: ModelFacts) -> list[tuple[str, str]]:
    """(name, value) lines in reading order; lists become one line an item."""
    heads = f"{facts.n_heads} × {facts.n_layers} layers"
    if facts.n_kv_heads != facts.n_heads:
        heads += f", keys and values in {facts.n_kv_heads} groups"
    if facts.has_cross:
        heads += f", {sum(head.kind == 'cross' for head in facts.heads)} of cross-attention beside them"
    lines = [
        ("File", facts.path or "built-in demo"),
        ("SHA-256", facts.sha256),
        ("Family", facts.family),
        ("Evidence", "\n".join(facts.evidence)),
        ("Heads", heads),
        ("Sizes", f"d_model {facts.d_model}, d_head {facts.d_head}, vocabulary {facts.d_vocab}, context {facts.n_ctx}"),
        ("Parameters", f"{facts.n_params:,}"),
        ("Positions", facts.positions),
        ("Attention", facts.weights_only and f"not offered: {facts.weights_only}"),
        ("Text", facts.tokenizer),
        ("Device", f"{facts.device}, {facts.precision}"),
        ("Checks", "\n".join(("all passed" if facts.certificate.ok else "NOT ALL PASSED", *facts.certificate.lines))),
        ("Not understood", "\n".join(facts.ignored) or "nothing"),
        ("Unused tensors", "\n".join(facts.unused_tensors) or "none"),
    ]
    if facts.head_choices:
        choices = "\n".join(map(choice_words, facts.head_choices))
        lines.append(("Head count", f"The file does not tell it; possible are\n{choices}"))
    return [(name, value.strip()) for name, value in lines if value.strip()]


def head_count_doubt(facts: ModelFacts) -> str:
    """A sentence when real data speak for another head count than the one in force; empty otherwise."""
    losses = {choice.n_heads: choice.loss for choice in facts.head_choices if choice.loss is not None}
    if not losses or facts.n_heads not in losses:
        return ""
    best = min(losses, key=lambda count: losses[count])
    if best == facts.n_heads:
        return ""
    worse = losses[facts.n_heads] - losses[best]
    return f"Cut into {_heads(facts.n_heads)}, this model predicts real data {worse:.2f} nats worse than with {best}."


def _heads(count: int) -> str:
    return f"{count} head" + "s" * (count != 1)


def choice_words(choice: HeadChoice) -> str:
    """"4 heads, loss 1.234 nats, the family's default"."""
    words = (_heads(choice.n_heads), f"loss {choice.loss:.3f} nats" if choice.loss is not None else "", choice.note)
    return ", ".join(word for word in words if word)


class ModelInfo(QDialog):
    """The rows as text that can be selected and copied."""

    def __init__(self, facts: ModelFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{facts.name} – model")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        for name, value in rows(facts):
            label = QLabel(value, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
            label.setAccessibleName(name)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(QLabel(name, alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), label)
        body = QWidget()
        body.setLayout(form)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(body)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        layout.addWidget(buttons)
        # A SHA-256 has no place to break.
        self.resize(self.fontMetrics().horizontalAdvance("0" * 64) + 280, 560)
