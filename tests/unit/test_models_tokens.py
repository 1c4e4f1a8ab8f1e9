"""Estimates of tokens: bounds that hold, and means that learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.model import Parsed, Picture
from tallysheet.models._dialect import Usage
from tallysheet.models._tokens import (
    CHARACTERS_PER_TOKEN,
    ENOUGH,
    LEAST_ROOM,
    MORE_ROOM,
    MOST_TOKENS_PER_PICTURE,
    TOKENS_PER_PICTURE,
    Tokens,
)
from tallysheet.ports import Question

PARSED = Parsed("application/pdf", ())
LIMIT = 16_384


def question(text: str = "", pictures: int = 0, **more: object) -> Question:
    """A question of so much text and so many pictures."""
    seen = tuple(Picture(page, "image/png", b"") for page in range(1, pictures + 1))
    return Question(PARSED, text=text, pictures=seen, **more)  # type: ignore[arg-type]


def test_a_first_estimate_counts_characters() -> None:
    """Of all that is sent: what to do, the document, the schema, earlier mistakes."""
    mistakes = (("a" * 20, "b" * 3),)
    asked = question("x" * 230, instructions="i" * 100, schema="s" * 200, mistakes=mistakes)

    assert Tokens().tokens_in(asked) == round((230 + 23 + 0.64 * 300) / CHARACTERS_PER_TOKEN)


def test_a_real_question_is_estimated_well_from_the_start() -> None:
    """Instructions and schema of 16,222 characters took 4,510 tokens (o200k), the invoice 655."""
    asked = question("x" * 1_528, instructions="i" * 1_691, schema="s" * 14_531)

    assert Tokens().tokens_in(asked) == pytest.approx(4_510 + 655, rel=0.02)


def test_pictures_count_by_their_number() -> None:
    """Providers scale them down to about the same size."""
    assert Tokens().tokens_in(question(pictures=3)) == 3 * TOKENS_PER_PICTURE


@pytest.mark.parametrize("real", [1.5, 3.5])
def test_an_estimate_becomes_what_the_model_reports(real: float) -> None:
    """After a few replies the mean is the model's own."""
    tokens, asked = Tokens(), question("x" * 10_000)

    for _ in range(ENOUGH):
        tokens.learn(asked, Usage(round(10_000 / real), 500))

    assert tokens.tokens_in(asked) == pytest.approx(10_000 / real, rel=0.01)
    assert tokens.tokens_out(asked) == pytest.approx(500, rel=0.01)


def test_one_odd_reply_does_not_upset_what_many_have_shown() -> None:
    """A mean goes back over dozens of replies."""
    tokens, asked = Tokens(), question("x" * 10_000)
    for _ in range(100):
        tokens.learn(asked, Usage(4_000, 500))

    tokens.learn(asked, Usage(400, 5_000))

    assert tokens.tokens_in(asked) == pytest.approx(4_000, rel=0.25)
    assert tokens.tokens_out(asked) == pytest.approx(500, rel=0.35)


def test_a_model_that_changes_is_followed() -> None:
    """The mean forgets: a provider may change a tokenizer under the same name."""
    tokens, asked = Tokens(), question("x" * 10_000)
    for _ in range(1_000):
        tokens.learn(asked, Usage(4_000, 500))

    for _ in range(200):
        tokens.learn(asked, Usage(5_000, 500))

    assert tokens.tokens_in(asked) == pytest.approx(5_000, rel=0.02)


def test_pictures_are_learned_apart_from_text() -> None:
    """A document with pictures does not spoil the estimate for one without."""
    tokens, asked = Tokens(), question("x" * 2_300, pictures=2)

    for _ in range(ENOUGH):
        tokens.learn(asked, Usage(1_000 + 2 * 700, 500))

    assert tokens.tokens_in(asked) == pytest.approx(2_400, abs=2)
    assert tokens.tokens_in(question("x" * 2_300)) == 1_000


@pytest.mark.parametrize("usage", [Usage(), Usage(10, 0), Usage(0, 10)])
def test_a_reply_that_does_not_say_what_it_took_teaches_nothing(usage: Usage) -> None:
    """Some servers leave it out."""
    tokens, asked = Tokens(), question("x" * 2_300)
    before = tokens.tokens_in(asked), tokens.tokens_out(asked)

    tokens.learn(asked, usage)

    assert (tokens.tokens_in(asked), tokens.tokens_out(asked)) == before


@given(st.text(), st.text(), st.integers(0, 5))
def test_no_tokenizer_makes_more_tokens_than_the_bound(text: str, said: str, pictures: int) -> None:
    """Tokens are of one byte or more, whatever the language."""
    asked = question(text, pictures, mistakes=((said, said),))

    bound = Tokens().most_tokens_in(asked)

    one_a_byte = len(text.encode()) + 2 * len(said.encode())
    assert bound >= one_a_byte + pictures * TOKENS_PER_PICTURE


def test_what_documents_took_does_not_lower_the_bound_of_the_next() -> None:
    """Money is set aside by what is possible, not by what is usual."""
    tokens, asked = Tokens(), question("x" * 1_000, pictures=1)

    for _ in range(100):
        tokens.learn(asked, Usage(10, 10))

    assert tokens.most_tokens_in(asked) >= 1_000 + MOST_TOKENS_PER_PICTURE


def framed(characters: int) -> Question:
    """A question about a document of that length, in real instructions and schema."""
    return question("x" * characters, instructions="i" * 1_691, schema="s" * 14_531)


