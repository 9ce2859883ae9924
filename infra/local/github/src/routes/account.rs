//! Users, Apps and tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::{Answer, Call};
use crate::access::{Caller, Token, has};
use crate::world::World;

/// Installations are numbered like the Apps.
const FIRST: usize = 7_000;

pub(super) fn user(call: &Call<'_>) -> Answer {
    match &call.caller {
        Some(Caller::Token(token)) if token.app.is_none() => {
            Answer::new(200, json!({"login": token.login, "type": "User"}))
        }
        _ => Answer::error(403, "Resource not accessible by integration"),
    }
}

pub(super) fn installation(world: &World, call: &Call<'_>) -> Answer {
    let Some(Caller::App(slug)) = &call.caller else {
        return Answer::error(401, "A JSON web token could not be decoded");
    };
    if world.repo(&call.repository()).is_none() {
        return Answer::not_found();
    }
    let index = world.apps.iter().position(|app| app.slug == *slug);
    let index = index.unwrap_or_default();
    let permissions = &world.apps[index].permissions;
    Answer::new(
        200,
        json!({"id": FIRST + index, "app_slug": slug, "permissions": permissions}),
    )
}

pub(super) fn new_token(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(Caller::App(slug)) = &call.caller else {
        return Answer::error(401, "A JSON web token could not be decoded");
    };
    let id = call.parts[0].parse::<usize>().unwrap_or_default();
    let app = id
        .checked_sub(FIRST)
        .and_then(|index| world.apps.get(index));
    let Some(app) = app.filter(|app| app.slug == *slug) else {
        return Answer::not_found();
    };
    let permissions: BTreeMap<String, String> =
        serde_json::from_value(call.body["permissions"].clone()).unwrap_or_default();
    let is_granted = |(name, level): (&String, &String)| has(&app.permissions, name, level);
    if !permissions.iter().all(is_granted) {
        let said = "The permissions requested are not granted to this installation.";
        return Answer::error(422, said);
    }
    let names: Vec<String> =
        serde_json::from_value(call.body["repositories"].clone()).unwrap_or_default();
    let repositories: Vec<String> = world
        .repositories
        .values()
        .map(|repo| repo.full_name.clone())
        .filter(|full| {
            names
                .iter()
                .any(|name| full.split('/').nth(1) == Some(name))
        })
        .collect();
    if repositories.is_empty() {
        let said = "There is at least one repository that does not exist or is not accessible to the parent installation.";
        return Answer::error(422, said);
    }
    let token = format!("ghs_{:036}", world.tokens.len());
    let until = world.now + 3_600;
    let ends = Timestamp::from_second(until).unwrap().to_string();
    let answer = json!({"token": token, "expires_at": ends, "permissions": permissions});
    let app = app.slug.clone();
    world.tokens.insert(
        token,
        Token {
            login: format!("{app}[bot]"),
            app: Some(app),
            repositories: Some(repositories),
            permissions,
            until,
        },
    );
    Answer::new(201, answer)
}
