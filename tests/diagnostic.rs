//! Diagnostic notation as people type it.

#![cfg(test)]

use fidoctl::cbor::diagnostic_parser::parse;
use fidoctl::cbor::{self, Value};

#[test]
fn every_form_means_its_bytes() {
    for (text, hex) in [
        ("0", "00"),
        ("-1", "20"),
        ("+24", "1818"),
        ("18446744073709551615", "1bffffffffffffffff"),
        ("-18446744073709551616", "3bffffffffffffffff"),
        ("0xff", "18ff"),
        ("-0x10", "2f"),
        ("0o17", "0f"),
        ("0b101", "05"),
        ("true", "f5"),
        (" null ", "f6"),
        ("h''", "40"),
        ("h'00 fF\n10'", "4300ff10"),
        ("h'00 /ff/ 10'", "420010"),
        ("b64'AP8Q'", "4300ff10"),
        ("b64'-_8'", "42fbff"),
        ("b64'+/8='", "42fbff"),
        ("'abc'", "43616263"),
        (r#""é\n\u00e9\uD83D\uDD11\/""#, "6ac3a90ac3a9f09f94912f"),
        ("[]", "80"),
        ("[1, [2, 3]]", "8201820203"),
        ("{}", "a0"),
        ("{1: 2, \"a\": [h'']}", "a20102616181 40"),
        ("{2: 1, 1: 2}", "a202010102"),
        ("/ PIN tries / {1: 2, 2: /getPINRetries/ 1}", "a201020201"),
    ] {
        let value = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let digits: String =
            cbor::to_vec(&value).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, hex.replace(' ', ""), "{text}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, error) in [
        ("", "character 1: a value is wanted, and the text ends"),
        ("{1: 2", "character 6: , or } is wanted, and the text ends"),
        ("{1 2}", "character 4: : is wanted, not '2'"),
        ("{1: }", "character 5: a value is wanted, not '}'"),
        ("[1 2]", "character 4: , or ] is wanted, not '2'"),
        ("1 2", "character 3: the end of the text is wanted, not '2'"),
        ("[,]", "character 2: a value is wanted, not ','"),
        ("-", "character 2: a digit is wanted, and the text ends"),
        ("12ab", "character 1: \"12ab\" means nothing"),
        ("0x", "character 3: a digit is wanted, and the text ends"),
        ("True", "character 1: \"True\" means nothing"),
        ("18446744073709551616", "character 1: the number does not fit into 64 bits"),
        ("[1.5]", "character 2: CTAP2 has no floating-point numbers"),
        ("1e3", "character 1: CTAP2 has no floating-point numbers"),
        ("-Infinity", "character 1: CTAP2 has no floating-point numbers"),
        ("NaN", "character 1: CTAP2 has no floating-point numbers"),
        ("1(2)", "character 1: CTAP2 has no tags"),
        ("undefined", "character 1: CTAP2 has no undefined"),
        ("simple(3)", "character 1: CTAP2 has no simple values"),
        ("[_ 1]", "character 2: CTAP2 has no indefinite or chosen lengths"),
        ("1_2", "character 2: CTAP2 has no indefinite or chosen lengths"),
        ("<<1>>", "character 1: CTAP2 has no embedded CBOR"),
        ("h'123'", "character 7: another hexadecimal digit is wanted, and the text ends"),
        ("h'1g'", "character 4: a hexadecimal digit is wanted, not 'g'"),
        ("b64'a,'", "character 6: base64 or ' is wanted, not ','"),
        ("\"a", "character 3: the closing quote is wanted, and the text ends"),
        (r#""\x""#, "character 3: an escape such as \\n or \\u00e9 is wanted, not 'x'"),
        (r#""\u12"#, "character 6: a hexadecimal digit is wanted, and the text ends"),
        (r#""\ud800""#, "character 8: the other half of the surrogate pair is wanted, not '\"'"),
        ("/ open", "character 7: the / that ends the comment is wanted, and the text ends"),
        ("ü", "character 1: a value is wanted, not 'ü'"),
    ] {
        let found = parse(text).map_err(|error| error.to_string());
        assert_eq!(found, Err(error.to_owned()), "{text}");
    }
}

#[test]
fn depth_and_length_have_an_end() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&deep(16)).is_ok());
    assert_eq!(parse(&deep(17)).unwrap_err().to_string(), "character 17: nested too deep");
    let error = parse(&" ".repeat(1 << 17)).unwrap_err();
    assert_eq!(error.to_string(), "character 1: the text is too long");
}

#[test]
fn control_characters_are_written_as_json_writes_them() {
    let value = Value::from("a\"\\\n\u{1}\u{85}é");
    assert_eq!(value.to_string(), r#""a\"\\\n\u0001\u0085é""#);
}
