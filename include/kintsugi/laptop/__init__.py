"""Everything that makes one machine enough: processes, ports, secrets, the embedded database."""
