//! Whether a value behind the name of a secret is one: the surer the name, the less the value must look like it.

use super::assign::{Link, Value};
use super::bytes::{Set, at, contains, run_end};
use super::look::{
    is_grouped, is_host, is_labelled, is_labelled_hash, is_one_case, is_path_like, is_wordy,
};
use super::names::{Name, Strength};
use super::plain::{is_placeholder, is_plain_thing};
use super::shape::{Alphabet, Shape};
use super::stand_in::is_stand_in;

/// Whether a value of this name and look is a secret.
pub(super) fn accepts(name: &Name, strength: Strength, value: &Value, text: &[u8]) -> bool {
    if is_no_value(name, strength, value, text) || is_benign(name, strength) {
        return false;
    }
    let look = Look::of(name, value, text);
    if name.is_about() {
        return look
            .random
            .is_some_and(|alphabet| alphabet != Alphabet::Uuid)
            && !is_plain_thing(text);
    }
    match strength {
        Strength::Password => look.is_password(),
        Strength::Secret => look.is_secret(),
        Strength::Key => look.is_key(),
        Strength::Identity => look.is_identity(),
    }
}

/// A stand-in, an expression or another pair.
fn is_no_value(name: &Name, strength: Strength, value: &Value, text: &[u8]) -> bool {
    let is_word = name.is_only("pass") || name.is_only("pwd");
    let is_beside = value.link == Link::Beside;
    let is_pair = is_beside && text.contains(&b'=') && !text.ends_with(b"=");
    // Whatever is set as a password is one.
    let is_set = strength == Strength::Password && !is_beside && !value.is_colon;
    let is_replaced = if is_set {
        is_stand_in(text)
    } else {
        is_placeholder(text) || is_call(text)
    };
    is_pair || (is_word && (value.is_colon || is_beside)) || is_replaced || contains(text, b"://")
}

fn is_benign(name: &Name, strength: Strength) -> bool {
    match strength {
        Strength::Password => false,
        Strength::Secret => name.ends_benign(),
        Strength::Key | Strength::Identity => name.is_benign(),
    }
}

/// A value with all that is known of it.
struct Look<'a> {
    name: &'a Name,
    value: &'a Value,
    text: &'a [u8],
    shape: Shape,
    random: Option<Alphabet>,
}

impl<'a> Look<'a> {
    fn of(name: &'a Name, value: &'a Value, text: &'a [u8]) -> Self {
        let shape = Shape::of(text);
        Self {
            name,
            value,
            text,
            shape,
            random: shape.random(text),
        }
    }

    fn is_password(&self) -> bool {
        if self.value.link == Link::Beside {
            return !self.name.has_pass()
                && is_password_beside(&self.shape, self.value, self.text)
                && !is_plain_thing(self.text);
        }
        let is_folder =
            is_absolute(self.text) || (self.name.is_only("pwd") && self.text.contains(&b'/'));
        let is_variable = self.value.is_colon && is_variable_name(self.text);
        is_password(&self.shape, self.value) && !is_folder && !is_variable
    }

    fn is_secret(&self) -> bool {
        let is_drawn = self.random.is_some() || !is_labelled(self.text);
        match self.value.link {
            Link::Assigned if self.is_long_number() => true,
            _ if is_plain_thing(self.text) => false,
            Link::Assigned => is_token(&self.shape, self.value, self.text, 6),
            Link::Beside => {
                is_one_case(self.text)
                    || is_grouped(self.text)
                    || (is_token_beside(&self.shape, 10) && is_drawn && !is_host(self.text))
            }
        }
    }

