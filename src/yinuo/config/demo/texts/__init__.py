"""What customers and agents of the demo company write: families of texts with blanks."""

from yinuo.config.demo.texts.enquiries import ENQUIRIES
from yinuo.config.demo.texts.family import Family
from yinuo.config.demo.texts.faults import FAULTS
from yinuo.config.demo.texts.foreign import FOREIGN
from yinuo.config.demo.texts.grievances import COMPLAINTS
from yinuo.config.demo.texts.orders import ORDERS

FAMILIES: tuple[Family, ...] = (*FAULTS, *ENQUIRIES, *ORDERS, *COMPLAINTS, *FOREIGN)

__all__ = ["FAMILIES", "Family"]
