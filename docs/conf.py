"""How Sphinx builds the documentation: MyST sources, and the reference from the docstrings of the package."""

import wrench_serverless  # noqa: F401 - without it autodoc would leave the reference empty

project = "wrench-serverless"
copyright = "the wrench-serverless authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
exclude_patterns = ["build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "description": "Serverless platforms, simulated"}
