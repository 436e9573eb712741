/// The same JSON with line breaks, and two spaces a level.
///
/// `json` must be well-formed: what stands outside strings is not checked.
pub(crate) fn indented(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 3);
    let mut depth = 0_usize;
    let mut rest = json;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'"' => {
                let (string, after) = after.split_at(string_len(after));
                out.push(b'"');
                out.extend_from_slice(string);
                rest = after;
            }
            b'{' | b'[' => {
                out.push(*byte);
                let inside = after.trim_ascii_start();
                if let [close @ (b'}' | b']'), after @ ..] = inside {
                    out.push(*close);
                    rest = after;
                } else {
                    depth += 1;
                    break_line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                break_line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            b' ' | b'\n' | b'\r' | b'\t' => {}
            other => out.push(*other),
        }
    }
    out
}

fn break_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

/// How long a string is whose opening quote has been read, with the closing one.
fn string_len(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_indented_and_strings_are_left_alone() {
        let table = [
            ("{}", "{}"),
            ("[ \n]", "[]"),
            (r#"{"a":1}"#, "{\n  \"a\": 1\n}"),
            (
                r#"{"a":[1,{"b":[]}]}"#,
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ]\n}",
            ),
            (r#"["{\"a\":[1,2]}\\",":, }"]"#, "[\n  \"{\\\"a\\\":[1,2]}\\\\\",\n  \":, }\"\n]"),
            ("[-1.5e3,true,null]", "[\n  -1.5e3,\n  true,\n  null\n]"),
            // Not JSON: whatever comes out, nothing panics.
            ("]]\"", "\n]\n]\""),
            ("\"\\", "\"\\"),
        ];
        for (json, expected) in table {
            assert_eq!(String::from_utf8(indented(json.as_bytes())).unwrap(), expected);
        }
    }

    #[test]
    fn it_stays_the_same_json() {
        let json = r#"{"a":[{"b":"x \" { , : \\ é"},[],{},[[1]]],"c":{"d":-0.5}}"#;
        let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).unwrap();
        let pretty = indented(json.as_bytes());
        assert_eq!(value(&pretty), value(json.as_bytes()));
        assert_eq!(indented(&pretty), pretty);
    }
}