    fn is_key(&self) -> bool {
        let is_bare = self.name.is_only("key");
        let is_assigned = self.value.link == Link::Assigned;
        if is_assigned && !is_bare && self.is_long_number() {
            return true;
        }
        let is_odd = !self.value.is_quoted && !self.text.iter().all(|byte| Set::PADDED.has(*byte));
        if is_odd
            || is_plain_thing(self.text)
            || is_labelled_hash(self.text)
            || is_path_like(self.text)
        {
            return false;
        }
        // The fingerprint of a key, as gpg and apt print it.
        let is_fingerprint = self.shape.is_hex() && self.shape.lower == 0;
        match (is_assigned, is_bare) {
            (true, true) => {
                is_token(&self.shape, self.value, self.text, 16) && self.random.is_some()
            }
            (true, false) => {
                is_one_case(self.text) || is_token(&self.shape, self.value, self.text, 8)
            }
            (false, true) => !is_fingerprint && self.random.is_some() && !is_labelled(self.text),
            (false, false) => {
                !is_fingerprint && (is_token_beside(&self.shape, 14) || is_grouped(self.text))
            }
        }
    }

    fn is_identity(&self) -> bool {
        if self.value.link == Link::Beside {
            return self.random == Some(Alphabet::Mixed) && !is_plain_thing(self.text);
        }
        (self.random.is_some() || is_identity(self.name, &self.shape, self.value))
            && !is_labelled_hash(self.text)
    }

    fn is_long_number(&self) -> bool {
        self.shape.digits >= 12 && self.shape.digits == self.shape.length
    }
}

fn is_password(shape: &Shape, value: &Value) -> bool {
    if value.is_quoted || !value.is_colon {
        return shape.length >= 3;
    }
    // `Password: required` is prose; `Password: hunter2` is not.
    shape.length >= 5
        && (shape.digits > 0 || shape.signs > 0 || (shape.upper > 1 && shape.lower > 0))
}

/// `GITHUB_TOKEN`: the name of a variable that holds the value.
fn is_variable_name(text: &[u8]) -> bool {
    text.contains(&b'_')
        && text
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
}

fn is_password_beside(shape: &Shape, value: &Value, text: &[u8]) -> bool {
    let has_signs = value.is_quoted
        && text
            .iter()
            .any(|byte| matches!(byte, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*'));
    shape.length >= 6
        && !text.contains(&b' ')
        && ((shape.digits > 0 && shape.letters() > 1) || has_signs)
}

fn is_token(shape: &Shape, value: &Value, text: &[u8], least: usize) -> bool {
    if shape.length < least || text.contains(&b' ') && shape.signs * 3 > shape.length {
        return false;
    }
    let has_both = shape.digits > 0 && shape.letters() > 0 && !is_labelled(text);
    let is_long_number = shape.letters() == 0 && shape.digits >= 8;
    let is_phrase = value.is_quoted
        && text
            .iter()
            .any(|byte| matches!(byte, b'#' | b'!' | b'@' | b'$' | b'%' | b'^' | b'*'))
        && !text.contains(&b' ');
    has_both
        || is_phrase
        || is_long_number
        || (!value.is_colon && !is_wordy(text, shape))
        || shape.random(text).is_some()
}

fn is_token_beside(shape: &Shape, least: usize) -> bool {
    shape.alnum() >= least
        && shape.digits >= 2
        && shape.letters() >= 2
        && shape.changes >= 1
        && shape.signs * 3 <= shape.length
}

/// Who one is to a service, where it is no name of a person or a role.
fn is_identity(name: &Name, shape: &Shape, value: &Value) -> bool {
    let is_drawn = shape.alnum() >= 8
        && shape.digits >= 2
        && shape.letters() >= 2
        && (shape.changes >= 3 || shape.length >= 20 || name.is_user());
    let is_number =
        shape.digits >= 7 && shape.digits == shape.length && !value.is_colon && !name.is_user();
    is_drawn || is_number
}

/// A path from the root, which is no password.
fn is_absolute(text: &[u8]) -> bool {
    at(text, 0) == b'/'
        && memchr::memchr_iter(b'/', text).count() >= 2
        && Shape::of(text).random(text).is_none()
}

/// A function call or an expression, from a line of source that a tool shows.
fn is_call(text: &[u8]) -> bool {
    if contains(text, b"::") {
        return true;
    }
    let word = run_end(text, 0, Set::DOTTED);
    (word > 0 && at(text, word) == b'(')
        || (word > 0 && at(text, word) == b'[' && at(text, word + 1) != b'R')
        || contains(text, b"${")
}
