"""Changes of variable through which a density is seen, with the meshes that live in them."""
