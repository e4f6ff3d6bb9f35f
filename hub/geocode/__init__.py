"""Where was it? Any location an agency writes to a 12-figure grid reference, with method, precision and confidence."""

from hub.geocode.areas import Layer, assign_areas
from hub.geocode.cascade import BAD_PLACES, FAULTS, OUT, geocode
from hub.geocode.gazetteer import Gazetteer

__all__ = ["BAD_PLACES", "FAULTS", "OUT", "Gazetteer", "Layer", "assign_areas", "geocode"]
