//! Examples of what becomes of OpenTelemetry's data: `golden/<example>.txt`, each a batch seen
//! through several expositions. `UPDATE_GOLDEN=1` writes the files anew; read the difference
//! before you keep it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::examples::{self, Example};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn check(Example { name, batch, views }: &Example) -> Result<(), String> {
    let shown: Vec<_> = views.iter().map(|view| view.show(batch)).collect();
    let shown = shown.join("\n");
    let path = folder().join(name).with_extension("txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &shown).expect("golden file written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if shown == expected { Ok(()) } else { Err(format!("{name} is not as in its file:\n{shown}")) }
}

#[test]
fn every_example_is_as_it_was() {
    let wrong: Vec<_> = examples::all().iter().filter_map(|example| check(example).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_has_its_example() {
    let files = std::fs::read_dir(folder()).expect("a folder").map(|entry| {
        let path = entry.expect("an entry").path();
        path.file_stem().expect("a name").to_string_lossy().into_owned()
    });
    let names = examples::all().into_iter().map(|example| example.name.to_owned());
    assert_eq!(files.collect::<BTreeSet<_>>(), names.collect::<BTreeSet<_>>());
}
