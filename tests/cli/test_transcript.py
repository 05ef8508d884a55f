import pytest

from duologue.cli._transcript import Transcript, UserError
from duologue.scripts import Recorder
from duologue.scripts.transports.connectors import Accepted, Denied


@pytest.fixture
def recorder():
    return Recorder()


def record(recorder, transcript):
    """Record a conversation that has no end yet."""
    transcript.write(recorder.open("/"))
    transcript.write(recorder.answer(Accepted("", [])))


def failure(path, recorder, force=False):
    with pytest.raises(UserError) as caught:
        Transcript(path, recorder, "ws://x", interactive=False, force=force)
    return str(caught.value)


def test_a_script_is_shown_as_it_comes(recorder, capsys):
    with Transcript(None, recorder, "--url ws://x", interactive=False, force=False) as transcript:
        record(recorder, transcript)
        assert capsys.readouterr().out == "> open /\n< accept\n"
    shown = capsys.readouterr()
    assert shown.out == "> close 1000\n"
    assert shown.err == ""


def test_someone_who_types_is_asked_for_the_next_line(recorder, capsys):
    with Transcript(None, recorder, "ws://x", interactive=True, force=False) as transcript:
        transcript.write(recorder.open("/"))
        assert capsys.readouterr().out == "\r\033[K> open /\nsend: "
        recorder.answer(Denied(403, [], b""))
    assert capsys.readouterr().out == "\r\033[K< deny 403\n"


def test_a_script_is_written_as_it_comes(recorder, tmp_path, capsys):
    path = tmp_path / "chat.duo"
    with Transcript(path, recorder, "--url ws://x", interactive=False, force=False) as transcript:
        assert not path.exists()
        record(recorder, transcript)
        assert path.read_text() == "> open /\n< accept\n"
    assert path.read_text() == "> open /\n< accept\n> close 1000\n"
    assert capsys.readouterr().err == (
        f"Wrote {path}. To play it back: duologue play {path} --url ws://x\n"
    )


def test_what_is_no_script_is_not_called_one(recorder, tmp_path, capsys):
    path = tmp_path / "chat.duo"
    with Transcript(path, recorder, "--url ws://x", interactive=False, force=False):
        recorder.open("/")
    assert capsys.readouterr().err == ""
    assert not path.exists()


def test_it_is_written_whatever_happens(recorder, tmp_path):
    path = tmp_path / "chat.duo"
    transcript = Transcript(path, recorder, "--url ws://x", interactive=False, force=False)
    with pytest.raises(KeyboardInterrupt), transcript:
        record(recorder, transcript)
        raise KeyboardInterrupt
    assert path.read_text() == "> open /\n< accept\n> close 1000\n"


def test_a_file_is_not_overwritten_but_by_force(recorder, tmp_path):
    path = tmp_path / "chat.duo"
    path.write_text("something else, and longer than what is written")
    assert failure(path, recorder) == f"{path} already exists: choose another name, or --force"
    with Transcript(path, recorder, "ws://x", interactive=False, force=True) as transcript:
        assert path.read_text().startswith("something else")
        transcript.write(recorder.open("/"))
        assert path.read_text() == "> open /\n"


def test_there_may_be_no_such_folder(recorder, tmp_path):
    assert failure(tmp_path / "a" / "b.duo", recorder) == f"there is no folder {tmp_path / 'a'}"


def test_a_file_may_be_impossible_to_write(recorder, tmp_path):
    transcript = Transcript(tmp_path, recorder, "ws://x", interactive=False, force=True)
    with pytest.raises(UserError, match=r"cannot write .*: Is a directory"):
        transcript.write(recorder.open("/"))
