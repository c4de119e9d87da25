"""A paper: a Markdown file read, worked and checked."""
