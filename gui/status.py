"""The status line: what is under the pointer, how far the work has come, and the memory in use."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from analysis.values import JobUpdate

STEPS = 1000


class StatusLine(QStatusBar):
    """Hover words on the left; on the right progress with its cancel button, then memory and device."""

    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unfinished: dict[str, JobUpdate] = {}
        self._lasting = ""
        self.words = QLabel()
        self.words.setAccessibleName("Under the pointer")
        # A long sentence must not widen the window.
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._job = QLabel()
        self._job.setAccessibleName("Work in progress")
        self._bar = QProgressBar(maximum=STEPS, textVisible=False)
        self._bar.setFixedSize(120, 12)
        self._bar.setAccessibleName("Progress")
        self._bar.setToolTip("How far the work on the whole model has come")
        self.cancel = QToolButton(autoRaise=True)
        self.cancel.setText("Cancel")
        self.cancel.setAccessibleName("Cancel the work in progress")
        self.cancel.setToolTip("Stop scoring; what is on show stays (Ctrl+.)")
        self.cancel.clicked.connect(self.cancel_clicked)
        self._memory = QLabel()
        self._memory.setAccessibleName("Memory")
        self._memory.setToolTip("Memory held by weights and results, and the device")
        self.addWidget(self.words, 1)
        for widget in (self._job, self._bar, self.cancel, self._memory):
            self.addPermanentWidget(widget)
        self._show_jobs()

    @property
    def busy(self) -> bool:
        """Whether a job is unfinished."""
        return bool(self._unfinished)

    @Slot(str)
    def hover(self, words: str) -> None:
        """What is under the pointer; "" goes back to what was said last."""
        self.words.setText(words or self._lasting)

    def say(self, sentence: str) -> None:
        """A sentence that stays until the next one."""
        self._lasting = sentence
        self.words.setText(sentence)

    def set_memory(self, text: str) -> None:
        self._memory.setText(text)

    def progress(self, title: str, fraction: float) -> None:
        """Work that is no job and cannot be cancelled here, such as reading a file."""
        for widget in (self._job, self._bar):
            widget.show()
        self._job.setText(title)
        self._bar.setValue(round(STEPS * fraction))

    def clear_jobs(self) -> None:
        self._unfinished.clear()
        self._show_jobs()

    def job_changed(self, update: JobUpdate) -> None:
        if update.done:
            self._unfinished.pop(update.key, None)
        else:
            self._unfinished[update.key] = update
        self._show_jobs()

    def _show_jobs(self) -> None:
        """The first unfinished job: jobs run one after the other."""
        current = next(iter(self._unfinished.values()), None)
        for widget in (self._job, self._bar, self.cancel):
            widget.setVisible(current is not None)
        if current is not None:
            self._job.setText(f"{current.title} {current.fraction:.0%}")
            self._bar.setValue(round(STEPS * current.fraction))
