"""Ray: a worker on every node of a cluster, each of them an ordinary run.

1. Ray says which nodes there are and starts a process on each, and nothing else. What there
   is to do, and what has become of it, stands in the manifest; no document passes through Ray.
2. A worker is an actor in whose process `run` itself runs, and no program that it starts. So
   it ends with its process, its node and its cluster, in whatever way those end.
3. Workers are detached: they go on without whoever started them, and the next one finds them
   by their names, in a namespace named after the batch.
4. No environment is passed on. A worker has that of its node, secrets included.
"""

from tallysheet.cluster._cluster import Cluster

__all__ = ["Cluster"]
