"""From choosing a 2 GB file to the filled head tree, as safetensors and as a zip of torch.save.

    python -m tests.bench.opening

Prints seconds and the growth of the resident memory at the moment the tree is filled, for each form, and as a ratio the
time that reading the file's bytes once takes. Needs 2 GB of disk in the folder for temporary files.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtWidgets import QApplication

from gui.shared.settings import Settings
from gui.theme.colors import apply_theme
from gui.window.main_window import MainWindow
from gui.work.worker import Worker

LAYERS, WIDTH, HIDDEN, VOCABULARY = 16, 2048, 8192, 32000


def shapes() -> dict[str, tuple[int, ...]]:
    """A Llama of about a thousand million parameters."""
    found = {"model.embed_tokens.weight": (VOCABULARY, WIDTH), "model.norm.weight": (WIDTH,)}
    found["lm_head.weight"] = (VOCABULARY, WIDTH)
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        found |= {f"{at}self_attn.{name}_proj.weight": (WIDTH, WIDTH) for name in "qkvo"}
        found |= {f"{at}mlp.{name}_proj.weight": (HIDDEN, WIDTH) for name in ("gate", "up")}
        found |= {f"{at}{norm}_layernorm.weight": (WIDTH,) for norm in ("input", "post_attention")}
        found[f"{at}mlp.down_proj.weight"] = (WIDTH, HIDDEN)
    return found


def write_safetensors(path: Path) -> None:
    header: dict[str, object] = {}
    end = 0
    for name, shape in shapes().items():
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + end)


def write_zip(path: Path) -> None:
    import torch

    torch.save({name: torch.zeros(shape, dtype=torch.bfloat16) for name, shape in shapes().items()}, path)


def opened(app: QApplication, window: MainWindow, path: Path) -> float:
    """Seconds to the filled tree."""
    filled: list[float] = []
    window.opener.opened.connect(lambda: filled.append(time.perf_counter()))
    start = time.perf_counter()
    window.open_path(str(path))
    while not filled:
        app.processEvents()
    assert window.tree.model.rowCount() == LAYERS
    window.worker.cancel_jobs()
    window.opener.opened.disconnect()
    return filled[0] - start


def grown(path: Path) -> float:
    """MB by which opening alone makes a process grow that has opened a small model before."""
    from analysis.session.session import Session

    session, process = Session("cpu"), psutil.Process()
    session.open(None)
    before = process.memory_info().rss
    session.open(str(path))
    return (process.memory_info().rss - before) / 2**20


def read_once(path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb", buffering=0) as stream:
        while stream.read(2**24):
            pass
    return time.perf_counter() - start


def main() -> None:
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        told = {"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 32, "hidden_size": WIDTH,
                "max_position_embeddings": 2048, "rms_norm_eps": 1e-5}
        (Path(folder) / "config.json").write_text(json.dumps(told))
        window = MainWindow(Worker(device="cpu"), Settings(os.path.join(folder, "settings.ini")))
        window.show()
        window.start("demo:textbook")
        while not window.settled:
            app.processEvents()
        for write, name in ((write_safetensors, "model.safetensors"), (write_zip, "model.pt")):
            path = Path(folder) / name
            write(path)
            whole = read_once(path)
            memory, seconds = grown(path), opened(app, window, path)
            print(f"{name}, {path.stat().st_size / 2**30:.2f} GB: tree filled after {seconds:.2f} s, memory grew by "
                  f"{memory:.0f} MB; reading the file once takes {whole:.2f} s, ratio {seconds / whole:.2f}")
            path.unlink()
        window.close()


if __name__ == "__main__":
    main()
