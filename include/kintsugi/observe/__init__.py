"""What happened: reports, figures and log events."""
