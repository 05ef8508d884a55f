"""What builds the site, checks its translations, and serves it with every snippet live.

What is run lies here: the commands ``python -m docs_tools.build``, ``.serve`` and ``.node``, and
the plugin of MkDocs, which ``mkdocs_hooks.py`` hands to it. Behind them are rooms; each imports
only from those above it. For authors of pages, :mod:`docs_tools.fences` says how code and dialogues
come into a page.

``translations``
    Pages and their translations, compared block by block: ``python -m docs_tools.translations``.
``project``
    What the project consists of: its languages and their words, its snippets, the pages of the API
    reference, what servers were seen doing, the status of its translations.
``catalogues``
    Translations of docstrings and of the comments of snippets: ``python -m docs_tools.catalogues``.
``wording``
    The terms of each language and the rules of style: ``python -m docs_tools.wording.glossary`` and
    ``python -m docs_tools.wording.zhlint``.
``fences``
    What a fence of a page is replaced with: programs, dialogues, tables, lists.
``playground``
    Programs that run in the reader's browser: what the site serves for them, and their stage.
``site``
    What a built page says of its translation, its copy in Markdown, what the preview builds anew,
    and the snippets live.

Beside them: ``theme``, the pages' HTML, CSS and JavaScript, and ``templates``, those of the API
reference.
"""
