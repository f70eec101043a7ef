//! WebAuthn options that a relying party made.

use std::path::Path;

use fidoctl::client::Requirement;
use fidoctl::webauthn::{Leniency, OptionsError};

use super::wishes::Wish;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::hints::of_options_error;
use crate::input::read_file;

/// Reads options of either kind.
pub fn read_options<T>(
    context: &Context,
    path: &Path,
    lenient: bool,
    read: impl Fn(&[u8], Leniency) -> Result<T, OptionsError>,
) -> Result<T, Failure> {
    if context.global.pin.pin_stdin && path == Path::new("-") {
        let message = "options and PIN cannot both come from standard input";
        return Err(Failure::message(Kind::USAGE, message).hint("give the PIN with --pin-file"));
    }
    parse_options(&read_file(path)?, path, lenient, read)
}

/// Parses options that stand somewhere.
pub fn parse_options<T>(
    json: &[u8],
    path: &Path,
    lenient: bool,
    read: impl Fn(&[u8], Leniency) -> Result<T, OptionsError>,
) -> Result<T, Failure> {
    let leniency = if lenient { Leniency::Lenient } else { Leniency::Strict };
    read(json, leniency).map_err(|error| {
        let failure = of_options_error(error, path);
        match read(json, Leniency::Lenient) {
            Ok(_) => failure.hint("add --lenient-json if the service is known to write like this"),
            Err(_) => failure,
        }
    })
}

/// Raises the wish for user verification; options are never done with less than they say.
pub fn raise(options: Requirement, flag: Option<Wish>) -> Result<Requirement, Failure> {
    let rank = |wish| match wish {
        Requirement::Discouraged => 0,
        Requirement::Preferred => 1,
        Requirement::Required => 2,
    };
    let Some(wish) = flag.map(Requirement::from) else {
        return Ok(options);
    };
    if rank(wish) < rank(options) {
        let message = format!(
            "the options say userVerification {}, and --uv {} is less",
            options.name(),
            wish.name()
        );
        return Err(Failure::message(Kind::USAGE, message)
            .hint("leave --uv out: with --options it can only ask for more"));
    }
    Ok(wish)
}
