"""edit-config, subtree filters and differences on trees, without a server."""

from __future__ import annotations

import pytest
from lxml import etree

from labs.olt import xmlio
from labs.olt.canonical import canonical
from labs.olt.device import YANG_FOLDER
from labs.olt.difference import changes
from labs.olt.edit import DefaultOperation, apply_edit
from labs.olt.errors import RpcError
from labs.olt.schema import Schema
from labs.olt.subtree import select
from tests.labs.olt_payload import payload

SCHEMA = Schema(YANG_FOLDER)
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
HW = "urn:ietf:params:xml:ns:yang:ietf-hardware"
POL = "urn:bbf:yang:bbf-qos-policies"
CHASSIS = '<class xmlns:h="urn:ietf:params:xml:ns:yang:iana-hardware">h:chassis</class>'


def hw(inner: str) -> str:
    return f'<hardware xmlns="{HW}" xmlns:nc="{NC}">{inner}</hardware>'


def component(name: str, inner: str = CHASSIS, operation: str = "") -> str:
    attribute = f' nc:operation="{operation}"' if operation else ""
    return f"<component{attribute}><name>{name}</name>{inner}</component>"


def tree(text: str = "") -> etree._Element:
    return edited(SCHEMA.empty(), text)


def edited(target: etree._Element, text: str, default: DefaultOperation = "merge") -> etree._Element:
    source = xmlio.parse(f'<config xmlns:nc="{NC}" xmlns:yang="urn:ietf:params:xml:ns:yang:1">{text}</config>'.encode())
    apply_edit(target, canonical(source, SCHEMA, operations=True), SCHEMA, default)
    return target


def names(config: etree._Element) -> list[str]:
    return [element.text or "" for element in config.iterfind(f"{{{HW}}}hardware/{{{HW}}}component/{{{HW}}}name")]


def tag(job: object, *arguments: object) -> str:
    with pytest.raises(RpcError) as refusal:
        job(*arguments)  # type: ignore[operator]
    return refusal.value.faults[0].tag


def test_merge_adds_what_is_missing_and_keeps_the_rest() -> None:
    config = tree(hw(component("a", CHASSIS + "<alias>one</alias>")))
    edited(config, hw(component("a", "<asset-id>7</asset-id>") + component("b")))
    assert names(config) == ["a", "b"]
    assert config.findtext(f".//{{{HW}}}alias") == "one" and config.findtext(f".//{{{HW}}}asset-id") == "7"


def test_replace_of_an_entry_takes_away_what_it_does_not_name() -> None:
    config = tree(hw(component("a", CHASSIS + "<alias>one</alias>")))
    edited(config, hw(component("a", CHASSIS, "replace")))
    assert config.find(f".//{{{HW}}}alias") is None


def test_create_of_what_is_there_is_data_exists_and_delete_of_what_is_not_is_data_missing() -> None:
    config = tree(hw(component("a")))
    assert tag(edited, config, hw(component("a", CHASSIS, "create"))) == "data-exists"
    assert tag(edited, config, hw(component("b", "", "delete"))) == "data-missing"
    edited(config, hw(component("b", "", "remove")))
    edited(config, hw(component("a", "", "delete")))
    assert len(config) == 0


def test_default_operation_none_changes_only_what_has_an_operation() -> None:
    config = tree(hw(component("a")))
    edited(config, hw(component("a", '<alias nc:operation="merge">x</alias>')), "none")
    edited(config, hw(component("a", "<alias>y</alias>")), "none")
    assert config.findtext(f".//{{{HW}}}alias") == "x"
    assert tag(edited, config, hw(component("b", '<alias nc:operation="merge">x</alias>')), "none") == "data-missing"


def test_default_operation_replace_makes_the_edit_the_whole_configuration() -> None:
    config = tree(hw(component("a")) + '<link-table xmlns="urn:bbf:yang:bbf-link-table"/>')
    assert names(edited(config, hw(component("b")), "replace")) == ["b"]


def test_operations_nest() -> None:
    config = tree(hw(component("a", CHASSIS + "<alias>x</alias><asset-id>1</asset-id>")))
    inner = '<alias nc:operation="delete"/><asset-id nc:operation="replace">2</asset-id>'
    edited(config, hw(component("a", inner) + component("b", CHASSIS, "create")))
    assert names(config) == ["a", "b"]
    assert config.find(f".//{{{HW}}}alias") is None and config.findtext(f".//{{{HW}}}asset-id") == "2"


def test_setting_one_case_of_a_choice_takes_the_other_away() -> None:
    text = payload()
    config = tree(text)
    st = "urn:bbf:yang:bbf-sub-interface-tagging"
    assert config.find(f".//{{{st}}}pbit-marking-index") is not None
    changed = text.replace("<st:pbit-marking-index>0</st:pbit-marking-index>", "<st:write-pbit>3</st:write-pbit>")
    edited(config, changed)
    assert config.find(f".//{{{st}}}pbit-marking-index") is None
    assert config.findtext(f".//{{{st}}}write-pbit") == "3"


