use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The types and traits that a library's public signatures name, read from rustdoc's JSON.
///
/// Signatures are functions, fields, aliases, constants, bounds and re-exports. An implementation
/// of a trait is none: who does not know the trait does not see it.
#[derive(Debug)]
pub(super) struct Signatures {
    /// Crate of the named item, where it is named, its path.
    uses: BTreeSet<(String, String, String)>,
}

impl Signatures {
    /// The error says what the JSON lacks: its form changes with the compiler.
    pub(super) fn read(described: &Value) -> Result<Self, String> {
        let index = described["index"].as_object().ok_or("there is no index")?;
        let paths = described["paths"].as_object().ok_or("there are no paths")?;
        let crates = described["external_crates"].as_object().ok_or("there are no crates")?;
        let root = described["root"].as_u64().ok_or("there is no root")?;
        let name_of = |(id, value): (&String, &Value)| {
            Some((id.parse().ok()?, value["name"].as_str()?.to_owned()))
        };
        let mut walk = Walk {
            index,
            paths,
            crates: crates.iter().filter_map(name_of).collect(),
            seen: BTreeSet::new(),
            uses: BTreeSet::new(),
        };
        let items = index.get(&root.to_string()).map(|item| &item["inner"]["module"]["items"]);
        let items = items.and_then(Value::as_array).ok_or("the root is no module")?;
        walk.item(root, "");
        if walk.seen.len() < 2 && !items.is_empty() {
            return Err("nothing is found behind the root".into());
        }
        Ok(Self { uses: walk.uses })
    }

    /// Where one of these crates is named, in words.
    pub(super) fn of_crates(&self, crates: &[&str]) -> Vec<String> {
        let named = self.uses.iter().filter(|(of, _, _)| crates.contains(&of.as_str()));
        named.map(|(_, place, path)| format!("{place} names {path}")).collect()
    }
}

type Object = serde_json::Map<String, Value>;

struct Walk<'a> {
    index: &'a Object,
    paths: &'a Object,
    crates: BTreeMap<u64, String>,
    seen: BTreeSet<u64>,
    uses: BTreeSet<(String, String, String)>,
}

impl Walk<'_> {
    fn item(&mut self, id: u64, place: &str) {
        let Some(item) = self.index.get(&id.to_string()) else { return };
        if !self.seen.insert(id) {
            return;
        }
        let place = match item["name"].as_str() {
            Some(name) if place.is_empty() => name.to_owned(),
            Some(name) => format!("{place}::{name}"),
            None => place.to_owned(),
        };
        let Some((kind, inner)) = item["inner"].as_object().and_then(|inner| inner.iter().next())
        else {
            return;
        };
        self.named(inner, &place);
        for child in children(kind, inner) {
            let is_of_trait = self
                .index
                .get(&child.to_string())
                .is_some_and(|child| child["inner"]["impl"]["trait"].is_object());
            if !is_of_trait {
                self.item(child, &place);
            }
        }
    }

    /// Every reference inside a signature is an object with a path and an id.
    fn named(&mut self, value: &Value, place: &str) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.named(value, place)),
            Value::Object(object) => {
                let path = object.get("path").or_else(|| object.get("source"));
                if let (Some(path), Some(id)) = (path, object.get("id").and_then(Value::as_u64)) {
                    self.reference(id, path, place);
                }
                object.values().for_each(|value| self.named(value, place));
            }
            _ => {}
        }
    }

    fn reference(&mut self, id: u64, path: &Value, place: &str) {
        let target = self.paths.get(&id.to_string());
        let of = target.and_then(|target| target["crate_id"].as_u64());
        let Some(of) = of.and_then(|of| self.crates.get(&of)) else { return };
        let path = path.as_str().unwrap_or_default();
        let full = target.and_then(|target| target["path"].as_array()).map(|segments| {
            segments.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("::")
        });
        let path = full.unwrap_or_else(|| path.to_owned());
        self.uses.insert((of.clone(), place.to_owned(), path));
    }
}

/// The items below an item that belong to its public face.
fn children(kind: &str, inner: &Value) -> Vec<u64> {
    let lists: &[&Value] = match kind {
        "enum" => &[&inner["variants"], &inner["impls"]],
        "impl" | "module" | "trait" => &[&inner["items"]],
        "struct" => {
            let kind = &inner["kind"];
            &[&kind["tuple"], &kind["plain"]["fields"], &inner["impls"]]
        }
        "union" => &[&inner["fields"], &inner["impls"]],
        "use" => return inner["id"].as_u64().into_iter().collect(),
        "variant" => {
            let kind = &inner["kind"];
            &[&kind["tuple"], &kind["struct"]["fields"]]
        }
        _ => &[],
    };
    // A field that is private is a null.
    lists.iter().filter_map(|list| list.as_array()).flatten().filter_map(Value::as_u64).collect()
}
