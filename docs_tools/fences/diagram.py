"""A diagram as SVG, with its title and its description for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from docs_tools.fences.drawing import WIDTH, number
from docs_tools.fences.grid import Grid
from docs_tools.fences.sequence import Sequence

if TYPE_CHECKING:
    from docs_tools.project.diagrams import Diagram
    from docs_tools.project.languages import Language

SVG = Markup(
    '<figure class="diagram"><svg viewBox="-1 -1 {width} {height}" role="img" lang="{tag}"'
    ' aria-labelledby="{key}-title" aria-describedby="{key}-desc">'
    '<title id="{key}-title">{title}</title><desc id="{key}-desc">{description}</desc>'
    "{content}</svg></figure>"
)


def draw_diagram(name: str, diagram: Diagram, language: Language) -> str:
    """Draw a diagram.

    Args:
        name: ``PAGE/NAME``, for its ids.
        diagram: What to draw, in the language of the page.
        language: The language of the page.

    Returns:
        HTML.

    Raises:
        ValueError: It cannot be drawn.
    """
    content, height = (Grid(diagram) if diagram.rows else Sequence(diagram)).draw()
    return str(
        SVG.format(
            width=WIDTH + 2,
            height=number(height + 2),
            tag=language.tag,
            key="diagram-" + name.replace("/", "-"),
            # Nobody hears a backtick.
            title=diagram.title.replace("`", ""),
            description=diagram.description.replace("`", ""),
            content=content,
        )
    )
