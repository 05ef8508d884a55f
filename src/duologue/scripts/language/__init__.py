"""The language of scripts: the parts of a script, and how it is read and written."""
