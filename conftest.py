"""How much the tests try: few examples where they run all the time, many with ``HYPOTHESIS_PROFILE=thorough``."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=15, deadline=None)
settings.register_profile("thorough", max_examples=300, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
