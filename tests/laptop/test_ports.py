import socket

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.laptop.ports import free_port, is_free

HOST = "127.0.0.1"


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_not_free(taken):
    assert not is_free(HOST, taken)


def test_a_port_is_free_again_when_nobody_listens(taken):
    with socket.socket() as other:
        other.bind((HOST, 0))
        port = other.getsockname()[1]
    assert is_free(HOST, port)


def test_a_taken_port_is_replaced_by_a_higher_one(taken):
    assert free_port(HOST, taken) > taken


def test_somebody_who_listens_on_all_addresses_takes_the_port():
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen()
        assert not is_free(HOST, listening.getsockname()[1])


def test_an_address_of_another_machine_is_a_configuration_error_that_names_it():
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.1"):
        free_port("203.0.113.1", 8080, attempts=2)
