"""What all tests share."""

import os

from hypothesis import settings

# The same examples on every run, and no wall-clock limits.
settings.register_profile("tests", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("tests")

# All books are added up between any two events; for programs that tests start, too.
os.environ["WRENCH_SERVERLESS_CHECK"] = "1"

# Tables are as wide as where nobody says how wide a terminal is; processes of pytest-xdist are told.
os.environ.pop("COLUMNS", None)
