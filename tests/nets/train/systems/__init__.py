"""Systems that learn, each with rows to learn from, and what must be left of its error when it has learnt."""
