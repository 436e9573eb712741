//! Basic authentication (RFC 7617) with hashes of bcrypt.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use meterport_prom_pull::PageBody;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::file::Hash;

/// The users, and who of them was recognised already.
pub(super) struct Users {
    hashes: BTreeMap<String, Hash>,
    /// bcrypt is slow by design: one at a time, so that guessing costs no more than one core.
    turn: Semaphore,
    known: Mutex<HashSet<[u64; 2]>>,
    /// Secret keys under which name and password are remembered, rather than as they are.
    keys: [RandomState; 2],
}

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// As many names and passwords are remembered at most.
const KNOWN: usize = 256;
/// The longest name and password; bcrypt looks at 72 bytes of the latter.
const LONGEST: usize = 1_024;

impl Users {
    pub(super) fn new(hashes: &BTreeMap<String, Hash>) -> Result<Self, String> {
        for (user, Hash(hash)) in hashes {
            hash.parse::<bcrypt::HashParts>().map_err(|_| {
                format!("basic_auth_users: that of {} is no hash of bcrypt", user.escape_debug())
            })?;
        }
        Ok(Self {
            hashes: hashes.clone(),
            turn: Semaphore::new(1),
            known: Mutex::default(),
            keys: [RandomState::new(), RandomState::new()],
        })
    }

    /// The answer to a request that does not come from one of them; none if there are no users.
    pub(super) async fn refusal(&self, headers: &HeaderMap) -> Option<Response<PageBody>> {
        if self.hashes.is_empty() {
            return None;
        }
        let given = headers.get(AUTHORIZATION).and_then(credentials);
        match given {
            None => Some(unauthorized()),
            Some((user, password)) => match timeout(PATIENCE, self.check(user, password)).await {
                Ok(true) => None,
                Ok(false) => Some(unauthorized()),
                Err(_) => Some(busy()),
            },
        }
    }

    async fn check(&self, user: String, password: Vec<u8>) -> bool {
        let mark = [0, 1].map(|at| self.keys[at].hash_one((&user, &password)));
        if self.known().contains(&mark) {
            return true;
        }
        let Ok(_turn) = self.turn.acquire().await else { return false };
        let known = self.hashes.get(&user);
        let is_known = known.is_some();
        // Whose name is unknown takes as long as who has the wrong password.
        let any = known.or_else(|| self.hashes.values().next());
        let Some(Hash(hash)) = any.cloned() else { return false };
        let verify = move || bcrypt::verify(password, &hash).unwrap_or(false);
        let is_right = tokio::task::spawn_blocking(verify).await.unwrap_or(false) && is_known;
        if is_right {
            let mut known = self.known();
            if known.len() == KNOWN {
                known.clear();
            }
            known.insert(mark);
        }
        is_right
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<[u64; 2]>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn credentials(header: &HeaderValue) -> Option<(String, Vec<u8>)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST {
        return None;
    }
    let plain = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let colon = plain.iter().position(|byte| *byte == b':')?;
    let user = String::from_utf8(plain[..colon].to_vec()).ok()?;
    Some((user, plain[colon + 1..].to_vec()))
}

fn unauthorized() -> Response<PageBody> {
    let mut response = refused(StatusCode::UNAUTHORIZED, "unauthorized\n");
    let realm = HeaderValue::from_static("Basic realm=\"metrics\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, realm);
    response
}

fn busy() -> Response<PageBody> {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, "too many passwords to check\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn refused(status: StatusCode, text: &'static str) -> Response<PageBody> {
    let mut response = Response::new(PageBody::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// Names alone.
impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.hashes.keys()).finish()
    }
}
