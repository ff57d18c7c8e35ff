"""For all tests: shapes are checked; examples made by hypothesis are not timed, since other programs may share the
machine; several processes of tests take one core each."""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # More threads than cores wait for one another: ten times as long, for nothing. Programs that tests start, too.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

from tests.shapes import watch

watch()
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
