//! Commands by name or by number.

use fidoctl::ctap2::Command as Ctap2Command;
use fidoctl::ctaphid::Command as CtapHidCommand;

/// Reads a number, in decimal or behind `0x` in hex.
fn number(text: &str) -> Option<u8> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Tells whether a name is meant: case, dashes and the standard's prefix do not matter.
fn is_meant(typed: &str, name: &str, prefix: &str) -> bool {
    let plain = |text: &str| {
        let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        letters.to_lowercase()
    };
    let (typed, name) = (plain(typed), plain(name));
    typed == name || name.strip_prefix(prefix) == Some(&typed)
}

/// Reads a CTAP2 command.
pub(super) fn ctap2_command(text: &str) -> Result<Ctap2Command, String> {
    // Names with blanks in them are no names.
    let named = |command: &Ctap2Command| {
        !command.name().contains(' ') && is_meant(text, command.name(), "authenticator")
    };
    let by_name = || (0..=u8::MAX).map(Ctap2Command).find(named);
    number(text).map(Ctap2Command).or_else(by_name).ok_or_else(|| {
        "a command's name is wanted, such as getInfo, or its number, such as 0x04".to_owned()
    })
}

/// Reads a CTAPHID command, without the bit that marks initialisation packets.
pub(super) fn ctaphid_command(text: &str) -> Result<CtapHidCommand, String> {
    let named = |command: &CtapHidCommand| {
        !command.name().contains(' ') && is_meant(text, command.name(), "ctaphid")
    };
    let by_name = || (0..=0x7F).map(CtapHidCommand).find(named);
    let by_number = number(text).map(|number| CtapHidCommand(number & 0x7F));
    by_number.or_else(by_name).ok_or_else(|| {
        "a command's name is wanted, such as PING, or its number, such as 0x01".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_go_by_name_and_by_number() {
        for text in ["getInfo", "get-info", "GETINFO", "authenticatorGetInfo", "0x04", "4"] {
            assert_eq!(ctap2_command(text), Ok(Ctap2Command::GET_INFO), "{text}");
        }
        for text in ["ping", "CTAPHID_PING", "0x01", "0x81", "1"] {
            assert_eq!(ctaphid_command(text), Ok(CtapHidCommand::PING), "{text}");
        }
        assert!(ctap2_command("vendor command").is_err());
        assert!(ctap2_command("256").is_err());
        assert!(ctaphid_command("").is_err());
    }
}
