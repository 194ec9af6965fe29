"""How it is decided whether, when, where and what to say."""
