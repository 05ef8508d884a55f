"""Keeps the languages in step, block by block: ``python -m docs_tools.translations``.

A page is a tree of blocks: headings, paragraphs, code, lists and their items, tables and their
rows. Whatever does not depend on a language (levels and ids of headings, code, inline code, links,
kinds of admonitions, shapes of tables) must be the same in a translation, and shows which of its
blocks belongs to which of the source. Whether the words still say the same no program can tell: a
person accepts a translation, the lock remembers which source text that was, and from then on a
block whose source has changed is stale.

The modules
-----------

``blocks``
    What a page is made of.
``dialect``, ``reading``, ``code``
    Markdown, read by markdown-it-py with the extensions that MkDocs pages use.
``targets``
    Where a link leads, whatever the language of the page that it stands on.
``alignment``
    Which blocks of two pages belong together.
``structure``
    What is missing, extra, moved or different.
``lock``, ``drift``
    Which source text each translated block was accepted for, and what has changed since.
``trees``, ``pages``
    The pages that belong together, read and compared.
``selection``, ``report``, ``commands``
    The blocks that somebody names, what is printed, and the commands.
``__main__``
    The commands for this project. All other modules know only of pages and of each other.
"""
