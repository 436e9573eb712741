use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::signatures::Signatures;
use crate::process;

/// What the real rustdoc says of a library with this source, which may use a crate `hyper`.
fn described(name: &str, source: &str) -> Signatures {
    let folder = Folder::new(name);
    let tool = |tool: &str, arguments: &[&str]| {
        let mut command = Command::new(tool);
        command.args(["--edition", "2024", "--crate-type", "lib"]).args(arguments);
        process::output(command.current_dir(&folder.0).env("RUSTC_BOOTSTRAP", "1")).unwrap();
    };
    let hyper = "pub struct Body; pub trait Run {} pub enum Version { One } pub mod rt {}";
    fs::write(folder.0.join("hyper.rs"), hyper).unwrap();
    tool("rustc", &["--crate-name", "hyper", "--emit", "metadata", "hyper.rs"]);
    fs::write(folder.0.join("api.rs"), source).unwrap();
    let extern_hyper = ["--extern", "hyper=libhyper.rmeta", "--crate-name", "api", "api.rs"];
    let json = ["-Z", "unstable-options", "--output-format", "json", "--out-dir", "."];
    tool("rustdoc", &[&extern_hyper[..], &json].concat());
    let text = fs::read(folder.0.join("api.json")).unwrap();
    Signatures::read(&serde_json::from_slice(&text).unwrap()).unwrap()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("meterport-api-{}-{name}", std::process::id());
        let folder = Path::new(&std::env::temp_dir()).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_place_of_a_signature_is_seen() {
    let source = "
        mod hidden { pub struct Shown(pub hyper::Body); }
        pub use hidden::Shown;
        pub use hyper::rt;
        pub use hyper::Body as Renamed;
        pub type Alias = Option<hyper::Body>;
        pub const VERSION: fn(hyper::Version) = |_| {};
        pub fn argument(_: &[hyper::Body]) {}
        pub fn output() -> impl Iterator<Item = hyper::Body> { None.into_iter() }
        pub fn bound<T>(_: T) where T: hyper::Run {}
        pub struct Plain { pub field: hyper::Body }
        impl Plain { pub async fn method(&self) -> hyper::Version { hyper::Version::One } }
        pub enum Enum { Tuple(hyper::Body), Named { field: hyper::Body } }
        pub trait Trait: hyper::Run { type Out: hyper::Run; fn call(&self) -> Box<dyn hyper::Run>; }
    ";
    let expected = "
        api names hyper::Body
        api names hyper::rt
        api::Alias names hyper::Body
        api::Enum::Named::field names hyper::Body
        api::Enum::Tuple::0 names hyper::Body
        api::Plain::field names hyper::Body
        api::Plain::method names hyper::Version
        api::Shown::0 names hyper::Body
        api::Trait names hyper::Run
        api::Trait::Out names hyper::Run
        api::Trait::call names hyper::Run
        api::VERSION names hyper::Version
        api::argument names hyper::Body
        api::bound names hyper::Run
        api::output names hyper::Body
    ";
    let expected: Vec<_> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(described("seen", source).of_crates(&["hyper"]), expected);
}

#[test]
fn what_is_private_or_of_a_trait_is_not() {
    let source = "
        mod hidden { pub struct Hidden(pub hyper::Body); }
        pub struct Private { _field: hyper::Body, _other: hidden::Hidden }
        pub struct Tuple(hyper::Body);
        impl Tuple { fn _private(&self) -> &hyper::Body { &self.0 } }
        impl hyper::Run for Tuple {}
        impl From<hyper::Body> for Tuple { fn from(body: hyper::Body) -> Self { Self(body) } }
        pub fn inside() { let _ = hyper::Body; }
    ";
    let signatures = described("private", source);
    assert_eq!(signatures.of_crates(&["hyper"]), [""; 0]);
    assert_eq!(signatures.of_crates(&["nothing"]), [""; 0]);
}

#[test]
fn an_unknown_form_is_an_error_and_not_a_clean_library() {
    let with_root = |root: Value| {
        serde_json::json!({
            "root": 0, "index": { "0": root }, "paths": {}, "external_crates": {},
        })
    };
    let other = with_root(serde_json::json!({ "name": "api", "inner": { "crate": {} } }));
    let lost = serde_json::json!({ "name": "api", "inner": { "module": { "items": [1] } } });
    let lost = with_root(lost);
    for form in [Value::Null, serde_json::json!({}), other, lost] {
        assert!(Signatures::read(&form).is_err(), "{form}");
    }
}
