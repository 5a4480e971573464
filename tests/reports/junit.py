"""Reads the junit.xml given as CI systems do: counts agree with the elements, every failure says
what and how to run it again, names are unique in their class. Prints tests failures errors skipped."""
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
suites = list(root)
assert [s.tag for s in suites] == ["testsuite"], suites
suite = suites[0]
count = {"failure": 0, "error": 0, "skipped": 0}
names = set()
for case in suite:
    assert case.tag == "testcase", case.tag
    key = (case.attrib["classname"], case.attrib["name"])
    assert key not in names, key
    names.add(key)
    assert len(case) <= 1, key
    for outcome in case:
        count[outcome.tag] += 1
        assert outcome.attrib["message"], key
        if outcome.tag == "failure" and outcome.text:
            assert "lossproof replay ce-" in outcome.text, key
for at in (root, suite):
    assert int(at.attrib["tests"]) == len(names), at.attrib
    assert int(at.attrib["failures"]) == count["failure"], at.attrib
    assert int(at.attrib["errors"]) == count["error"], at.attrib
    assert int(at.attrib["skipped"]) == count["skipped"], at.attrib
replays = sum("lossproof replay ce-" in (f.text or "") for f in suite.iter("failure"))
print(len(names), count["failure"], count["error"], count["skipped"], replays)
