"""canonicalize, canonicalize-jcs: structure, strings, numbers by the token, and every way a document can be wrong."""

from bytes_text import to_base64
from topic import Topic

OPEN, CLOSE = "[", "]"


def source(text):
    return {"json_b64": to_base64(text if isinstance(text, bytes) else text.encode("utf-8"))}


def canonical(text):
    return to_base64(text.encode("utf-8"))


STRUCTURE = [
    ("empty-object", " { } ", "{}"),
    ("empty-array", "[\n]", "[]"),
    ("white-space", '\t{ "b" : [ 1 , 2 ] ,\r\n "a" : null }\n', '{"a":null,"b":[1,2]}'),
    ("literals", "[true,false,null]", "[true,false,null]"),
    ("scalar-document", ' "x" ', '"x"'),
    ("scalar-number", "7", "7"),
    ("sorted-members", '{"b":1,"a":2,"B":3,"":4,"aa":5}', '{"":4,"B":3,"a":2,"aa":5,"b":1}'),
    ("nested-sorting", '{"z":{"b":1,"a":2},"a":[{"d":1,"c":2}]}', '{"a":[{"c":2,"d":1}],"z":{"a":2,"b":1}}'),
    ("arrays-keep-order", "[3,1,2]", "[3,1,2]"),
    ("utf16-order", '{"\uffff":1,"\U0001f600":2,"\ufb33":3}', '{"\U0001f600":2,"\ufb33":3,"\uffff":1}'),
    (
        "rfc8785-order",
        '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
        '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",'
        '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    ("depth-64-arrays", OPEN * 64 + CLOSE * 64, OPEN * 64 + CLOSE * 64),
    ("depth-64-objects", '{"a":' * 63 + "{}" + "}" * 63, '{"a":' * 63 + "{}" + "}" * 63),
    ("depth-is-nesting", "[" + ",".join(["[]"] * 70) + "]", "[" + ",".join(["[]"] * 70) + "]"),
    ("same-name-in-other-object", '{"a":{"a":1},"b":{"a":2}}', '{"a":{"a":1},"b":{"a":2}}'),
    ("names-differ-by-normal-form", '{"\u00e9":1,"e\u0301":2}', '{"e\u0301":2,"\u00e9":1}'),
    ("proto-name", '{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1},"constructor":2}'),
    ("integer-like-names", '{"10":1,"9":2,"1":3}', '{"1":3,"10":1,"9":2}'),
]

STRINGS = [
    ("short-escapes", r'"\"\\\/\b\f\n\r\t"', r'"\"\\/\b\f\n\r\t"'),
    ("control-escapes", r'"\u0000\u0001\u000B\u001F"', r'"\u0000\u0001\u000b\u001f"'),
    ("control-short-from-long", r'"\u0008\u0009\u000A\u000C\u000D"', r'"\b\t\n\f\r"'),
    ("delete-is-raw", r'"\u007f"', '"\u007f"'),
    ("solidus-is-raw", r'"a\/b"', '"a/b"'),
    ("escaped-ascii", r'"\u0041\u005c\u0022"', r'"A\\\""'),
    ("non-ascii-raw", r'"\u00e9\u20AC\u3042"', '"\u00e9\u20ac\u3042"'),
    ("pair-joined", r'"\ud83d\ude00"', '"\U0001f600"'),
    ("pair-upper-case", r'"\uD834\uDD1E"', '"\U0001d11e"'),
    ("last-scalar", '"\U0010ffff"', '"\U0010ffff"'),
    ("line-separators-raw", r'"\u2028\u2029"', '"\u2028\u2029"'),
    ("byte-order-mark-inside", r'"\ufeff"', '"\ufeff"'),
    ("noncharacter", r'"\uffff"', '"\uffff"'),
    ("no-normalisation", '"e\u0301"', '"e\u0301"'),
    ("angle-brackets", r'"\u003c\u003e\u0026"', '"<>&"'),
    ("empty-name", '{"":""}', '{"":""}'),
]

NUMBERS = [
    ("zero", "0", "0"),
    ("minus-zero-integer", "-0", "0"),
    ("minus-zero-decimal", "-0.0", "0"),
    ("integer-max", "9007199254740991", "9007199254740991"),
    ("integer-min", "-9007199254740991", "-9007199254740991"),
    ("integer-over-a-million", "123456789012", "123456789012"),
    ("point-zero", "1.0", "1"),
    ("trailing-zeros", "0.500", "0.5"),
    ("exponent-integer-value", "1e2", "100"),
    ("exponent-plus", "12E+3", "12000"),
    ("exponent-minus", "25e-1", "2.5"),
    ("decimal-max", "1e6", "1000000"),
    ("decimal-max-point", "1000000.0", "1000000"),
    ("decimal-min", "-1E6", "-1000000"),
    ("below-decimal-max", "999999.9999999999", "1000000"),
    ("nine-places", "0.123456789", "0.123456789"),
    ("tenth-place-down", "0.1234567894", "0.123456789"),
    ("tenth-place-up", "0.1234567896", "0.12345679"),
    ("looks-like-a-tie", "0.1234567895", None),
    ("looks-like-a-tie-2", "0.0000000005", None),
    ("looks-like-a-tie-3", "0.0000000015", None),
    ("looks-like-a-tie-4", "2.0000000005", None),
    ("exact-tie-to-even-down", "0.0009765625", "0.000976562"),
    ("exact-tie-to-even-up", "0.0029296875", "0.002929688"),
    ("exact-tie-negative", "-0.0009765625", "-0.000976562"),
    ("exact-tie-by-exponent", "9765625e-10", "0.000976562"),
    ("below-half-unit", "4.9e-10", "0"),
    ("negative-below-half-unit", "-4.9e-10", "0"),
    ("smallest-subnormal", "5e-324", "0"),
    ("underflow", "1e-400", "0"),
    ("negative-underflow", "-1e-400", "0"),
    ("smallest-normal", "2.2250738585072014e-308", "0"),
    ("one-unit", "1e-9", "0.000000001"),
    ("tenth", "0.1", "0.1"),
    ("sum-of-tenths", "0.30000000000000004", "0.3"),
    ("many-digits", "0.1000000000000000055511151231257827021181583404541015625", "0.1"),
    ("token-of-300-digits", "0." + "3" * 300, "0.333333333"),
    ("large-exponent-zero", "0e999999", "0"),
    ("exponent-with-leading-zeros", "1e0000000000000000000002", "100"),
    ("binary64-midpoint-token", "0.5000000000000000277555756156289135105907917022705078125", "0.5"),
    ("halfway-million", "999999.99999999994", "1000000"),
    ("negative-decimal", "-3.25", "-3.25"),
    ("mixed-list", "[1.50,2e0,-7,0.0]", "[1.5,2,-7,0]"),
]

OUT_OF_RANGE = [
    ("integer-max-plus-one", "9007199254740992"),
    ("integer-min-minus-one", "-9007199254740992"),
    ("integer-2-to-64", "18446744073709551616"),
    ("integer-of-400-digits", "1" + "0" * 399),
    ("decimal-over-a-million", "1000000.5"),
    ("decimal-next-after-a-million", "1000000.0000000001164153218269348144531251"),
    ("decimal-2-to-53", "9007199254740991.0"),
    ("exponent-over-a-million", "1e7"),
    ("exponent-negative", "-1e7"),
    ("overflow", "1e400"),
    ("negative-overflow", "-1e400"),
    ("largest-binary64", "1.7976931348623157e308"),
    ("huge-exponent", "1e99999999999999999999"),
    ("inside-object", '{"a":1,"b":[0,1e9]}'),
]

MALFORMED = [
    ("empty", "", "json_malformed"),
    ("white-space-only", " \n", "json_malformed"),
    ("byte-order-mark", b"\xef\xbb\xbf{}", "json_malformed"),
    ("trailing-bytes", "{} x", "json_malformed"),
    ("trailing-nul", b"{}\x00", "json_malformed"),
    ("two-documents", "{}{}", "json_malformed"),
    ("trailing-comma-object", '{"a":1,}', "json_malformed"),
    ("trailing-comma-array", "[1,]", "json_malformed"),
    ("leading-comma", "[,1]", "json_malformed"),
    ("missing-comma", "[1 2]", "json_malformed"),
    ("missing-colon", '{"a" 1}', "json_malformed"),
    ("name-unquoted", "{a:1}", "json_malformed"),
    ("name-single-quoted", "{'a':1}", "json_malformed"),
    ("name-is-number", "{1:2}", "json_malformed"),
    ("unterminated-object", '{"a":1', "json_malformed"),
    ("unterminated-array", "[1", "json_malformed"),
    ("unterminated-string", '"abc', "json_malformed"),
    ("closing-mismatch", "[1}", "json_malformed"),
    ("lone-close", "]", "json_malformed"),
    ("comment", "{/* x */}", "json_malformed"),
    ("literal-case", "True", "json_malformed"),
    ("literal-cut", "nul", "json_malformed"),
    ("literal-long", "nulls", "json_malformed"),
    ("undefined", "undefined", "json_malformed"),
    ("form-feed-space", "\f{}", "json_malformed"),
    ("no-break-space", "\u00a0{}", "json_malformed"),
    ("escape-unknown", r'"\x41"', "json_malformed"),
    ("escape-octal", r'"\0"', "json_malformed"),
    ("escape-short-hex", r'"\u12"', "json_malformed"),
    ("escape-bad-hex", r'"\u12g4"', "json_malformed"),
    ("escape-capital-u", r'"\U0041"', "json_malformed"),
    ("escape-at-end", '"\\', "json_malformed"),
    ("raw-newline-in-string", '"a\nb"', "json_malformed"),
    ("raw-tab-in-string", '"a\tb"', "json_malformed"),
    ("raw-nul-in-string", b'"a\x00b"', "json_malformed"),
    ("raw-0x1f-in-string", b'"a\x1fb"', "json_malformed"),
    ("number-leading-zero", "01", "json_number_form"),
    ("number-minus-leading-zero", "-01", "json_number_form"),
    ("number-double-zero", "00", "json_number_form"),
    ("number-plus", "+1", "json_number_form"),
    ("number-bare-point", "1.", "json_number_form"),
    ("number-no-integer", ".5", "json_number_form"),
    ("number-bare-exponent", "1e", "json_number_form"),
    ("number-exponent-sign", "1e+", "json_number_form"),
    ("number-exponent-fraction", "1e1.5", "json_number_form"),
    ("number-two-points", "1.2.3", "json_number_form"),
    ("number-minus-only", "-", "json_number_form"),
    ("number-two-minus", "--1", "json_number_form"),
    ("number-nan", "NaN", "json_number_form"),
    ("number-infinity", "Infinity", "json_number_form"),
    ("number-minus-infinity", "-Infinity", "json_number_form"),
    ("number-hexadecimal", "0x10", "json_number_form"),
    ("number-suffix", "[1n]", "json_number_form"),
    ("number-underscore", "[1_000]", "json_malformed"),
    ("number-arabic-digits", "\u0661", "json_malformed"),
    ("number-full-width", "[1\uff11]", "json_malformed"),
    ("duplicate", '{"a":1,"a":1}', "json_duplicate_key"),
    ("duplicate-escaped", r'{"a":1,"\u0061":2}', "json_duplicate_key"),
    ("duplicate-solidus", r'{"/":1,"\/":2}', "json_duplicate_key"),
    ("duplicate-pair-escaped", '{"\U0001f600":1,"\\ud83d\\ude00":2}', "json_duplicate_key"),
    ("duplicate-empty", '{"":1,"":2}', "json_duplicate_key"),
    ("duplicate-nested", '{"x":[{"k":1,"j":2,"k":3}]}', "json_duplicate_key"),
    ("duplicate-proto", '{"__proto__":1,"__proto__":2}', "json_duplicate_key"),
    ("duplicate-before-its-value", '{"a":1,"a" oops', "json_duplicate_key"),
    ("duplicate-before-number-range", '{"a":1e400,"b":1,"b":2}', "json_duplicate_key"),
    ("lone-high", r'"\ud83d"', "json_lone_surrogate"),
    ("lone-low", r'"\ude00"', "json_lone_surrogate"),
    ("lone-high-then-text", r'"\ud83dx"', "json_lone_surrogate"),
    ("pair-reversed", r'"\ude00\ud83d"', "json_lone_surrogate"),
    ("high-high-low", r'"\ud83d\ud83d\ude00"', "json_lone_surrogate"),
    ("lone-in-name", r'{"\udfff":1}', "json_lone_surrogate"),
    ("lone-after-pair", r'"\ud83d\ude00\ude00"', "json_lone_surrogate"),
    ("lone-then-bad-escape", r'"\ud83d\x"', "json_malformed"),
    ("depth-65-arrays", OPEN * 65 + CLOSE * 65, "json_too_deep"),
    ("depth-65-objects", '{"a":' * 64 + "{}" + "}" * 64, "json_too_deep"),
    ("depth-65-mixed", '[{"a":' * 32 + "[]" + "}]" * 32, "json_too_deep"),
    ("depth-unterminated", OPEN * 5_000, "json_too_deep"),
    ("utf8-bad-byte", b'"\xff"', "json_not_utf8"),
    ("utf8-lone-continuation", b'"\x80"', "json_not_utf8"),
    ("utf8-overlong-slash", b'"\xc0\xaf"', "json_not_utf8"),
    ("utf8-overlong-nul", b'"\xc0\x80"', "json_not_utf8"),
    ("utf8-overlong-3", b'"\xe0\x80\xaf"', "json_not_utf8"),
    ("utf8-surrogate", b'"\xed\xa0\xbd\xed\xb8\x80"', "json_not_utf8"),
    ("utf8-beyond-last", b'"\xf4\x90\x80\x80"', "json_not_utf8"),
    ("utf8-cut", b'"\xe2\x82', "json_not_utf8"),
    ("utf8-5-byte", b'"\xf8\x88\x80\x80\x80"', "json_not_utf8"),
    ("utf8-after-grammar-fault", b"{,} \xff", "json_not_utf8"),
    ("utf16-little-endian", '{"a":1}'.encode("utf-16-le"), "json_malformed"),
    ("utf16-with-mark", '{"a":1}'.encode("utf-16"), "json_not_utf8"),
]

JCS_NUMBERS = [
    ("0", "0"),
    ("-0", "0"),
    ("5e-324", "5e-324"),
    ("-5e-324", "-5e-324"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("9007199254740992", "9007199254740992"),
    ("9007199254740993", "9007199254740992"),
    ("295147905179352830000", "295147905179352830000"),
    ("9.999999999999997e22", "9.999999999999997e+22"),
    ("1e23", "1e+23"),
    ("999999999999999700000", "999999999999999700000"),
    ("1e20", "100000000000000000000"),
    ("1e21", "1e+21"),
    ("999999999999999999999", "1e+21"),
    ("0.000001", "0.000001"),
    ("0.0000001", "1e-7"),
    ("1.5e-7", "1.5e-7"),
    ("333333333.3333332", "333333333.3333332"),
    ("333333333.33333325", "333333333.33333325"),
    ("-0.0000033333333333333333", "-0.0000033333333333333333"),
    ("1424953923781206.2", "1424953923781206.2"),
    ("1E30", "1e+30"),
    ("4.50", "4.5"),
    ("2e-3", "0.002"),
    ("0.000000000000000000000000001", "1e-27"),
    ("1e-400", "0"),
    ("1.0", "1"),
    ("100", "100"),
    ("18446744073709551615", "18446744073709552000"),
]


def topic_profile():
    topic = Topic("canonicalize")
    for group, cases in (("structure", STRUCTURE), ("string", STRINGS), ("number", NUMBERS)):
        for name, given, wanted in cases:
            known = {} if wanted is None else {"canonical_b64": canonical(wanted)}
            topic.good(f"{group}-{name}", f"{group}: {name.replace('-', ' ')}", "canonicalize", source(given), **known)
    for name, given in OUT_OF_RANGE:
        topic.bad(f"range-{name}", f"number out of range: {name}", "canonicalize", source(given), "json_number_range")
    for name, given, code in MALFORMED:
        topic.bad(f"hostile-{name}", f"hostile document: {name}", "canonicalize", source(given), code)
    topic.bad("hostile-base64", "json_b64 without padding", "canonicalize", {"json_b64": "e30"}, "base64_malformed")
    topic.bad(
        "hostile-base64-bits", "json_b64 with unused bits set", "canonicalize", {"json_b64": "e31="}, "base64_malformed"
    )
    topic.bad(
        "hostile-base64-space", "json_b64 with a line feed", "canonicalize", {"json_b64": "e30=\n"}, "base64_malformed"
    )
    topic.bad(
        "hostile-base64-url",
        "json_b64 in the URL alphabet",
        "canonicalize",
        {"json_b64": "Ij8_Ig=="},
        "base64_malformed",
    )
    topic.bad("hostile-no-input", "json_b64 is absent", "canonicalize", {}, "bad_request")
    topic.bad("hostile-input-type", "json_b64 is a number", "canonicalize", {"json_b64": 7}, "bad_request")
    return topic


def topic_jcs():
    topic = Topic("canonicalize-jcs")
    for i, (given, wanted) in enumerate(JCS_NUMBERS):
        topic.good(
            f"number-{i:02}", f"the number {given}", "canonicalize-jcs", source(given), canonical_b64=canonical(wanted)
        )
    for name, given, wanted in STRUCTURE + STRINGS:
        topic.good(name, name.replace("-", " "), "canonicalize-jcs", source(given), canonical_b64=canonical(wanted))
    for name, given in (
        ("overflow", "1e400"),
        ("negative-overflow", "[-1e400]"),
        ("just-over", "1.7976931348623159e308"),
    ):
        topic.bad(f"range-{name}", "overflows binary64", "canonicalize-jcs", source(given), "json_number_range")
    for name, given, code in MALFORMED:
        topic.bad(f"hostile-{name}", f"hostile document: {name}", "canonicalize-jcs", source(given), code)
    return topic


def topics():
    return [topic_profile(), topic_jcs()]
