"""Do risky work in warm worker processes, so that a hostile file costs a worker and never the service.

Rust and C readers may abort the whole process under a memory cap, spin, or be killed by the kernel. So nothing that
came from outside is opened in the service: a path goes in and a JSON value comes out, with limits on memory, processor
and time that are set anew for each job.

The same module is both ends of the pipe: `Workshop` is the service's, `serve` is the worker's
(`python -m documents.sandbox`). Both speak JSON, each message preceded by its length in four bytes.
"""

import contextlib
import gc
import importlib
import json
import math
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from documents.errors import DocumentError

JsonValue = Any
"""What `json` can write: None, bool, int, float, str, and lists and dicts of them."""

_LENGTH = struct.Struct(">I")
_ORDER = struct.Struct(">IIII")
"""Before a request: its length, and the memory in MB, the processor seconds and the file in MB of the job."""
_MOST_KEPT_MB = 160
"""A worker that still holds more memory after a job is replaced: some libraries keep what they once computed."""
_LARGEST_ANSWER = 256 * 1024 * 1024
_CHUNK = 1 << 20
_READY = b"ready"
"""What a worker says first."""
_LONGEST_START = 60.0
_ROOT = Path(__file__).resolve().parent.parent
_KEPT_ENVIRONMENT = frozenset({"PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ"})


class JobDied(DocumentError):
    """The worker ended before it answered: out of memory or processor time, or killed."""

    def __init__(self, reason: str, *, signal_number: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.signal_number = signal_number


class JobTimedOut(DocumentError):
    """The worker did not answer within the wall time, and was killed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class JobFailed(DocumentError):
    """The job raised; the worker lives on."""

    def __init__(self, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.trace = trace


class _WorkerLeft(DocumentError):
    """The worker had closed itself for idleness; the job never began and may be given to another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one job may use."""

    memory_mb: int = 768
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    file_mb: int = 128
    """Largest file that a job may write."""


class Workshop:
    """A few warm workers, shared by all threads.

    Workers are started when there is work, and close themselves after `idle_seconds` without any, so that an
    idle service holds none of their memory.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        memory_mb: int = 768,
        cpu_seconds: int = 20,
        wall_seconds: float = 30.0,
        jobs_per_worker: int = 300,
        idle_seconds: float = 120.0,
    ) -> None:
        if workers < 1 or jobs_per_worker < 1:
            message = "a workshop needs at least one worker, and a worker at least one job"
            raise ValueError(message)
        self._limits = Limits(memory_mb=memory_mb, cpu_seconds=cpu_seconds, wall_seconds=wall_seconds)
        self._jobs_per_worker = jobs_per_worker
        self._idle_seconds = idle_seconds
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._resting: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False

    def run(self, function: str, *arguments: JsonValue) -> JsonValue:
        """Call `package.module:function` in a worker and return its value; block until then.

        Raises:
            JobFailed: the function raised.
            JobDied: the worker ended without an answer.
            JobTimedOut: the wall time was over.
        """
        request = json.dumps({"function": function, "arguments": arguments}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
        with self._places:
            for attempt in (1, 2, 3):
                # A worker may close itself for idleness just as it is taken; the last try is with a new one.
                worker = self._take(new=attempt == 3)
                try:
                    answer = worker.ask(request, self._limits)
                except _WorkerLeft:
                    self._discard(worker)
                    continue
                except BaseException:
                    self._discard(worker)
                    raise
                self._put_back(worker, retire=bool(answer.get("retire")))
                break
            else:
                message = "the worker ended before the job began"
                raise JobDied(message)
        if "failed" in answer:
            raise JobFailed(answer["failed"], answer["message"], answer["trace"])
        return answer["value"]

    def close(self) -> None:
        """End all workers, also those that are at work."""
        with self._lock:
            self._closed = True
            resting, self._resting = self._resting, []
            # Whoever waits for a busy worker sees it die, and lets go of its pipes.
            for worker in self._busy:
                worker.kill()
        for worker in resting:
            worker.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, *, new: bool) -> "_Worker":
        with self._lock:
            if self._closed:
                message = "the workshop is closed"
                raise JobDied(message)
            # The last one back is the first one out: surplus workers grow idle and close.
            worker = self._resting.pop() if self._resting and not new else None
            if worker is None:
                worker = _Worker(self._idle_seconds)
            self._busy.add(worker)
            return worker

    def _put_back(self, worker: "_Worker", *, retire: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if not (retire or self._closed or worker.jobs_done >= self._jobs_per_worker):
                self._resting.append(worker)
                return
        worker.end()

    def _discard(self, worker: "_Worker") -> None:
        with self._lock:
            self._busy.discard(worker)
        worker.end()


class _Worker:
    """One process at the other end of two pipes."""

    def __init__(self, idle_seconds: float) -> None:
        self.jobs_done = 0
        self._is_ready = False
        # What a dying reader says ("memory allocation of ... failed") goes to a file without a name.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as the worker
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "documents.sandbox", str(idle_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            cwd=_ROOT,
            # The environment may hold the service's secrets; a worker gets none of it.
            env={name: value for name, value in os.environ.items() if name in _KEPT_ENVIRONMENT},  # noqa: TID251
            bufsize=0,
            # An interrupt typed at the terminal is for the service, which then ends its workers in order.
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        os.set_blocking(self._answers, False)

    def ask(self, request: bytes, limits: Limits) -> dict[str, JsonValue]:
        self._wait_until_ready()
        deadline = time.monotonic() + limits.wall_seconds
        order = _ORDER.pack(len(request), limits.memory_mb, limits.cpu_seconds, limits.file_mb)
        try:
            self._send(order + request, deadline)
            (length,) = _LENGTH.unpack(self._receive(_LENGTH.size, deadline))
            if length > _LARGEST_ANSWER:
                message = f"an answer of {length} bytes is too large"
                raise JobDied(message)
            answer: dict[str, JsonValue] = json.loads(self._receive(length, deadline))
        except TimeoutError as error:
            raise JobTimedOut(limits.wall_seconds) from error
        except (BrokenPipeError, EOFError) as error:
            raise self._obituary() from error
        self.jobs_done += 1
        return answer

    def _wait_until_ready(self) -> None:
        """Let a new worker start first: on a busy machine that may take longer than a job is given."""
        if self._is_ready:
            return
        try:
            self._receive(len(_READY), time.monotonic() + _LONGEST_START)
        except TimeoutError as error:
            raise JobTimedOut(_LONGEST_START) from error
        except EOFError as error:
            raise self._obituary() from error
        self._is_ready = True

    def kill(self) -> None:
        """Kill the process, and leave the rest to whoever waits for its answer."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, if it still runs, and let go of the pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _send(self, message: bytes, deadline: float) -> None:
        rest = memoryview(message)
        while rest:
            self._wait(self._requests, select.POLLOUT, deadline)
            with contextlib.suppress(BlockingIOError):
                rest = rest[os.write(self._requests, rest[:_CHUNK]) :]

    def _receive(self, size: int, deadline: float) -> bytearray:
        parts = bytearray()
        while len(parts) < size:
            self._wait(self._answers, select.POLLIN, deadline)
            with contextlib.suppress(BlockingIOError):
                part = os.read(self._answers, min(_CHUNK, size - len(parts)))
                if not part:
                    raise EOFError
                parts += part
        return parts

    @staticmethod
    def _wait(descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def _obituary(self) -> DocumentError:
        """Tell why the process is gone. Its pipe is closed, so it has ended or is just about to."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return JobDied("the worker closed its pipe")
        if status == 0:
            return _WorkerLeft()
        if status > 0:
            return JobDied(f"the worker ended with status {status}: {self._last_words()}".rstrip(": "))
        number = -status
        reason = {
            int(signal.SIGXCPU): "out of processor time",
            int(signal.SIGABRT): "aborted by its reader",
            int(signal.SIGKILL): "killed",
            int(signal.SIGSEGV): "crashed in its reader",
        }.get(number, f"ended by signal {number}")
        words = self._last_words()
        return JobDied(f"{reason}: {words}" if words else reason, signal_number=number)

    def _last_words(self) -> str:
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - 2000))
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""


