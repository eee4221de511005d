from kintsugi.laptop.lock import SupervisorLock, is_supervised


def test_before_the_first_start_nobody_supervises(settings):
    assert not is_supervised(settings)


def test_only_one_of_two_gets_the_lock(settings):
    first, second = SupervisorLock(settings), SupervisorLock(settings)
    assert first.acquire()
    assert not second.acquire(patience=0.05)
    assert is_supervised(settings)
    first.release()
    assert not is_supervised(settings)
    assert second.acquire()
    second.release()


def test_asking_does_not_take_the_lock(settings):
    lock = SupervisorLock(settings)
    lock.acquire()
    lock.release()
    assert not is_supervised(settings)
    assert lock.acquire(patience=0.0)
    lock.release()
