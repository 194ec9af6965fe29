"""Our own checkers, for what a linter cannot say."""
