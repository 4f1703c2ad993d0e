"""Clusters: what all spaces share of a density that has become several narrow ones, from formation to merger."""

from kinetic.clusters.clusters import TOUCHING, ClusteredFlow, Clusters, Merger

__all__ = ["TOUCHING", "ClusteredFlow", "Clusters", "Merger"]
