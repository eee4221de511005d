"""Whether an error of a model's library says that there was no memory: that passes, whatever class it comes in."""

SAYINGS = ("allocate memory", "bad_alloc", "bad allocation", "out of memory", "not enough memory", "start new thread")
"""What torch's allocators, onnxruntime and the system say; of both libraries the class is that of any other failure."""


def lacked_memory(error: BaseException) -> bool:
    """Tell whether an error, or one that it was raised from, is about a lack of memory."""
    cause: BaseException | None = error
    while cause is not None:
        said = str(cause).lower()
        if isinstance(cause, MemoryError) or any(each in said for each in SAYINGS):
            return True
        cause = cause.__cause__
    return False
