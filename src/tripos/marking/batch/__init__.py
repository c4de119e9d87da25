"""Many scripts: marked on all cores, resumed after a kill, and marked again."""
