"""The queue for people: what the machine cannot decide, and what they decided."""
