"""The queue of a member: what each policy keeps, against a model, and what cannot be chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.rooms._queues import Gap, Outgoing, check_queue, make_queue

KEPT_IN_ORDER = ["disconnect", "drop_newest", "drop_oldest"]
steps = st.lists(st.sampled_from(["put", "put", "put", "take", "gap", "unknown"]), max_size=60)


class Model:
    """What a queue holds: the numbers of messages, and between them how many are missing."""

    def __init__(self, policy, size):
        self.policy = policy
        self.size = size
        self.items = []

    def messages(self):
        return [item for item in self.items if not isinstance(item, list)]

    def put(self, number):
        if len(self.messages()) < self.size:
            self.items.append(number)
            return 0
        if self.policy == "disconnect":
            return None
        if self.policy == "drop_newest":
            self.miss(1)
        else:
            oldest = self.messages()[0]
            place = self.items.index(oldest)
            self.items[place] = [1]
            self.items.append(number)
            self.merge()
        return 1

    def miss(self, count):
        self.items.append([count])
        self.merge()

    def merge(self):
        merged = []
        for item in self.items:
            if merged and isinstance(item, list) and isinstance(merged[-1], list):
                counts = merged[-1] + item
                merged[-1] = [None if None in counts else sum(counts)]
            else:
                merged.append(item)
        self.items = merged


def shown(item):
    return [item.count] if isinstance(item, Gap) else item.message["number"]


@pytest.mark.parametrize("policy", KEPT_IN_ORDER)
@given(steps=steps, size=st.integers(1, 4))
def test_what_is_kept_comes_in_its_order_and_what_is_missing_is_told_in_its_place(
    policy, steps, size
):
    queue, model = make_queue(policy, size), Model(policy, size)
    for number, step in enumerate(steps):
        if step == "put":
            assert queue.put(Outgoing({"number": number})) == model.put(number)
        elif step == "take" and model.items:
            assert shown(queue.take()) == model.items.pop(0)
        elif step in {"gap", "unknown"}:
            missing = 2 if step == "gap" else None
            queue.put_gap(missing)
            model.miss(missing)
        assert len(queue) == len(model.items)


@given(
    steps=st.lists(st.one_of(st.sampled_from([None, "a", "b", "c", "take"])), max_size=60),
    size=st.integers(1, 3),
)
def test_of_each_key_the_latest_is_kept(steps, size):
    queue, kept, missing, dropped = make_queue("latest", size), {}, 0, 0
    for number, step in enumerate(steps):
        if step == "take":
            if missing:
                assert shown(queue.take()) == [missing]
                missing = 0
            elif kept:
                assert shown(queue.take()) == kept.pop(next(iter(kept)))
        else:
            key = number if step is None else step
            replaced = kept.pop(key, None) is not None
            if len(kept) >= size:
                kept.pop(next(iter(kept)))
                missing += 1
                assert not replaced
                replaced = True
            kept[key] = number
            dropped = queue.put(Outgoing({"number": number}, step))
            assert dropped == replaced
        assert len(queue) == len(kept) + bool(missing)


def test_what_is_dropped_is_told_together_with_what_was_missing_after_it():
    queue = make_queue("drop_oldest", 1)
    queue.put(Outgoing({"number": 1}))
    queue.put_gap(2)
    assert queue.put(Outgoing({"number": 2})) == 1
    assert [shown(queue.take()), shown(queue.take())] == [[3], 2]


def test_the_latest_of_one_key_drops_that_of_another():
    queue = make_queue("latest", 1)
    assert queue.put(Outgoing({"number": 1}, "a")) == 0
    assert queue.put(Outgoing({"number": 2}, "b")) == 1
    assert [shown(queue.take()), shown(queue.take())] == [[1], 2]


def test_a_latest_value_may_be_missing_without_anybody_knowing_how_many():
    queue = make_queue("latest", 1)
    queue.put_gap(None)
    queue.put_gap(1)
    assert shown(queue.take()) == [None]
    assert len(queue) == 0


@pytest.mark.parametrize(
    ("size", "policy", "error", "message"),
    [
        (0, "latest", ValueError, "at least one message, not 0"),
        (1.5, "latest", TypeError, "a whole number of messages, not 1.5"),
        (1, "drop", ValueError, "one of 'disconnect', 'drop_newest', 'drop_oldest', 'latest', not"),
    ],
)
def test_what_cannot_be_is_refused(size, policy, error, message):
    with pytest.raises(error, match=message):
        check_queue(size, policy)