def serve(idle_seconds: float) -> None:
    """Be the worker: take orders from standard input until it closes or nothing comes."""
    requests, answers = os.dup(0), os.dup(1)
    # Whatever a library prints must not end up between two answers.
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    _be_first_to_go()
    # What a job makes it hands over, or lets go of at its end.
    gc.set_threshold(50_000, 10, 20)
    _write_all(answers, _READY)
    with os.fdopen(requests, "rb") as orders:
        while select.select([orders], [], [], idle_seconds)[0]:
            order = orders.read(_ORDER.size)
            if len(order) < _ORDER.size:
                return
            length, memory_mb, cpu_seconds, file_mb = _ORDER.unpack(order)
            request = json.loads(orders.read(length))
            _set_limits(memory_mb=memory_mb, cpu_seconds=cpu_seconds, file_mb=file_mb)
            answer = _perform(request["function"], request["arguments"])
            _write_all(answers, _LENGTH.pack(len(answer)) + answer)
            del request, answer
            gc.collect(0)


def _perform(function: str, arguments: list[JsonValue]) -> bytes:
    """Call the function and return the answer's bytes, whatever happens.

    `PanicException` of a Rust reader is a BaseException, and so are MemoryError's cousins: all of them are
    answers. After those that are no ordinary exceptions the worker asks to be replaced.
    """
    try:
        value = _find(function)(*arguments)
        answer = {"value": value, "retire": _memory_mb() > _MOST_KEPT_MB}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    except BaseException as error:  # noqa: BLE001 -- everything is an answer here
        return json.dumps(
            {
                "failed": type(error).__name__,
                "message": str(error)[:2000],
                "trace": "".join(traceback.format_exception(error, limit=-20))[-8000:],
                "retire": not isinstance(error, Exception) or isinstance(error, MemoryError),
            }
        ).encode()


def _memory_mb() -> float:
    """Return how much memory the process holds."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / (1024 * 1024)


def _find(function: str) -> Callable[..., JsonValue]:
    module, _, name = function.partition(":")
    found: Callable[..., JsonValue] = getattr(importlib.import_module(module), name)
    return found


def _set_limits(*, memory_mb: int, cpu_seconds: int, file_mb: int) -> None:
    """Set the limits of the next job. The processor's counts the whole life of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = math.ceil(usage.ru_utime + usage.ru_stime)
    _lower(resource.RLIMIT_CPU, used + cpu_seconds)
    _lower(resource.RLIMIT_AS, memory_mb * 1024 * 1024)
    _lower(resource.RLIMIT_FSIZE, file_mb * 1024 * 1024)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, wanted: int) -> None:
    """Set the soft limit only: a hard one could never be raised again for the next job."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _be_first_to_go() -> None:
    """Ask Linux to take a worker, and not the service, when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _write_all(descriptor: int, message: bytes) -> None:
    rest = memoryview(message)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


if __name__ == "__main__":
    serve(float(sys.argv[1]))
