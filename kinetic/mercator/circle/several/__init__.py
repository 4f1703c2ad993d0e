"""Several clusters on the circle: cells between them, few tokens inside, through every merger."""
