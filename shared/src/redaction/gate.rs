//! One pass over a line for everything that a rule may be interested in.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::bytes::{Set, at, cut};
use super::finding::Finding;
use super::random::Context;
use super::vendor::{self, Rule};
use super::{named, tenant, token, url};

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
    /// The mark of a form whose prefix is not its beginning.
    Form(token::Form, &'static str),
}

/// Parts of names; `named` decides what the whole name means.
const NAMES: [&str; 46] = [
    "pass", "pwd", "secret", "token", "key", "credential", "creds", "cred=", "authorization", "auth", "jwt", "bearer", "license", "licence", "private",
    "access", "cookie", "client", "username", "user_name", "user_id", "userid", "merchant", "app_id", "appid", "project_id", "account_id", "service_id", "webhook", "signature", "sig", "sas", "salt", "mnemonic", "connectionstring", "connection_string",
    "connection-string", "_pw", "pw=", "passcode", "otp", "pat=", " pat", "_pat", "_user", "user=",
];
const SCHEMES: [&str; 2] = ["bearer", "basic"];
const COMMANDS: [&str; 8] = ["curl", "sshpass", "mysql", "docker login", "podman login", "psexec", "wget", "ldapsearch"];

/// The manuals of `MySQL` on CREATE USER, of `FileZilla` on its site manager, of Bundler on credentials for gem sources, of Jenkins on its first start.
const GIVEN: [&str; 4] = ["identified by", "encoding=\"base64\"", "bundle_gems__contribsys__com", "bundle_enterprise__contribsys__com"];

/// Half of a credential where its other half follows.
const LOGINS: [&str; 5] = ["accountname=", "user id=", "userid=", "uid=", " -user "];

/// Incoming webhooks, as their services document them.
const HOOK_HOSTS: [&str; 18] = [
    "hooks.slack.com/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", ".webhook.office.com/", "outlook.office.com/webhook/",
    "outlook.office365.com/webhook/", "hooks.zapier.com/hooks/", "maker.ifttt.com/", "hook.integromat.com/", "api.telegram.org/bot",
    "chat.googleapis.com/v1/spaces/", "hooks.chime.aws/", "open.feishu.cn/open-apis/bot/", "open.larksuite.com/open-apis/bot/",
    "oapi.dingtalk.com/robot/", "qyapi.weixin.qq.com/cgi-bin/webhook/", ".make.com/", ".pipedream.net/",
];

/// All literals and what each is for.
struct Gate {
    literals: AhoCorasick,
    triggers: Vec<Trigger>,
}

/// `None` when the literals could not be compiled, which a test rules out.
static GATE: LazyLock<Option<Gate>> = LazyLock::new(|| {
    let mut literals: Vec<&str> = Vec::new();
    let mut triggers = Vec::new();
    let mut add = |literal: &'static str, trigger: Trigger| {
        literals.push(literal);
        triggers.push(trigger);
    };
    vendor::rules().for_each(|rule| add(rule.prefix, Trigger::Vendor(rule)));
    NAMES.iter().for_each(|name| add(name, Trigger::Name));
    SCHEMES.iter().for_each(|scheme| add(scheme, Trigger::Scheme));
    COMMANDS.iter().for_each(|command| add(command, Trigger::Command));
    token::FORMS.iter().for_each(|(literal, form)| add(literal, Trigger::Form(*form, literal)));
    HOOK_HOSTS.iter().for_each(|host| add(host, Trigger::HookHost));
    LOGINS.iter().for_each(|words| add(words, Trigger::Login));
    GIVEN.iter().for_each(|words| add(words, Trigger::Given));
    tenant::HOSTS.iter().for_each(|host| add(host, Trigger::Tenant));
    add("://", Trigger::Address);
    let literals = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(literals)
        .ok()?;
    Some(Gate { literals, triggers })
});

/// The line would take too long: its reader is shown nothing of it.
#[derive(Debug)]
pub(super) struct TooMuch;

/// Adds what the literals of `bytes` lead to.
pub(super) fn find(bytes: &[u8], context: &mut Context, findings: &mut Vec<Finding>) -> Result<(), TooMuch> {
    let gate = GATE.as_ref().ok_or(TooMuch)?;
    context.clear();
    let mut done = 0;
    let mut budget = Budget::of(bytes);
    for hit in gate.literals.find_overlapping_iter(bytes) {
        let Some(trigger) = gate.triggers.get(hit.pattern().as_usize()) else { continue };
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
    Ok(match trigger {
        Trigger::Vendor(rule) => rule.find(bytes, hit),
        Trigger::Name => {
            // Inside a word of base64 the letters mean nothing.
            if !Set::ALNUM.has(at(bytes, hit.end)) && !is_weak_word(bytes, hit) {
                context.secrets.push(hit.clone());
            }
            named::find(bytes, hit, budget)?
        }
        Trigger::Scheme => named::scheme(bytes, hit, budget)?,
        Trigger::Address => url::find(bytes, hit, budget)?,
        Trigger::Login => named::login(bytes, hit),
        Trigger::Given => named::given(bytes, hit),
        Trigger::Tenant => tenant::find(bytes, hit),
        Trigger::HookHost => url::hook_path(bytes, hit),
        Trigger::Command => named::command(bytes, hit),
        Trigger::Form(form, mark) => form.find(bytes, hit, mark),
    })
}

/// What tests say when they succeed, and other words that say nothing of what stands near them.
fn is_weak_word(bytes: &[u8], hit: &Range<usize>) -> bool {
    let word = cut(bytes, hit.clone());
    word.eq_ignore_ascii_case(b"pass") || word.eq_ignore_ascii_case(b"client") || word.eq_ignore_ascii_case(b"cookie")
}

/// How many more bytes may be looked at twice, so that no line takes more than linear time.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    fn of(bytes: &[u8]) -> Self {
        // A log of nothing but settings spends two or three bytes a byte.
        Self(bytes.len().saturating_mul(16).saturating_add(65_536))
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(bytes).ok_or(TooMuch)?;
        Ok(())
    }
}
