"""How Sphinx builds the documentation: MyST sources, and the reference from the docstrings of the package."""

import ast
import re
from pathlib import Path
from types import GetSetDescriptorType

from sphinx.application import Sphinx

import wrench_serverless

project = "wrench-serverless"
copyright = "the wrench-serverless authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
exclude_patterns = ["build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "description": "Serverless platforms, simulated"}


def read_stub() -> dict[str, tuple[str, str]]:
    """Signature and result of each function of the extension, and the type of each property: "Image.size"."""
    found = {}
    stubs = sorted((Path(wrench_serverless.__file__).parent / "_core").glob("*.pyi"))
    for node in (node for stub in stubs for node in ast.parse(stub.read_text()).body):
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        if owner == "Results.":
            continue  # the package has a class of this name on top of it
        for member in members:
            if isinstance(member, ast.FunctionDef) and member.returns is not None:
                arguments = member.args
                arguments.args = [argument for argument in arguments.args if argument.arg != "self"]
                signature = re.sub("_Size|_Seconds", "float | str", f"({ast.unparse(arguments)})")
                found[owner.replace("SimulationBase", "Simulation") + member.name] = (
                    signature,
                    ast.unparse(member.returns),
                )
    return found


STUB = read_stub()
PROPERTIES = (property, GetSetDescriptorType)  # of pybind11's classes, and of NodeView, which is none of these


def use_stub(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str, result: str
) -> tuple[str, str] | None:
    """The signatures of the extension are in its stub; pybind11 knows less about them."""
    if isinstance(obj, PROPERTIES):
        return None
    return STUB.get(name.removeprefix("wrench_serverless."))


def add_type(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """The types of its properties too."""
    if isinstance(obj, PROPERTIES) and (found := STUB.get(name.removeprefix("wrench_serverless."))):
        lines[:1] = [f"``{found[1]}``" + (f": {lines[0]}" if lines and lines[0] else "")]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", use_stub)
    app.connect("autodoc-process-docstring", add_type)
