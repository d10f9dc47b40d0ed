"""What the indicators mean: pieces of the way to production, DORA's scale, how failures are linked, figures of others."""
