"""What holds a partition until a person or a playbook has decided: its shape, its amount or its values changed."""

from kintsugi.errors import DriftError


class SchemaDrift(DriftError):
    """The columns are not those that were agreed on."""


class VolumeDrift(DriftError):
    """There is far less or far more than there usually is."""


class RateDrift(DriftError):
    """Far more values than usual are missing, or come twice."""


class CellDrift(DriftError):
    """More rows have a cell that contradicts the others than anybody could look at one by one."""
