from analysis.residual_sentence import attribute

WHOSE = {"traffic": "cold or by chance", "server": "it forgets"}


def test_a_replay_that_differs_as_much_says_that_it_is_the_traffic() -> None:
    told = attribute(measured=0.5, replayed=0.51, residual=-0.1, **WHOSE)
    assert told == (
        "The requests that were sent come to 51 % when they are replayed: it is the traffic, cold or by chance, "
        "that differs from a settled one, not the server from its model."
    )


def test_a_replay_as_predicted_says_that_it_is_the_server() -> None:
    told = attribute(measured=0.5, replayed=0.59, residual=-0.1, aside=", all of them,", **WHOSE)
    assert told.startswith("The requests that were sent, all of them, come to 59 %")
    assert told.endswith("so most of it is the server's: it forgets.")


def test_replays_that_spread_as_widely_say_that_it_is_chance() -> None:
    told = attribute(measured=0.5, replayed=0.59, residual=-0.1, spread=0.03, **WHOSE)
    assert "give or take 12.0 points by what the server draws at random" in told
    assert "the server's" in attribute(measured=0.5, replayed=0.59, residual=-0.1, spread=0.01, **WHOSE)
