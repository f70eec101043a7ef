//! Which models are wanted.

use fidoctl::relying_party::metadata::{Entry, GetInfo, Level};

/// Every filter given must fit; names are those that the metadata use, whatever the case.
#[derive(clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    /// The name contains this text
    #[arg(long, value_name = "TEXT")]
    name: Vec<String>,

    /// Of this protocol family: fido2, u2f or uaf
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,

    /// Certified at least at this level: any, L1, L1plus, L2, L2plus, L3 or L3plus
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,

    /// With a report of this status in its history, such as REVOKED or UPDATE_AVAILABLE
    #[arg(long, value_name = "STATUS")]
    status: Vec<String>,

    /// Revoked, or broken in some way
    #[arg(long, conflicts_with = "without_problem")]
    with_problem: bool,

    /// Neither revoked nor known to be broken
    #[arg(long)]
    without_problem: bool,

    /// Says of itself that it is reached over this: usb, nfc, ble, smart-card, internal …
    #[arg(long, value_name = "TRANSPORT")]
    transport: Vec<String>,

    /// Attached like this: wired, nfc, bluetooth, internal, external …
    #[arg(long, value_name = "HINT")]
    attachment: Vec<String>,

    /// Speaks this version: FIDO_2_0, FIDO_2_1, U2F_V2 …
    #[arg(long, value_name = "VERSION")]
    ctap: Vec<String>,

    /// Has this extension: hmac-secret, credProtect, minPinLength …
    #[arg(long, value_name = "NAME")]
    extension: Vec<String>,

    /// Lists this option with whatever value; with NAME=true or NAME=false, with this one
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = option)]
    option: Vec<WantedOption>,

    /// Has this type of attestation: basic_full, basic_surrogate, attca, anonca, ecdaa, none
    #[arg(long, value_name = "TYPE")]
    attestation: Vec<String>,

    /// Keeps its keys like this: hardware, secure_element, tee, software, remote_handle
    #[arg(long, value_name = "PLACE")]
    key_protection: Vec<String>,

    /// Has this algorithm, by the registry's name, such as ed25519_eddsa_sha512_raw
    #[arg(long, value_name = "NAME")]
    algorithm: Vec<String>,
}

/// An option of getInfo.
#[derive(Clone, Debug)]
struct WantedOption {
    name: String,
    value: Option<bool>,
}

impl Filters {
    /// Tells whether a model is wanted.
    pub fn fit(&self, entry: &Entry) -> bool {
        let statement = entry.statement();
        self.fit_status(entry)
            && self.name.iter().all(|text| is_named(entry, text))
            && self.family.iter().all(|family| lists(statement.protocol_family(), family))
            && self.attachment.iter().all(|hint| lists(statement.attachment_hints(), hint))
            && self.attestation.iter().all(|kind| lists(statement.attestation_types(), kind))
            && self.key_protection.iter().all(|place| lists(statement.key_protection(), place))
            && self.algorithm.iter().all(|name| lists(statement.authentication_algorithms(), name))
            && (self.asks_nothing_of_get_info()
                || entry.get_info().is_some_and(|info| self.fit_get_info(info)))
    }

    fn fit_status(&self, entry: &Entry) -> bool {
        let statuses = || entry.status_reports().iter().map(|report| report.status.name());
        let has_problem = entry.problems().next().is_some();
        self.level.is_none_or(|level| entry.certification() >= Some(level))
            && self.status.iter().all(|status| lists(statuses(), status))
            && (!self.with_problem || has_problem)
            && (!self.without_problem || !has_problem)
    }

    fn asks_nothing_of_get_info(&self) -> bool {
        self.transport.is_empty()
            && self.ctap.is_empty()
            && self.extension.is_empty()
            && self.option.is_empty()
    }

    fn fit_get_info(&self, info: &GetInfo) -> bool {
        self.transport.iter().all(|transport| lists(info.transports(), transport))
            && self.ctap.iter().all(|version| lists(info.versions(), version))
            && self.extension.iter().all(|extension| lists(info.extensions(), extension))
            && self.option.iter().all(|wanted| {
                info.options().any(|(name, value)| {
                    name.eq_ignore_ascii_case(&wanted.name)
                        && wanted.value.is_none_or(|wanted| wanted == value)
                })
            })
    }
}

fn lists<'a>(names: impl IntoIterator<Item = &'a str>, wanted: &str) -> bool {
    names.into_iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

fn is_named(entry: &Entry, text: &str) -> bool {
    let text = text.to_lowercase();
    let names = entry.statement().friendly_names().map(|(_, name)| name);
    names.chain(entry.description()).any(|name| name.to_lowercase().contains(&text))
}

fn level(text: &str) -> Result<Level, String> {
    if text.eq_ignore_ascii_case("any") {
        return Ok(Level::Certified);
    }
    let short = |level: &Level| level.name().rsplit('_').next().unwrap_or_default();
    let levels = Level::ALL.into_iter().filter(|level| *level != Level::Certified);
    let mut levels = levels.filter(|level| short(level).eq_ignore_ascii_case(text));
    levels.next().ok_or_else(|| "any, L1, L1plus, L2, L2plus, L3 or L3plus is wanted".to_owned())
}

fn option(text: &str) -> Result<WantedOption, String> {
    let (name, value) = match text.split_once('=') {
        None => (text, None),
        Some((name, "true")) => (name, Some(true)),
        Some((name, "false")) => (name, Some(false)),
        Some(_) => return Err("NAME, NAME=true or NAME=false is wanted".to_owned()),
    };
    Ok(WantedOption { name: name.to_owned(), value })
}
