"""What all tests share: what Hypothesis draws is the same in every run, so that a green run stays green."""

from hypothesis import settings

settings.register_profile("reproducible", derandomize=True)
settings.load_profile("reproducible")
