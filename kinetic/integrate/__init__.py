"""Time steppers: arrays and callables, nothing of spheres."""
