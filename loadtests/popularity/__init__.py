"""Which key is asked for how often: the popularities that a run can be asked for, each a law with a spelling."""

from loadtests.popularity.law import Popularity, Ranks
from loadtests.popularity.spelling import SPELLINGS, parse_popularity, popularity_parameters

__all__ = ["SPELLINGS", "Popularity", "Ranks", "parse_popularity", "popularity_parameters"]
