"""The projection: publishing, generations, digests, dumps."""
