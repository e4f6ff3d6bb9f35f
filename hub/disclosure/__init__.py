"""What may leave, and what does it tell? Microdata, tables, places, releases against one another. Pure, on columns."""

from hub.disclosure.classes import Measured, Suppressed, measure, suppress
from hub.disclosure.coarsen import coarsen_place, coarsen_time
from hub.disclosure.criteria import Model
from hub.disclosure.differencing import Checked, Finding, Footprint, check_against, take_footprint, without
from hub.disclosure.formulas import neutralise_formulas
from hub.disclosure.hierarchy import Hierarchy, flat_hierarchy, leaves_of, make_hierarchy
from hub.disclosure.microdata import Assignment, Population, Recoded, assign, hierarchies_for, recode
from hub.disclosure.series import Followed, recode_after

__all__ = [
    "Assignment",
    "Checked",
    "Finding",
    "Followed",
    "Footprint",
    "Hierarchy",
    "Measured",
    "Model",
    "Population",
    "Recoded",
    "Suppressed",
    "assign",
    "check_against",
    "coarsen_place",
    "coarsen_time",
    "flat_hierarchy",
    "hierarchies_for",
    "leaves_of",
    "make_hierarchy",
    "measure",
    "neutralise_formulas",
    "recode",
    "recode_after",
    "suppress",
    "take_footprint",
    "without",
]
