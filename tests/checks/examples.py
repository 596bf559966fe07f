"""Sources that break a rule each, and their good neighbours."""

from tests.checks.examples_code import BAD_CODE, GOOD_CODE
from tests.checks.examples_pages import BAD_PAGES, GOOD_PAGES
from tests.checks.model import GROUND, Example

BAD = [*BAD_CODE, *BAD_PAGES]
GOOD = [*GOOD_CODE, *GOOD_PAGES]

__all__ = ["BAD", "GOOD", "GROUND", "Example"]
