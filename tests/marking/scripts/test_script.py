from tripos.marking.scripts.script import Script, script_hash


def test_the_hash_is_of_what_a_script_says():
    one = Script("ada", "A", {"x": "1", "y": "2"})
    assert script_hash(one) == script_hash(Script("ada", "A", {"y": "2", "x": "1"}))
    others = [
        Script("ada", "B", one.answers),
        Script("bob", "A", one.answers),
        Script("ada", "A", {"x": "1"}),
    ]
    assert len({script_hash(each) for each in [one, *others]}) == 4
