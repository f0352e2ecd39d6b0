"""How many workers are wanted, which slots are free, and what is news."""

from telephony.nursery.pool import GRACE, LONGEST_PAUSE, Pool, State


def filled(warm: int, most: int, busy: int = 0) -> Pool:
    pool = Pool(warm, most)
    for number in range(busy):
        pool.forked(f"w{number}", 100 + number, number)
        pool.reported(f"w{number}", 100 + number, number, 5000 + number, State.BUSY)
    return pool


def test_starting_workers_count_as_warm() -> None:
    pool = Pool(2, 10)
    assert pool.wanted(0) == 2
    pool.forked("w1", 1, 0)
    assert pool.wanted(0) == 1
    pool.reported("w1", 1, 0, 5000, State.IDLE)
    assert pool.wanted(0) == 1
    pool.busy("w1", 0)
    assert pool.wanted(0) == 2


def test_a_call_that_comes_is_answered_before_its_worker_is_replaced() -> None:
    pool = Pool(3, 10)
    for number in range(3):
        pool.forked(f"w{number}", 100 + number, number)
        pool.reported(f"w{number}", 100 + number, number, 5000 + number, State.IDLE)
    pool.busy("w0", 10.0)
    assert pool.wanted(10.0) == 0
    assert 0.9 * GRACE < pool.pause_left(10.0) < 1.1 * GRACE
    pool.busy("w1", 10.0 + GRACE / 2)
    assert pool.wanted(10.0 + GRACE) == 2, "a second call does not put it off"
    assert pool.pause_left(10.0 + GRACE) == 0.0
    pool.busy("w2", 20.0)
    assert pool.wanted(20.0) == 3, "the next caller would find nobody idle"


def test_a_call_that_begins_here_has_its_worker_at_once() -> None:
    pool = Pool(1, 10)
    pool.forked("w", 1, 0)
    pool.reported("w", 1, 0, 5000, State.IDLE)
    pool.forked("v", 2, 1)
    pool.reported("v", 2, 1, 5001, State.IDLE)
    pool.busy("w", 10.0)
    assert pool.wanted(10.0) == 0
    pool.asked = 1
    assert pool.wanted(10.0) == 1


def test_never_more_than_most() -> None:
    assert filled(4, 6, busy=4).wanted(0) == 2
    full = filled(4, 6, busy=6)
    assert full.wanted(0) == 0
    assert full.free_slot() is None


def test_the_lowest_free_slot_is_given_again() -> None:
    pool = filled(1, 9, busy=3)
    assert pool.free_slot() == 3
    pool.gone("w1", 0)
    assert pool.free_slot() == 1


def test_an_adopted_worker_keeps_its_slot() -> None:
    pool = Pool(1, 9)
    entry = pool.reported("old", 7, 0, 5000, State.BUSY)
    assert entry is not None and not entry.child
    assert pool.free_slot() == 1
    assert pool.of_pid(7) is None


def test_news_is_told_once() -> None:
    pool = Pool(1, 9)
    pool.forked("w", 1, 0)
    assert pool.reported("w", 1, 0, 5000, State.IDLE) is not None
    assert pool.reported("w", 1, 0, 5000, State.IDLE) is None
    assert pool.busy("w", 0) is not None
    assert pool.busy("w", 0) is None
    assert pool.busy("nobody", 0) is None
    assert pool.gone("w", 0) is not None
    assert pool.gone("w", 0) is None


def test_workers_that_die_before_they_are_ready_slow_the_forking_down() -> None:
    pool = Pool(1, 9)
    now, waits = 0.0, []
    for number in range(10):
        assert pool.wanted(now) == 1
        pool.forked(f"w{number}", number, 0)
        pool.gone(f"w{number}", now)
        assert pool.wanted(now) == 0
        waits.append(pool.pause_left(now))
        now += pool.pause_left(now)
    assert waits == sorted(waits) and waits[0] < 1 and waits[-1] == LONGEST_PAUSE
    pool.forked("good", 99, 0)
    pool.reported("good", 99, 0, 5000, State.IDLE)
    pool.gone("good", now)
    assert pool.wanted(now) == 1


def test_adopted_idle_workers_above_warm_are_too_many() -> None:
    pool = Pool(1, 9)
    pool.reported("old1", 1, 0, 5000, State.IDLE)
    assert not pool.surplus("old1")
    pool.reported("old2", 2, 1, 5001, State.IDLE)
    assert pool.surplus("old2")
    pool.reported("old3", 3, 2, 5002, State.BUSY)
    assert not pool.surplus("old3")


def served(warm: int, calls: int, busy: int = 1) -> Pool:
    pool = Pool(warm, 20, calls)
    for number in range(busy):
        pool.forked(f"w{number}", 100 + number, number)
        pool.reported(f"w{number}", 100 + number, number, 5000 + number, State.BUSY)
    return pool


def test_a_process_that_has_served_is_another_worker_in_the_same_slot() -> None:
    pool = served(1, calls=3)
    entry = pool.again("w0", "w7")
    assert entry is not None and (entry.pid, entry.slot, entry.state, entry.child) == (100, 0, State.STARTING, True)
    assert pool.get("w0") is None and pool.wanted(0) == 0
    assert pool.reported("w7", 100, 0, 5000, State.IDLE) is not None
    assert pool.of_pid(100) == pool.get("w7")
    pool.busy("w7", 0)
    assert pool.again("w7", "w8") is not None
    pool.busy("w8", 0)
    assert pool.again("w8", "w9") is None, "three calls, one after another"
    assert pool.get("w8") is not None, "it is gone when it is reaped"


def test_one_call_a_process_where_that_is_wanted() -> None:
    assert served(1, calls=1).again("w0", "w7") is None


def test_no_more_are_kept_than_twice_as_many_as_are_kept_warm() -> None:
    pool = served(2, calls=9, busy=6)
    kept = [pool.again(f"w{number}", f"n{number}") is not None for number in range(6)]
    assert kept == [True, True, True, True, False, False]
    pool.asked = 1
    assert pool.again("w5", "n5") is not None, "somebody waits for it"


def test_only_a_child_that_has_served_serves_again() -> None:
    pool = served(2, calls=9)
    pool.reported("old", 900, 9, 5900, State.BUSY)
    assert pool.again("old", "x") is None, "adopted: nobody here would reap it"
    assert pool.again("nobody", "x") is None
    assert pool.again("w0", "w7") is not None
    assert pool.again("w7", "w8") is None, "it has not said that it is there"


def test_one_kept_beyond_the_warm_ones_may_make_room() -> None:
    pool = served(1, calls=9, busy=3)
    for number in range(2):
        pool.again(f"w{number}", f"n{number}")
        pool.reported(f"n{number}", 100 + number, number, 5000 + number, State.IDLE)
    spare = pool.spare()
    assert spare is not None and spare.state is State.IDLE
    pool.gone(spare.worker, 0.0)
    assert pool.spare() is None, "the last one is the warm one"


def test_a_call_that_begins_here_has_a_worker_forked_beside_idle_ones_that_are_kept() -> None:
    pool = served(1, calls=9, busy=3)
    for number in range(2):
        pool.again(f"w{number}", f"n{number}")
        pool.reported(f"n{number}", 100 + number, number, 5000 + number, State.IDLE)
    assert pool.wanted(0) == 0
    pool.asked = 1
    assert pool.wanted(0) == 1
    pool.forked("w9", 109, 9)
    assert pool.wanted(0) == 0
