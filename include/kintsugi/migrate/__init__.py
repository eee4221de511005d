"""Moving a platform between engines: records copied and compared, the projection rebuilt without embedding."""
