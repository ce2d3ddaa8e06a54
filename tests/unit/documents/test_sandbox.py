"""The workshop: hostile work costs a worker, never the service, and the next job finds a new one."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from documents.sandbox import JobDied, JobFailed, JobTimedOut, Workshop


@pytest.fixture
def workshop():
    with Workshop(workers=2, memory_mb=512, cpu_seconds=5, wall_seconds=20, idle_seconds=20) as workshop:
        yield workshop


def test_a_worker_answers_and_stays_for_the_next_job(workshop):
    first = workshop.run("os:getpid")
    second = workshop.run("os:getpid")

    assert first == second != os.getpid()


def test_values_cross_the_pipe_as_they_are(workshop):
    value = {"nombre": "MARÍA NÚÑEZ", "meses": ["2027-01", None, 2.5, True]}

    assert workshop.run("copy:copy", value) == value


def test_a_large_question_and_a_large_answer_cross_the_pipe(workshop):
    value = ["ñ" * 1000] * 3000

    assert workshop.run("copy:copy", value) == value


def test_what_a_job_raises_is_an_answer_and_the_worker_lives_on(workshop):
    before = workshop.run("os:getpid")

    with pytest.raises(JobFailed) as caught:
        workshop.run("json:loads", "{")

    assert caught.value.kind == "JSONDecodeError"
    assert workshop.run("os:getpid") == before


def test_what_is_no_ordinary_exception_is_an_answer_and_the_worker_is_replaced(workshop):
    before = workshop.run("os:getpid")

    with pytest.raises(JobFailed) as caught:
        workshop.run("sys:exit", 3)

    assert caught.value.kind == "SystemExit"
    assert workshop.run("os:getpid") != before


def test_an_answer_that_is_no_json_is_a_failure_of_the_job(workshop):
    with pytest.raises(JobFailed, match="TypeError"):
        workshop.run("builtins:object")


def test_printing_does_not_garble_the_pipe(workshop):
    workshop.run("builtins:print", "x" * 100)

    assert workshop.run("os:getpid")


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, "killed"), (signal.SIGSEGV, "crashed"), (signal.SIGABRT, "aborted")],
)
def test_a_killed_worker_is_told_and_the_next_job_gets_a_new_one(workshop, number, reason):
    before = workshop.run("os:getpid")

    with pytest.raises(JobDied, match=reason) as caught:
        workshop.run("signal:raise_signal", int(number))

    assert caught.value.signal_number == number
    assert workshop.run("os:getpid") != before


def test_the_memory_limit_holds(workshop):
    with pytest.raises(JobFailed, match="MemoryError"):
        workshop.run("builtins:bytearray", 2_000_000_000)

    assert workshop.run("os:getpid")


def test_the_processor_limit_holds_and_counts_anew_for_each_job():
    with Workshop(workers=1, cpu_seconds=1, wall_seconds=30) as workshop:
        with pytest.raises(JobDied, match="processor"):
            workshop.run("re:fullmatch", "(a+)+b", "a" * 64)

        pid = workshop.run("os:getpid")
        while workshop.run("time:process_time") < 1.5:
            workshop.run("timeit:timeit", "sum(range(10))")

        assert workshop.run("os:getpid") == pid


def test_the_wall_time_is_kept_by_the_service():
    with Workshop(workers=1, wall_seconds=1) as workshop:
        with pytest.raises(JobTimedOut):
            workshop.run("time:sleep", 60)

        assert workshop.run("os:getpid")


def test_a_worker_is_replaced_after_its_share_of_jobs():
    with Workshop(workers=1, jobs_per_worker=3) as workshop:
        pids = [workshop.run("os:getpid") for _ in range(7)]

    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_an_idle_worker_closes_itself_and_is_replaced_without_a_word():
    with Workshop(workers=1, idle_seconds=0.05) as workshop:
        first = workshop.run("os:getpid")
        # The worker's own end of the pipe closes when it leaves: wait for that, not for a time.
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

        assert workshop.run("os:getpid") != first


def test_many_threads_share_few_workers(workshop):
    with ThreadPoolExecutor(8) as threads:
        pids = list(threads.map(lambda _: workshop.run("os:getpid"), range(80)))

    assert len(set(pids)) <= 2


def test_deaths_among_many_threads_do_not_reach_the_others(workshop):
    def work(number: int) -> str:
        try:
            if number % 4 == 0:
                workshop.run("os:abort")
            return workshop.run("copy:copy", f"job {number}")
        except JobDied:
            return "died"

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(work, range(40)))

    assert answers == ["died" if number % 4 == 0 else f"job {number}" for number in range(40)]


def test_closing_ends_a_job_at_work():
    workshop = Workshop(workers=1, wall_seconds=60)
    workshop.run("os:getpid")
    outcome: list[BaseException] = []

    def wait_long() -> None:
        try:
            workshop.run("time:sleep", 60)
        except JobDied as error:
            outcome.append(error)

    thread = threading.Thread(target=wait_long)
    thread.start()
    while not workshop._busy and thread.is_alive():
        pass
    workshop.close()
    thread.join(10)

    assert not thread.is_alive()
    assert len(outcome) == 1
    with pytest.raises(JobDied, match="closed"):
        workshop.run("os:getpid")


def test_a_worker_sees_nothing_of_the_service_s_environment(monkeypatch):
    monkeypatch.setenv("OFICIALIA_SECRET", "no one may see it")

    with Workshop(workers=1) as workshop:
        assert workshop.run("os:getenv", "OFICIALIA_SECRET") is None
