"""The site while it is built and served.

``fallbacks``, ``notices``
    What a reader sees of a page, or of a block, that is not translated or out of step.
``changelog``
    The changelog as a page of the site.
``copies``
    Each page as Markdown, and ``llms.txt``, for those who read with a machine.
``changes``
    Which files have changed since the preview was built last.
``live``
    Every snippet live on one server.
"""
