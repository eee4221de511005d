"""A git repository made for a test, and a server for it, without a git program."""

import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server
from zlib import compress

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

FILE, LINK, SUBMODULE = 0o100644, 0o120000, 0o160000
NOON = 1_764_072_000
"""2025-11-25, 12:00 UTC."""


class Written:
    """A bare repository to which commits are written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repo = Repo.init_bare(str(path), mkdir=True)

    def commit(
        self,
        files: Mapping[bytes | str, bytes | str | tuple[int, bytes]],
        *,
        message: str = "Change something",
        at: int = NOON,
        parents: tuple[bytes, ...] | None = None,
        branch: str = "main",
        author: bytes = b"Ada Example <ada@example.org>",
        encoding: bytes = b"UTF-8",
    ) -> bytes:
        """Write a commit of exactly these files on top of the branch; return its name."""
        ref = Ref(b"refs/heads/" + branch.encode())
        if parents is None:
            parents = (self.repo.refs[ref],) if ref in self.repo.refs else ()
        made = Commit()
        made.tree = self._tree({(k.encode() if isinstance(k, str) else k): v for k, v in files.items()})
        made.parents = [ObjectID(each) for each in parents]
        made.author = made.committer = author
        made.commit_time = made.author_time = at
        made.commit_timezone = made.author_timezone = 0
        made.encoding = encoding
        made.message = message.encode()
        self.repo.object_store.add_object(made)
        self.repo.refs[ref] = made.id
        if branch == "main":
            self.repo.refs.set_symbolic_ref(Ref(b"HEAD"), ref)
        return made.id

    def odd_commit(self, at: bytes, by: bytes | None = None) -> bytes:
        """Write a commit with the files of the last one and these lines as committer and author; return its name."""
        head = self.repo.head()
        tree = self.repo[head].tree
        author = by if by is not None else at
        data = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nOdd\n" % (tree, head, author, at)
        data = b"commit %d\0%s" % (len(data), data)
        name = sha1(data, usedforsecurity=False).hexdigest()
        path = self.path / "objects" / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(compress(data))
        self.repo.refs[Ref(b"refs/heads/main")] = ObjectID(name.encode())
        return name.encode()

    def _tree(self, files: Mapping[bytes, bytes | str | tuple[int, bytes]]) -> ObjectID:
        tree, below = Tree(), {}
        for path, content in files.items():
            first, _, rest = path.partition(b"/")
            if rest:
                below.setdefault(first, {})[rest] = content
                continue
            mode, data = content if isinstance(content, tuple) else (FILE, content)
            if mode == SUBMODULE:
                tree.add(first, mode, ObjectID(b"1" * 40))
                continue
            blob = Blob.from_string(data.encode() if isinstance(data, str) else data)
            self.repo.object_store.add_object(blob)
            tree.add(first, mode, blob.id)
        for name, inside in below.items():
            tree.add(name, 0o040000, self._tree(inside))
        self.repo.object_store.add_object(tree)
        return tree.id


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Served:
    """A repository behind git's HTTP protocol. ``login`` is what it asks for; ``requests`` counts what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.login: tuple[str, str] | None = None
        self.answer: tuple[str, str, bytes] | None = None
        self.requests: list[str] = []


@contextmanager
def served(written: Written) -> Iterator[Served]:
    """Serve the repository on loopback as ``/team/docs.git``."""
    from dulwich.server import DictBackend
    from dulwich.web import make_wsgi_chain

    app = make_wsgi_chain(DictBackend({"/team/docs.git": written.repo}))

    def asked(environ, start_response):
        state.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        expected = state.login and "Basic " + b64encode(":".join(state.login).encode()).decode()
        if expected and environ.get("HTTP_AUTHORIZATION") != expected:
            start_response("401 Unauthorized", [("WWW-Authenticate", "Basic")])
            return [b""]
        if state.answer:
            status, kind, body = state.answer
            start_response(status, [("Content-Type", kind)])
            return [body]
        return app(environ, start_response)

    server = make_server("127.0.0.1", 0, asked, handler_class=_Quiet)
    state = Served(f"http://127.0.0.1:{server.server_port}/team/docs.git")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
