//! Gives the sources a digest, `PGPROOF_SOURCES`: what one build has found out and cached must not be taken for what
//! another one would find.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    take_in(Path::new("src"), &mut hasher)?;
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rustc-env=PGPROOF_SOURCES={:016x}", hasher.finish());
    Ok(())
}

fn take_in(folder: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            take_in(&path, hasher)?;
        } else {
            path.hash(hasher);
            std::fs::read(&path)?.hash(hasher);
        }
    }
    Ok(())
}
