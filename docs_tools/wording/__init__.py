"""The words of each language: terms, style, and Chinese as zhlint wants it.

``glossary``
    The terms, and ``python -m docs_tools.wording.glossary``, which checks that the translations use
    them.
``style``
    What a reader sees of a line, and the rules of style that a pattern can judge.
``zhlint``
    ``python -m docs_tools.wording.zhlint``: lets zhlint read whatever is said in Chinese.
"""
