"""What `kintsugi bench sensitive` plants: made up from a seed, valid by checksum, phrased apart from the detectors."""

from kintsugi.bench.canaries.injections import injections
from kintsugi.bench.canaries.invisibles import invisibles
from kintsugi.bench.canaries.personal import personal
from kintsugi.bench.canaries.planted import Canary, planted
from kintsugi.bench.canaries.secrets import secrets

__all__ = ["Canary", "injections", "invisibles", "personal", "planted", "secrets"]
