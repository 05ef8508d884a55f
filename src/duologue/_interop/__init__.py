"""Special cases: what only one server or one framework needs, each with its reason."""
