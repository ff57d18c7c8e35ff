"""The status line: what is under the pointer, how far the work has come, and the memory in use."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from analysis.values import JobUpdate

STEPS = 1000


class Words(QWidget):
    """One line of text, cut where the room ends. Unlike a label it never has the window laid out anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setAccessibleName("Under the pointer")

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.rect().adjusted(6, 0, -6, 0)
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class StatusLine(QStatusBar):
    """Hover words on the left; on the right progress with its cancel button, then memory and device."""

    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unfinished: dict[str, JobUpdate] = {}
        self._lasting = ""
        self.words = Words()
        self._job = QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._job.setAccessibleName("Work in progress")
        self._bar = QProgressBar(maximum=STEPS, textVisible=False)
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
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            self.addPermanentWidget(widget)
        self._fit()
        self.show_jobs()

    def _fit(self) -> None:
        """Fixed sizes: progress comes often, and must not have the whole window laid out anew."""
        metrics = self.fontMetrics()
        self._job.setFixedSize(metrics.horizontalAdvance("Composition 100 % wide"), metrics.height() + 4)
        self._bar.setFixedSize(8 * metrics.height(), max(12, metrics.height() * 2 // 3))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    @property
    def busy(self) -> bool:
        """Whether a job is unfinished."""
        return bool(self._unfinished)

    @Slot(str)
    def hover(self, words: str) -> None:
        """What is under the pointer; "" goes back to what was said last."""
        self.words.set_text(words or self._lasting)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """A sentence that stays until the next one."""
        self._lasting = sentence
        self.words.set_text(sentence)

    @Slot(str)
    def forget(self, sentence: str) -> None:
        """Drop what was said last, if it is this sentence: it no longer holds."""
        if sentence and self._lasting == sentence:
            self.say("")

    @Slot(str)
    def set_memory(self, text: str) -> None:
        self._memory.setText(text)

    def memory(self) -> str:
        return self._memory.text()

    def progress(self, title: str, fraction: float) -> None:
        """Work that is no job and cannot be cancelled here, such as reading a file."""
        for widget in (self._job, self._bar):
            widget.show()
        self._job.setText(title)
        self._bar.setValue(round(STEPS * fraction))

    def clear_jobs(self) -> None:
        self._unfinished.clear()
        self.show_jobs()

    @Slot(object)
    def job_changed(self, update: JobUpdate) -> None:
        self._unfinished.pop(update.key, None)
        if not update.done:
            self._unfinished[update.key] = update
        self.show_jobs()

    def show_jobs(self) -> None:
        """Progress of the job that moved last, which jobs do one after the other; nothing where no job runs."""
        current = next(reversed(self._unfinished.values()), None)
        for widget in (self._job, self._bar, self.cancel):
            widget.setVisible(current is not None)
        if current is not None:
            self._job.setText(f"{current.title} {current.fraction:.0%}")
            self._bar.setValue(round(STEPS * current.fraction))