def test_entries_ordered_by_the_user_go_where_insert_says() -> None:
    def policy(*entries: str) -> str:
        return f'<policies xmlns="{POL}"><policy><name>p</name>{"".join(entries)}</policy></policies>'

    def entry(name: str, attributes: str = "") -> str:
        return f"<classifiers {attributes}><name>{name}</name></classifiers>"

    config = tree(policy(entry("a"), entry("b")))
    edited(config, policy(entry("c", 'yang:insert="first"')))
    edited(config, policy(entry("d", """yang:insert="before" yang:key="[name='b']" """)))
    order = [e.text for e in config.iterfind(f".//{{{POL}}}classifiers/{{{POL}}}name")]
    assert order == ["c", "a", "d", "b"]
    assert tag(edited, config, policy(entry("e", """yang:insert="after" yang:key="[name='x']" """))) == "bad-attribute"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('<nonsense xmlns="urn:x"/>', "unknown-namespace"),
        (hw("<nonsense/>"), "unknown-element"),
        (hw("<component><alias>x</alias></component>"), "missing-element"),
        (hw(component("a") + component("a")), "bad-element"),
        (hw(component("a", CHASSIS + CHASSIS)), "bad-element"),
        (hw(component("a", "<alias><x/></alias>")), "bad-element"),
        (hw("text"), "bad-element"),
        (hw(component("a", "<class>zz:chassis</class>")), "invalid-value"),
        (hw(component("a", "<serial-num>1</serial-num>")), "unknown-element"),
        (hw(component("a", CHASSIS, "destroy")), "bad-attribute"),
        (hw('<component colour="red"><name>a</name></component>'), "unknown-attribute"),
    ],
)
def test_a_payload_that_makes_no_sense_is_refused_for_what_it_is(text: str, wanted: str) -> None:
    assert tag(tree, text) == wanted


def test_identities_are_the_same_whatever_prefix_they_come_with() -> None:
    one = tree(hw(component("a")))
    other = tree(hw(component("a", CHASSIS.replace("h:", "zzz:").replace(":h=", ":zzz="))))
    assert changes(one, other, SCHEMA) == ()


def test_a_filter_selects_by_content_and_keeps_the_keys() -> None:
    config = tree(hw(component("a", CHASSIS + "<alias>x</alias><asset-id>1</asset-id>") + component("b")))

    def filtered(text: str) -> etree._Element:
        return select(config, xmlio.parse(f"<filter>{text}</filter>".encode()), SCHEMA)

    assert names(filtered(hw(""))) == ["a", "b"]
    assert names(filtered("<hardware/>")) == ["a", "b"]  # no namespace stands for any
    assert names(filtered(hw("<component><name>b</name></component>"))) == ["b"]
    picked = filtered(hw("<component><name>a</name><alias/></component>"))
    assert names(picked) == ["a"] and picked.find(f".//{{{HW}}}asset-id") is None
    assert picked.findtext(f".//{{{HW}}}alias") == "x"
    assert names(filtered(hw("<component><asset-id/></component>"))) == ["a"]
    assert names(filtered(hw("<component><name/></component>"))) == ["a", "b"]
    two = "<component><name>a</name></component><component><name>b</name></component>"
    assert names(filtered(hw(two))) == ["a", "b"]
    by_identity = "<component>" + CHASSIS.replace("h:", "zz:").replace(":h=", ":zz=") + "</component>"
    assert names(filtered(hw(by_identity))) == ["a", "b"]
    assert len(filtered(hw("<component><name>c</name></component>"))) == 0
    assert len(filtered("")) == 0
    assert len(filtered('<hardware xmlns="urn:other"/>')) == 0


def test_differences_name_the_outermost_thing_that_came_or_went() -> None:
    before = tree(hw(component("a", CHASSIS + "<alias>x</alias>") + component("b")))
    after = tree(hw(component("a", CHASSIS + "<alias>y</alias>") + component("c")))
    found = [(change.path, change.operation) for change in changes(before, after, SCHEMA)]
    assert found == [
        ("/hw:hardware/hw:component[hw:name='a']/hw:alias", "replace"),
        ("/hw:hardware/hw:component[hw:name='b']", "delete"),
        ("/hw:hardware/hw:component[hw:name='c']", "create"),
    ]


def test_an_edit_and_its_undoing_leave_what_was_there() -> None:
    config = tree(payload(2))
    once = etree.fromstring(etree.tostring(config))
    edited(config, hw(component("x")))
    edited(config, hw(component("x", "", "delete")))
    assert changes(once, config, SCHEMA) == ()
