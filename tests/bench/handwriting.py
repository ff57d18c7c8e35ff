"""From a start with a checkpoint and a handwriting data set to the filled window, and from sample to sample.

    python -m tests.bench.handwriting CHECKPOINT DATA [--rounds 3]

Three things, wall time and the processor time of the whole process (which is what counts when other programs share
the machine): from the start of a process to the filled window, as a ratio to importing torch and Qt alone; from
choosing the file in a running window to the filled window; from a step to the next sample to its ink and pattern
drawn, as a ratio to one forward pass over as many tokens.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

IMPORTS = "import time; start = time.perf_counter(); import torch, PySide6.QtWidgets, pyqtgraph"
TOLD = "; print(time.perf_counter() - start, time.process_time())"


def fresh(code: str, *arguments: str) -> tuple[float, float]:
    """Wall and processor seconds that a new process says it took."""
    out = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout
    wall, processor = map(float, out.split()[-2:])
    return wall, processor


def wait(app, done) -> None:
    while not done():
        app.processEvents()
        time.sleep(0.001)
    app.processEvents()


def filled(window, app) -> None:
    """Until every panel on show has drawn; jobs may go on."""
    wait(app, lambda: window.store.prompt is not None and not window.opener.doing and not window.requests.pending)


def start(checkpoint: str, data: str) -> None:
    """What a fresh process does: the program's own way to the filled window."""
    began = time.perf_counter()
    from PySide6.QtWidgets import QApplication

    from gui.shared.settings import Settings
    from gui.theme.colors import apply_theme
    from gui.window.main_window import MainWindow
    from gui.work.worker import Worker

    app = QApplication([])
    apply_theme(app, "light")
    window = MainWindow(Worker(device="cpu"), Settings(os.devnull))
    window.show()
    window.start(checkpoint, None, data)
    filled(window, app)
    print(time.perf_counter() - began, time.process_time())
    sys.stdout.flush()
    os._exit(0)


def forward_pass(checkpoint: str, n_tokens: int) -> float:
    """Milliseconds of one forward pass over one sample; the median."""
    import torch

    from analysis.model.transformer import forward
    from analysis.session.session import Session
    from analysis.values.work import finish

    session, times = Session("cpu"), []
    session.open(checkpoint)
    tokens = torch.zeros(1, n_tokens, dtype=torch.int64)
    context = torch.zeros(1, session.model.config.n_ctx_context, dtype=torch.int64)
    with torch.no_grad():
        for _ in range(7):
            began = time.perf_counter()
            finish(forward(session.model, tokens, context))
            times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def running(checkpoint: str, data: str) -> tuple[tuple[float, float], list[tuple[float, float]], int]:
    """In a window that is open and idle: (wall, processor) of opening, and of each step; the number of tokens."""
    from PySide6.QtWidgets import QApplication

    from analysis.values import OpenRequest
    from gui.shared.settings import Settings
    from gui.theme.colors import apply_theme
    from gui.window.main_window import MainWindow
    from gui.work.worker import Worker

    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Worker(device="cpu"), Settings(os.path.join(folder, "settings.ini")))
        window.show()
        window.start(None)
        wait(app, lambda: window.settled)
        began, used = time.perf_counter(), time.process_time()
        opened: list[bool] = []
        window.opener.opened.connect(lambda: opened.append(True))
        window.opener.open(OpenRequest(checkpoint, data=data))
        wait(app, lambda: opened)
        filled(window, app)
        opening = (time.perf_counter() - began, time.process_time() - used)
        wait(app, lambda: window.settled)
        prompt, steps = window.store.prompt, []
        assert prompt is not None
        for sample in range(1, prompt.n_samples):
            began, used = time.perf_counter(), time.process_time()
            window.store.set_sample(sample)
            filled(window, app)
            steps.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)))
            assert f"sample {sample}" in str(getattr(window.panels["ink"].figure(), "title", ""))
        window.close()
    return opening, steps, prompt.n_tokens


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    code = "import sys; from tests.bench.handwriting import start; start(*sys.argv[1:])"
    whole = min(fresh(code, given.checkpoint, given.data) for _ in range(given.rounds + 1))
    bare = min(fresh(IMPORTS + TOLD) for _ in range(given.rounds))
    print(f"a new process: filled window after {whole[0]:.2f} s ({whole[1]:.2f} s of processor); importing torch and "
          f"Qt alone {bare[0]:.2f} s ({bare[1]:.2f}), ratio {whole[0] / bare[0]:.1f}")
    opening, steps, n_tokens = running(given.checkpoint, given.data)
    print(f"a running window: filled {opening[0]:.2f} s after the file was chosen ({opening[1]:.2f} s of processor)")
    walls, used = zip(*steps, strict=True)
    once = forward_pass(given.checkpoint, n_tokens)
    print(f"steps through {len(steps)} new samples of {n_tokens} tokens: {statistics.median(walls):.0f} ms each (worst "
          f"{max(walls):.0f}), {statistics.median(used):.0f} ms of processor (worst {max(used):.0f}); a forward pass "
          f"{once:.0f} ms, ratio {statistics.median(walls) / once:.1f}")


if __name__ == "__main__":
    main()
