"""tlog-policy (C2SP, draft): which logs and which quorum of witnesses make a checkpoint good."""

import re
from dataclasses import dataclass, field

import notes
from bytes_text import Refused


@dataclass
class Policy:
    logs: list = field(default_factory=list)
    witnesses: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    quorum: str = ""

    def is_met_by(self, signers):
        return self.quorum == "none" or self.holds(self.quorum, signers)

    def holds(self, name, signers):
        if name in self.witnesses:
            return self.witnesses[name] in signers
        threshold, members = self.groups[name]
        return sum(self.holds(member, signers) for member in members) >= threshold


def need(condition):
    if not condition:
        raise Refused("policy_malformed")


def key_of(text, key_type):
    try:
        return notes.parse_vkey(text, (key_type,))
    except Refused:
        raise Refused("policy_malformed") from None


def parse(text):
    need(all(o in (0x09, 0x0A) or 0x20 <= o <= 0x7E or o >= 0x80 for o in text.encode("utf-8")))
    policy, used = Policy(), set()
    for line in text.split("\n"):
        tokens = [t for t in re.split("[ \t]+", line) if t]
        if tokens and not tokens[0].startswith("#"):
            read_line(policy, used, tokens)
    need(policy.quorum != "")
    return policy


def read_line(policy, used, tokens):
    word, rest = tokens[0], tokens[1:]
    if word == "log":
        need(1 <= len(rest) <= 2)
        key = key_of(rest[0], notes.PLAIN)
        need(all(key.public != other.public for other in policy.logs))
        policy.logs.append(key)
    elif word == "witness":
        need(2 <= len(rest) <= 3)
        need_new_name(policy, rest[0])
        key = key_of(rest[1], notes.COSIGNATURE)
        need(all(key.public != other.public for other in policy.witnesses.values()))
        policy.witnesses[rest[0]] = key
    elif word == "group":
        need(len(rest) >= 3)
        read_group(policy, used, rest[0], rest[1], rest[2:])
    elif word == "quorum":
        need(len(rest) == 1 and policy.quorum == "")
        need(rest[0] == "none" or rest[0] in policy.witnesses or rest[0] in policy.groups)
        policy.quorum = rest[0]
    else:
        need(False)


def need_new_name(policy, name):
    need(name != "none" and name not in policy.witnesses and name not in policy.groups)


def read_group(policy, used, name, threshold, members):
    need_new_name(policy, name)
    for member in members:
        need((member in policy.witnesses or member in policy.groups) and member not in used)
        used.add(member)
    if threshold in ("any", "all"):
        k = 1 if threshold == "any" else len(members)
    else:
        need(re.fullmatch("[1-9][0-9]*", threshold) and len(threshold) <= 9)
        k = int(threshold)
    need(k <= len(members))
    policy.groups[name] = (k, members)
