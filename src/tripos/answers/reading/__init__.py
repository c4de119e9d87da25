"""Answers read: text to a tree, and the tree to a graph or to numbers."""
