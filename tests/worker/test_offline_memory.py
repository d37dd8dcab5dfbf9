"""What the offline server says: facts out of the user's own messages, always marked as no model's work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinkster_worker.offline.persona import MARKER, answer, character_name, words


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "you said nothing"),
        (["hello"], "you said “hello”"),
        (["My name is Robin"], "noted: your name is Robin"),
        (["My name is Robin.", "What is my name?"], "your name is Robin"),
        (["my name is Robin and I like green tea", "What's my name?"], "your name is Robin"),
        (["My name is Robin", "No, my name is Ariel!", "Do you remember my name?"], "your name is Ariel"),
        (["I'm called Zoë 🌸", "what is my name"], "your name is Zoë 🌸"),
        (["I like green tea. I love rain!", "What do I like?"], "you like green tea and rain"),
        (["My favorite color is teal", "What is my favourite color?"], "your favourite color is teal"),
        (["My dog is called Bo", "What is my dog?"], "your dog is Bo"),
        (["What is my name?"], "nothing that reached me tells that"),
        (["My name is Robin", "What do you remember?"], "I remember: your name is Robin"),
        (["hello", "What do you remember about me?"], "nothing that reached me is worth remembering"),
        (["Do I like tea?", "What do I like?"], "nothing that reached me tells that"),
    ],
)
def test_it_answers_out_of_the_messages(messages: list[str], said: str) -> None:
    assert answer("", messages) == f"{MARKER} ☕ — {said} ✓"


@pytest.mark.parametrize(
    ("instructions", "name"),
    [
        ("", None),
        ("You play one character in a private chat.", None),
        ('# Identity\n- Name: "Luna"\n- Role: "switch"', "Luna"),
        ('# Identity\n- Name: "Véra von Ä"', "Véra von Ä"),
        ("You are Luna, a calm captain.", "Luna"),
        ("You are not a person.", None),
        ("Your name is Luna.", "Luna"),
    ],
)
def test_it_knows_the_character_s_name(instructions: str, name: str | None) -> None:
    assert character_name(instructions) == name


@given(st.text(), st.lists(st.text()))
def test_any_context_has_the_same_marked_reply_each_time(instructions: str, messages: list[str]) -> None:
    said = answer(instructions, messages)
    assert said.startswith(MARKER)
    assert said == answer(instructions, messages)


@given(st.text())
def test_words_joined_are_the_text_again(text: str) -> None:
    assert "".join(words(text)) == text
