"""The rules of the house that a machine can hold, beside ruff, mypy and import-linter.

`python -m checks` reads the sources and prints every place that breaks a rule; `python -m checks --rules` lists the
rules with the section of the design each comes from. An exception needs a reason: `checks/exceptions.toml`.
Standard library only, but for the reading of catalogues (Babel) and of templates (Django's lexer).
"""
