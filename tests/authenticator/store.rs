//! The state file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fidoctl::authenticator::{
    Authenticator, CreationOptions, HostEnvironment, STATE_VERSION, State, StateFile, StoreError,
    Touch,
};
use fidoctl::ctap2::Request;
use tempfile::TempDir;

use crate::rig::{CHANNEL, Key, RP, SeededRandom, discoverable, get_request, make_request};

fn new_state() -> State {
    let now = Duration::from_secs(1_800_000_000);
    State::create(&CreationOptions::default(), &mut SeededRandom(5), now).unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    (folder, path)
}

/// Makes a file and lets a test spoil it.
fn spoilt(spoil: impl FnOnce(String) -> String) -> (StoreError, bool) {
    let (_folder, path) = folder();
    drop(StateFile::create(&path, &new_state()).unwrap());
    let text = spoil(fs::read_to_string(&path).unwrap());
    fs::write(&path, &text).unwrap();
    let error = StateFile::open(&path).unwrap_err();
    (error, fs::read_to_string(&path).unwrap() == text)
}

fn files(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_key_is_the_same_after_reopening() {
    let (_folder, path) = folder();
    let file = StateFile::create(&path, &new_state()).unwrap();
    let mut request = make_request(RP, "alice");
    request.options = discoverable();
    let run = |file, state, message: Vec<u8>| {
        let environment = HostEnvironment::new(file, Box::new(Touch::Auto));
        let mut authenticator = Authenticator::new(state, Box::new(environment));
        match authenticator.begin(CHANNEL, &message) {
            fidoctl::authenticator::Step::Reply(reply) => reply,
            step => panic!("{step:?}"),
        }
    };
    assert_eq!(run(file, new_state(), request.to_message())[0], 0);
    let (file, state) = StateFile::open(&path).unwrap();
    assert_eq!(state.summary().credentials[0].user_name.as_deref(), Some("alice@example.com"));
    assert_eq!(run(file, state, get_request(RP, &[]).to_message())[0], 0);
}

#[test]
fn everything_a_used_key_knows_survives_the_file() {
    let mut key = Key::with_pin();
    key.enroll(RP, "alice");
    key.token("9999", crate::rig::MC, None).unwrap_err();
    let state = key.authenticator.state().clone();
    let (_folder, path) = folder();
    drop(StateFile::create(&path, &state).unwrap());
    let (_, reread) = StateFile::open(&path).unwrap();
    assert_eq!(reread.summary(), state.summary());
    let (other_folder, _) = folder();
    let copy = other_folder.path().join("copy");
    drop(StateFile::create(&copy, &reread).unwrap());
    assert_eq!(fs::read(&path).unwrap(), fs::read(&copy).unwrap());
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone_after_every_save() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let mut file = StateFile::create(&path, &new_state()).unwrap();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    file.save(&new_state()).unwrap();
    assert_eq!(mode(), 0o600);
}

#[test]
fn nothing_but_the_file_is_left_in_the_folder() {
    let (folder, path) = folder();
    let mut file = StateFile::create(&path, &new_state()).unwrap();
    file.save(&new_state()).unwrap();
    drop(file);
    assert_eq!(files(folder.path()), ["key.json"]);
}

#[test]
fn a_key_never_takes_the_place_of_a_file() {
    let (folder, path) = folder();
    fs::write(&path, "precious").unwrap();
    let error = StateFile::create(&path, &new_state()).unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(files(folder.path()), ["key.json"]);
}

#[test]
fn two_openers_do_not_meet_before_or_after_a_save() {
    let (_folder, path) = folder();
    let mut file = StateFile::create(&path, &new_state()).unwrap();
    assert!(matches!(StateFile::open(&path), Err(StoreError::InUse { .. })));
    file.save(&new_state()).unwrap();
    assert!(matches!(StateFile::open(&path), Err(StoreError::InUse { .. })));
    drop(file);
    let (mut file, state) = StateFile::open(&path).unwrap();
    file.save(&state).unwrap();
    assert!(matches!(StateFile::open(&path), Err(StoreError::InUse { .. })));
}

#[test]
fn many_threads_saving_in_turn_lose_no_update() {
    let (_folder, path) = folder();
    drop(StateFile::create(&path, &new_state()).unwrap());
    let add_one = || {
        let mut done = 0;
        while done < 20 {
            match StateFile::open(&path) {
                Ok((mut file, mut state)) => {
                    let since = state.summary().powered_since;
                    state.power_cycle(since + Duration::from_secs(1));
                    file.save(&state).unwrap();
                    done += 1;
                }
                Err(StoreError::InUse { .. }) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(add_one))));
    let (_, state) = StateFile::open(&path).unwrap();
    assert_eq!(state.summary().powered_since, Duration::from_secs(1_800_000_080));
}

#[test]
fn a_missing_file_is_not_found() {
    let (_folder, path) = folder();
    assert!(matches!(StateFile::open(&path), Err(StoreError::NotFound { .. })));
}

#[test]
fn open_or_create_makes_a_key_once() {
    let (folder, _) = folder();
    let path = folder.path().join("deep/down/key.json");
    let make = || Ok::<_, StoreError>(new_state());
    drop(StateFile::open_or_create(&path, make).unwrap());
    let again = StateFile::open_or_create(&path, || -> Result<_, StoreError> {
        panic!("made twice");
    });
    again.unwrap();
}

#[test]
fn a_newer_version_is_refused_unharmed() {
    let newer = format!("\"version\": {}", STATE_VERSION + 1);
    let (error, unharmed) = spoilt(|text| {
        text.replace(&format!("\"version\": {STATE_VERSION}"), &newer)
            .replace("\"sign_count\"", "\"sign_count_of_the_future\"")
    });
    match error {
        StoreError::NewerVersion { found, supported, .. } => {
            assert_eq!((found, supported), (STATE_VERSION + 1, STATE_VERSION));
        }
        other => panic!("{other:?}"),
    }
    assert!(unharmed);
}

#[test]
fn a_file_cut_short_anywhere_is_refused_unharmed() {
    let whole = {
        let (_folder, path) = folder();
        drop(StateFile::create(&path, &new_state()).unwrap());
        fs::read_to_string(&path).unwrap()
    };
    let (_folder, path) = folder();
    for length in (0..whole.trim_end().len()).step_by(37) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = StateFile::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {error:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), whole[..length]);
    }
}

