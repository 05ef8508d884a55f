from docs_tools.project.highlights import take_highlights


def test_an_arrow_is_taken_and_its_line_named():
    assert take_highlights("a = 1\nb = 2  # <--\n") == ("a = 1\nb = 2\n", [2])


def test_the_comment_before_an_arrow_stays():
    assert take_highlights("a = 1  # why  # <--\n") == ("a = 1  # why\n", [1])


def test_an_arrow_in_a_string_is_no_mark():
    source = 'a = "# <--"\nb = """\nc  # <--\n"""\n'
    assert take_highlights(source) == (source, [])


def test_a_line_of_its_own_is_kept_as_an_empty_line():
    assert take_highlights("if a:\n    # <--\n    b()\n") == ("if a:\n\n    b()\n", [2])


def test_other_comments_are_no_highlights():
    source = "a = 1  # <-- here\nb = 2  # <-\n"
    assert take_highlights(source) == (source, [])


def test_line_endings_and_a_missing_last_one_stay():
    assert take_highlights("a = 1  # <--\r\nb = 2  # <--") == ("a = 1\r\nb = 2", [1, 2])


def test_characters_beyond_ascii_do_not_shift_the_mark():
    assert take_highlights('a = "연결"  # 连接  # <--\n') == ('a = "연결"  # 连接\n', [1])
