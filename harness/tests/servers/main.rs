//! Servers that are not started from programs on this machine: containers, and one that others run.

mod command;
#[cfg(feature = "container")]
mod container;
mod external;
mod lent;

#[cfg(not(feature = "container"))]
#[test]
fn a_build_without_containers_says_how_to_get_them() {
    let project = command::Project::new();
    project
        .run(&["verify", "--server", "container"])
        .expect(6, &["built without them", "--features container"]);
}
