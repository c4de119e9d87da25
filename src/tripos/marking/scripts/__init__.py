"""Scripts read: JSON lines, CSV, folders; put together by candidate on disk."""
