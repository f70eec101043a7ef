//! Host names in the form that the network knows (RFC 3490, RFC 3492).

use unicode_normalization::UnicodeNormalization;

/// The longest name and the longest label, in bytes (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Turns a host into ASCII lower case; `None` if it is no host name.
pub(super) fn to_ascii(host: &str) -> Option<String> {
    if host.len() > 4 * LONGEST_NAME {
        return None;
    }
    let host: String = host.to_lowercase().nfkc().collect();
    let labels: Option<Vec<_>> = host.split('.').map(label_to_ascii).collect();
    labels.map(|labels| labels.join(".")).filter(|name| name.len() <= LONGEST_NAME)
}

/// Tells whether browsers take a name for an IPv4 address, whatever its form (URL §3.5).
pub(super) fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let digits = |text: &str, allowed: fn(&u8) -> bool| text.as_bytes().iter().all(allowed);
    digits(last, u8::is_ascii_digit)
        || last.strip_prefix("0x").is_some_and(|hex| digits(hex, u8::is_ascii_hexdigit))
}

fn label_to_ascii(label: &str) -> Option<String> {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || is_mark(c);
    if label.is_empty() || !label.chars().all(allowed) {
        return None;
    }
    let ascii = match label.is_ascii() {
        true => label.to_owned(),
        false => format!("xn--{}", punycode(label)?),
    };
    (ascii.len() <= LONGEST_LABEL).then_some(ascii)
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// Encodes a label (RFC 3492 §6.3).
fn punycode(label: &str) -> Option<String> {
    const INITIAL_BIAS: u32 = 72;
    const INITIAL_N: u32 = 0x80;
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0_u32, INITIAL_BIAS, basic);
    let total = u32::try_from(label.chars().count()).ok()?;
    while handled < total {
        let next = label.chars().map(u32::from).filter(|code| *code >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for code in label.chars().map(u32::from) {
            if code < n {
                delta = delta.checked_add(1)?;
            } else if code == n {
                push_number(delta, bias, &mut output);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(output)
}

const BASE: u32 = 36;
const LEAST_THRESHOLD: u32 = 1;
const GREATEST_THRESHOLD: u32 = 26;

/// Writes a number of variable length.
fn push_number(mut number: u32, bias: u32, output: &mut String) {
    let mut position = BASE;
    loop {
        let threshold = position.saturating_sub(bias).clamp(LEAST_THRESHOLD, GREATEST_THRESHOLD);
        if number < threshold {
            break;
        }
        let range = BASE - threshold;
        output.extend(digit(threshold + (number - threshold) % range));
        number = (number - threshold) / range;
        position += BASE;
    }
    output.extend(digit(number));
}

/// `a` to `z`, then `0` to `9`.
fn digit(number: u32) -> Option<char> {
    const DECIMAL: u32 = 10;
    char::from_digit(number.checked_sub(26).unwrap_or(number + DECIMAL), BASE)
}

fn adapt(delta: u32, handled: u32, first: bool) -> u32 {
    const SKEW: u32 = 38;
    const DAMP: u32 = 700;
    let mut delta = delta / if first { DAMP } else { 2 };
    delta += delta / handled;
    let mut bias = 0;
    while delta > (BASE - LEAST_THRESHOLD) * GREATEST_THRESHOLD / 2 {
        delta /= BASE - LEAST_THRESHOLD;
        bias += BASE;
    }
    bias + (BASE - LEAST_THRESHOLD + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ascii_as_the_network_knows_them() {
        for (name, ascii) in [
            ("Example.COM", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("Bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("münchen.de", "xn--mnchen-3ya.de"),
            ("straße.de", "xn--strae-oqa.de"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("उदाहरण.परीक्षा", "xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        ] {
            assert_eq!(to_ascii(name).as_deref(), Some(ascii));
        }
        for wrong in ["", "a..b", ".a", "a b", "a/b", "a@b", "a%2eb", &"a".repeat(64)] {
            assert_eq!(to_ascii(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_are_told_from_names() {
        for (host, is_address) in
            [("127.0.0.1", true), ("a.0x1f", true), ("a.1b", false), ("1.example", false)]
        {
            assert_eq!(ends_in_a_number(host), is_address, "{host}");
        }
    }
}
