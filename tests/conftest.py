"""For all tests: shapes are checked; examples made by hypothesis are not timed, since other programs may share the
machine."""

from __future__ import annotations

from hypothesis import settings

from tests.shapes import watch

watch()
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
