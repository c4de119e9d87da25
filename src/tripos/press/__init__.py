"""A paper printed: to the terminal, as Markdown, as a page of HTML."""
