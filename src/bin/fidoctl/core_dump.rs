//! No core dumps: one would hold PINs and secrets.

/// Keeps the kernel from writing this process's memory to a file or handing it to a program.
#[cfg(target_os = "linux")]
pub fn forbid() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Refused only by systems that do not know it, and the work can be done all the same.
    let _best_effort = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Keeps the kernel from writing this process's memory to a file.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _best_effort = setrlimit(Resource::Core, none);
}

/// There are no core dumps here.
#[cfg(not(unix))]
pub fn forbid() {}