def test_what_all_questions_have_in_common_counts_as_what_it_took() -> None:
    """16,222 bytes that are 4,510 tokens each time need not be set aside as 16,222."""
    tokens = Tokens()
    before = tokens.most_tokens_in(framed(1_500))

    for characters in range(800, 800 + 100 * ENOUGH, 100):
        tokens.learn(framed(characters), Usage(4_510 + characters // 2, 500))

    assert before > 1_500 + 16_222
    assert 4_510 + 1_500 <= tokens.most_tokens_in(framed(1_500)) <= 4_510 + 400 + 1_500


def test_common_words_that_are_counted_differently_count_by_their_bytes_again() -> None:
    """Behind a router sits another tokenizer from time to time, and none of it can be relied on."""
    tokens = Tokens()
    before = tokens.most_tokens_in(framed(1_500))
    for _ in range(ENOUGH):
        tokens.learn(framed(1_000), Usage(5_000, 500))

    tokens.learn(framed(1_000), Usage(6_001, 500))

    assert tokens.most_tokens_in(framed(1_500)) == before


def test_a_model_that_does_not_count_what_it_reads_is_not_believed() -> None:
    """One that leaves out what it cached, say: the next may count it."""
    tokens = Tokens()
    before = tokens.most_tokens_in(framed(1_500))

    for _ in range(ENOUGH):
        tokens.learn(framed(1_500), Usage(700, 500))

    assert tokens.most_tokens_in(framed(1_500)) == before


def test_other_instructions_are_learned_anew() -> None:
    """What the old ones took says nothing of them."""
    tokens, other = Tokens(), question("x" * 1_500, instructions="i" * 30_000)
    before = tokens.most_tokens_in(other)
    for _ in range(ENOUGH):
        tokens.learn(framed(1_000), Usage(5_000, 500))

    tokens.learn(other, Usage(9_000, 500))

    assert tokens.most_tokens_in(other) == before


@given(
    st.lists(st.tuples(st.integers(1, 4_000), st.floats(0.05, 1.0)), min_size=1, max_size=40),
    st.integers(1_100, 17_000),
)
def test_no_request_takes_more_than_was_set_aside_while_a_model_counts_alike(
    read: list[tuple[int, float]], common: int
) -> None:
    """Whatever the common part takes, and however dense each document is in tokens."""
    tokens = Tokens()
    for characters, density in read:
        took = common + max(1, int(characters * density))

        bound = tokens.most_tokens_in(framed(characters))

        assert took <= bound
        tokens.learn(framed(characters), Usage(took, 500))


def test_a_model_that_counts_pictures_oddly_is_known() -> None:
    """Else its pictures would cost six times what was set aside."""
    odd = Tokens("openai:gpt-4o-mini-2024-07-18").most_tokens_in(question(pictures=1))
    usual = Tokens("openai:gpt-4o").most_tokens_in(question(pictures=1))

    assert odd - usual == 36_835 - MOST_TOKENS_PER_PICTURE


@pytest.mark.parametrize(
    ("characters", "took"),
    # Text and strict answer (o200k) of the shortest, a usual and the longest of 40 samples.
    [(985, 1_188), (1_343, 1_663), (3_529, 6_832)],
)
def test_the_answer_to_a_usual_invoice_fits(characters: int, took: int) -> None:
    """From the first call on, with room to spare and far below what a model can say."""
    room = Tokens().most_tokens_out(question("x" * characters), limit=LIMIT)

    assert 1.3 * took < room < LIMIT


def test_room_gets_tight_once_a_model_is_known() -> None:
    """A quarter and a little more than its longest answer, for some providers reserve it."""
    tokens, asked = Tokens(), question("x" * 1_343)
    rooms = [tokens.most_tokens_out(asked, limit=LIMIT)]

    for _ in range(ENOUGH):
        tokens.learn(asked, Usage(5_000, 900))
        rooms.append(tokens.most_tokens_out(asked, limit=LIMIT))

    assert rooms == sorted(rooms, reverse=True)
    assert rooms[-1] == pytest.approx(900 * 1.25 + LEAST_ROOM, abs=2)


def test_answers_of_all_lengths_keep_room_for_each_other() -> None:
    """The longest of the last ones decides, up to twice the usual."""
    tokens, asked = Tokens(), question("x" * 1_343)

    for took in (600, 1_200) * ENOUGH:
        tokens.learn(asked, Usage(5_000, took))
    room = tokens.most_tokens_out(asked, limit=LIMIT)

    assert 1.4 * 1_200 < room - 1 < 2 * 900 + LEAST_ROOM


def test_a_model_that_thinks_long_gets_more_room() -> None:
    """What it thinks counts as said; answers that were cut say so."""
    tokens, asked = Tokens(), question("x" * 1_343)
    room = tokens.most_tokens_out(asked, limit=LIMIT)

    for _ in range(ENOUGH):
        tokens.learn(asked, Usage(5_000, room), cut=True)

    assert tokens.most_tokens_out(asked, limit=LIMIT) > 1.9 * room


def test_after_a_cut_there_is_much_more_room_up_to_the_limit() -> None:
    """One more try is to be enough."""
    tokens, asked = Tokens(), question("x")

    assert tokens.most_tokens_out(asked, limit=LIMIT, cut_at=1_000) == 1_000 * MORE_ROOM
    assert tokens.most_tokens_out(asked, limit=LIMIT, cut_at=10_000) == LIMIT
    assert tokens.most_tokens_out(asked, limit=100) == 100
