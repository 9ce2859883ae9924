//! One pass over a line for everything that a rule may be interested in.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::budget::{Budget, TooMuch};
use super::bytes::{Set, at, cut};
use super::finding::Finding;
use super::random::Context;
use super::vendor::{self, Rule};
use super::{command, named, options, tenant, token, url};

/// What a literal found in a line calls for.
#[derive(Clone, Copy, Debug)]
enum Trigger {
    /// An issuer's prefix.
    Vendor(&'static Rule),
    /// Part of the name of a secret.
    Name,
    /// `Bearer`, `Basic`.
    Scheme,
    /// The user of a connection string.
    Login,
    /// Words that a secret always follows.
    Given,
    /// The domain of a service where the host is a customer.
    Tenant,
    /// A host where the path is the permission.
    HookHost,
    /// `://`
    Address,
    /// A command that takes passwords by short options.
    Command,
    /// An option that says that the password comes through a pipe.
    Piped,
    /// The mark of a form whose prefix is not its beginning.
    Form(token::Form, &'static str),
}

impl Trigger {
    /// About how many bytes are looked at besides those that the rules count themselves.
    fn cost(self) -> usize {
        match self {
            Self::Vendor(_) => 2,
            Self::Name | Self::Scheme | Self::Address => 16,
            Self::Form(..) => 64,
            Self::Command
            | Self::Piped
            | Self::HookHost
            | Self::Login
            | Self::Given
            | Self::Tenant => 256,
        }
    }
}

/// Parts of names; `named` decides what the whole name means.
const NAMES: [&str; 46] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "creds",
    "cred=",
    "authorization",
    "auth",
    "jwt",
    "bearer",
    "license",
    "licence",
    "private",
    "access",
    "cookie",
    "client",
    "username",
    "user_name",
    "user_id",
    "userid",
    "merchant",
    "app_id",
    "appid",
    "project_id",
    "account_id",
    "service_id",
    "webhook",
    "signature",
    "sig",
    "sas",
    "salt",
    "mnemonic",
    "connectionstring",
    "connection_string",
    "connection-string",
    "_pw",
    "pw=",
    "passcode",
    "otp",
    "pat=",
    " pat",
    "_pat",
    "_user",
    "user=",
];
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// The manuals of `MySQL` on CREATE USER, of `FileZilla` on its site manager, of Bundler on credentials for gem sources, of Jenkins on its first start.
const GIVEN: [&str; 4] = [
    "identified by",
    "encoding=\"base64\"",
    "bundle_gems__contribsys__com",
    "bundle_enterprise__contribsys__com",
];

/// Half of a credential where its other half follows.
const LOGINS: [&str; 5] = ["accountname=", "user id=", "userid=", "uid=", " -user "];

/// Incoming webhooks, as their services document them.
const HOOK_HOSTS: [&str; 18] = [
    "hooks.slack.com/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    ".webhook.office.com/",
    "outlook.office.com/webhook/",
    "outlook.office365.com/webhook/",
    "hooks.zapier.com/hooks/",
    "maker.ifttt.com/",
    "hook.integromat.com/",
    "api.telegram.org/bot",
    "chat.googleapis.com/v1/spaces/",
    "hooks.chime.aws/",
    "open.feishu.cn/open-apis/bot/",
    "open.larksuite.com/open-apis/bot/",
    "oapi.dingtalk.com/robot/",
    "qyapi.weixin.qq.com/cgi-bin/webhook/",
    ".make.com/",
    ".pipedream.net/",
];

/// All literals and what each is for.
struct Gate {
    literals: AhoCorasick,
    triggers: Vec<Trigger>,
}

/// Each literal and what it calls for.
fn literals() -> impl Iterator<Item = (&'static str, Trigger)> {
    let all = |literals: &'static [&'static str], trigger: Trigger| {
        literals.iter().map(move |literal| (*literal, trigger))
    };
    let vendors = vendor::rules().map(|rule| (rule.prefix, Trigger::Vendor(rule)));
    let forms = token::FORMS
        .iter()
        .map(|(mark, form)| (*mark, Trigger::Form(*form, mark)));
    vendors
        .chain(forms)
        .chain(all(&NAMES, Trigger::Name))
        .chain(all(&SCHEMES, Trigger::Scheme))
        .chain(options::COMMANDS.map(|(name, _)| (name, Trigger::Command)))
        .chain(all(&["--password-stdin"], Trigger::Piped))
        .chain(all(&HOOK_HOSTS, Trigger::HookHost))
        .chain(all(&LOGINS, Trigger::Login))
        .chain(all(&GIVEN, Trigger::Given))
        .chain(all(&tenant::HOSTS, Trigger::Tenant))
        .chain(all(&["://"], Trigger::Address))
}

