//! Who asks, and what they may do.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::world::World;

/// A GitHub App, installed on every repository.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) slug: String,
    /// Its public key, PEM.
    pub(crate) key: String,
    pub(crate) permissions: BTreeMap<String, String>,
}

/// A token that was handed out.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) login: String,
    /// The App's name, of an installation token.
    pub(crate) app: Option<String>,
    /// `None` for all.
    pub(crate) repositories: Option<Vec<String>>,
    pub(crate) permissions: BTreeMap<String, String>,
    /// When it ends, in seconds since the epoch.
    pub(crate) until: i64,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// An App, by its slug.
    App(String),
    /// Whoever has this token.
    Token(Token),
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: String,
}

/// What the client needs, and GitHub's documentation says of each call
/// (<https://docs.github.com/rest/authentication/permissions-required-for-github-apps>).
const NEEDED: [(&str, &str, &str); 17] = [
    ("repos/get", "metadata", "read"),
    ("actions/get-workflow-run-attempt", "actions", "read"),
    ("git/get-commit", "contents", "read"),
    ("git/get-tree", "contents", "read"),
    ("git/get-blob", "contents", "read"),
    ("git/get-ref", "contents", "read"),
    ("git/list-matching-refs", "contents", "read"),
    ("git/create-blob", "contents", "write"),
    ("git/create-tree", "contents", "write"),
    ("git/create-commit", "contents", "write"),
    ("git/create-ref", "contents", "write"),
    ("git/delete-ref", "contents", "write"),
    ("pulls/list", "pull_requests", "read"),
    ("pulls/create", "pull_requests", "write"),
    ("issues/list-for-repo", "issues", "read"),
    ("issues/create", "issues", "write"),
    ("issues/create-comment", "issues", "write"),
];

/// All that the client asks for.
pub(crate) fn all_permissions() -> BTreeMap<String, String> {
    let all = [
        ("contents", "write"),
        ("pull_requests", "write"),
        ("issues", "write"),
        ("actions", "read"),
        ("metadata", "read"),
    ];
    all.map(|(name, level)| (name.to_owned(), level.to_owned()))
        .into()
}

/// Who asks with this header; `None` for nobody that GitHub knows.
pub(crate) fn caller(world: &World, authorization: Option<&str>) -> Option<Caller> {
    let token = authorization?.strip_prefix("Bearer ")?;
    match world.tokens.get(token) {
        Some(token) => (world.now < token.until).then(|| Caller::Token(token.clone())),
        None => app(world, token).map(Caller::App),
    }
}

/// Whether `granted` has `level` of `permission`.
pub(crate) fn has(granted: &BTreeMap<String, String>, permission: &str, level: &str) -> bool {
    let held = granted.get(permission).map(String::as_str);
    held == Some("write") || held == Some(level)
}

/// What a call needs and the token has not: `contents=write`.
pub(crate) fn missing(operation: &str, token: &Token) -> Option<String> {
    let (_, permission, level) = NEEDED.iter().find(|(id, _, _)| *id == operation)?;
    (!has(&token.permissions, permission, level)).then(|| format!("{permission}={level}"))
}

/// The App that signed this token: not in the future, and for ten minutes at most.
fn app(world: &World, token: &str) -> Option<String> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    world.apps.iter().find_map(|app| {
        let key = DecodingKey::from_rsa_pem(app.key.as_bytes()).unwrap();
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .ok()?
            .claims;
        let is_good = claims.iss == app.id
            && claims.iat <= world.now
            && world.now < claims.exp
            && claims.exp - claims.iat <= 11 * 60
            && claims.exp - world.now <= 10 * 60;
        is_good.then(|| app.slug.clone())
    })
}
