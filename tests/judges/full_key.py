"""Virtual keys with more credentials than anybody would make one by one."""

import base64
import copy
import json
import subprocess

from fidoctl import FIDOCTL


def fill(directory, environment, name, credentials, services):
    """Makes the state of a key with so many credentials, dealt out to so many services."""
    state = directory / f"{name}.state"
    room = ["--capacity", str(credentials)]
    run(environment, "virtual", "new", "--state", state, *room)
    enroll = ["enroll", "--rp", "example.com", "--user", "x", "--rk", "required", "--json"]
    run(environment, "--device", f"virtual:{state}", *enroll)
    document = json.loads(state.read_text())
    [model] = document["state"]["credentials"]
    document["state"]["credentials"] = [
        credential(model, number, services) for number in range(credentials)
    ]
    state.write_text(json.dumps(document))


def credential(model, number, services):
    made = copy.copy(model)
    unique = number.to_bytes(4, "big")
    made["id"] = base64url(unique + bytes(28))
    made["user_id"] = base64url(unique)
    made["user_name"] = f"user{number}"
    made["user_display_name"] = f"User{number}"
    made["rp_id"] = made["rp_name"] = service(number % services)
    return made


def service(number):
    return f"service{number}.example"


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def run(environment, *args):
    command = [str(FIDOCTL), *map(str, args)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
