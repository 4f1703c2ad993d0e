"""A record as one page of HTML that opens anywhere, without a network: pictures to turn and to play, curves, claims.

Responsible for what is on the page and that nothing in it is fetched or taken for markup. Refuses to know how numbers
were made, and how a plotting library draws them: plotly's script is embedded as it comes.
"""

from kinetic.page.document import ENDINGS, require_plotly, write

__all__ = ["ENDINGS", "require_plotly", "write"]
