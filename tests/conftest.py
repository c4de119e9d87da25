"""What all tests share: what Hypothesis draws is the same in every run, and a slow machine fails no test."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "reproducible", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("reproducible")
