"""Sphinx: how the documentation is built."""

from importlib.metadata import version as installed_version

project = "consentguard"
author = "The consentguard contributors"
copyright = f"2026, {author}"
version = release = installed_version("consentguard")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "consentguard"
html_static_path = []

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
nitpicky = True
