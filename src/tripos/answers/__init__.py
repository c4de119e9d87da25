"""The kinds of answer: how each is read, compared and shown."""
