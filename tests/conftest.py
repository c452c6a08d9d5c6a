"""What all tests share."""

from hypothesis import settings

# The same examples on every run, and no wall-clock limits.
settings.register_profile("tests", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("tests")