/// `None` when the literals could not be compiled, which a test rules out.
static GATE: LazyLock<Option<Gate>> = LazyLock::new(|| {
    let (literals, triggers): (Vec<&str>, Vec<Trigger>) = literals().unzip();
    let literals = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(literals)
        .ok()?;
    Some(Gate { literals, triggers })
});

/// Adds what the literals of `bytes` lead to.
pub(super) fn find(
    bytes: &[u8],
    context: &mut Context,
    findings: &mut Vec<Finding>,
) -> Result<(), TooMuch> {
    let gate = GATE.as_ref().ok_or(TooMuch)?;
    context.clear();
    let mut done = 0;
    let mut budget = Budget::of(bytes);
    for hit in gate.literals.find_overlapping_iter(bytes) {
        let Some(trigger) = gate.triggers.get(hit.pattern().as_usize()) else {
            continue;
        };
        let range = hit.range();
        if range.start < done && !matches!(trigger, Trigger::Vendor(_)) {
            continue;
        }
        let found = dispatch(*trigger, bytes, &range, context, &mut budget)?;
        if let Some(finding) = found {
            done = done.max(finding.range.end);
            findings.push(finding);
        }
    }
    Ok(())
}

fn dispatch(
    trigger: Trigger,
    bytes: &[u8],
    hit: &Range<usize>,
    context: &mut Context,
    budget: &mut Budget,
) -> Result<Option<Finding>, TooMuch> {
    budget.spend(trigger.cost())?;
    Ok(match trigger {
        Trigger::Vendor(rule) => rule.find(bytes, hit, budget)?,
        // What was hidden before says nothing of what stands near it.
        Trigger::Name if named::is_in_mark(bytes, hit.start) => None,
        Trigger::Name => {
            // Inside a word of base64 the letters mean nothing.
            if !Set::ALNUM.has(at(bytes, hit.end)) && !is_weak_word(bytes, hit) {
                context.secrets.push(hit.clone());
            }
            named::find(bytes, hit, budget)?
        }
        Trigger::Scheme => command::scheme(bytes, hit, budget)?,
        Trigger::Address => url::find(bytes, hit, budget)?,
        Trigger::Login => command::login(bytes, hit),
        Trigger::Given => command::given(bytes, hit),
        Trigger::Tenant => tenant::find(bytes, hit),
        Trigger::HookHost => url::hook_path(bytes, hit),
        Trigger::Command => options::find(bytes, hit),
        Trigger::Piped => options::piped(bytes, hit),
        Trigger::Form(form, mark) => {
            budget.spend(form.reach(bytes, hit))?;
            form.find(bytes, hit, mark)
        }
    })
}

/// What tests say when they succeed, and other words that say nothing of what stands near them.
fn is_weak_word(bytes: &[u8], hit: &Range<usize>) -> bool {
    let word = cut(bytes, hit.clone());
    word.eq_ignore_ascii_case(b"pass")
        || word.eq_ignore_ascii_case(b"client")
        || word.eq_ignore_ascii_case(b"cookie")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literals_compile() {
        assert!(GATE.is_some());
    }
}
