"""Results → page: every text, number and table cell of the report, ready to print. Templates only place them.

One file a part of the report; a part that a run does not have is None, and its template is left out.
"""

from analysis.page.whole import Page, compose

__all__ = ["Page", "compose"]