#[test]
fn files_of_another_kind_are_refused_unharmed() {
    type Spoil = fn(String) -> String;
    let spoils: [Spoil; 7] = [
        |_| String::new(),
        |_| "{}".to_owned(),
        |_| "\u{0}\u{1}\u{2}".to_owned(),
        |text| text.replace("fidoctl virtual key", "something else"),
        |text| text.replace("\"retries\": 8", "\"retries\": 9"),
        |text| text.replace("\"version\": 1", "\"version\": 0"),
        |text| text.replace("\"sign_count\"", "\"unknown\": 1, \"sign_count\""),
    ];
    for (index, spoil) in spoils.into_iter().enumerate() {
        let (error, unharmed) = spoilt(spoil);
        assert!(matches!(error, StoreError::Damaged { .. }), "{index}: {error:?}");
        assert!(unharmed);
    }
}

#[test]
fn errors_about_damage_show_no_secret() {
    let (error, _) = spoilt(|text| {
        let at = text.find("\"private_key\": \"").unwrap() + 16;
        format!("{}*{}", &text[..at + 5], &text[at + 6..])
    });
    let StoreError::Damaged { problem, .. } = error else { panic!("{error:?}") };
    assert!(problem.contains("base64url") && problem.len() < 100, "{problem}");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let (folder, path) = folder();
    drop(StateFile::create(&path, &new_state()).unwrap());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (mut file, state) = StateFile::open(&link).unwrap();
    file.save(&state).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
}
