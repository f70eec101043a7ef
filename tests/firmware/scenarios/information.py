"""`info` and how to find a key."""

from table import scenario


@scenario()
def a_key_says_to_fidoctl_what_it_says_to_others(desk):
    told, theirs = desk.fidoctl("info"), desk.info()
    if theirs is None:
        assert (told["protocol"], told["get_info"]) == ("U2F", None)
        return
    ours = told["get_info"]
    assert told["protocol"] == "CTAP2"
    assert ours["versions"] == theirs.versions == desk.model.versions
    assert ours.get("extensions", []) == theirs.extensions
    assert ours["options"] == theirs.options
    assert ours["aaguid"] == str(theirs.aaguid)
    assert ours["pinUvAuthProtocols"] == theirs.pin_uv_protocols
    assert ours.get("maxMsgSize", 1024) == theirs.max_msg_size
    assert ours.get("minPINLength", 4) == theirs.min_pin_length
    assert ours.get("maxCredBlobLength", 0) == theirs.max_cred_blob_length
    assert ours.get("remainingDiscoverableCredentials") == theirs.remaining_disc_creds


@scenario()
def what_a_key_says_of_itself_keeps_the_rules(desk):
    assert desk.fidoctl("info", "--lint")["findings"] == []


@scenario()
def a_key_is_found_by_echo_and_touch(desk):
    assert len(desk.fidoctl("ping", "--size", "1024", "--count", "2")["seconds"]) == 2
    desk.fidoctl("select")


@scenario("wink", refused="wink")
def a_key_blinks(desk):
    desk.fidoctl("wink")
