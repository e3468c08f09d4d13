"""Sphinx: how the documentation is built."""

from importlib.metadata import version as installed_version

project = "consentguard"
author = "The consentguard contributors"
copyright = f"2026, {author}"
version = release = installed_version("consentguard")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_click",
    "sphinx_copybutton",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "consentguard"
html_static_path = ["_static"]
html_css_files = ["docs.css"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
default_role = "literal"  # what stands in backticks in a docstring is code
nitpicky = True
nitpick_ignore_regex = [
    ("py:class", r"(?!consentguard).*"),  # types of other packages: a build needs no network to look them up
    ("py:class", r"consentguard\.manifest\.schema\..*"),  # documented as keys of privacy.toml
    ("py:class", r"consentguard_django\.fields\.search\.searching\.Row"),  # a type variable
    ("py:class", r"consentguard_flask\.sqlalchemy\.encrypted\.questions\.Question"),  # what column methods give
    ("py:class", r"consentguard\.web\.assurance\.Browser"),  # what answers `claims`, and is not for hosts
    ("py:class", r".*\.(Model|View|Viewed)"),  # the type of whatever class or view a decorator is put on
]

# what is copied from an example is the command, without its prompt and without its output
copybutton_prompt_text = "$ "
