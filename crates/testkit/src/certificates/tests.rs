use std::fs;

use super::*;

#[test]
fn an_authority_issues_what_a_server_can_use() {
    let authority = Authority::new("authority").intermediate("below");
    let alone = Leaf::server(["localhost"]).as_authority().self_signed();
    ServerTls::new(&alone).config(&["http/1.1"]);
    for leaf in [Leaf::server(["localhost", "127.0.0.1"]), Leaf::client("client").expired()] {
        let issued = authority.issue(leaf);
        ServerTls::new(&issued).require_client_of(&authority).only_tls12().config(&["h2"]);
        assert!(!format!("{issued:?}").contains("PRIVATE"));
    }
}

#[test]
fn a_folder_replaces_files_and_goes() {
    let folder = Folder::new();
    let path = folder.write("a", "1");
    assert_eq!((fs::read(&path).unwrap(), folder.write("a", "2")), (b"1".to_vec(), path.clone()));
    assert_eq!(fs::read(&path).unwrap(), b"2");
    let gone = folder.path().to_owned();
    drop(folder);
    assert!(!gone.exists());
}
