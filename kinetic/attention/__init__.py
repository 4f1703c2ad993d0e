"""What a density does to itself: kernels, and the transport of a density by its own attention."""
