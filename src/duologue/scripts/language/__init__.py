"""The language of scripts: what a script consists of, how it is read, and how it is written."""
