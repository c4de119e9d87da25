"""Scripts to marks: comparison, follow-through, diagnosis, batches, reports, re-marking."""
