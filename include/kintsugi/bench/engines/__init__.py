"""`kintsugi bench engines`: every adapter on the same chunks, beside what a user would pick instead."""
